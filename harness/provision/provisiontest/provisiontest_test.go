package provisiontest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ctxcliff/harness/provision"
)

// verdict is a test that notes how it was ended, and goes on.
type verdict struct {
	testing.TB
	fatal, skip bool
}

func (v *verdict) Helper()               {}
func (v *verdict) Fatalf(string, ...any) { v.fatal = true }
func (v *verdict) Skipf(string, ...any)  { v.skip = true }

func TestAMissingProgramSkipsAndInCIFails(t *testing.T) {
	missing := func() (string, error) { return "", errors.New("no package") }
	for _, c := range []struct{ ci, fatal, skip string }{{"", "", "skip"}, {"true", "fatal", ""}} {
		t.Setenv("CI", c.ci)
		v := &verdict{TB: t}
		if path := need(v, missing); path != "" || v.fatal != (c.fatal != "") || v.skip != (c.skip != "") {
			t.Errorf("CI=%q: %q %+v", c.ci, path, v)
		}
	}
}

func TestTheEnvironmentNamesTheServerAndItIsChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "llama-server")
	t.Setenv("CTXCLIFF_TEST_SERVER", path)
	look := func() (string, error) {
		return search("CTXCLIFF_TEST_SERVER", provision.Verify, provision.Server)
	}
	if _, err := look(); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a wrong path is an error, got %v", err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho 'version: 1 (x)'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := look(); got != path || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
