package search

import (
	"fmt"
	"math"
	"slices"
)

// Campaign is many cells that share server lives. It knows time and starts only from answers. It
// is for one goroutine.
type Campaign struct {
	set    Settings
	cells  []*Search
	index  map[string]int
	member []int    // configuration of each cell
	groups []*group // configurations, in the order of their first cell

	told    int
	elapsed float64
	starts  int
	live    string // configuration (and context) of the server that is up; empty when none is
	current int    // group of the last probe
	loading mean
	tax     float64 // seconds spent on restarts that only spread exposures
	done    *Next
}

// group is one configuration: its cells, and what its server said about itself.
type group struct {
	config  string
	np      int // of its first cell
	cells   []int
	latency Latency // of all its cells, for those that have none yet
	fails   int     // loads in a row that failed
}

// mean is a running mean of seconds; 0 when nothing was seen.
type mean struct{ sum, n float64 }

func (m *mean) see(x float64) { m.sum, m.n = m.sum+x, m.n+1 }

func (m mean) value() float64 {
	if m.n == 0 {
		return 0
	}
	return m.sum / m.n
}

// Next is what a campaign wants: a probe, or to end.
type Next struct {
	Probe Probe
	Start bool   // no server fit for this probe is up, as far as the answers tell: start one
	Done  bool   // nothing more to ask
	Why   string // why it is done: complete, or what ran out
}

// The reasons to end.
const (
	Complete  = "complete"
	OutOfTime = "the budget of time is used up"
	OutOfLife = "the number of server starts is used up"
)

// New prepares a campaign. Cells keep their order; settings get their defaults.
func New(set Settings, cells []Cell) (*Campaign, error) {
	set = set.WithDefaults()
	if err := set.Validate(); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	c := &Campaign{set: set, index: map[string]int{}}
	for i, cell := range cells {
		if err := cell.validate(set); err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		if _, twice := c.index[cell.Key]; twice {
			return nil, fmt.Errorf("search: cell %s is there twice; give each its own key", cell.Key)
		}
		c.index[cell.Key] = i
		c.cells = append(c.cells, newSearch(cell, set))
		c.join(cell, i)
	}
	return c, nil
}

func (c *Campaign) join(cell Cell, i int) {
	at := slices.IndexFunc(c.groups, func(g *group) bool { return g.config == cell.Config })
	if at < 0 {
		at = len(c.groups)
		c.groups = append(c.groups, &group{config: cell.Config, np: max(1, cell.NP)})
	}
	c.groups[at].cells = append(c.groups[at].cells, i)
	c.member = append(c.member, at)
}

// Tell says what happened to the probe that Next gave. An answer that does not belong to the
// next place in the journal, or that says nothing, is an error and changes nothing.
func (c *Campaign) Tell(p Probe, a Answer) error {
	i, known := c.index[p.Cell]
	switch {
	case !known:
		return fmt.Errorf("search: cell %q is not part of this campaign; was the matrix changed?", p.Cell)
	case p.Seq != c.told+1:
		return fmt.Errorf("search: probe %d was answered where %d was due; tell each probe once, in order", p.Seq, c.told+1)
	case p.Size < 1 || p.Tokens < 1 || p.Path != Cold && p.Path != Chain:
		return fmt.Errorf("search: probe %d has size %d, %d tokens and path %q; tell the probe as Next gave it", p.Seq, p.Size, p.Tokens, p.Path)
	case !a.Outcome.known():
		return fmt.Errorf("search: probe %d: outcome %q is not known", p.Seq, a.Outcome)
	}
	c.told++
	c.done = nil
	c.account(i, p, a)
	if a.Phase == Load && c.set.Axis != AxisCtx && a.Outcome.kills() {
		c.loadFailed(i, p, a)
		return nil
	}
	if a.Outcome != Infra && a.Outcome != Interrupted {
		c.groups[c.member[i]].fails = 0
	}
	c.cells[i].observe(p, a)
	return nil
}

func (o Outcome) known() bool {
	switch o {
	case Passed, Fault, Hang, Refused, Memory, Infra, Interrupted:
		return true
	}
	return false
}

// kills says whether the server is taken for down after an outcome.
func (o Outcome) kills() bool { return o == Fault || o == Hang || o == Memory }

// account keeps what all cells share: time, starts, and the server that is up.
func (c *Campaign) account(i int, p Probe, a Answer) {
	c.elapsed, c.starts = math.Max(c.elapsed, a.Elapsed), max(c.starts, a.Starts)
	if a.Loading > 0 {
		c.loading.see(a.Loading)
	}
	if p.Fresh && p.Kind == Confirm {
		c.tax += a.Loading
	}
	c.current = c.member[i]
	for _, m := range measured(p, a) {
		c.groups[c.current].latency.See(m.Tokens, m.Seconds)
	}
	c.live = lifeKey(p)
	if a.Down || !a.Alive && a.Outcome.kills() {
		c.live = ""
	}
}

// lifeKey names what a server life can serve: the configuration, and the context where that grows.
func lifeKey(p Probe) string { return fmt.Sprintf("%s\x00%d", p.Config, p.Context) }

// Loads that may fail in a row before a configuration is given up.
const (
	maxLoadMemory = 2
	maxLoadFaults = 3
)

// loadFailed takes a server that did not come up. It says nothing about a prompt: it is the
// configuration's own trouble, and ends all its cells if it comes again.
func (c *Campaign) loadFailed(i int, p Probe, a Answer) {
	g := c.groups[c.member[i]]
	g.fails++
	c.cells[i].asked, c.cells[i].told = c.cells[i].asked+1, c.cells[i].told+1
	c.cells[i].remember(p, a)
	if a.Outcome != Memory {
		c.cells[i].blame(a, crash{})
	}
	memory := a.Outcome == Memory && g.fails >= maxLoadMemory
	if !memory && g.fails < maxLoadFaults {
		return
	}
	for _, cell := range g.cells {
		s := c.cells[cell]
		if s.status() == Confirmed || s.gaveUp != "" {
			continue
		}
		s.gaveUp = "the server broke before the first prompt, while it loaded or warmed up, " + count(g.fails, "time") + " in a row"
		if s.oom = memory; memory {
			s.n = 0
		}
	}
}

// Edges are the answers so far, in the order of the cells.
func (c *Campaign) Edges() []Edge {
	stopped := ""
	if next := c.Next(); next.Done && next.Why != Complete {
		stopped = next.Why
	}
	edges := make([]Edge, 0, len(c.cells))
	for _, s := range c.cells {
		edges = append(edges, s.Edge(stopped))
	}
	return edges
}

// Edge is the answer so far of one cell.
func (c *Campaign) Edge(key string) (Edge, bool) {
	i, ok := c.index[key]
	if !ok {
		return Edge{}, false
	}
	return c.cells[i].Edge(""), true
}
