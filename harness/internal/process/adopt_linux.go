package process

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// adopt puts the program that a launcher was to run into the place of the launcher, if that returned
// with success and the program lives on as an orphan, which makes it a child of the guard. Its end is
// then seen as if we had started it. A shell that has forked and not yet become what it will run
// still has the launcher's command line, and is taken for the program.
func (g *guard) adopt(launcher syscall.WaitStatus) bool {
	if g.inner == nil || g.stopping || !g.killing.IsZero() || !launcher.Exited() || launcher.ExitStatus() != 0 {
		return false
	}
	me := os.Getpid()
	for range becoming {
		nameless := false
		for _, p := range below(me) {
			if p.parent != me {
				continue
			}
			if runs(p.pid, g.inner) {
				g.main, g.group, g.inner = p.procID, 0, nil
				_ = writeLine(g.status, message{Is: isAdopted, PID: p.pid, Start: p.start})
				return true
			}
			nameless = nameless || cmdline(p.pid) == ""
		}
		if !nameless {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// becoming is how often an orphan without a command line is looked at again, a millisecond apart: a process
// has none while it becomes another program (execve), nor when it has ended.
const becoming = 50

func cmdline(pid int) string {
	b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return strings.TrimSuffix(string(b), "\x00")
}

// runs reports whether the command line of a process ends with this program and its arguments, or,
// where the program was called by another name, with its arguments.
func runs(pid int, program []string) bool {
	text := cmdline(pid)
	if text == "" {
		return false
	}
	words := strings.Split(text, "\x00")
	want := program
	if len(program) > 1 {
		want = program[1:]
	}
	return len(words) >= len(want) && slices.Equal(words[len(words)-len(want):], want)
}
