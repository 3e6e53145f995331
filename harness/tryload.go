package harness

import (
	"context"
	"errors"
	"time"

	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
)

// TryLoad starts the server once with a small context and stops it again. The error is that of the
// launch; [IsLoadFailure] tells a server that could not load the model from other trouble.
func (lab *Lab) TryLoad(ctx context.Context, limit time.Duration) error {
	spec := lab.launchSpec(plan.Configuration{Target: lab.Target, NP: 1, Ctx: 512, Reply: 1}, 0, 1)
	spec.ReadyTimeout = limit
	s, err := server.Launch(ctx, spec)
	if err != nil {
		return err
	}
	s.Stop(context.WithoutCancel(ctx), DefaultLimits.Grace)
	return nil
}

// IsLoadFailure reports whether a server died or hung while loading.
func IsLoadFailure(err error) bool {
	var load *server.LoadError
	return errors.As(err, &load)
}
