package reports

import (
	"fmt"

	"ctxcliff/harness/trial"
)

// totalsOf counts cells as they were judged and starts as they were lived: with one server for many
// cells, one start is still one start.
func totalsOf(r trial.Record, cells []Cell) Totals {
	t := Totals{Cells: len(cells)}
	outcomes, verdicts := map[trial.Outcome]int{}, map[trial.Verdict]int{}
	for _, c := range cells {
		outcomes[c.Outcome]++
		verdicts[c.Verdict]++
		if c.Starts > 0 {
			t.Tested++
		}
		switch {
		case c.finding():
			t.Unexpected++
		case c.Outcome == trial.Infra, c.Outcome == trial.Sizing, c.Verdict == trial.Limit && c.Surprise != "":
			t.Troubled++
		}
	}
	for _, o := range trial.Outcomes() {
		t.Outcomes = appendTally(t.Outcomes, o.String(), outcomes[o])
	}
	for _, v := range []trial.Verdict{trial.Holds, trial.Breaks, trial.Flaky, trial.Limit, trial.Unproven} {
		t.Verdicts = appendTally(t.Verdicts, v.String(), verdicts[v])
	}
	t.countAttempts(r)
	return t
}

// countAttempts takes the record's own sums where it holds only some of its attempts.
func (t *Totals) countAttempts(r trial.Record) {
	sums := r.Sums
	if sums == nil {
		all := trial.SumsOf(r)
		sums = &all
	}
	for _, s := range sums.Cells {
		t.Attempts += s.Attempts()
		t.Passes += s.Outcomes[trial.Pass] + s.Outcomes[trial.Warn]
	}
	t.Starts, t.CountedStarts, t.FailedStarts, t.Warmups = sums.Starts, sums.Counted, sums.Failed, sums.Warmups
	t.UpperBound = trial.UpperBound(t.FailedStarts, t.CountedStarts)
}

func appendTally(list []Tally, name string, n int) []Tally {
	if n == 0 {
		return list
	}
	return append(list, Tally{name, n})
}

// remarks are the sentences that the numbers themselves call for.
func remarks(s Summary, odd int) []string {
	var list []string
	for _, c := range s.Cells {
		if c.Surprise != "" {
			list = append(list, c.ID+": "+c.Surprise)
		}
	}
	trouble := 0
	for _, c := range s.Cells {
		for _, a := range c.Attempts {
			if a.Outcome == trial.Infra || a.Outcome == trial.Sizing {
				trouble++
			}
		}
	}
	if trouble > 0 {
		list = append(list, fmt.Sprintf("trouble of ctxcliff or of the lab ended %s: the subject answers for none of it", count(trouble, "attempt")))
	}
	switch s.Run.Status {
	case trial.Interrupted:
		list = append(list, "the run was interrupted: cells without a result were never tested")
	case trial.Running:
		list = append(list, "the run never said that it ended: it is still going on, or was killed")
	case trial.Failed:
		list = append(list, "trouble of ctxcliff or of the lab ended the run early")
	}
	if n := omitted(s); n > 0 {
		list = append(list, fmt.Sprintf("%d of %d attempts are counted and not listed: of each cell the first, the latest and some findings are, and rates, prompts and peaks are those of the attempts listed", n, s.Totals.Attempts))
	}
	if odd > 0 {
		list = append(list, fmt.Sprintf("%s without slots left out: the record is damaged", count(odd, "cell")))
	}
	return list
}

// omitted is how many attempts are counted and not listed.
func omitted(s Summary) int {
	listed := 0
	for _, c := range s.Cells {
		listed += len(c.Attempts)
	}
	return s.Totals.Attempts - listed
}

// count is a number with its noun: 1 cell, 2 cells.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
