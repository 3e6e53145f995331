package far

import (
	"cmp"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// The scripts run on the far side hold nothing but a name that we make, of letters and digits: nothing of
// the user's gets to a shell. They contain no single quote, and go through the login shell whole.
const (
	probeScript = `exec sh -c 'p="$HOME/.cache/ctxcliff/NAME"; echo "ctxcliff platform $(uname -sm)"; ` +
		`if [ -x "$p" ]; then echo "ctxcliff size $(wc -c <"$p")"; echo "ctxcliff sum $(sha256sum <"$p" 2>/dev/null)"; touch "$p"; fi'`
	copyScript = `exec sh -c 'd="$HOME/.cache/ctxcliff"; t="$d/NAME.$$"; umask 077; mkdir -p "$d" && cat >"$t" && chmod 700 "$t" && mv -f "$t" "$d/NAME" || { rm -f "$t"; exit 1; }; ` +
		`find "$d" -name "helper-*" -mtime +30 -exec rm -f {} +'`
	runScript = `exec sh -c 'exec "$HOME/.cache/ctxcliff/NAME" ` + Command + `'`
)

func script(text, name string) string { return strings.ReplaceAll(text, "NAME", name) }

// install puts the helper on the far side unless it is there, and returns its name.
func (m *master) install(ctx context.Context, silence time.Duration) (name string, err error) {
	path := m.target.Helper
	if path == "" {
		if path, err = running(); err != nil {
			return "", fmt.Errorf("find our own program to copy it to %s: %w", m.target, err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the helper for %s: %w; name a ctxcliff that is built for it with ?helper=FILE", m.target, err)
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return "", fmt.Errorf("read the helper for %s: %w", m.target, err)
	}
	whole := hex.EncodeToString(sum.Sum(nil))
	name = "helper-" + whole[:16]
	there, err := m.probe(ctx, silence, name)
	if err != nil {
		return "", err
	}
	if err := m.fits(there["platform"], f); err != nil {
		return "", err
	}
	if there["size"] == fmt.Sprint(size) && strings.HasPrefix(cmp.Or(there["sum"], whole), whole) {
		return name, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if _, err := m.ask(ctx, silence, script(copyScript, name), f); err != nil {
		return "", fmt.Errorf("copy the helper to ~/.cache/ctxcliff of %s: %w", m.target, err)
	}
	return name, nil
}

// running is the file of the running program, even if it has been replaced meanwhile.
func running() (string, error) {
	if _, err := os.Stat("/proc/self/exe"); err == nil {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// probe asks what the far host is, and what of the helper is there. Login shells may print words of
// their own.
func (m *master) probe(ctx context.Context, silence time.Duration, name string) (map[string]string, error) {
	text, err := m.ask(ctx, silence, script(probeScript, name), nil)
	if err != nil {
		return nil, err
	}
	there := map[string]string{}
	for line := range strings.Lines(text) {
		if words, ok := strings.CutPrefix(strings.TrimSpace(line), "ctxcliff "); ok {
			key, value, _ := strings.Cut(words, " ")
			there[key] = strings.TrimSpace(value)
		}
	}
	return there, nil
}

// fits refuses a helper that is built for another kind of host.
func (m *master) fits(uname string, f io.ReaderAt) error {
	builtFor := ours
	if m.target.Helper != "" {
		if builtFor = builtAs(f); builtFor == "" {
			return nil // only that host can tell
		}
	}
	far, known := platform[uname]
	switch {
	case far == builtFor:
		return nil
	case !known:
		return fmt.Errorf("%s says that it is %q, which ctxcliff does not know; start its rpc-server by hand and give --rpc HOST:PORT", m.target, uname)
	}
	system, arch, _ := strings.Cut(far, "/")
	return fmt.Errorf("%s is %s, and the helper is built for %s: build one (GOOS=%s GOARCH=%s go build ./cmd/ctxcliff) and name it with ?helper=FILE", m.target, far, builtFor, system, arch)
}

// builtAs is the platform of a program in the form that Linux runs; "" it is of another form.
func builtAs(f io.ReaderAt) string {
	e, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	arch := map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_RISCV: "riscv64", elf.EM_PPC64: "ppc64le", elf.EM_S390: "s390x"}[e.Machine]
	if arch == "" {
		return ""
	}
	return "linux/" + arch
}
