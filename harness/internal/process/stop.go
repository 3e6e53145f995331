package process

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Signal asks for a signal to the command itself, not to its group. Nil means
// that the request is on its way; a command that ends first does not get it.
// os.ErrProcessDone when it has ended.
func (p *Process) Signal(sig os.Signal) error {
	s, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("send %v to %s: not a signal of this system", sig, p.spec.Name)
	}
	if _, ended := p.Exit(); ended {
		return os.ErrProcessDone
	}
	if err := p.keeper.send(command{Do: doSignal, Signal: signalName(s)}); err != nil {
		return os.ErrProcessDone
	}
	return nil
}

// Stop ends the command and all that it started, and returns how it ended:
// SIGTERM to the group, SIGKILL to everything after grace. It returns when Done
// is closed. When ctx ends, the rest of grace is skipped, so a Stop with a
// cancelled context kills at once, but still waits for the end.
//
// It may be called twice, from several goroutines, and after the end; the
// shortest grace counts. If SIGKILL does not help within six seconds, the
// result has Stuck set and Done is still open; nothing more can be done.
func (p *Process) Stop(ctx context.Context, grace time.Duration) Exit {
	if ctx.Err() != nil {
		grace = 0
	}
	limit := time.NewTimer(p.askToEnd(grace) + killWait)
	defer limit.Stop()
	cut := ctx.Done()
	for {
		select {
		case <-p.done:
			e, _ := p.Exit()
			return e
		case <-cut:
			cut = nil
			limit.Reset(p.askToEnd(0) + killWait)
		case <-limit.C:
			return p.stuck()
		}
	}
}

// askToEnd passes the request on and returns the grace that it gave. A keeper
// that cannot be reached is ending already.
func (p *Process) askToEnd(grace time.Duration) time.Duration {
	c := command{Do: doStop, GraceMS: grace.Milliseconds()}
	if grace <= 0 {
		c, grace = command{Do: doKill}, 0
	}
	_ = p.keeper.send(c)
	return grace
}

// stuck is the answer of a Stop that gave up, unless the end came just now.
func (p *Process) stuck() Exit {
	if e, ended := p.Exit(); ended {
		return e
	}
	return Exit{Code: -1, Requested: true, Killed: true, Stuck: true}
}
