package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLauncherIsPlainShellForAnyPath(t *testing.T) {
	want := `#!/bin/sh
# Written by ctxcliff: llama-server from here and there
exec '/a b/it'\''s/ld.so' --library-path '/a b/lib:/a b/lib/llama' --argv0 'llama-server' '/a b/llama-server' "$@"
`
	got := launcherText("llama-server from here\nand there", "llama-server", "/a b/it's/ld.so", []string{"/a b/lib", "/a b/lib/llama"}, "/a b/llama-server")
	if got != want {
		t.Errorf("got\n%s", got)
	}
	if static := launcherText("x", "x", "", nil, "/x"); !strings.HasSuffix(static, "exec '/x' \"$@\"\n") {
		t.Errorf("a static program runs by itself, got\n%s", static)
	}
}

func TestLauncherPassesArgumentsAndExecs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's $HOME \"here\"")
	program := write(t, filepath.Join(dir, "p"), "#!/bin/sh\necho $$\nfor a; do echo \"<$a>\"; done\n", 0o755)
	launcher := write(t, filepath.Join(dir, "l"), launcherText("t", "t", "", nil, program), 0o755)
	out, err := run(t.Context(), command{name: launcher, args: []string{"a b", "*", ""}})
	if err != nil || !strings.HasSuffix(out.stdout, "<a b>\n<*>\n<>\n") {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestRunPathsAreTakenRelativeToTheRoot(t *testing.T) {
	for dir, want := range map[string]string{
		"/usr/lib/x86_64-linux-gnu/llama": "usr/lib/x86_64-linux-gnu/llama",
		"$ORIGIN/../lib":                  "usr/lib",
		"${ORIGIN}":                       "usr/bin",
		"$ORIGIN/../../../../etc":         "etc",
	} {
		if got := rootedDir(dir, "usr/bin/llama-server"); got != want {
			t.Errorf("%s: got %s, want %s", dir, got, want)
		}
	}
}

func TestLinksAreFollowedInsideTheRootOnly(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "usr/lib/real.so.1.2"), "x", 0o644)
	for link, target := range map[string]string{
		"usr/lib/real.so.1": "real.so.1.2",
		"usr/lib64/abs.so":  "/usr/lib/real.so.1",
		"usr/lib/loop":      "loop",
		"usr/lib/gone":      "/etc/passwd",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, link)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := readRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	for rel, want := range map[string]string{
		"usr/lib64/abs.so": "usr/lib/real.so.1.2", "usr/lib/real.so.1": "usr/lib/real.so.1.2",
		"usr/lib/loop": "", "usr/lib/gone": "", "nope": "",
	} {
		if got, ok := r.resolve(rel); got != want || ok != (want != "") {
			t.Errorf("%s: got %q", rel, got)
		}
	}
}

func TestProgramsAreFoundUnderTheirLaterNames(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "usr/share/bash-completion/completions/ggml-rpc-server"), "complete\n", 0o644)
	plant(t, root, "usr/libexec/abi/llama/bin/ggml-rpc-server")
	r, err := readRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.program(RPC.names()); got != "usr/libexec/abi/llama/bin/ggml-rpc-server" {
		t.Errorf("got %q", got)
	}
	if got := r.program(LlamaServer.names()); got != "" {
		t.Errorf("there is none, got %q", got)
	}
}
