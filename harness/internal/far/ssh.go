package far

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ctxcliff/harness/internal/process"
)

// Target is a host, as the user names it to ssh.
type Target struct {
	User   string // "" as ssh's configuration says
	Host   string // a name, an address, or an alias of ssh's configuration
	Port   int    // 0 as ssh's configuration says
	Config string // of ssh, instead of the user's own; "" that
	Helper string // our program, built for that host; "" the one that runs
}

// String is the host for sentences.
func (t Target) String() string { return t.Host }

// master is the one connection to a host, in the foreground, under a guard.
type master struct {
	target Target
	dir    string // holds its socket; nobody else may enter it
	run    *process.Process
}

// program is the system's ssh.
const program = "ssh"

// options are those of every call of ssh. What they name is not taken from the user's configuration.
func (t Target) options(silence time.Duration) []string {
	seconds := func(d time.Duration) string { return strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second))) }
	list := []string{"-T", "-a", "-x"}
	if t.Config != "" {
		list = append(list, "-F", t.Config)
	}
	for _, o := range []string{
		"BatchMode=yes", "ConnectTimeout=" + seconds(silence), "ConnectionAttempts=1", "ServerAliveInterval=" + seconds(silence/3), "ServerAliveCountMax=3",
		"ControlPersist=no", "RemoteCommand=none", "PermitLocalCommand=no", "ClearAllForwardings=yes", "LogLevel=ERROR",
	} {
		list = append(list, "-o", o)
	}
	if t.Port > 0 {
		list = append(list, "-p", strconv.Itoa(t.Port))
	}
	if t.User != "" {
		list = append(list, "-l", t.User)
	}
	return list
}

// connect makes the connection, and returns once others can go through it.
func connect(ctx context.Context, t Target, silence time.Duration) (*master, error) {
	dir, err := socketDir()
	if err != nil {
		return nil, err
	}
	if _, err := exec.LookPath(program); err != nil {
		_ = os.RemoveAll(dir)
		return nil, errors.New("there is no ssh on PATH; install the client of OpenSSH")
	}
	m := &master{target: t, dir: dir}
	argv := append([]string{program}, t.options(silence)...)
	argv = append(argv, "-N", "-o", "ControlMaster=yes", "-o", m.control(), "--", t.Host)
	if m.run, err = process.Start(ctx, process.Spec{Argv: argv, Name: "ssh to " + t.Host}); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	if err := m.untilReady(ctx); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// control names the socket in the words of ssh_config(5).
func (m *master) control() string {
	return `ControlPath="` + strings.ReplaceAll(m.socket(), "%", "%%") + `"`
}

func (m *master) socket() string { return filepath.Join(m.dir, "m") }

// untilReady waits for the socket, which ssh puts there whole once it is let in.
func (m *master) untilReady(ctx context.Context) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		if _, err := os.Stat(m.socket()); err == nil {
			return nil
		}
		select {
		case <-m.run.Done():
			return fmt.Errorf("%s cannot be reached by ssh: %s", m.target, advise(m.words(), m.target))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// words are the last that ssh said.
func (m *master) words() string {
	words := ""
	for _, l := range m.run.Tail() {
		if text := strings.TrimSpace(l.Text); text != "" {
			words = text
		}
	}
	if exit, ended := m.run.Exit(); words == "" && ended {
		words = "it ended with " + exit.String() + " and said nothing"
	}
	return words
}

// advise completes what ssh says by what to do about it.
func advise(words string, t Target) string {
	switch {
	case strings.Contains(words, "Host key verification failed"), strings.Contains(words, "host key is known"):
		return fmt.Sprintf("%s; its key is not known here, or another one is: run ssh %s once by hand and compare it", words, t.Host)
	case strings.Contains(words, "Permission denied"):
		return fmt.Sprintf("%s; put a key there that needs no password (ssh-copy-id %s), or load it into ssh-agent", words, t.Host)
	case strings.Contains(words, "Could not resolve"):
		return words + "; see that the name is right"
	}
	return words + "; see that the host is up and its ssh server runs"
}

// session is a command on the far side, through the connection. It never makes a connection of its own:
// without the first one it fails.
func (m *master) session(ctx context.Context, silence time.Duration, script string) *exec.Cmd {
	args := append(m.target.options(silence), "-o", "ControlMaster=no", "-o", m.control(), "-o", "ProxyCommand=false", "--", m.target.Host, script)
	c := exec.CommandContext(ctx, program, args...)
	c.SysProcAttr = apart
	c.WaitDelay = time.Second
	return c
}

// ask runs a script of ours on the far side, and returns what it printed.
func (m *master) ask(ctx context.Context, silence time.Duration, script string, stdin io.Reader) (string, error) {
	c := m.session(ctx, silence, script)
	var out, said tail
	c.Stdin, c.Stdout, c.Stderr = stdin, &out, &said
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("run a command on %s: %w: %s; see that its login shell starts without an error", m.target, err, last(said.String()))
	}
	return out.String(), nil
}

// close ends the connection, and waits for its end.
func (m *master) close() {
	m.run.Stop(context.Background(), 500*time.Millisecond)
	_ = os.RemoveAll(m.dir)
}
