package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctxcliff/harness"
	"ctxcliff/harness/labfile"
)

var update = flag.Bool("update", false, "write the published schema of lab files again")

// TestEveryFlagHasAKey: what a flag of screen, bisect, fuzz or nightly says, a lab file can say, too, and nothing else.
func TestEveryFlagHasAKey(t *testing.T) {
	var flags []string
	for _, c := range newApp(newTerminal(os.Stdout, os.Stderr)).Commands {
		if c.Name != "screen" && c.Name != "bisect" && c.Name != "fuzz" && c.Name != "nightly" {
			continue
		}
		for _, f := range c.Flags {
			flags = append(flags, f.Names()[0])
		}
	}
	// What is said for one call only.
	call := []string{"config", "dry-run", "verbose", "resume", "retry-lost", "shard", "exclude", "install-timer", "help"}
	for _, name := range flags {
		if slices.Contains(labfile.Settings(), name) == slices.Contains(call, name) {
			t.Errorf("--%s: a flag must be a key of lab files, or be listed here as one that is not", name)
		}
	}
	for _, name := range labfile.Settings() {
		if !slices.Contains(flags, name) {
			t.Errorf("the key %s is no flag", name)
		}
	}
}

// TestPublishedSchema: the file that editors are pointed to is what the decoder reads.
func TestPublishedSchema(t *testing.T) {
	path := filepath.Join("examples", "lab.schema.json")
	if *update {
		if err := os.WriteFile(path, labfile.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(published, labfile.Schema()) {
		t.Error("the published schema is another; write it again with -update")
	}
}

// TestExamples plans each of them in a folder where everything that they name is there: model files, and
// programs behind which the simulated server stands.
func TestExamples(t *testing.T) {
	for name, want := range map[string]string{
		"lab.yaml":        "qwen397b-ud-q4kxl__rocm-7.2.4__rpc2-even__np2_ps100k",
		"backends.yaml":   "minimax-reap-139b-q8__vulkan-radv__single__np1_ps100k",
		"origin-rpc.yaml": "7 configurations, 14 cells",
		"night.yaml":      "minimax-m2.5-q3km__vulkan-radv__single__np2_ps100k",
	} {
		t.Run(name, func(t *testing.T) {
			dir := workDir(t)
			text, err := os.ReadFile(filepath.Join("examples", name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := labfile.Read(filepath.Join(dir, "lab.yaml"), text, func(string) (string, bool) { return dir, true })
			if err != nil {
				t.Fatal(err)
			}
			furnish(t, dir, f)
			for _, command := range []string{"screen", "bisect", "nightly"} {
				c := program(t, dir, command, "-c", "lab.yaml", "--dry-run")
				c.Env = append(c.Environ(), "MODELS="+dir, "LLAMA="+dir, "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
				out, err := c.CombinedOutput()
				if err != nil || command != "bisect" && !strings.Contains(string(out), want) {
					t.Errorf("%s: %v\n%s", command, err, out)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*.db*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	if paths, _ := filepath.Glob(filepath.Join("examples", "*.yaml")); len(paths) != 4 {
		t.Errorf("examples that nobody plans: %v", paths)
	}
}

// furnish makes the folder hold the file, and whatever it names.
func furnish(t *testing.T, dir string, f *labfile.File) {
	t.Helper()
	put := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range f.Models {
		if err := os.Link(filepath.Join(dir, "m.gguf"), m.Path); err != nil {
			t.Fatal(err)
		}
	}
	server := "#!/bin/sh\nexec " + filepath.Join(dir, "ctxcliff") + " " + harness.SimCommand + " \"$@\"\n"
	peer := "#!/bin/sh\necho 'usage: rpc-server [options]'\necho '  -H, --host HOST'\necho '  -p, --port PORT'\n"
	for _, folder := range []string{dir, filepath.Join(dir, "bin"), filepath.Join(dir, "vulkan")} {
		put(filepath.Join(folder, "llama-server"), server)
		put(filepath.Join(folder, "rpc-server"), peer)
	}
	put(filepath.Join(dir, "bin", "podman"), "#!/bin/sh\nshift 2\nexec \"$@\"\n")
	text, err := os.ReadFile(filepath.Join("examples", filepath.Base(t.Name())))
	if err != nil {
		t.Fatal(err)
	}
	put(filepath.Join(dir, "lab.yaml"), string(text))
}
