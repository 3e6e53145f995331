package main

import (
	"context"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
)

// TestLimits: what the flags say is what a run goes by, and a command without a flag goes by the default.
func TestLimits(t *testing.T) {
	limits := func(flags []cli.Flag, args ...string) (l harness.Limits) {
		app := &cli.Command{Flags: flags, Action: func(_ context.Context, c *cli.Command) (err error) {
			l, err = limitsOf(c)
			return err
		}}
		if err := app.Run(t.Context(), append([]string{"ctxcliff"}, args...)); err != nil {
			t.Fatal(err)
		}
		return l
	}
	want := harness.DefaultLimits
	if got := limits(runFlags()); got != want {
		t.Errorf("%+v", got)
	}
	want.Ready, want.Stall, want.Away, want.Busy = time.Second, 2*time.Second, 3*time.Second, 4*time.Second
	if got := limits(concat(attachFlags(), runFlags()), "--ready-timeout", "1s", "--stall", "2s", "--away-timeout", "3s", "--busy-timeout", "4s"); got != want {
		t.Errorf("%+v", got)
	}
}
