package gpu

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// roleEnv makes the test binary play nvidia-smi.
const roleEnv = "GPU_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleEnv); role {
	case "":
		os.Exit(m.Run())
	case "eat memory":
		eat()
	case "hang":
		time.Sleep(time.Hour)
	case "no driver":
		fmt.Println("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")
		os.Exit(9)
	default:
		if len(os.Args) != 3 || os.Args[1] != "--query-gpu="+nvidiaQuery || os.Args[2] != "--format=csv,noheader,nounits" {
			fmt.Println("unexpected arguments", os.Args[1:])
			os.Exit(2)
		}
		fmt.Print(role)
	}
}

// TestMachines reads whole machines from testdata. Each file is a tree of files, what nvidia-smi
// prints there, and the snapshot that is wanted.
func TestMachines(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			machine := fstest.MapFS{}
			smi, want, golden := "", "", -1
			for i, f := range ar.Files {
				switch f.Name {
				case "nvidia-smi":
					smi = string(f.Data)
				case "want.json":
					want, golden = string(f.Data), i
				default:
					machine[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			r := &Reader{root: careful{t, machine}, command: "no-such-nvidia-smi"}
			if smi != "" {
				r.command = self(t)
				t.Setenv(roleEnv, smi)
			}
			s := r.Read(t.Context())
			s.At = time.Time{}
			data, err := json.MarshalIndent(s, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got := string(data) + "\n"
			if *update {
				if golden >= 0 {
					ar.Files = ar.Files[:golden]
				}
				ar.Files = append(ar.Files, txtar.File{Name: "want.json", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// careful is a file system in which some files must never be opened.
type careful struct {
	t *testing.T
	fs.FS
}

func (c careful) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "sys/kernel/debug") || strings.Contains(name, "devcd") && strings.HasSuffix(name, "/data") {
		c.t.Error("opened", name)
	}
	return c.FS.Open(name)
}

// failing is a file system in which one file gives an error, and one may block.
type failing struct {
	fs.FS
	name  string
	err   error
	block chan struct{}
}

func (f failing) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, f.name) {
		if f.block != nil {
			<-f.block
		}
		if f.err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
		}
	}
	return f.FS.Open(name)
}

func radeon(vram, gtt string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range map[string]string{
		"uevent":              "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:c3:00.0\nPCI_ID=1002:1586\n",
		"gpu_busy_percent":    "3\n",
		"mem_info_vram_used":  vram,
		"mem_info_vram_total": "8589934592",
		"mem_info_gtt_used":   gtt,
		"mem_info_gtt_total":  "128849018880",
	} {
		m["sys/class/drm/card0/device/"+name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func TestADeviceInResetIsUnknownAndNotZero(t *testing.T) {
	r := &Reader{root: failing{FS: radeon("1", "2"), name: "gpu_busy_percent", err: syscall.EPERM}, command: "no-such-nvidia-smi"}
	d := r.Read(t.Context()).Devices[0]
	if d.Busy != nil || d.VRAMUsed == nil || *d.VRAMUsed != 1 || !strings.Contains(strings.Join(d.Missing, "|"), "busy: operation not permitted (drivers answer so during a reset") {
		t.Errorf("%+v", d)
	}
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNVIDIASMIThatFailsSaysWhy(t *testing.T) {
	t.Setenv(roleEnv, "no driver")
	r := &Reader{noRoot: "another system", command: self(t)}
	s := r.Read(t.Context())
	want := []string{"another system",
		`NVIDIA GPUs: nvidia-smi: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."`,
		`NVIDIA GPUs: nvidia-smi: exit status 9 ""`}
	if d := cmp.Diff(want, s.Missing); d != "" || s.Devices != nil {
		t.Error(d, s.Devices)
	}
	t.Setenv(roleEnv, "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if p := askNVIDIA(ctx, self(t), false); len(p.missing) != 1 || !strings.Contains(p.missing[0], "gave no answer in time") || p.absent {
		t.Error(p)
	}
	driver := fstest.MapFS{"proc/driver/nvidia/version": {Data: []byte("570")}}
	r = &Reader{root: driver, command: "no-such-nvidia-smi"}
	if s := r.Read(t.Context()); !strings.Contains(strings.Join(s.Missing, "|"), "the driver is loaded but nvidia-smi is not on PATH") {
		t.Error(s.Missing)
	}
}
