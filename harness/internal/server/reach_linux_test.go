package server

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestALoopbackThatIsDown is told at once: a server would listen there until the limit, and be blamed.
func TestALoopbackThatIsDown(t *testing.T) {
	if os.Getenv("CTXCLIFF_TEST_REACH") != "" {
		if err := CheckPort(0); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := CheckPort(0); err != nil {
		t.Errorf("with a loopback: %v", err)
	}
	c := exec.Command("/proc/self/exe", "-test.run", "^TestALoopbackThatIsDown$")
	c.Env = append(os.Environ(), "CTXCLIFF_TEST_REACH=1")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 { // may make one in a user namespace of its own
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := c.CombinedOutput()
	if _, ran := err.(*exec.ExitError); err != nil && !ran {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("this machine gives no network namespace: %v", err)
	}
	if err == nil || !strings.Contains(string(out), "127.0.0.1 cannot be reached") || !strings.Contains(string(out), "ip link set lo up") {
		t.Errorf("got %v, %s", err, out)
	}
}
