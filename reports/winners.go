package reports

import (
	statistics "ctxcliff/harness/rates"
	"ctxcliff/harness/trial"
)

// metric is a number by which contenders are compared.
type metric struct {
	name, key string
	less      bool // the smaller one is better
	show      func(Stat) string
}

var comparedBy = []metric{
	{"pp t/s, cold", "pp_tps", false, Stat.short},
	{"tg t/s, cold", "tg_tps", false, Stat.short},
	{"load s", "load_seconds", true, Stat.short},
	{"memory MiB", "memory_bytes", true, func(s Stat) string { return Stat{N: s.N, Mean: s.Mean / (1 << 20)}.count() }},
}

// worthwhile is the smallest difference, as a share of the better number, that makes a winner.
const worthwhile = 0.01

// howDecided says what it takes to win.
const howDecided = "a winner is better than every other passing one by 1 % or more, and beyond the noise of the attempts seen (Welch's t-test at 95 %); that takes two measurements of each"

// whatMemory says what stands under memory.
const whatMemory = "memory is the highest of a start: resident memory of the server and of rpc-servers of ours, and what is in use on GPUs of this host beyond what was before the start"

// measure finds the numbers of the row, and who wins by each.
func (r *contest) measure(starts startsBy) {
	for _, m := range comparedBy {
		stats := make([]Stat, len(r.squares))
		for i, cell := range r.squares {
			if cell != nil && cell.Verdict == trial.Holds {
				stats[i] = m.of(starts, cell)
			}
		}
		r.metrics, r.winners = append(r.metrics, stats), append(r.winners, m.winner(stats))
	}
}

// startsBy are the starts of each configuration, by its id.
type startsBy map[string][]*trial.Start

func startsOfEach(s Summary) startsBy {
	by := startsBy{}
	for i := range s.Starts {
		id := s.Starts[i].Configuration
		by[id] = append(by[id], &s.Starts[i])
	}
	return by
}

// loads are how long the starts of a cell's configuration took to be ready, whatever they were for.
func (by startsBy) loads(c *Cell) Stat {
	var values []float64
	for _, start := range by[c.Configuration] {
		if start.Load > 0 {
			values = append(values, start.Load.Seconds())
		}
	}
	return statOf(values)
}

// of is what was measured of a cell.
func (m metric) of(starts startsBy, c *Cell) Stat {
	switch m.key {
	case "pp_tps":
		return c.Cold.PP
	case "tg_tps":
		return c.Cold.TG
	case "load_seconds":
		return c.Load
	}
	var values []float64
	for _, start := range starts[c.Configuration] {
		if peak := peakOf(*start, c); peak > 0 {
			values = append(values, float64(peak))
		}
	}
	return statOf(values)
}

// crown notes of each cell how long its servers took to load, and by what it wins.
func (s *Summary) crown() {
	starts, at := startsOfEach(*s), map[string]*Cell{}
	for i := range s.Cells {
		c := &s.Cells[i]
		c.Load, at[c.ID] = starts.loads(c), c
	}
	c := comparisonOf(*s)
	if c == nil {
		return
	}
	for _, r := range c.rows {
		for m, by := range comparedBy {
			if w := r.winners[m]; w >= 0 {
				winner := at[r.squares[w].ID]
				winner.Wins = append(winner.Wins, by.key)
			}
		}
	}
}

// peakOf is the most memory that was in use in a start of the cell; 0 unknown, or the cell was not in it.
func peakOf(start trial.Start, c *Cell) int64 {
	var gauges []trial.Gauge
	for _, a := range c.Attempts {
		if a.Start == start.N {
			gauges = append(append(gauges, start.Gauges...), a.Gauges...)
		}
	}
	return inUse(gauges)
}

// winner is the column that is surely better than all others; -1 none is, or there are no others.
func (m metric) winner(stats []Stat) int {
	best, others := -1, 0
	for i, s := range stats {
		if s.N > 0 {
			others++
			if best < 0 || m.better(s.Mean, stats[best].Mean) {
				best = i
			}
		}
	}
	if others < 2 {
		return -1
	}
	for i, s := range stats {
		if i != best && s.N > 0 && !m.beats(stats[best], s) {
			return -1
		}
	}
	return best
}

func (m metric) better(a, b float64) bool { return m.less && a < b || !m.less && a > b }

func (m metric) beats(a, b Stat) bool {
	apart := statistics.Apart(statistics.Sample(a), statistics.Sample(b))
	return apart && m.better(a.Mean, b.Mean) && max(a.Mean, b.Mean)-min(a.Mean, b.Mean) >= worthwhile*a.Mean
}
