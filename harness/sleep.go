package harness

import (
	"context"
	"fmt"
	"time"

	"ctxcliff/harness/internal/awake"
	"ctxcliff/harness/trial"
)

// sleptSoFar is how long the machine has been suspended in all.
func (r *Rig) sleptSoFar() time.Duration {
	if r.asleep != nil {
		return r.asleep()
	}
	return awake.Asleep()
}

// slept is how long the machine was suspended since the latest attempt began; 0 not at all.
func (l *life) slept() time.Duration {
	if d := l.sleptSoFar() - l.rested; d >= time.Second { // less is the rounding of two clocks
		return d.Round(time.Second)
	}
	return 0
}

// excuse takes back a finding of an attempt in which the machine was suspended: devices are reset by that, and
// connections break. What passed all the same has passed.
func (l *life) excuse(a *trial.Attempt) {
	if d := l.slept(); d > 0 && a.Outcome.Bad() {
		a.Outcome, a.Reason = trial.Infra, fmt.Sprintf("this machine was suspended for %s in the middle of it: %s", d, a.Reason)
	}
}

// noteSleep tells that the machine was suspended.
func (l *life) noteSleep(ctx context.Context, a *trial.Attempt) error {
	d := l.slept()
	if d == 0 {
		return nil
	}
	return l.note(ctx, fmt.Sprintf("this machine was suspended for %s during attempt %d of start %d in %s", d, a.N, a.StartN, a.CellID))
}
