// Package fartest gives tests other hosts: a throw-away sshd on the loopback, or several in network
// namespaces of their own.
//
// Each sshd is a child of the test, with a host key, keys, a configuration and a home directory of its
// own; the system's is never touched. Where there is none (Debian: openssh-server), a test is skipped
// with the reason; with CI=true it fails.
package fartest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
)

// Host is what a test sees of another host.
type Host struct {
	Name    string // for ssh
	Address string
	Port    int
	Dir     string // of all its files
	Config  string // of ssh
	Home    string // on the far side
	Netns   string // network namespace; "" ours
	SSHD    *process.Process
	Force   string // command that sshd runs instead of what is asked for, which is in $SSH_ORIGINAL_COMMAND; "" that

	link string // on our side, to a host in another namespace
}

// Loopback is a host on the loopback.
func Loopback(t testing.TB) *Host {
	t.Helper()
	h := &Host{Name: "far1", Address: "127.0.0.1"}
	h.Start(t)
	return h
}

// lack ends a test for want of something.
func lack(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Start makes keys and configuration, and starts the sshd.
func (h *Host) Start(t testing.TB) {
	t.Helper()
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		if sshd = "/usr/sbin/sshd"; !exists(sshd) {
			lack(t, "needs sshd (Debian: openssh-server)")
		}
	}
	me, err := user.Current()
	must(t, err)
	if me.Uid == "0" {
		must(t, os.MkdirAll("/run/sshd", 0o755)) // where sshd locks itself up; only the system's start makes it
	}
	h.Dir = t.TempDir()
	h.Config, h.Home = filepath.Join(h.Dir, "config"), filepath.Join(h.Dir, "home")
	must(t, os.Mkdir(h.Home, 0o700))
	for _, key := range []string{"host_key", "key"} {
		out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(h.Dir, key)).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if h.Port == 0 {
		h.Port = freePort(t, h)
	}
	must(t, os.Rename(filepath.Join(h.Dir, "key.pub"), filepath.Join(h.Dir, "authorized_keys")))
	hostKey, err := os.ReadFile(filepath.Join(h.Dir, "host_key.pub"))
	must(t, err)
	write(t, filepath.Join(h.Dir, "known_hosts"), fmt.Sprintf("[%s]:%d %s", h.Address, h.Port, hostKey))
	write(t, filepath.Join(h.Dir, "sshd_config"), fmt.Sprintf(`Port %d
ListenAddress %s
HostKey %[3]s/host_key
AuthorizedKeysFile %[3]s/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
SetEnv HOME=%[4]s
`, h.Port, h.Address, h.Dir, h.Home))
	if h.Force != "" {
		text, err := os.ReadFile(filepath.Join(h.Dir, "sshd_config"))
		must(t, err)
		write(t, filepath.Join(h.Dir, "sshd_config"), string(text)+"ForceCommand "+h.Force+"\n")
	}
	write(t, h.Config, fmt.Sprintf(`Host %s
HostName %s
Port %d
User %s
IdentityFile %[5]s/key
IdentitiesOnly yes
UserKnownHostsFile %[5]s/known_hosts
GlobalKnownHostsFile /dev/null
`, h.Name, h.Address, h.Port, me.Username, h.Dir))
	h.Serve(t, sshd)
}

// Serve starts the sshd, and waits until it accepts connections.
func (h *Host) Serve(t testing.TB, sshd string) {
	t.Helper()
	argv := []string{sshd, "-D", "-e", "-f", filepath.Join(h.Dir, "sshd_config")}
	if h.Netns != "" {
		argv = append([]string{"ip", "netns", "exec", h.Netns}, argv...)
	}
	var err error
	h.SSHD, err = process.Start(context.Background(), process.Spec{Argv: argv, Name: "sshd"})
	must(t, err)
	t.Cleanup(func() { h.SSHD.Stop(context.Background(), 0) })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(h.Address, fmt.Sprint(h.Port)), time.Second)
		if err == nil {
			c.Close()
			return
		}
		if _, ended := h.SSHD.Exit(); ended || time.Now().After(deadline) {
			t.Fatalf("sshd does not serve: %v, %v", err, h.SSHD.Tail())
		}
	}
}

// URL names the host to --rpc, with more of the query's NAME=VALUE.
func (h *Host) URL(more ...string) string {
	q := url.Values{"config": {h.Config}}
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		q.Add(name, value)
	}
	return "ssh://" + h.Name + "?" + q.Encode()
}

// Family is everything that runs below the sshd: helpers, guards, rpc-servers, by pid and start time.
func (h *Host) Family() map[int]uint64 {
	tree := map[int]uint64{}
	for _, p := range process.Descendants(h.SSHD.PID()) {
		if start, err := process.StartTimeOf(p); err == nil {
			tree[p] = start
		}
	}
	return tree
}

// freePort is a port that nobody listens on where the host is.
func freePort(t testing.TB, h *Host) int {
	if h.Netns != "" {
		return 2222 // nobody else is there
	}
	l, err := net.Listen("tcp", h.Address+":0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
