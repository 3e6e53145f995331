package far

import (
	"context"
	"time"

	"ctxcliff/harness/internal/kernlog"
)

// source is the far kernel log as a [kernlog.Source].
type source struct {
	host  *Host
	inbox inbox
}

func (s *source) Name() string { return s.host.self.KernLog + " of " + s.host.String() }

func (s *source) Follow(add func(kernlog.Line)) error { return s.inbox.deliver(add) }

// catchUpLimit bounds the wait for lines that are there already.
const catchUpLimit = time.Second

// CatchUp has the helper tell what there is.
func (s *source) CatchUp(add func(kernlog.Line)) {
	ctx, done := context.WithTimeout(context.Background(), min(catchUpLimit, s.host.silence))
	defer done()
	if _, err := s.host.ask(ctx, request{Do: doKernel}); err == nil {
		s.inbox.empty(add)
	}
}

func (s *source) Stop() { s.inbox.close(nil) }

func (s *source) put(lines []kernlog.Line) { s.inbox.put(lines) }
func (s *source) fail(err error)           { s.inbox.close(err) }
func (s *source) end()                     { s.inbox.close(s.host.lostError()) }
