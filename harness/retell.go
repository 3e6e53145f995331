package harness

import (
	"context"
	"strconv"
	"time"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
)

// Questions keeps what a story asks and is told. What it has acknowledged survives a power loss.
type Questions interface {
	BeginQuestion(context.Context, minimize.Question) error
	EndQuestion(context.Context, minimize.Question, minimize.Answer) error
}

// Session is a story of package minimize.
type Session interface {
	Next() (minimize.Question, bool)
	Tell(minimize.Question, minimize.Answer) error
}

// Retell plays what a story asks until it has ended, and has each question in the journal before and
// after. It returns nil at the story's own end, ctx.Err() when it was interrupted, and an error when going
// on is pointless.
func (p *Player) Retell(ctx context.Context, s Session, journal Questions) error {
	keep := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		q, open := s.Next()
		if !open {
			return nil
		}
		if err := journal.BeginQuestion(keep, q); err != nil {
			return err
		}
		p.tell(trial.QuestionBegan{Question: q})
		began := time.Now()
		played, trouble := p.answer(ctx, q)
		a := p.answerTo(played, q.Scenario)
		a.Steps, a.Near = len(played.Attempts), p.nearMisses(scenario.Scenario{NP: q.Scenario.NP, Flags: q.Scenario.Flags}.Key(), played.Attempts)
		a.Seconds = time.Since(began).Seconds()
		if err := journal.EndQuestion(keep, q, a); err != nil {
			return also(trouble, err)
		}
		p.tell(trial.QuestionEnded{Question: q, Answer: a})
		if trouble = also(trouble, s.Tell(q, a)); trouble != nil {
			return trouble
		}
	}
	return ctx.Err()
}

// answer plays a question, on the build that it names.
func (p *Player) answer(ctx context.Context, q minimize.Question) (Played, error) {
	if q.Build != "" {
		t, ok := p.Builds[q.Build]
		if !ok {
			return Played{Unfit: "the build cannot be run here"}, nil
		}
		defer func(before plan.Target) { p.Target = before }(p.Target)
		p.Target = t
	}
	return p.Play(ctx, q.Scenario, q.Seq)
}

// answerTo says in the words of the story what came of a scenario.
func (p *Player) answerTo(played Played, s scenario.Scenario) minimize.Answer {
	last, any := played.Last()
	switch {
	case played.Unfit != "":
		return minimize.Answer{Outcome: minimize.Unfit, Note: played.Unfit}
	case !any:
		return minimize.Answer{Outcome: minimize.Infra, Note: "no attempt was made"}
	}
	a := minimize.Answer{Ref: strconv.FormatInt(last.ID, 10), Note: last.Reason}
	switch o := last.Outcome; {
	case passed(last) && len(played.Attempts) == len(s.Steps):
		a.Outcome = minimize.Clean
	case o == trial.Refused, neverReady(last) && !(p.Loading && last.Fault != nil):
		a.Outcome = minimize.Unfit
	case o.Bad():
		broke(&a, last, len(played.Attempts)-1)
	case o == trial.Incomplete:
		a.Outcome = minimize.Interrupted
	default:
		a.Outcome = minimize.Infra
	}
	return a
}

// neverReady reports whether the server did not even load: a setting of a diagnosis that it does not take.
func neverReady(a trial.Attempt) bool {
	phase, _ := where(a)
	return a.Outcome.Bad() && phase == "load" && len(a.Requests) > 0 && a.Requests[0].Elapsed == 0 && (a.Fault == nil || a.Fault.Phase == "load")
}

// broke enters how and where an attempt broke. The request that had come furthest is the one.
func broke(a *minimize.Answer, last trial.Attempt, step int) {
	a.Outcome, a.At.Step = minimize.Broke, step
	furthest := -2
	for i, r := range last.Requests {
		if !r.Complete && !r.Cancelled && r.Position > furthest {
			furthest, a.At.Request = r.Position, i
			a.Position, a.InPrompt = max(0, r.Position), r.Position < r.Target
		}
	}
	if f := last.Fault; f != nil {
		a.Signatures, a.Title = append([]string{f.Signature}, f.Alternates...), f.Title
		return
	}
	a.Signatures, a.Title = []string{last.Outcome.String()}, last.Reason
}
