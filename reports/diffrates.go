package reports

import (
	"cmp"
	"slices"
	"strings"

	statistics "ctxcliff/harness/rates"
	"ctxcliff/harness/trial"
)

// RateChange is a number that surely differs.
type RateChange struct {
	Where  string // id of a cell or, of loads, of a configuration
	Metric string // as in the comparison of backends
	A, B   Stat
	By     float64 // share by which the second differs from the first
	Change Change
	P      float64 // Welch's t-test, two-sided
	Beyond bool    // the mean of either side lies outside of all runs of the other
}

// The smallest differences that are told: a share, and of loads seconds besides, which depend on what the
// machine happens to hold in its memory.
const (
	noticed     = 0.01
	noticedLoad = 0.5
)

// samples are measurements by metric and place, and the places in the order in which they came.
type samples struct {
	values map[[2]string][]float64
	runs   map[[2]string]map[string][]float64 // the same, by run
	order  [][2]string
}

func (s *samples) add(run, metric, where string, v float64) {
	if v <= 0 {
		return
	}
	key := [2]string{metric, where}
	if s.values[key] == nil {
		s.order, s.runs[key] = append(s.order, key), map[string][]float64{}
	}
	s.values[key] = append(s.values[key], v)
	s.runs[key][run] = append(s.runs[key][run], v)
}

// beyond reports whether a mean lies outside of those of all runs; of one or two runs that says too little.
func (s *samples) beyond(key [2]string, mean float64) bool {
	var means []float64
	for _, values := range s.runs[key] {
		means = append(means, statOf(values).Mean)
	}
	return len(means) < 3 || mean < slices.Min(means) || mean > slices.Max(means)
}

// measured are the side's prompt and reply rates of cold passing attempts, by cell, and its load times.
func (p *pool) measured() *samples {
	s := &samples{values: map[[2]string][]float64{}, runs: map[[2]string]map[string][]float64{}}
	for _, sum := range p.summaries {
		for i := range sum.Cells {
			c := &sum.Cells[i]
			if sum.Hunt != nil || sum.Story != nil || c.Verdict != trial.Holds {
				continue
			}
			for _, a := range c.Attempts {
				if a.Cold && (a.Outcome == trial.Pass || a.Outcome == trial.Warn) {
					s.add(sum.Run.ID, comparedBy[0].name, c.ID, a.PP)
					s.add(sum.Run.ID, comparedBy[1].name, c.ID, a.TG)
				}
			}
		}
		for _, st := range sum.Starts {
			s.add(sum.Run.ID, comparedBy[2].name, st.Configuration, st.Load.Seconds())
		}
	}
	return s
}

// compareRates names what differs beyond the noise of the measurements. There are many of them, so the level
// of each test is that of all, divided by their number (Bonferroni).
func (d *Difference) compareRates(a, b *pool) {
	left, right := a.measured(), b.measured()
	var all []RateChange
	for _, key := range left.order {
		x, y := statOf(left.values[key]), statOf(right.values[key])
		if x.N < 2 || y.N < 2 {
			continue
		}
		beyond := left.beyond(key, y.Mean) && right.beyond(key, x.Mean)
		all = append(all, RateChange{Metric: key[0], Where: key[1], A: x, B: y, By: y.Mean/x.Mean - 1, Change: direction(key[0], x.Mean, y.Mean),
			P: statistics.Differ(statistics.Sample(x), statistics.Sample(y)), Beyond: beyond})
	}
	d.Numbers = len(all)
	for _, r := range all {
		if r.P <= level/float64(len(all)) && r.Beyond && r.noticed() {
			d.Rates = append(d.Rates, r)
		}
	}
	slices.SortStableFunc(d.Rates, func(x, y RateChange) int {
		return cmp.Or(cmp.Compare(rank(x.Change, Yes), rank(y.Change, Yes)), strings.Compare(x.Metric, y.Metric), strings.Compare(x.Where, y.Where))
	})
}

func (r RateChange) noticed() bool {
	apart := max(r.A.Mean, r.B.Mean) - min(r.A.Mean, r.B.Mean)
	return max(r.By, -r.By) >= noticed && (r.Metric != comparedBy[2].name || apart >= noticedLoad)
}

func direction(metric string, a, b float64) Change {
	for _, m := range comparedBy {
		if m.name == metric && m.better(a, b) {
			return Worse
		}
	}
	return Better
}
