package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/plan"
)

// Two ctxcliff that start servers on the same devices would measure each other: half the memory is taken, and
// a crash of the one resets the GPU of the other. Whoever measures holds a lock on a file that says what its
// servers may see. The system drops it with the process, however that ends.

// reserved are the locks that this process holds, by name, for as long as it lives: a night has several runs.
var reserved = map[string]*os.File{}

// reserve takes the lock for the targets' devices; a target that is simulated or somebody else's needs none.
func reserve(targets []plan.Target, what string) error {
	sights := sightsOf(targets)
	if len(sights) == 0 {
		return nil
	}
	dir, err := reservations()
	if err != nil {
		return trouble(fmt.Errorf("find a place for the lock: %w; set HOME", err))
	}
	leave, err := enter(dir)
	if err != nil {
		return trouble(fmt.Errorf("lock the devices: %w", err))
	}
	defer leave()
	others, err := heldByOthers(dir)
	if err != nil {
		return trouble(fmt.Errorf("lock the devices: %w", err))
	}
	for _, s := range sights {
		for _, o := range others {
			if !s.apart(o.sees) {
				return trouble(fmt.Errorf("another ctxcliff measures on these devices (%s, %s); wait for it, or keep the two apart with --env HIP_VISIBLE_DEVICES=… or its like, given to both; ctxcliff store owners shows who holds what",
					o.owner, o.sees))
			}
		}
		if err := hold(dir, s, what); err != nil {
			return trouble(fmt.Errorf("lock the devices: %w", err))
		}
	}
	return nil
}

// sightsOf is what servers of ours would see, each once.
func sightsOf(targets []plan.Target) (list []sight) {
	for _, target := range targets {
		if _, simulated := target.Simulated(); simulated || target.URL != "" {
			continue
		}
		if s := sightOf(target); !slices.ContainsFunc(list, func(o sight) bool { return maps.Equal(s, o) }) {
			list = append(list, s)
		}
	}
	return list
}

// holding is a lock that another process holds.
type holding struct {
	owner string // since when, for what
	sees  sight
}

// gate is the file whose lock lets one process at a time look who holds what, and take what is left.
const gate = "gate"

// enter waits until it is this process's turn.
func enter(dir string) (leave func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, gate), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err = lockFile(f)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, errHeld) || time.Now().After(deadline) {
			f.Close()
			return nil, err
		}
	}
}

// hold takes a lock of ours, or renews what it says.
func hold(dir string, s sight, what string) error {
	sum := sha256.Sum256([]byte(s.String()))
	name := fmt.Sprintf("devices-%s-%d", hex.EncodeToString(sum[:6]), os.Getpid())
	f := reserved[name]
	if f == nil {
		var err error
		if f, err = os.OpenFile(filepath.Join(dir, name+".lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
			return err
		}
		if err := lockFile(f); err != nil {
			f.Close()
			return err
		}
		reserved[name] = f
	}
	sees, err := json.Marshal(s)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("pid %d since %s: %s\n%s\n", os.Getpid(), time.Now().UTC().Format(time.RFC3339), what, sees)
	return errors.Join(f.Truncate(0), writeAt(f, text))
}

// heldByOthers reads what other processes hold. Files that nobody holds any more are removed.
func heldByOthers(dir string) (all []holding, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	for _, path := range paths {
		if reserved[strings.TrimSuffix(filepath.Base(path), ".lock")] != nil {
			continue
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		}
		held := lockFile(f)
		if held == nil {
			_ = os.Remove(path) // its owner is gone
		}
		f.Close()
		switch {
		case errors.Is(held, errHeld):
			all = append(all, readHolding(path))
		case held != nil:
			return nil, held
		}
	}
	return all, err
}

// readHolding reads what a lock says. Of one that says nothing of devices, it is all of them.
func readHolding(path string) holding {
	text, _ := os.ReadFile(path)
	owner, sees, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	h := holding{owner: owner, sees: sight{}}
	if json.Unmarshal([]byte(sees), &h.sees) != nil {
		h.sees = sight{}
	}
	return h
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

// holders says who holds which devices, a line for each; we ourselves hold none where this is asked.
func holders() (lines []string, err error) {
	dir, err := reservations()
	if err != nil {
		return nil, err
	}
	leave, err := enter(dir)
	if err != nil {
		return nil, err
	}
	defer leave()
	others, err := heldByOthers(dir)
	for _, o := range others {
		lines = append(lines, o.sees.String()+": "+o.owner)
	}
	return lines, err
}
