package main

import (
	"debug/buildinfo"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// linked are the modules that may be part of the program. A new one is a decision: what it costs in
// size, and why our own code or the standard library will not do.
var linked = []string{
	"github.com/dlclark/regexp2/v2",
	"github.com/dustin/go-humanize",
	"github.com/goccy/go-yaml",
	"github.com/google/shlex",
	"github.com/google/uuid",
	"github.com/jedib0t/go-pretty/v6",
	"github.com/mattn/go-colorable",
	"github.com/mattn/go-isatty",
	"github.com/mattn/go-runewidth",
	"github.com/remyoudompheng/bigfft",
	"github.com/rivo/uniseg",
	"github.com/rs/zerolog",
	"github.com/tiktoken-go/tokenizer",
	"github.com/urfave/cli/v3",
	"golang.org/x/sys",
	"golang.org/x/term",
	"golang.org/x/text",
	"modernc.org/libc",
	"modernc.org/mathutil",
	"modernc.org/memory",
	"modernc.org/sqlite",
}

const maxRelease = 31 << 20 // bytes

// TestRelease builds the program as it is released and looks at it: one static file, of bearable
// size, with no module that nobody decided on.
func TestRelease(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "ctxcliff")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(info.Size())/1e6)
	if info.Size() > maxRelease {
		t.Errorf("%d bytes, %d are allowed", info.Size(), maxRelease)
	}
	if runtime.GOOS == "linux" {
		checkStatic(t, binary)
	}
	built, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range built.Deps {
		if !slices.Contains(linked, m.Path) {
			t.Errorf("links %s, which is not among the modules decided on", m.Path)
		}
	}
}

func checkStatic(t *testing.T, binary string) {
	t.Helper()
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it asks for a dynamic loader: not static")
		}
	}
}

// TestLibcPin holds modernc.org/libc at the version that sqlite was made with: any other builds and
// runs, and may be wrong without a word (modernc.org/sqlite, issue 177).
func TestLibcPin(t *testing.T) {
	list := func(args ...string) string {
		out, err := exec.Command("go", append([]string{"list", "-m", "-f"}, args...)...).Output()
		if err != nil {
			t.Fatalf("go list %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	mod, err := os.ReadFile(filepath.Join(list("{{.Dir}}", "modernc.org/sqlite"), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for line := range strings.Lines(string(mod)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "modernc.org/libc" {
			want = f[1]
		}
	}
	if got := list("{{.Version}}", "modernc.org/libc"); got != want || want == "" {
		t.Errorf("modernc.org/libc is %s, sqlite was made with %q", got, want)
	}
}
