package provision

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFedoraPackagesBecomeAPrivateRoot follows the steps on a Fedora whose programs obey rules:
// packages are asked for by the files that they hold, archives go from rpm2cpio to cpio.
func TestFedoraPackagesBecomeAPrivateRoot(t *testing.T) {
	dir := t.TempDir()
	f := newFinder(Options{CacheDir: dir, LookPath: func(name string) (string, error) {
		if slices.Contains([]string{"dnf", "rpm", "rpm2cpio", "cpio"}, name) {
			return "/fake/" + name, nil
		}
		return "", context.Canceled
	}})
	down := false
	f.host = host{goos: "linux", osRelease: "testdata/os-release/fedora43", run: func(ctx context.Context, c command) (output, error) {
		line := strings.Join(c.args, " ")
		switch {
		case c.name == "dnf" && down:
			return output{stderr: "Curl error (6): Could not resolve hostname for mirror\n", code: 1}, nil
		case c.name == "dnf" && strings.Contains(line, "repoquery"):
			return output{stdout: "llama-cpp\nother-rpc\n"}, nil
		case c.name == "dnf":
			at := c.args[slices.Index(c.args, "--destdir")+1]
			write(t, filepath.Join(at, "llama-cpp-1.fc43.x86_64.rpm"), "rpm", 0o644)
			return output{}, nil
		case c.name == "rpm2cpio":
			_, err := c.out.Write([]byte("archive"))
			return output{}, err
		case c.name == "cpio":
			archive := make([]byte, 20)
			n, err := c.stdin.Read(archive)
			if string(archive[:n]) != "archive" {
				t.Errorf("cpio got %q, %v", archive[:n], err)
			}
			plant(t, c.dir, "usr/bin/llama-server")
			return output{}, nil
		case c.name == "rpm":
			return output{stdout: "llama-cpp b6000-1.fc43\n"}, nil
		}
		return run(ctx, c)
	}}
	found, err := f.find(t.Context(), LlamaServer)
	if err != nil || found.Source != SourceDnf || found.Version != "9.9.0" {
		t.Errorf("got %+v, %v", found, err)
	}
	down, f.CacheDir = true, t.TempDir()
	if _, err := f.find(t.Context(), LlamaServer); err == nil || !strings.Contains(err.Error(), "check the network") {
		t.Errorf("without a network: %v", err)
	}
}
