package provision

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// verifyLimit bounds one run of a program that only has to say who it is. Builds for GPUs load their
// drivers first, which takes seconds where there are many devices.
const verifyLimit = 30 * time.Second

// Verify runs path --version and returns what it says, with Source "flag". Where path is no
// llama-server that runs on this machine, the error is one sentence that names the path and says why.
func Verify(ctx context.Context, path string) (Found, error) {
	return verify(ctx, run, LlamaServer, path)
}

// VerifyRPC is Verify for an rpc-server. It has no --version, so Version stays empty.
func VerifyRPC(ctx context.Context, path string) (Found, error) {
	return verify(ctx, run, RPC, path)
}

func verify(ctx context.Context, run runner, tool Tool, path string) (Found, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Found{}, fmt.Errorf("%s %s: %w", tool, path, err)
	}
	if why := unfit(abs); why != "" {
		return Found{}, fmt.Errorf("%s %s %s", tool, path, why)
	}
	found := Found{Path: abs, Source: SourceFlag}
	if tool == RPC {
		err = askUsage(ctx, run, &found)
	} else {
		err = askVersion(ctx, run, &found)
	}
	if err != nil {
		return Found{}, fmt.Errorf("%s %s %w", tool, path, err)
	}
	return found, nil
}

// askVersion fills in the version. llama.cpp's other programs print the same line, so a program whose
// name does not say llama-server is asked for its options as well.
func askVersion(ctx context.Context, run runner, found *Found) error {
	out, err := ask(ctx, run, found.Path, "--version")
	if err != nil {
		return err
	}
	var ok bool
	found.Version, found.Build, found.Commit, ok = parseVersion(out.text())
	if !ok {
		return wrongAnswer("--version", out)
	}
	found.Raw = firstLines(out.text(), 2)
	if strings.Contains(filepath.Base(found.Path), string(LlamaServer)) {
		return nil
	}
	if out, err = ask(ctx, run, found.Path, "--help"); err != nil {
		return err
	}
	if help := out.text(); !strings.Contains(help, "--port") || !strings.Contains(help, "--ctx-size") {
		return errors.New("is a program of llama.cpp, but not its server: it has no --port")
	}
	return nil
}

// askUsage recognises an rpc-server by its options: it has a port, and no context to size.
func askUsage(ctx context.Context, run runner, found *Found) error {
	out, err := ask(ctx, run, found.Path, "--help")
	if err != nil {
		return err
	}
	usage := out.text()
	if !strings.Contains(usage, "--port PORT") || !strings.Contains(usage, "--host HOST") || strings.Contains(usage, "--ctx-size") {
		return wrongAnswer("--help", out)
	}
	found.Raw = firstLines(usage, 2)
	return nil
}

// ask runs the program with one flag under the time limit. Errors complete the sentence "PROGRAM PATH …".
func ask(ctx context.Context, run runner, path, flag string) (output, error) {
	limited, cancel := context.WithTimeout(ctx, verifyLimit)
	defer cancel()
	out, err := run(limited, command{name: path, args: []string{flag}})
	switch {
	case ctx.Err() != nil:
		return out, fmt.Errorf("was not checked: %w", context.Cause(ctx))
	case limited.Err() != nil:
		return out, fmt.Errorf("did not answer %s within %s", flag, verifyLimit)
	case errors.Is(err, syscall.ENOEXEC):
		return out, errors.New(formatTrouble(path))
	case errors.Is(err, fs.ErrNotExist):
		return out, errors.New("cannot start: the loader or interpreter that it names is not on this machine")
	case err != nil:
		return out, fmt.Errorf("cannot start: %w", err)
	}
	return out, nil
}

// unfit says why a file cannot be a program, before anything is run; "" where it can.
func unfit(path string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case err != nil:
		return "cannot be read: " + err.Error()
	case info.IsDir():
		return "is a folder; name the program in it"
	case !info.Mode().IsRegular():
		return "is not a regular file"
	case info.Size() == 0:
		return "is an empty file"
	}
	kind := headOf(path)
	isProgram := kind == "script" || kind == "elf" || kind == "mach-o"
	switch {
	case info.Mode()&0o111 == 0 && isProgram:
		return "is not executable; chmod +x makes it so"
	case info.Mode()&0o111 == 0, kind == "text":
		return "is a " + kind + " file, not a program"
	}
	return ""
}

// headOf tells what a file is from its first bytes: elf, mach-o, script, text, or data; "unreadable"
// where it may be run but not read.
func headOf(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unreadable"
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := f.Read(head)
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return "elf"
	case bytes.HasPrefix(head, []byte("#!")):
		return "script"
	case bytes.HasPrefix(head, []byte{0xcf, 0xfa, 0xed, 0xfe}), bytes.HasPrefix(head, []byte{0xca, 0xfe, 0xba, 0xbe}):
		return "mach-o"
	case bytes.IndexByte(head, 0) < 0:
		return "text"
	}
	return "data"
}

// formatTrouble says why the kernel would not execute a file.
func formatTrouble(path string) string {
	f, err := elf.Open(path)
	if err != nil {
		return "is not a program that this machine can run"
	}
	defer f.Close()
	return fmt.Sprintf("is built for another processor (%s)", strings.ToLower(strings.TrimPrefix(f.Machine.String(), "EM_")))
}

var missingLibrary = regexp.MustCompile(`error while loading shared libraries: ([^:\s]+): `)

// wrongAnswer says how the program's answer differs from llama.cpp's.
func wrongAnswer(flag string, out output) error {
	if m := missingLibrary.FindStringSubmatch(out.stderr); m != nil {
		return fmt.Errorf("cannot start: the shared library %s is missing; install it or set LD_LIBRARY_PATH", m[1])
	}
	first := firstLines(out.text(), 1)
	if len(first) > 160 {
		first = first[:160] + "…"
	}
	switch {
	case out.code == -1:
		return fmt.Errorf("was killed by a signal when asked for %s", flag)
	case first == "":
		return fmt.Errorf("is not llama.cpp's: asked for %s it printed nothing (exit status %d)", flag, out.code)
	}
	return fmt.Errorf("is not llama.cpp's: asked for %s it printed %q", flag, first)
}
