package provision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestServerIsObtainedOnceAndThenRemembered(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "with space", "cache")
	apt := debianTesting(t)
	var stages []string
	first, err := apt.finder(dir, func(s string) { stages = append(stages, s) }).find(t.Context(), LlamaServer)
	if err != nil {
		t.Fatal(err)
	}
	if first.Version != "9.9.0" || first.Build != 12345 || first.Commit != "Test" || first.Source != SourceApt {
		t.Errorf("got %+v", first)
	}
	if len(stages) != 5 {
		t.Errorf("progress in five stages, got %q", stages)
	}
	if odd := leftovers(t, dir, "root-", "provisioned.json"); odd != nil {
		t.Errorf("left in the cache: %v", odd)
	}

	offline := apt.finder(dir, quiet)
	offline.Offline = true
	offline.host.run = func(_ context.Context, c command) (output, error) {
		t.Errorf("a remembered program needs no process, ran %s %v", c.name, c.args)
		return output{}, errors.New("offline")
	}
	for _, tool := range []Tool{LlamaServer, RPC} {
		again, err := offline.find(t.Context(), tool)
		if err != nil || again.Source != SourceCache || again.Version != "9.9.0" {
			t.Errorf("%s offline: %+v, %v", tool, again, err)
		}
	}
	if again, _ := offline.find(t.Context(), LlamaServer); again.Path != first.Path {
		t.Errorf("remembered %s, obtained %s", again.Path, first.Path)
	}
}

func quiet(string) {}

func TestABrokenCacheIsObtainedAgain(t *testing.T) {
	dir := t.TempDir()
	apt := debianTesting(t)
	find := func() (Found, error) { return apt.finder(dir, quiet).find(t.Context(), LlamaServer) }
	found, err := find()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(filepath.Dir(found.Path), "../root/usr/bin/llama-server")
	for _, harm := range []struct {
		name string
		do   func() error
	}{
		{"the launcher is deleted", func() error { return os.Remove(found.Path) }},
		{"the program is deleted", func() error { return os.Remove(program) }},
		{"the whole root is deleted", func() error { return os.RemoveAll(filepath.Dir(filepath.Dir(found.Path))) }},
		{"the program is overwritten", func() error { return os.WriteFile(program, []byte("\x7fELF"), 0o755) }},
		{"the memory is garbage", func() error { return os.WriteFile(filepath.Join(dir, "provisioned.json"), []byte("{"), 0o644) }},
	} {
		before := apt.count("apt-get download")
		if err := harm.do(); err != nil {
			t.Fatal(err)
		}
		if found, err = find(); err != nil || found.Source != SourceApt {
			t.Errorf("%s: %+v, %v", harm.name, found, err)
		}
		if n := apt.count("apt-get download") - before; n != 1 {
			t.Errorf("%s: %d downloads, want 1", harm.name, n)
		}
	}
}

func TestATouchedProgramIsRunAgainNotObtainedAgain(t *testing.T) {
	dir := t.TempDir()
	apt := debianTesting(t)
	found, err := apt.finder(dir, quiet).find(t.Context(), LlamaServer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(found.Path, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	found, err = apt.finder(dir, quiet).find(t.Context(), LlamaServer)
	if err != nil || found.Source != SourceCache || apt.count("apt-get download") != 1 || apt.count("llama-server") != 2 {
		t.Errorf("got %+v, %v after %v", found, err, apt.calls)
	}
}

func TestLeftoversOfADeadProcessAreSwept(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "stage-123", "apt-0", "debs", "half.deb"), "x", 0o644)
	write(t, filepath.Join(dir, "root-old", "bin", "llama-server"), "x", 0o755)
	write(t, filepath.Join(dir, "models", "tiny.gguf"), "x", 0o644)
	if _, err := debianTesting(t).finder(dir, quiet).find(t.Context(), LlamaServer); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"stage-123": false, "root-old": false, "models": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: there is %v, want %v", name, err == nil, want)
		}
	}
}

func TestInterruptedDownloadLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	apt := debianTesting(t)
	ctx, cancel := context.WithCancel(t.Context())
	apt.download = func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	_, err := apt.finder(dir, quiet).find(ctx, LlamaServer)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if odd := leftovers(t, dir); odd != nil {
		t.Errorf("left in the cache: %v", odd)
	}
}

func TestTwoAtOnceObtainOnce(t *testing.T) {
	dir := t.TempDir()
	apt := debianTesting(t)
	waiting := make(chan struct{})
	apt.download = func(context.Context) error {
		select {
		case <-waiting:
			return nil
		case <-time.After(patience):
			return errors.New("the second process never waited")
		}
	}
	tell := sync.OnceFunc(func() { close(waiting) })
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			found, err := apt.finder(dir, func(stage string) {
				if strings.HasPrefix(stage, "waiting") {
					tell()
				}
			}).find(t.Context(), LlamaServer)
			if err != nil || found.Version != "9.9.0" {
				t.Errorf("got %+v, %v", found, err)
			}
		})
	}
	both.Wait()
	if n := apt.count("apt-get download"); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}

func TestWaitingForTheLockCanBeInterrupted(t *testing.T) {
	dir := t.TempDir()
	release, err := cache{dir: dir}.lock(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := (cache{dir: dir}).lock(ctx, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestMissingRPCServerIsReportedApart(t *testing.T) {
	dir := t.TempDir()
	apt := debianTesting(t)
	apt.suites["testing"] = []string{"llama.cpp-tools"}
	if _, err := apt.finder(dir, quiet).find(t.Context(), LlamaServer); err != nil {
		t.Fatalf("llama-server alone is fine: %v", err)
	}
	_, err := apt.finder(dir, quiet).find(t.Context(), RPC)
	var cannot *UnavailableError
	if !errors.As(err, &cannot) || cannot.Tool != RPC || strings.Contains(err.Error(), "sim") {
		t.Errorf("got %v", err)
	}
	if n := apt.count("apt-get download"); n != 1 {
		t.Errorf("asked the packages again: %d downloads", n)
	}
}

func TestWhatCannotBeHadSaysWhyAndWhatToType(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*fakeApt)
		want    []string
		network bool
	}{
		{"no release has it", func(a *fakeApt) { a.suites = nil },
			[]string{"Debian GNU/Linux 12 (bookworm)", "there is no package of it in the configured package sources, nor in Debian testing from mirror.example", "type: cmake", "--server PATH", "--server sim"}, false},
		{"the network is gone", func(a *fakeApt) {
			a.suites, a.update = nil, "W: Failed to fetch http://mirror.example/debian/dists/testing/InRelease  Temporary failure resolving 'mirror.example'\n"
		}, []string{"the package mirror cannot be reached", "Temporary failure resolving", "check the network", "--server sim"}, true},
		{"the lists are not signed", func(a *fakeApt) {
			a.suites, a.update = nil, "E: The repository 'http://mirror.example testing InRelease' is not signed.\n"
		}, []string{"apt cannot read the configured package sources: The repository"}, false},
		{"the server does not run", func(a *fakeApt) { a.broken = true }, []string{"reading usr/bin/llama-server"}, false},
	} {
		dir := t.TempDir()
		apt := debianTesting(t)
		c.change(apt)
		_, err := apt.finder(dir, quiet).find(t.Context(), LlamaServer)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q lacks %q", c.name, err, want)
			}
		}
		var cannot *UnavailableError
		if errors.As(err, &cannot) && cannot.Network != c.network {
			t.Errorf("%s: network %v", c.name, cannot.Network)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %q", c.name, err)
		}
		if odd := leftovers(t, dir); odd != nil {
			t.Errorf("%s: left in the cache: %v", c.name, odd)
		}
	}
}

func TestACacheFolderThatCannotHoldARootIsRefused(t *testing.T) {
	for name, dir := range map[string]string{
		"a colon would split the library path": filepath.Join(t.TempDir(), "a:b"),
		"a file is in the way":                 filepath.Join(write(t, filepath.Join(t.TempDir(), "file"), "x", 0o644), "cache"),
	} {
		_, err := debianTesting(t).finder(dir, quiet).find(t.Context(), LlamaServer)
		if err == nil || !strings.Contains(err.Error(), "set XDG_CACHE_HOME") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAServerOnPathIsUsedOrRefusedNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	good := write(t, filepath.Join(dir, "good", "llama-server"), "#!/bin/sh\necho 'version: 5 (abc)'\n", 0o755)
	bad := write(t, filepath.Join(dir, "bad", "llama-server"), "#!/bin/sh\nexit 1\n", 0o755)
	worker := write(t, filepath.Join(dir, "good", "rpc-server"), "#!/bin/sh\necho '--host HOST --port PORT'\n", 0o755)
	on := func(path string) Options {
		return Options{CacheDir: filepath.Join(dir, "cache"), Offline: true, LookPath: func(name string) (string, error) {
			if name == "llama-server" {
				return path, nil
			}
			return "", errors.New("not found")
		}}
	}
	if found, err := Server(t.Context(), on(good)); err != nil || found.Path != good || found.Source != SourcePath {
		t.Errorf("good: %+v, %v", found, err)
	}
	if found, err := RPCServer(t.Context(), on(good)); err != nil || found.Path != worker {
		t.Errorf("the rpc-server beside it: %+v, %v", found, err)
	}
	if _, err := Server(t.Context(), on(bad)); err == nil || !strings.Contains(err.Error(), "take it off PATH") {
		t.Errorf("bad: %v", err)
	}
	none := on("")
	none.LookPath = func(string) (string, error) { return "", errors.New("not found") }
	var cannot *UnavailableError
	if _, err := Server(t.Context(), none); !errors.As(err, &cannot) || !strings.Contains(err.Error(), "offline") {
		t.Errorf("none: %v", err)
	}
}
