package fartest

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// netnsEnv tells the test binary that it runs in a network namespace of its own, and what the others are.
const netnsEnv = "FARTEST_NETNS"

// Apart runs the test again in a network namespace of its own, with n others that are hosts: each has an
// address of its own and nothing in common with the rest but a link. Making them takes root and ip
// (Debian: iproute2). All of them are gone afterwards, and the test fails if anything still runs in one.
func Apart(t *testing.T, n int, test func(t *testing.T, hosts []*Host)) {
	t.Helper()
	if names := os.Getenv(netnsEnv); names != "" {
		test(t, within(t, strings.Fields(names)))
		return
	}
	if os.Geteuid() != 0 {
		lack(t, "needs root to make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		lack(t, "needs ip (Debian: iproute2) to make network namespaces")
	}
	prefix := fmt.Sprintf("ctxt%d", os.Getpid())
	near := prefix + "n"
	makeNamespace(t, near)
	ip(t, "-n", near, "link", "set", "lo", "up")
	var names []string
	for i := range n {
		far := fmt.Sprintf("%sf%d", prefix, i+1)
		makeNamespace(t, far)
		names = append(names, far)
		ip(t, "-n", far, "link", "set", "lo", "up")
		ip(t, "-n", near, "link", "add", link(i), "type", "veth", "peer", "name", "eth0", "netns", far)
		ip(t, "-n", near, "addr", "add", fmt.Sprintf("198.18.%d.1/24", i+1), "dev", link(i))
		ip(t, "-n", far, "addr", "add", address(i)+"/24", "dev", "eth0")
		ip(t, "-n", near, "link", "set", link(i), "up")
		ip(t, "-n", far, "link", "set", "eth0", "up")
	}
	self, err := os.Executable()
	must(t, err)
	c := exec.Command("ip", "netns", "exec", near, self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m")
	if long := flag.Lookup("long"); long != nil && long.Value.String() == "true" {
		c.Args = append(c.Args, "-long")
	}
	c.Env = append(os.Environ(), netnsEnv+"="+strings.Join(names, " "))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("in its namespace: %v\n%s", err, out)
	} else {
		t.Logf("in its namespace:\n%s", out)
	}
	for _, ns := range append(names, near) {
		if pids, err := exec.Command("ip", "netns", "pids", ns).Output(); err != nil || len(strings.TrimSpace(string(pids))) > 0 {
			t.Errorf("%s: still running: %s %v", ns, pids, err)
		}
	}
}

// makeNamespace makes a network namespace that ends with the test.
func makeNamespace(t testing.TB, name string) {
	t.Helper()
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		lack(t, "needs to make network namespaces: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
}

func ip(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		lack(t, "needs to set up network namespaces: ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func link(i int) string    { return fmt.Sprintf("to%d", i+1) }
func address(i int) string { return fmt.Sprintf("198.18.%d.2", i+1) }

// within starts the hosts, seen from the namespace of the test.
func within(t *testing.T, names []string) (hosts []*Host) {
	for i, ns := range names {
		h := &Host{Name: fmt.Sprintf("far%d", i+1), Address: address(i), Netns: ns, link: link(i)}
		h.Start(t)
		hosts = append(hosts, h)
	}
	return hosts
}

// Cut drops the link to the host, or brings it up again and waits until the host answers: for a second or two its
// neighbours do not know it.
func (h *Host) Cut(t testing.TB, cut bool) {
	t.Helper()
	ip(t, "link", "set", h.link, map[bool]string{true: "down", false: "up"}[cut])
	for deadline := time.Now().Add(20 * time.Second); !cut; {
		line, err := net.DialTimeout("tcp", net.JoinHostPort(h.Address, strconv.Itoa(h.Port)), time.Second)
		if err == nil {
			line.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("the link is up, and %s does not answer: %v", h.Name, err)
			return
		}
	}
}
