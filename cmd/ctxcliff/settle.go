package main

import (
	"context"
	"fmt"
	"time"

	"ctxcliff/harness"
	"ctxcliff/store"
)

// settle brings back order before anything is started: processes that a killed ctxcliff left behind
// are ended, and its unfinished runs are closed with what became of them. A run whose ctxcliff is
// alive is left alone.
func (t *terminal) settle(ctx context.Context, db *store.Store) error {
	for _, line := range harness.Sweep() {
		t.say("%s", line)
	}
	left, err := db.LeftOpen(ctx)
	if err != nil {
		return err
	}
	for _, l := range left {
		gone, rebooted := harness.Gone(l.Owner.PID, l.Owner.PIDStart, l.Owner.BootID)
		if !gone {
			continue
		}
		for _, start := range l.Starts {
			for _, line := range harness.EndLeft(start) {
				t.say("%s", line)
			}
		}
		reason := "ctxcliff was killed"
		if rebooted {
			reason = "the host was lost: it has been booted since"
		}
		if err := db.CloseLeftOpen(ctx, l, reason, rebooted, time.Now().UTC()); err != nil {
			return err
		}
		t.say("run %s was left unfinished: %s%s", l.Run.ID, reason, inFlight(l))
	}
	return nil
}

// inFlight names the cell that an unfinished run was at.
func inFlight(l store.LeftOpen) string {
	for _, a := range l.Attempts {
		if a.CellID != "" {
			return fmt.Sprintf(" in %s, attempt %d", a.CellID, a.N)
		}
	}
	return ""
}
