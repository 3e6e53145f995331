package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/plan"
)

// Two ctxcliff that start servers on the same devices would measure each other: half the memory is taken, and
// a crash of the one resets the GPU of the other. Whoever measures holds a lock on the devices that its
// servers may see. The system drops it with the process, however that ends.

// deviceVariables narrow down what devices a server sees.
var deviceVariables = []string{"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GGML_VK_VISIBLE_DEVICES", "ONEAPI_DEVICE_SELECTOR", "ZE_AFFINITY_MASK"}

// reserved are the locks that this process holds, by name, for as long as it lives: a night has several runs.
var reserved = map[string]*os.File{}

// reserve takes the lock for the targets' devices; a target that is simulated or somebody else's needs none.
func reserve(targets []plan.Target, what string) error {
	dir, err := reservations()
	if err != nil {
		return trouble(fmt.Errorf("find a place for the lock: %w; set HOME", err))
	}
	for _, name := range devicesOf(targets) {
		if reserved[name] == nil {
			if reserved[name], err = lockDevices(filepath.Join(dir, name+".lock")); err != nil {
				delete(reserved, name)
				return trouble(err)
			}
		}
		text := fmt.Sprintf("pid %d since %s: %s\n", os.Getpid(), time.Now().UTC().Format(time.RFC3339), what)
		if err := errors.Join(reserved[name].Truncate(0), writeAt(reserved[name], text)); err != nil {
			return trouble(fmt.Errorf("lock the devices: %w", err))
		}
	}
	return nil
}

// lockDevices takes one lock, or says who has it.
func lockDevices(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the devices: %w", err)
	}
	err = lockFile(f)
	if err == nil {
		return f, nil
	}
	owner, _ := os.ReadFile(path)
	f.Close()
	if !errors.Is(err, errHeld) {
		return nil, fmt.Errorf("lock the devices: %w", err)
	}
	return nil, fmt.Errorf("another ctxcliff measures on these devices (%s); wait for it, or keep the two apart with --env HIP_VISIBLE_DEVICES=… or its like; ctxcliff store owners shows who holds what",
		strings.TrimSpace(string(owner)))
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// reservations is where the locks lie.
func reservations() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "ctxcliff", "locks")
	return dir, os.MkdirAll(dir, 0o700)
}

// devicesOf names the sets of devices that servers of the targets may see, sorted.
func devicesOf(targets []plan.Target) (names []string) {
	for _, target := range targets {
		if _, simulated := target.Simulated(); simulated || target.URL != "" {
			continue
		}
		var chosen []string
		for _, name := range deviceVariables {
			value, ok := os.LookupEnv(name)
			for _, pair := range target.Env {
				if v, given := strings.CutPrefix(pair, name+"="); given {
					value, ok = v, true
				}
			}
			if ok {
				chosen = append(chosen, name+"="+value)
			}
		}
		name := "all-devices"
		if len(chosen) > 0 {
			sum := sha256.Sum256([]byte(strings.Join(chosen, "\x00")))
			name = "devices-" + hex.EncodeToString(sum[:6])
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// holders says who holds which devices, a line for each.
func holders() (lines []string, err error) {
	dir, err := reservations()
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	for _, path := range paths {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		}
		if err := lockFile(f); errors.Is(err, errHeld) {
			owner, _ := os.ReadFile(path)
			lines = append(lines, strings.TrimSuffix(filepath.Base(path), ".lock")+": "+strings.TrimSpace(string(owner)))
		}
		f.Close()
	}
	return lines, err
}
