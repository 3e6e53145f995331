package search

// broke takes a fault, a hang or a failed allocation. One that struck an idle server says nothing
// about lengths: it is counted, and the same is asked again.
func (s *Search) broke(p Probe, a Answer) {
	c := s.crashOf(p, a)
	switch {
	case s.set.Axis == AxisCtx && (p.Limit || a.Phase == Load):
		s.loadBroke(p, a)
		return
	case a.Phase == Idle:
		s.loose++
		s.blame(a, c)
		return
	}
	if p.Path == Chain && !reuses(a) {
		s.noReuse = true
	}
	if c.clean > 0 && p.Path == Chain {
		s.clean(p, a, c.clean)
	}
	s.crashes = append(s.crashes, c)
	s.hanging = s.hanging || a.Outcome == Hang
	s.blame(a, c)
	if s.set.Axis == AxisCtx {
		s.ctx.crashed(s, p, a)
		s.after(p)
		return
	}
	s.lower(p, c)
	s.plan(p, c)
	s.after(p)
}

// crashOf says what a failed run proves about lengths.
func (s *Search) crashOf(p Probe, a Answer) crash {
	asked := asked(p, a)
	c := crash{
		index: len(s.records) - 1, kind: p.Kind, path: p.Path,
		size: s.sizeOf(asked), danger: s.sizeOf(asked), upper: s.sizeOf(asked),
		memory: a.Outcome == Memory, hang: a.Outcome == Hang, aged: a.Served > agedTokens,
	}
	if s.set.Axis == AxisCtx {
		c.size, c.danger, c.upper = p.Size, p.Size, p.Size
		c.known = a.Phase == Prefill && a.Position > 0
		return c
	}
	if p.Path == Chain {
		c.clean, c.known = max(0, min(a.Reached, asked-1)), true
	}
	if a.Phase == Prefill && a.Position > 0 && a.Position <= asked {
		c.danger, c.known = max(a.Position, c.clean), true
		c.upper = min(asked, c.danger+s.set.Batch)
	}
	return c
}

// limit is the largest size that a crash leaves open, before any guard.
func (c crash) limit() int {
	if c.path == Chain && c.clean > 0 {
		return min(c.danger, c.clean)
	}
	return c.danger
}

// lower brings the candidate below a crash. How far is the heart of the search: to the guard
// below the position where it is known, by bisection where nothing is.
func (s *Search) lower(p Probe, c crash) {
	limit := c.limit()
	if !c.known {
		s.lowerVague(p, c)
		return
	}
	s.vague = 0
	if p.Kind == Confirm {
		limit = min(limit, s.n-s.step)
	}
	s.n = min(s.n, s.below(limit))
	if s.locate != nil && (s.n <= s.locate.low || p.Kind == Locate) {
		s.locate = nil // a position ends a bisection
	}
}

// lowerVague lowers the candidate after a crash that told only "not this long". If something
// known lies just above, that is the fault and a step down will do; so it is after a cold pass
// nearly as long, for then the fault is flaky. Otherwise the truth may be anywhere below.
func (s *Search) lowerVague(p Probe, c crash) {
	s.n = min(s.n, s.keep(c.danger))
	if p.Kind == Check || p.Kind == Spot || s.locate != nil {
		return
	}
	near := s.bestCold(c.danger) >= c.danger-c.danger/10
	for _, other := range s.crashes {
		near = near || other.known && other.path == Chain && other.danger <= c.danger+c.danger/8
	}
	if s.vague++; near && s.vague <= 2 {
		s.n = min(s.n, s.keep(c.danger-s.step<<(s.vague-1)))
		return
	}
	s.located = true
	s.locate = &bound{low: s.bestCold(c.danger), high: c.danger}
	s.settle()
}

// plan says what a crash makes necessary: a check after the first, nothing long after a smoke's, a run on a
// fresh server after that of an aged one.
func (s *Search) plan(p Probe, c crash) {
	switch p.Kind {
	case Limit:
		s.edge.done = true
	case Smoke, Scout:
		if p.Kind == Smoke {
			s.edge.done, s.climbed, s.smoky = true, true, true
		}
		if !c.memory {
			s.check = min(s.top(), c.size+max(s.step, c.size/50))
		}
	case Confirm:
		if p.Path == Cold {
			s.check = 0 // this was the cold reproduction
		}
	}
	if c.aged && !c.memory && s.recheck == nil && !s.drift && p.Kind != Recheck && s.rechecks() == 0 {
		again := p
		s.recheck = &again
	}
}

func (s *Search) rechecks() int {
	n := 0
	for _, r := range s.records {
		if r.Kind == Recheck {
			n++
		}
	}
	return n
}

// narrow takes the result of one bisection step out of the evidence.
func (s *Search) narrow() {
	if s.locate == nil {
		return
	}
	s.locate.high = min(s.locate.high, s.shortest())
	s.locate.low = s.bestCold(s.locate.high)
	s.settle()
}

// settle ends a bisection that is fine enough, or that is below anything of interest.
func (s *Search) settle() {
	low, high := s.locate.low, s.locate.high
	width := max(min(s.step, high/16), high/50, 1)
	if s.set.Resolution > 0 {
		width = s.set.Resolution
	}
	if high-low > width && s.keep(high) >= s.floor && high > s.floor {
		return
	}
	s.locate, s.vague = nil, 0
	s.n = min(s.n, s.keep(high))
	if low >= s.floor {
		s.n = min(s.n, low)
	}
}

// blame counts a crash under its signature.
func (s *Search) blame(a Answer, c crash) {
	if c.memory && a.Signature == "" {
		return
	}
	for i := range s.bugs {
		if s.bugs[i].Signature == a.Signature {
			s.bugs[i].Count++
			if a.Position > 0 && (s.bugs[i].Position == 0 || a.Position < s.bugs[i].Position) {
				s.bugs[i].Position = a.Position
			}
			return
		}
	}
	s.bugs = append(s.bugs, Bug{Signature: a.Signature, Title: a.Title, Count: 1, Phase: a.Phase, Position: a.Position, Ref: a.Ref})
}

// below is how far under a crash the candidate goes: the guard, and more where the fault is soft.
// Crashes at lengths further apart than position and step explain have no sharp edge: their
// distance comes off, up to 15 %. And while longer runs than the shortest crash passed, the guard
// is double: such an edge was seen in passing, not located. Simulated, both together take a
// third off the over-claims at no cost in time (the candidates are shorter).
func (s *Search) below(limit int) int {
	low, high := never, 0
	for _, c := range s.crashes {
		if c.known {
			low, high = min(low, c.danger), max(high, c.danger)
		}
	}
	soft := max(0, min(high-low-s.set.Batch-s.step, limit*15/100))
	if s.flakyRuns() != "" {
		soft = max(soft, int(s.set.guard()*float64(limit)))
	}
	return s.keep(limit - soft)
}
