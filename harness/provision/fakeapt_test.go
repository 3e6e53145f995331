package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeApt is a Debian whose package manager follows rules: which suites hold which packages, and
// what their files do. Programs outside the package manager are really run.
type fakeApt struct {
	t        *testing.T
	suites   map[string][]string // packages that a suite holds
	update   string              // what apt-get update complains about
	download func(context.Context) error
	broken   bool // the server's package holds a server that does not run

	mu    sync.Mutex
	calls []string // program and first plain argument of each call
}

// finder looks at the fake system with an empty PATH and the given cache.
func (a *fakeApt) finder(dir string, progress func(string)) *finder {
	f := newFinder(Options{CacheDir: dir, Progress: progress, LookPath: func(name string) (string, error) {
		switch name {
		case "apt-get", "apt-cache", "apt-config", "dpkg", "dpkg-deb":
			return "/fake/" + name, nil
		}
		return "", errors.New("not found")
	}})
	f.host = host{goos: "linux", osRelease: "testdata/os-release/debian12", run: a.run}
	return f
}

// count is how often a call was made.
func (a *fakeApt) count(call string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, c := range a.calls {
		if c == call {
			n++
		}
	}
	return n
}

func (a *fakeApt) run(ctx context.Context, c command) (output, error) {
	plain := c.args
	if len(plain) > 1 && plain[0] == "-c" {
		plain = plain[2:]
	}
	verb := ""
	for _, arg := range plain {
		if !strings.HasPrefix(arg, "-") || arg == "-x" {
			verb = arg
			break
		}
	}
	call := filepath.Base(c.name) + " " + verb
	a.mu.Lock()
	a.calls = append(a.calls, strings.TrimSpace(call))
	a.mu.Unlock()
	switch call {
	case "dpkg ":
		return output{stdout: "amd64\n"}, nil
	case "apt-config shell":
		sources, _ := filepath.Abs("testdata/sources/only-debian12")
		return output{stdout: "LIST='/dev/null'\nPARTS='" + sources + "/'\nLISTS='/nonexistent/'\n"}, nil
	case "apt-get update":
		return output{stderr: a.update}, nil
	case "apt-cache pkgnames":
		return output{stdout: strings.Join(a.packages(c), "\n")}, nil
	case "apt-get install":
		return a.resolve(c), nil
	case "apt-get download":
		if a.download != nil {
			if err := a.download(ctx); err != nil {
				return output{}, err
			}
		}
		for _, p := range plain[2:] {
			name, version, _ := strings.Cut(p, "=")
			write(a.t, filepath.Join(c.dir, name+"_"+version+"_amd64.deb"), "deb", 0o644)
		}
		return output{}, nil
	case "dpkg-deb -x":
		a.unpack(c.args[1], c.args[2])
		return output{}, nil
	}
	return run(ctx, c)
}

// packages are those of the suites in the private sources that a call is configured with.
func (a *fakeApt) packages(c command) []string {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(c.args[1]), "sources", "ctxcliff.sources"))
	if err != nil {
		a.t.Error(err)
	}
	var all []string
	for _, s := range parseDeb822(string(text)) {
		for _, suite := range s.Suites {
			all = append(all, a.suites[suite]...)
		}
	}
	return all
}

func (a *fakeApt) resolve(c command) output {
	var out strings.Builder
	have := strings.Join(a.packages(c), " ") + " "
	for _, name := range c.args[7:] {
		if !strings.Contains(have, name+" ") {
			return output{stderr: "E: Unable to locate package " + name + "\n", code: 100}
		}
		fmt.Fprintf(&out, "'http://mirror.example/%s.deb' %s_1%%3a2.0_amd64.deb 1000 SHA256:0\n", name, name)
	}
	return output{stdout: out.String()}
}

func (a *fakeApt) unpack(deb, root string) {
	name, _, _ := strings.Cut(filepath.Base(deb), "_")
	switch {
	case name == "llama.cpp-tools" && a.broken:
		write(a.t, filepath.Join(root, "usr/bin/llama-server"), "\x7fELF junk", 0o755)
	case name == "llama.cpp-tools":
		plant(a.t, root, "usr/bin/llama-server")
	case name == "llama.cpp-tools-extra":
		plant(a.t, root, "usr/libexec/abi/ggml-rpc-server")
	}
}

// debianTesting is the fake system on which everything works.
func debianTesting(t *testing.T) *fakeApt {
	return &fakeApt{t: t, suites: map[string][]string{
		"bookworm": {"libggml-not-here"},
		"testing":  {"llama.cpp-tools", "llama.cpp-tools-extra", "libggml0-backend-rpc"},
	}}
}

// leftovers are the entries of a cache that should not be there when nothing is being obtained.
func leftovers(t *testing.T, dir string, allowed ...string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var odd []string
	for _, e := range entries {
		ok := e.Name() == "lock"
		for _, prefix := range allowed {
			ok = ok || strings.HasPrefix(e.Name(), prefix)
		}
		if !ok {
			odd = append(odd, e.Name())
		}
	}
	return odd
}

// patience bounds what a test waits for another goroutine.
const patience = 30 * time.Second
