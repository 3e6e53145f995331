package trial

import (
	"time"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
)

// Event is something that listeners (progress, a live view, a log) are told while a run goes on.
// A run's results are complete without any event: they are for people who watch.
type Event interface{ event() }

type (
	// RunBegan comes first. Past is what earlier sessions of a screen did, by the id of the cell.
	RunBegan struct {
		Run  Run
		Plan plan.Plan
		Past map[string]*Past
	}
	// StartBegan is told before the launch, Ready when the server answers and its read-back is right.
	StartBegan struct{ Start Start }
	Ready      struct{ Start Start }
	// AttemptBegan is told before the first request of an attempt is sent.
	AttemptBegan struct {
		Cell    plan.Cell
		Attempt Attempt // N, StartN, Warmup and Began are set
	}
	// Progress is one progress event of one slot: Processed of Total prompt tokens.
	Progress struct {
		Cell             plan.Cell
		Slot             int
		Processed, Total int
		At               time.Time
	}
	// AttemptEnded carries the attempt as it is stored.
	AttemptEnded struct {
		Cell    plan.Cell
		Attempt Attempt
	}
	// StartEnded is told once the server and everything below it is gone.
	StartEnded struct{ Start Start }
	// CellJudged is told when a cell has had all its starts, or needs no more.
	CellJudged struct {
		Cell      plan.Cell
		Judgement Judgement
	}
	// ProbeBegan is told before a bisection's question is made real, ProbeEnded when the answer is in the
	// journal. Expected is how long it will take, the load aside; 0 when nothing is known yet. Edge is what
	// is known of its line by now.
	ProbeBegan struct {
		Probe    search.Probe
		Line     plan.Line
		Expected time.Duration
		Progress search.Progress
	}
	ProbeEnded struct {
		Probe    search.Probe
		Line     plan.Line
		Answer   search.Answer
		Edge     search.Edge
		Progress search.Progress
	}
	// QuestionBegan is told before a reproduction's or minimisation's question is played, QuestionEnded when
	// the answer is in the journal.
	QuestionBegan struct{ Question minimize.Question }
	QuestionEnded struct {
		Question minimize.Question
		Answer   minimize.Answer
	}
	// Note is a sentence that belongs into the report, such as "kernel log not readable".
	Note struct{ Text string }
	// RunEnded comes last.
	RunEnded struct{ Run Run }
)

func (RunBegan) event()      {}
func (StartBegan) event()    {}
func (Ready) event()         {}
func (AttemptBegan) event()  {}
func (Progress) event()      {}
func (AttemptEnded) event()  {}
func (StartEnded) event()    {}
func (CellJudged) event()    {}
func (ProbeBegan) event()    {}
func (ProbeEnded) event()    {}
func (QuestionBegan) event() {}
func (QuestionEnded) event() {}
func (Note) event()          {}
func (RunEnded) event()      {}
