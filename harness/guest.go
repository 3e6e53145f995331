package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
)

// guest is what we are at a server that somebody else runs: we speak to it, and see what any client sees.
// It is never restarted and never signalled.
type guest struct {
	url, key string          // the key is in memory only
	back     server.ReadBack // at the survey
	pulse    server.Pulse    // at the latest look
	lives    int             // of the server, as far as they can be told apart
	gone     string          // why nothing more can be asked of it, in a sentence; "" it can
}

// visit are the hands of a guest: they hold nothing but a line to the server.
type visit struct{ *server.Client }

func (visit) Done() <-chan struct{}      { return nil }
func (visit) Exited() bool               { return false }
func (visit) Exit() (process.Exit, bool) { return process.Exit{}, false }
func (visit) PID() int                   { return 0 }
func (visit) Tail() []process.Line       { return nil }
func (visit) Written() int64             { return 0 }
func (visit) Trouble() error             { return nil }

// Stop breaks off the requests that are in flight.
func (v visit) Stop(context.Context, time.Duration) process.Exit {
	v.HangUp()
	return process.Exit{Requested: true}
}

// connect is a new line to the server.
func (g *guest) connect() *server.Client { return server.NewClient(g.url).WithKey(g.key) }

// explain says of a question that failed what the user can do.
func (g *guest) explain(err error) error {
	var answer *server.HTTPError
	switch status := server.Refusal(err); {
	case status > 0 && g.key == "":
		return fmt.Errorf("the server at %s lets nobody in without an API key (HTTP %d); give one in CTXCLIFF_API_KEY, or a file that holds it with --api-key-file", g.url, status)
	case status > 0:
		return fmt.Errorf("the server at %s does not take the API key (HTTP %d); give the right one in CTXCLIFF_API_KEY, or with --api-key-file", g.url, status)
	case errors.As(err, &answer) && answer.Status >= 300 && answer.Status < 400:
		return fmt.Errorf("%s answers with a redirection (HTTP %d); give the address that it leads to with --url", g.url, answer.Status)
	case errors.As(err, &answer) && answer.Status < 500:
		return fmt.Errorf("%s does not answer as a llama-server does (%w); give the address below which its /props is, behind llama-swap that is …/upstream/MODEL", g.url, err)
	}
	return fmt.Errorf("the server at %s cannot be asked: %w; see that it runs and can be reached from here", g.url, err)
}

// unseen says what a client does not see.
func (g *guest) unseen() []string {
	list := []string{fmt.Sprintf("the server at %s is somebody else's: its exit status, its log, and the kernel log, GPU and memory of its host are not seen, and it is never restarted; the host of this report is the one that asked", g.url)}
	if !g.pulse.Beats() {
		list = append(list, "the server has neither /slots nor /metrics: a restart between two requests would go unseen")
	}
	if g.back.Slotless {
		list = append(list, "the server has no /slots: whether others used it at the same time is not known")
	}
	return list
}

// await waits until the server is well: for Away while nobody is there, and for Ready while it loads, or
// while a proxy that starts it on demand says nothing. It returns what /health did last.
func (g *guest) await(ctx context.Context, client *server.Client, limits Limits) error {
	for began, pause := time.Now(), 50*time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := healthOf(ctx, client, max(healthLimit, limits.Ready))
		absent, loading := server.Absent(err)
		limit := limits.Away
		if loading {
			limit = max(limit, limits.Ready)
		}
		if !absent || time.Since(began)+pause > limit {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func healthOf(ctx context.Context, client *server.Client, limit time.Duration) error {
	ctx, done := context.WithTimeout(ctx, limit)
	defer done()
	return client.Health(ctx)
}

// feel looks whether the server is still the one that it was, and says how it shows that it is not; "" it
// may well be. same says that it is for certain.
func (g *guest) feel(ctx context.Context, client *server.Client) (why string, same bool) {
	ctx, done := context.WithTimeout(ctx, healthLimit)
	defer done()
	now, err := client.Feel(ctx)
	if err != nil { // what it does not say now it may say at the next look
		return "", false
	}
	why, same = now.After(g.pulse), now.Continues(g.pulse)
	g.pulse = now
	return why, same
}
