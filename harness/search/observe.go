package search

// Limits on answers that say nothing.
const (
	maxInfra    = 4 // the first and three more
	maxLost     = 2 // hosts that went down with the same probe
	maxUnproven = 4
)

// observe folds one answer into the state.
func (s *Search) observe(p Probe, a Answer) {
	s.asked++
	s.remember(p, a)
	if a.Outcome == Infra || a.Outcome == Interrupted {
		s.failed(a)
		return
	}
	s.failing, s.lost = 0, 0
	s.told++
	s.busy += a.Seconds
	for _, m := range measured(p, a) {
		s.latency.See(m.Tokens, m.Seconds)
	}
	switch a.Outcome {
	case Passed:
		s.passed(p, a)
	case Fault, Hang, Memory:
		s.broke(p, a)
	case Refused:
		s.wasRefused(p, a)
	}
	s.bounded()
}

// remember writes the probe into the table of the edge.
func (s *Search) remember(p Probe, a Answer) {
	s.records = append(s.records, Record{
		Seq: p.Seq, Kind: p.Kind, Path: p.Path, Size: p.Size, Tokens: p.Tokens, Asked: asked(p, a), Reached: reached(p, a),
		Outcome: a.Outcome, Phase: a.Phase, Position: a.Position, Cached: a.Cached,
		Seconds: a.Seconds, Start: a.Starts, Signature: a.Signature,
	})
}

// failed is an answer that is never counted: the same is asked again, but trouble of the lab or a lost host
// not for ever. Nobody is kept from interrupting a long probe as often as he likes.
func (s *Search) failed(a Answer) {
	switch {
	case a.Outcome == Infra:
		if s.failing++; s.failing >= maxInfra {
			s.gaveUp = "the lab failed four times in a row"
		}
	case a.Lost:
		if s.lost++; s.lost >= maxLost {
			s.gaveUp = "the host went down with the same probe twice"
		}
	}
	s.bounded()
}

// bounded ends what will not end by itself.
func (s *Search) bounded() {
	switch {
	case s.gaveUp != "":
	case s.locate == nil && s.unasked() >= s.set.MaxCrashes && s.status() == "":
		s.gaveUp = "it broke too often"
	case s.told+s.failing >= s.maxProbes() && s.status() == "":
		s.gaveUp = "its answers do not come to an end"
	}
}

// asked is the prompt length of the request that ended a probe.
func asked(p Probe, a Answer) int {
	if a.Asked > 0 {
		return min(a.Asked, p.Tokens)
	}
	return p.Tokens
}

// reached is the longest prompt of a probe that was answered completely.
func reached(p Probe, a Answer) int {
	switch {
	case a.Outcome == Passed && (a.Reached == 0 || p.Path == Cold && !p.Limit):
		return orElse(a.Reached, p.Tokens)
	case p.Path == Chain && a.Outcome == Passed:
		return max(0, min(a.Reached, p.Tokens))
	case p.Path == Chain:
		return max(0, min(a.Reached, asked(p, a)-1))
	}
	return 0
}

// passed takes a clean answer.
func (s *Search) passed(p Probe, a Answer) {
	if p.Limit {
		s.accepted(p)
		return
	}
	if p.Path == Chain && !reuses(a) {
		s.noReuse = true
		return
	}
	if p.Path == Cold && a.Cached != 0 {
		if s.unproven++; s.unproven >= maxUnproven {
			s.gaveUp = "the server kept using its cache for prompts that were to be cold"
		}
		s.after(p)
		return
	}
	s.clean(p, a, s.landed(p, reached(p, a)))
	s.after(p)
}

// landed is the size that a clean run stands for. Prompts come out a few tokens short at times:
// then the candidate follows, because a claim is never above what was run.
func (s *Search) landed(p Probe, tokens int) int {
	size := s.sizeOf(tokens)
	if s.set.Axis == AxisCtx {
		size = p.Size
		if tokens < p.Tokens-p.Tokens/100 {
			size = 0
		}
	}
	if p.Size == s.n && size < s.n && size >= s.n-s.n/100 {
		s.n = size
	}
	return min(size, p.Size)
}

// reuses says whether a chain found its prefix in the cache.
func reuses(a Answer) bool { return a.Previous == 0 || a.Cached >= a.Previous-1 }

// clean adds an exposure.
func (s *Search) clean(p Probe, a Answer, size int) {
	if size < 1 {
		return
	}
	if p.Path == Cold {
		s.unproven = 0
	}
	s.edge.low = max(s.edge.low, min(size, s.edge.high-1))
	s.passes = append(s.passes, pass{index: len(s.records) - 1, size: size, path: p.Path, start: a.Starts})
}

// after moves on once a probe of a kind is over, whichever way it went.
func (s *Search) after(p Probe) {
	switch p.Kind {
	case Smoke:
		s.smoked++
	case Scout, Climb:
		s.climbed = true
	case Check:
		s.check = 0
		if c, ok := s.binding(); ok {
			s.n = min(s.n, s.below(c.limit())) // a scout's crash that did not come back is soft
		}
	case Locate:
		s.narrow()
	case Recheck:
		s.recheck, s.drift = nil, s.drift || s.records[len(s.records)-1].Outcome == Passed
	}
}

func (s *Search) accepted(p Probe) {
	if s.set.Axis == AxisCtx {
		s.ctx.loaded(p.Size)
		s.loads()
		return
	}
	s.edge.accept(p.Size)
	s.n = min(s.n, s.top())
}

// wasRefused takes a clean refusal: the edge of what is accepted is looked for again.
func (s *Search) wasRefused(p Probe, a Answer) {
	if p.Path == Chain && reuses(a) {
		s.clean(p, a, s.landed(p, reached(p, a)))
	}
	if s.set.Axis == AxisCtx {
		s.ctx.failed(p.Size, ByRefusal)
		s.loads()
		s.after(p)
		return
	}
	size := p.Size
	if p.Path == Chain {
		size = orElse(min(a.Asked, p.Size), p.Size)
	}
	answered := 0
	for _, done := range s.passes {
		if done.size < size {
			answered = max(answered, done.size)
		}
	}
	s.edge.refuse(size, a.Limit, answered)
	s.n = min(s.n, s.top())
	if s.locate != nil && s.locate.high > s.n {
		s.locate.high = s.n + 1
	}
	s.after(p)
}
