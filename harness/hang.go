package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/trial"
)

// hang is a server that stopped making progress, as it was before anything was done about it.
type hang struct {
	faults.Hang
	busy     bool   // /slots answers, and some slot works on something
	portrait string // for people
}

// askLimit bounds the questions to a server that hangs.
const askLimit = time.Second

// growing is how much log a server writes that is still at something, though without progress.
const growing = 4 << 10

// portray looks at a server that has been silent for that long, and had written that much when it
// last moved: what /health, /slots and the kernel tell of it and of its peers.
func (l *life) portray(silence time.Duration, written int64) *hang {
	h := &hang{Hang: faults.Hang{Seconds: silence.Seconds(), LogGrows: l.server.Written()-written >= growing}}
	ctx, done := context.WithTimeout(context.Background(), askLimit)
	defer done()
	var health, err error
	var slots json.RawMessage
	var asking sync.WaitGroup
	asking.Go(func() { health = l.server.Health(ctx) })
	asking.Go(func() { slots, err = l.server.Slots(ctx) })
	asking.Wait()
	h.PortClosed = errors.Is(health, syscall.ECONNREFUSED)
	h.SlotsIdle = err == nil && !server.Busy(slots)
	h.busy = err == nil && server.Busy(slots)
	h.portrait = fmt.Sprintf("No progress for %s, at %s.\n\n/health: %s\n\n/slots: %s\n", silence.Round(time.Millisecond), time.Now().UTC().Format(time.RFC3339), said(health), orError(slots, err))
	portraits(l.members(), h)
	return h
}

// stopped reports whether a process, or one below it, is stopped by a signal or a debugger.
func stopped(v process.Vitals) bool { return strings.ContainsAny(v.States, "Tt") }

func said(err error) string {
	if err == nil {
		return "well"
	}
	return err.Error()
}

func orError(answer json.RawMessage, err error) string {
	if err != nil {
		return err.Error()
	}
	return string(answer)
}

// keep writes evidence that is too long for the record into a file beside the start's log.
func (l *life) keep(a *trial.Attempt, kind, text string) {
	name := fmt.Sprintf("start-%04d.attempt-%d.%s.txt", l.start.N, a.ID, kind)
	if err := os.WriteFile(filepath.Join(l.LogDir, name), []byte(text), 0o600); err == nil {
		a.Files = append(a.Files, name)
	}
}
