package harness

import (
	"context"
	"fmt"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
)

// Screen is one walk over a matrix.
type Screen struct {
	Plan     plan.Plan
	Settings trial.Settings
	Seed     uint64 // all prompts and nonces come from it
	Lab      *Lab
	Limits   Limits
	Port     int    // 0: a free one for each start
	LogDir   string // each start's whole log goes here
	Recorder Recorder
	Listener Listener

	starts    int // launched so far; numbers the next one
	tokenizer currentTokenizer
	maker     *prompts.Maker // knows each vocabulary for the whole run
	bound     stallBound
}

// Limits bound how long a server may be silent.
type Limits struct {
	Ready time.Duration // from launch to ready
	Stall time.Duration // floor of the stall bound: see [stallBound]
	Grace time.Duration // from TERM to KILL
	Dying time.Duration // from the moment at which it no longer answers to its end
}

// DefaultLimits fit models whose load takes up to 290 s and whose slowest batch takes a minute, and
// an abort handler that lets gdb write a backtrace of a big process before it ends.
var DefaultLimits = Limits{Ready: 15 * time.Minute, Stall: 60 * time.Second, Grace: 10 * time.Second, Dying: 10 * time.Second}

// maxUseless is how many starts in a row may fail before a configuration's remaining cells are left
// out: each further try would cost a load and say the same.
const maxUseless = 2

// Run walks the plan: configuration after configuration; within one, every cell gets its first
// start before any gets its second, so that an interrupted run leaves every cell equally well
// tried. It returns nil when the plan is done, ctx.Err() when it was interrupted, and an error when
// the lab makes going on pointless. Findings are not errors. Whenever it returns, no process that
// it started is alive and every result seen is recorded.
func (s *Screen) Run(ctx context.Context) error {
	s.maker = prompts.NewMaker(&s.tokenizer)
	s.bound = stallBound{floor: s.Limits.Stall}
	for _, work := range s.Plan.Configurations {
		if err := s.configuration(ctx, work); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *Screen) configuration(ctx context.Context, work plan.Work) (err error) {
	l := &life{screen: s, configuration: work.Configuration, tried: map[string]*tried{}}
	defer func() { err = also(err, l.end(ctx)) }()
	for round := 1; round <= s.Settings.Starts; round++ {
		for _, cell := range work.Cells {
			if l.useless >= maxUseless {
				return s.giveUp(ctx, l, work)
			}
			if err := l.visit(ctx, cell); err != nil {
				return err
			}
			if round == s.Settings.Starts {
				l.judge(cell.ID())
			}
		}
		if err := l.end(ctx); err != nil { // each round is a start of its own
			return err
		}
	}
	return nil
}

// giveUp leaves out what remains of the configuration.
func (s *Screen) giveUp(ctx context.Context, l *life, work plan.Work) error {
	for _, cell := range work.Cells {
		if t := l.tried[cell.ID()]; t != nil && !t.judged {
			l.judge(cell.ID())
		}
	}
	return s.note(ctx, fmt.Sprintf("%s could not be used %d times in a row; what remained of its cells was left out", work.Configuration.ID(), l.useless))
}

// note records a sentence for the report, durably, and tells the listener.
func (s *Screen) note(ctx context.Context, text string) error {
	s.tell(trial.Note{Text: text})
	return s.Recorder.Note(context.WithoutCancel(ctx), text)
}

func (s *Screen) tell(e trial.Event) {
	if s.Listener != nil {
		s.Listener.Observe(e)
	}
}
