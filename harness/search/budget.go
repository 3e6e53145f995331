package search

// affords says whether a probe is likely to end within the budget.
func (c *Campaign) affords(cell int, p Probe, start bool) bool {
	if c.set.Budget <= 0 {
		return true
	}
	cost := c.predict(cell, p)
	if start {
		cost += c.loading.value()
	}
	return c.elapsed+cost < c.set.Budget
}

// tight says whether the budget may not do for everything: then rounds are short.
func (c *Campaign) tight() bool {
	if c.set.MaxStarts > 0 {
		return true
	}
	return c.set.Budget > 0 && c.Remaining() > (c.set.Budget-c.elapsed)/2
}

// fit is the latency of a cell: its own, or before any measurement that of the cells beside it,
// or of another configuration in proportion to its slots. ok is false when nothing is known.
func (c *Campaign) fit(cell int) (l Latency, scale float64, ok bool) {
	beside := c.groups[c.member[cell]]
	if own := c.cells[cell].latency; own.Known() {
		return own, 1, true
	}
	if beside.latency.Known() {
		return beside.latency, 1, true
	}
	for _, g := range c.groups {
		if g.latency.Known() {
			return g.latency, float64(beside.np) / float64(g.np), true
		}
	}
	return Latency{}, 1, false
}

// predict is the expected seconds of a probe, 0 when nothing was measured yet.
func (c *Campaign) predict(cell int, p Probe) float64 {
	l, scale, ok := c.fit(cell)
	if !ok || p.Limit {
		return 0
	}
	return scale * l.At(p.Tokens)
}

// spread says whether an exposure should get a server of its own: many requests in one start are
// not many trials. It does when this cell has an exposure in the start that is up, and a restart
// is cheap in itself or beside the time spent.
func (c *Campaign) spread(w candidate) bool {
	load := c.loading.value()
	if w.stage != stageConfirm || c.set.Spread < 0 || c.set.MaxStarts > 0 || c.live != lifeKey(w.probe) || load <= 0 {
		return false
	}
	if load >= cheapLoad && c.tax+load >= c.set.Spread*c.elapsed {
		return false
	}
	s := c.cells[w.cell]
	for _, p := range s.counted(s.n) {
		if p.start == c.starts {
			return true
		}
	}
	return false
}

// cheapLoad is the seconds of a load that nobody minds.
const cheapLoad = 15

// Predict is the expected seconds of a probe without the load, 0 when nothing was measured yet.
func (c *Campaign) Predict(p Probe) float64 {
	i, ok := c.index[p.Cell]
	if !ok {
		return 0
	}
	return c.predict(i, p)
}

// Remaining is the expected seconds to the end of the campaign: what is known to be missing,
// crashes that may still come not counted. 0 before any measurement.
func (c *Campaign) Remaining() float64 {
	sum, spreading := 0.0, 0.0 // seconds; of them for a load before each exposure
	if load := c.loading.value(); load < cheapLoad && c.set.Spread >= 0 && c.set.MaxStarts == 0 {
		spreading = load
	}
	for i, s := range c.cells {
		l, scale, ok := c.fit(i)
		if !ok || s.status() != "" {
			continue
		}
		missing := max(0, s.needed()-len(s.counted(s.n)))
		sum += (scale*l.At(s.tokensOf(s.n)) + spreading) * float64(missing)
		if s.check > 0 {
			sum += scale*l.At(s.tokensOf(s.check)) + c.loading.value()
		}
	}
	return sum
}

// Progress is what a status line shows.
type Progress struct {
	Cells     int     `json:"cells"`
	Finished  int     `json:"finished"`
	Least     int     `json:"least"` // exposures of the cell that has fewest, finished ones aside
	Told      int     `json:"probes"`
	Starts    int     `json:"starts"`
	Elapsed   float64 `json:"elapsed"`
	Remaining float64 `json:"remaining"` // expected seconds; 0 when not known
}

// Progress says how far the campaign is.
func (c *Campaign) Progress() Progress {
	p := Progress{Cells: len(c.cells), Told: c.told, Starts: c.starts, Elapsed: c.elapsed, Remaining: c.Remaining(), Least: -1}
	for _, s := range c.cells {
		if s.status() != "" {
			p.Finished++
			continue
		}
		if n := len(s.counted(s.n)); p.Least < 0 || n < p.Least {
			p.Least = n
		}
	}
	p.Least = max(0, p.Least)
	return p
}
