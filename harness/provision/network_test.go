package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRealPackagesRunWithoutRoot obtains llama.cpp from the system's package manager into an empty
// cache, and finds it again offline.
func TestRealPackagesRunWithoutRoot(t *testing.T) {
	if os.Getenv("CTXCLIFF_TEST_NETWORK") != "1" && os.Getenv("CI") != "true" {
		t.Skip("downloads 20 MB; CTXCLIFF_TEST_NETWORK=1 runs it")
	}
	f := newFinder(Options{CacheDir: filepath.Join(t.TempDir(), "a cache"), Progress: func(s string) { t.Log(s) }})
	lookPath := f.LookPath
	f.LookPath = func(name string) (string, error) {
		for _, tool := range append(LlamaServer.names(), RPC.names()...) {
			if name == tool {
				return "", os.ErrNotExist
			}
		}
		return lookPath(name)
	}
	if f.manager() == "" && os.Getenv("CI") != "true" {
		t.Skip("no package manager here that programs can be obtained from without root")
	}
	began := time.Now()
	found, err := f.find(t.Context(), LlamaServer)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %s (build %d) in %s", found.Source, found.Version, found.Build, time.Since(began).Round(time.Millisecond))
	out, err := run(t.Context(), command{name: found.Path, args: []string{"--version"}})
	if err != nil || !strings.Contains(out.text(), "version: "+found.Version) {
		t.Errorf("the launcher says %q, %v", out.text(), err)
	}
	out, err = run(t.Context(), command{name: found.Path, args: []string{"--list-devices"}})
	if err != nil || !strings.Contains(out.stdout, "Available devices") {
		t.Errorf("--list-devices says %q, %v", out.text(), err)
	}
	if odd := leftovers(t, f.CacheDir, rootPrefix, "provisioned.json"); odd != nil {
		t.Errorf("left in the cache: %v", odd)
	}

	f.Offline = true
	for _, tool := range []Tool{LlamaServer, RPC} {
		began = time.Now()
		again, err := f.find(t.Context(), tool)
		took := time.Since(began)
		if err != nil || again.Source != SourceCache || again.Version != found.Version {
			t.Errorf("%s offline: %+v, %v", tool, again, err)
		}
		if took > 50*time.Millisecond {
			t.Errorf("%s offline took %s, want under 50 ms", tool, took)
		}
		t.Logf("%s offline in %s", tool, took)
	}
}
