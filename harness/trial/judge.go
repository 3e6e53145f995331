package trial

import (
	"fmt"

	"ctxcliff/harness/rates"
)

// Trial is everything seen of one cell.
type Trial struct {
	CellID   string
	Attempts []Attempt // warm-ups included; order does not matter to the verdict
	Sum      *Sum      // of all attempts, where Attempts are only some of them; nil: they are all
}

// Verdict is what we conclude about a cell.
type Verdict uint8

const (
	Unproven Verdict = iota // nothing that counts was seen
	Holds                   // every start that counts passed
	Breaks                  // every start that counts failed
	Flaky                   // some starts failed, or passes and refusals disagree
	Limit                   // every start was refused cleanly
)

func (v Verdict) String() string {
	return [...]string{"unproven", "holds", "breaks", "flaky", "refused"}[v]
}

// MarshalText makes a verdict its name in JSON.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Judgement is a verdict with the numbers behind it.
type Judgement struct {
	Verdict Verdict
	Outcome Outcome // what the cell shows in a matrix: the worst that counts, else the worst of all
	Starts  int     // starts that count
	Passed  int     // of these, how many passed (or, for a limit, were refused cleanly)
	Failed  int     // of these, how many broke
	// UpperBound is the one-sided 95 % upper bound on the rate of failing starts.
	UpperBound float64
}

// Rate is "k/n": passing starts of those that count.
func (j Judgement) Rate() string { return fmt.Sprintf("%d/%d", j.Passed, j.Starts) }

// Judge computes the verdict from all attempts of the cell. Starts are the unit: one bad attempt
// makes its start a failure, and a failure is never outvoted by passes. Warm-ups, interruptions
// and trouble of the tester or the lab count for nothing, but a cell that the host went down with again
// and again (see [rates.LossesToBlame]) answers for that. The order of the attempts is irrelevant.
func Judge(t Trial) Judgement {
	s := t.sum()
	starts, failed, refused := s.Starts, s.Failed, s.Refused
	blamed := s.Lost >= rates.LossesToBlame
	if blamed {
		starts, failed = starts+s.Lost-s.LostCounted, failed+s.Lost-s.LostFailed
		refused = min(refused, starts-failed)
	}
	j := Judgement{Starts: starts, Failed: failed, Passed: starts - failed, Outcome: s.worst(Outcome.Counts)}
	switch {
	case blamed && !j.Outcome.Bad():
		j.Outcome = Incomplete
	case starts == 0:
		j.Outcome, j.UpperBound = s.worst(func(Outcome) bool { return true }), 1
		if j.Outcome == Unknown {
			j.Outcome = Missing
		}
		return j
	}
	j.UpperBound = UpperBound(j.Failed, j.Starts)
	switch {
	case j.Failed == j.Starts:
		j.Verdict = Breaks
	case j.Failed > 0, refused > 0 && refused < j.Passed:
		j.Verdict = Flaky
	case refused > 0:
		j.Verdict = Limit
	default:
		j.Verdict = Holds
	}
	return j
}

// UpperBound is the one-sided 95 % upper bound on a failure rate, given failures in trials: 0 in 3 is
// 0.63, 0 in 10 is 0.26, 0 in 59 is 0.05. It is 1 when nothing was tried.
func UpperBound(failures, trials int) float64 { return rates.Upper(failures, trials, 0.95) }
