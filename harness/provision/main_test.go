package provision

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary stand in for the programs that packages bring: copied into a root
// and run under one of their names, it answers as they do.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "llama-server":
		fmt.Fprintln(os.Stderr, "version: 9.9.0 (build 12345, commit Test)\nbuilt with a test for Linux")
		os.Exit(0)
	case "rpc-server":
		fmt.Println("Usage: rpc [options]\n  -H, --host HOST   host\n  -p, --port PORT   port")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// plant copies the test binary into a root under a name, and the loader and libraries that it needs,
// if it is dynamic (the race detector makes it so), as packages of the C library would bring them.
func plant(t testing.TB, root, rel string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, self, filepath.Join(root, rel))
	o, err := elfRoot{dir: "/"}.read(strings.TrimPrefix(self, "/"))
	if err != nil {
		t.Fatal(err)
	}
	if o.interp == "" {
		return
	}
	copyFile(t, o.interp, filepath.Join(root, "usr/lib/abi", filepath.Base(o.interp)))
	for _, name := range append(o.needed, "libc.so.6") {
		copyFile(t, hostLibrary(t, name), filepath.Join(root, "usr/lib/abi", name))
	}
}

// hostLibrary finds a library of this machine for the test binary's processor.
func hostLibrary(t testing.TB, name string) string {
	t.Helper()
	for _, pattern := range []string{"/lib/*-linux-*", "/usr/lib/*-linux-*", "/lib64", "/usr/lib64", "/lib", "/usr/lib"} {
		found, _ := filepath.Glob(filepath.Join(pattern, name))
		for _, path := range found {
			if f, err := elf.Open(path); err == nil {
				f.Close()
				return path
			}
		}
	}
	t.Fatalf("this machine has no %s", name)
	return ""
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(data), 0o755)
}

// write makes a file and the folders above it.
func write(t testing.TB, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}
