package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/provision/provisiontest"
)

func TestProbeOfTheRealServer(t *testing.T) {
	path := provisiontest.Server(t)
	plain, err := Probe(within(t), []string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if plain.Version == "" || !plain.Offers("--ctx-size") || !plain.Offers("-c") || !plain.Offers("--slots") || plain.Offers("--bogus") {
		t.Errorf("got %+v", plain)
	}
	for name, text := range map[string]string{
		"a wrapper that execs":                    `exec ` + path + ` "$@"`,
		"a wrapper that does not":                 path + ` "$@"; exit $?`,
		"a wrapper that prints before":            "echo hello; echo 'loading ROCm' >&2; echo '-x, --banana  what a wrapper offers'; exec " + path + ` "$@"`,
		"a wrapper that prints afterwards":        path + ` "$@"; code=$?; echo; echo 'version: bye'; exit $code`,
		"a wrapper that sends all to stderr":      `exec ` + path + ` "$@" >&2`,
		"a wrapper that prints a thousand lines":  `i=0; while [ $i -lt 1000 ]; do echo noise $i; i=$((i+1)); done; exec ` + path + ` "$@"`,
		"a wrapper that takes a moment to answer": `sleep 0.3; exec ` + path + ` "$@"`,
	} {
		got, err := Probe(within(t), []string{script(t, text)}, nil)
		if err != nil || got.Version != plain.Version || got.Build != plain.Build || len(got.Devices) != len(plain.Devices) || !got.Offers("--slots") {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
}

func TestProbeOfWhatIsNoServer(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte("just some notes\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ command, want string }{
		"missing":                {filepath.Join(dir, "none"), "no such file"},
		"a directory":            {dir, "it is a directory, not a program"},
		"a text file":            {text, "text file without a #! line"},
		"true":                   {"/bin/true", "is not a llama-server: --version said"},
		"false":                  {"/bin/false", "--version ended with code:1: "},
		"another program":        {"/bin/sh", "is not a llama-server that runs here: --version ended with code:"},
		"dies by a signal":       {script(t, `kill -SEGV $$`), "--version ended with signal:SIGSEGV: it printed nothing"},
		"a missing library":      {script(t, `echo "llama-server: error while loading shared libraries: libcuda.so.1: cannot open" >&2; exit 127`), "code:127: llama-server: error while loading shared libraries: libcuda.so.1"},
		"colours and bells":      {script(t, `printf '\033[31mno\007\033[0m\n'; exit 3`), "code:3: [31mno[0m"},
		"another llama program":  {script(t, `case "$1" in --version) echo "version: 8146 (f20469d91)";; --help) echo "-c,    --ctx-size N   size";; esac`), "its --help offers no --ctx-size and --port"},
		"help that fails":        {script(t, `[ "$1" = --version ] && echo "version: 1 (abc)" || { echo oh no; exit 4; }`), "--help ended with code:4: oh no"},
		"devices that fail":      {script(t, `case "$1" in --version) echo "version: 1 (abc)";; --help) printf -- '--ctx-size N\n--port N\n--list-devices x\n';; *) echo no driver; exit 5;; esac`), "--list-devices ended with code:5: no driver"},
		"goes to the background": {script(t, `(sleep 100; echo "version: 1 (abc)") & exit 0`), "--version went on in the background; a wrapper script must exec the server or wait for it"},
	} {
		_, err := Probe(within(t), []string{c.command}, nil)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		oneSentence(t, err, c.want)
	}
}

func TestProbeOfServersThatSayLess(t *testing.T) {
	const help = `printf -- '-c, --ctx-size N  size\n--port N\n'`
	for name, c := range map[string]struct{ text, version string }{
		"an unknown form of version":          {`[ "$1" = --help ] && ` + help + ` || echo llama.cpp of tomorrow`, ""},
		"a build outside of git":              {`[ "$1" = --help ] && ` + help + ` || echo "version: 0 (unknown)"`, ""},
		"no --list-devices, and it hangs":     {`case "$1" in --version) echo "version: 7 (a)";; --help) ` + help + `;; *) exec sleep 1000;; esac`, "7"},
		"no --list-devices, and it complains": {`case "$1" in --version) echo "version: 7 (a)";; --help) ` + help + `;; *) echo "error: invalid argument: $1"; exit 1;; esac`, "7"},
	} {
		got, err := Probe(within(t), []string{script(t, c.text)}, nil)
		if err != nil || got.Version != c.version || got.Devices != nil {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
}

func TestAProbeEnds(t *testing.T) {
	deaf := script(t, `trap "" TERM; while :; do sleep 1000; done`)
	q := prober{command: []string{deaf}, limit: 50 * time.Millisecond}
	_, err := q.probe(within(t))
	oneSentence(t, err, "--version did not end within 50ms; is it a llama-server?")
	ctx, cancel := context.WithCancel(within(t))
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err = Probe(ctx, []string{deaf}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := process.Descendants(os.Getpid()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTheEnvironmentOfAServer(t *testing.T) {
	if process.Environment(nil) != nil {
		t.Error("without additions it should be nil, which means ours")
	}
	t.Setenv("CTXCLIFF_TEST_INHERITED", "yes")
	t.Setenv("CTXCLIFF_TEST_CHANGED", "old")
	const show = `case "$1" in --version) echo "version: 1 ($CTXCLIFF_TEST_INHERITED$CTXCLIFF_TEST_CHANGED$CTXCLIFF_TEST_ADDED)";; *) printf -- '--ctx-size N\n--port N\n';; esac`
	got, err := Probe(within(t), []string{script(t, show)}, []string{"CTXCLIFF_TEST_CHANGED=new", "CTXCLIFF_TEST_ADDED=x=y"})
	if err != nil || got.Commit != "yesnewx=y" {
		t.Errorf("%v %+v", err, got)
	}
}

func BenchmarkProbe(b *testing.B) {
	path := provisiontest.Server(b)
	for b.Loop() {
		if _, err := Probe(context.Background(), []string{path}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProbeOneAfterTheOther(b *testing.B) {
	q := prober{command: []string{provisiontest.Server(b)}, limit: probeTimeout}
	for b.Loop() {
		for _, flag := range []string{"--version", "--help", "--list-devices"} {
			if _, err := q.ask(context.Background(), flag); err != nil {
				b.Fatal(err)
			}
		}
	}
}
