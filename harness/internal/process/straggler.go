package process

import (
	"fmt"
	"time"
)

// straggling is how long a program may take to open its port after its launcher has returned.
const straggling = 2 * time.Second

// EndStraggler looks, once a launcher has returned by itself with success and nothing is left below it,
// for the program that it had somebody else start: the process that listens on our port with our
// arguments. It is ended (KILL after grace), because nobody would see how it ends; the error says so.
// Nil when there is none.
func (l *Launched) EndStraggler(port int, args []string, grace time.Duration) error {
	exit, ended := l.Process.Exit()
	if l.spec.Launcher == 0 || !ended || exit.Requested || exit.String() != "code:0" {
		return nil
	}
	if l.inner != nil { // it was found while its launcher was still there
		if !l.deserted(exit) {
			return nil
		}
		return l.endDeserted(l.inner, grace)
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(straggling); time.Now().Before(deadline); <-look.C {
		pid, _, err := ListenerPID(port)
		if err != nil || pid == 0 || !Runs(pid, args) {
			continue
		}
		inner, err := Follow(pid)
		if err != nil {
			continue // it has ended meanwhile
		}
		defer inner.Close()
		return l.endDeserted(inner, grace)
	}
	return nil
}

func (l *Launched) endDeserted(inner *Inner, grace time.Duration) error {
	if _, gone := inner.End(grace); !gone {
		return fmt.Errorf("the launcher of %s returned and had somebody else start it, and pid %d cannot be ended; end it, and use a launcher that stays until its program ends", l.Name(), inner.PID())
	}
	return fmt.Errorf("the launcher of %s returned and had somebody else start it, so that nobody would see how it ends; use a launcher that stays until its program ends, such as podman run without -d", l.Name())
}
