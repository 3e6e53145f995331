package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Defaults for fields of Spec that are zero.
const (
	DefaultLogLimit  = 64 << 20
	DefaultTailLines = 200
)

// Spec says what to start and what to keep of its output.
type Spec struct {
	// Argv is the program and its arguments; never passed through a shell. A
	// program without a slash is looked up in PATH; a relative one is
	// relative to our working directory, not to Dir.
	Argv []string
	// Launcher is how many words of Argv are a launcher, such as setsid or podman exec; the program that
	// it runs follows. A launcher that returns with success while that program lives on below it is
	// replaced by it: from then on it is the command. 0: Argv is the program.
	Launcher int
	// Env is the whole environment; nil means ours. OwnerEnv is added to either.
	Env []string
	// Dir is the working directory; empty means ours.
	Dir string
	// Name is what messages call the process: "server", "rpc1".
	Name string
	// LogFile receives stdout and stderr, line by line in the order in which they
	// were read. Created with mode 0600; an existing file is appended to, because
	// evidence is never overwritten. Empty: no file.
	LogFile string
	// LogLimit is how many bytes of output LogFile receives. The rest is counted
	// (Written) but only its last lines reach the file, after a note.
	// 0 means DefaultLogLimit, negative no limit.
	LogLimit int64
	// TailLines is how many lines of each stream Tail keeps; 0 means
	// DefaultTailLines.
	TailLines int
	// Tap is given every line of both streams as it is read, one at a time and in
	// the order of Line. It is called from the readers and must not block: the
	// command waits for it once its pipes are full. Nil: nobody listens.
	Tap func(Line)
}

// Environment is ours with additions NAME=VALUE, for [Spec.Env]; nil, which means ours, when there are
// none.
func Environment(add []string) []string {
	if len(add) == 0 {
		return nil
	}
	return append(os.Environ(), add...)
}

// resolved is a Spec that has been checked, with nothing left to look up.
type resolved struct {
	Spec
	path  string // absolute
	token string // value of OwnerEnv, unique to this Process
}

// resolve fills in defaults, finds the program and rejects what no system call
// could carry.
func (s Spec) resolve() (resolved, error) {
	r := resolved{Spec: s}
	if s.Name == "" {
		r.Name = "process"
	}
	if len(s.Argv) == 0 || s.Argv[0] == "" {
		return r, &StartError{Name: r.Name, Reason: "no program was named"}
	}
	for _, a := range s.Argv {
		if strings.IndexByte(a, 0) >= 0 {
			return r, &StartError{Name: r.Name, Path: s.Argv[0], Reason: "an argument contains a zero byte"}
		}
	}
	if r.LogLimit == 0 {
		r.LogLimit = DefaultLogLimit
	}
	if r.TailLines <= 0 {
		r.TailLines = DefaultTailLines
	}
	if err := r.findProgram(); err != nil {
		return r, err
	}
	return r, r.buildEnv()
}

func (r *resolved) findProgram() (err error) {
	name := r.Argv[0]
	if !strings.ContainsRune(name, filepath.Separator) && !strings.ContainsRune(name, '/') {
		if r.path, err = exec.LookPath(name); err != nil {
			return &StartError{Name: r.Name, Path: name, Reason: notInPath(err), Err: err}
		}
		name = r.path
	}
	if r.path, err = filepath.Abs(name); err != nil {
		return fmt.Errorf("cannot start %s: find the working directory: %w", r.Name, err)
	}
	return nil
}

func notInPath(err error) string {
	if errors.Is(err, exec.ErrDot) {
		return "it is only in the current directory; write ./ before it to mean that one"
	}
	return "no such program in PATH; give its full path"
}

// buildEnv lets os/exec do what it does for every command (the last of two
// equal names wins, PWD follows Dir) and adds our mark.
func (r *resolved) buildEnv() error {
	r.token = newOwnerToken()
	if r.Dir != "" {
		dir, err := filepath.Abs(r.Dir)
		if err != nil {
			return fmt.Errorf("cannot start %s: find the working directory: %w", r.Name, err)
		}
		r.Dir = dir
	}
	all := (&exec.Cmd{Env: r.Spec.Env, Dir: r.Dir}).Environ()
	r.Env = make([]string, 0, len(all)+1)
	for _, kv := range all {
		if strings.IndexByte(kv, 0) >= 0 {
			name, _, _ := strings.Cut(kv, "=")
			return &StartError{Name: r.Name, Path: r.path, Reason: fmt.Sprintf("environment variable %q contains a zero byte", name)}
		}
		if !strings.HasPrefix(kv, guardEnv+"=") && !strings.HasPrefix(kv, OwnerEnv+"=") {
			r.Env = append(r.Env, kv)
		}
	}
	r.Env = append(r.Env, OwnerEnv+"="+r.token)
	return nil
}
