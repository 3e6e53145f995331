package search

// runs is how often a length was tried on a path, and how often it broke.
type runs struct{ broke, all int }

// wantSpot tells kinds of faults apart after the claim is confirmed: three times cold at the
// length at which only the scout broke, then either three times cold above (an island?) or twice
// more as a scout (the cached path?).
func (s *Search) wantSpot() wish {
	first, ok := s.scoutCrash()
	if !s.set.Resolve || !ok || s.told >= s.maxProbes() {
		return wish{}
	}
	above := min(s.top(), first.size+max(s.step, first.size/50))
	at, over, chains := s.runsAt(Cold, first.size), s.runsAt(Cold, above), s.runsAt(Chain, first.size)
	ask := func(p Probe) wish { return s.wish(stageSpot, p) }
	switch {
	case at.all < 3 && (at.broke == 0 || at.broke == at.all):
		return ask(s.cold(Spot, first.size, "the length at which the scout broke, cold"))
	case at.broke == at.all && above > first.size && over.all < 3 && over.broke == 0:
		return ask(s.cold(Spot, above, "above what breaks: an island?"))
	case at.broke == 0 && !s.noReuse && chains.all < 3 && chains.broke == chains.all:
		return ask(s.scout(Spot, first.size, "the length at which the scout broke, growing"))
	}
	return wish{}
}

// scoutCrash is the crash of the first scout, if a cold prompt as long passed since.
func (s *Search) scoutCrash() (crash, bool) {
	for _, c := range s.crashes {
		if c.kind != Scout || c.memory {
			continue
		}
		for _, p := range s.passes {
			if p.path == Cold && p.size >= c.upper {
				return c, true
			}
		}
	}
	return crash{}, false
}

// runsAt counts what was tried at a size, give or take half a percent.
func (s *Search) runsAt(path Path, size int) runs {
	var r runs
	for _, p := range s.passes {
		if p.path == path && within(p.size, size, size/200) {
			r.all++
		}
	}
	for _, c := range s.crashes {
		if c.path == path && within(c.size, size, size/200) {
			r.all, r.broke = r.all+1, r.broke+1
		}
	}
	return r
}
