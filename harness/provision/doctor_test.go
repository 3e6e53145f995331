package provision

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestDoctorSaysWhatIsHereAndWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	server := write(t, filepath.Join(dir, "llama-server"), "#!/bin/sh\necho 'version: 0.7.0 (build 11669, commit Debian)'\n", 0o755)
	broken := write(t, filepath.Join(dir, "broken", "llama-server"), "just text\n", 0o755)
	with := func(programs map[string]string) func(string) (string, error) {
		return func(name string) (string, error) {
			if path := programs[name]; path != "" {
				return path, nil
			}
			return "", errors.New("not found")
		}
	}
	for _, c := range []struct {
		name     string
		release  string
		programs map[string]string
		levels   string
		want     []string
	}{
		{"a server on PATH, no rpc-server, no package manager", "arch", map[string]string{"llama-server": server, "gdb": "/usr/bin/gdb"},
			"INFO WARN INFO INFO * INFO INFO", []string{"llama-server 0.7.0 (build 11669) at " + server, "rpc-server: none", "gdb: found"}},
		{"nothing at all", "arch", nil,
			"BLOCKER WARN WARN INFO * INFO INFO", []string{"type: " + buildCommand, "gdb: not found"}},
		{"Debian obtains it", "debian12", map[string]string{"apt-get": "a", "apt-cache": "a", "apt-config": "a", "dpkg": "a", "dpkg-deb": "a"},
			"INFO INFO INFO INFO * INFO INFO", []string{"the first run obtains it with apt", "package manager: apt (Debian GNU/Linux 12 (bookworm))"}},
		{"a broken server on PATH", "arch", map[string]string{"llama-server": broken},
			"BLOCKER WARN WARN INFO * INFO INFO", []string{"is a text file"}},
	} {
		f := newFinder(Options{Offline: true, CacheDir: filepath.Join(dir, "cache", "deep"), LookPath: with(c.programs)})
		f.host.osRelease = filepath.Join("testdata/os-release", c.release)
		findings := f.doctor(t.Context())
		levels := strings.Fields(c.levels)
		var all strings.Builder
		for i, finding := range findings {
			all.WriteString(finding.String() + "\n")
			if i < len(levels) && levels[i] != "*" && levels[i] != finding.Level.String() {
				t.Errorf("%s: line %d is not %s: %s", c.name, i, levels[i], finding)
			}
		}
		if len(findings) != len(levels) || strings.Count(all.String(), "\n") != len(levels) {
			t.Errorf("%s: want %d lines, got\n%s", c.name, len(levels), all.String())
		}
		for _, want := range c.want {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, all.String())
			}
		}
	}
}
