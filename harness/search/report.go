package search

import (
	"fmt"
	"strconv"
	"strings"

	"ctxcliff/harness/rates"
)

// Edge is what is known now; complete once the search is over. unfinished says what stopped it
// from outside (a budget), empty when nothing did.
func (s *Search) Edge(unfinished string) Edge {
	status := s.status()
	if status == "" {
		status = Inconclusive
	}
	n := s.claim(status)
	counting := s.counted(n)
	if len(counting) == 0 {
		n = 0
	}
	e := Edge{
		Cell: s.cell.Key, Shape: s.cell.Shape, NP: max(1, s.cell.NP), Ctx: s.cell.Ctx, Axis: s.set.Axis,
		Safe: s.tokensIf(n), Limit: s.limiter(status, n), Status: status,
		Exposures: len(counting), Cold: countPath(counting, Cold), Chains: countPath(counting, Chain),
		Starts: distinctStarts(counting), Failures: s.faults(), RateUpper: rates.Upper(0, len(counting), 0.95),
		FailedRuns: s.flakyRuns(), Flags: s.flags(), Bugs: s.bugs, Hazard: s.hazard(),
		Probes: append([]Record{}, s.records...),
	}
	for _, p := range counting {
		e.Probes[p.index].Counts = true
	}
	if unsafe := s.unsafe(); unsafe > 0 {
		tokens := s.tokensIf(unsafe)
		e.Unsafe = &tokens
		if s.set.Axis == AxisCtx {
			e.UnsafeCtx = &unsafe
		}
	}
	if s.set.Axis == AxisCtx {
		e.SafeCtx = n
	}
	e.Why = s.sentence(e, unfinished)
	return e
}

// claim is the size that may be claimed: the candidate, or in a search that did not end the
// largest size below the guard for which anything counts.
func (s *Search) claim(status Status) int {
	if status == None {
		return 0
	}
	if len(s.counted(s.n)) > 0 || status == Confirmed {
		return s.n
	}
	best, most := 0, s.n
	if shortest := s.shortest(); shortest < never {
		most = min(most, s.keep(shortest))
	}
	for _, p := range s.passes {
		if p.size <= s.broken() {
			best = max(best, min(p.size, most))
		}
	}
	return best
}

func (s *Search) tokensIf(size int) int {
	if size < 1 {
		return 0
	}
	return s.tokensOf(size)
}

// unsafe is the smallest size that broke, was refused or did not fit; 0 when there is none.
func (s *Search) unsafe() int {
	least := s.shortest()
	if s.edge.refused {
		least = min(least, s.edge.high)
	}
	if s.ctx.high > 0 {
		least = min(least, s.ctx.high)
	}
	if least == never {
		return 0
	}
	return least
}

// limiter names what keeps the claim from being larger.
func (s *Search) limiter(status Status, n int) Limiter {
	c, crashed := s.binding()
	switch {
	case s.oom:
		return ByMemory
	case crashed && c.memory:
		return ByMemory
	case status == None && crashed && c.danger <= s.floor:
		return ByFloor
	case crashed:
		return ByFault
	case s.edge.refused:
		return ByRefusal
	case s.ctx.high > 0:
		return s.ctx.why
	case len(s.bugs) > 0 && n < s.top():
		return ByFault
	}
	return ByCeiling
}

func distinctStarts(passes []pass) int {
	starts := map[int]bool{}
	for _, p := range passes {
		starts[p.start] = true
	}
	return len(starts)
}

// sentence says what was seen, what that bounds, and why the search stopped.
func (s *Search) sentence(e Edge, unfinished string) string {
	seen := fmt.Sprintf("no failure in %s up to %s tokens: failure rate <= %.0f %% at 95 %%",
		count(e.Exposures, "run"), thousands(e.Safe), 100*e.RateUpper)
	if e.Exposures == 0 {
		seen = "no clean run counts at any length"
	}
	return seen + "; stopped because " + s.stopped(e, unfinished)
}

func (s *Search) stopped(e Edge, unfinished string) string {
	unsafe := 0
	if e.Unsafe != nil {
		unsafe = *e.Unsafe
	}
	switch {
	case s.oom:
		return "the configuration does not load for want of memory"
	case s.gaveUp != "":
		return s.gaveUp + broken(e, unsafe)
	case e.Status == Inconclusive:
		return orElse(unfinished, "the search was not finished") + broken(e, unsafe)
	case e.Status == None:
		return fmt.Sprintf("no size from the floor of %s tokens on is left%s", thousands(s.tokensOf(s.floor)), broken(e, unsafe))
	}
	switch e.Limit {
	case ByRefusal:
		return fmt.Sprintf("the server refuses %s tokens", thousands(unsafe))
	case ByMemory:
		return fmt.Sprintf("memory runs out at %s tokens", thousands(unsafe))
	case ByCeiling:
		return "the ceiling is reached"
	}
	return fmt.Sprintf("it breaks at %s tokens (%s)", thousands(unsafe), count(e.Failures, "failure"))
}

func broken(e Edge, unsafe int) string {
	switch {
	case unsafe == 0:
		return ""
	case e.Failures == 0:
		return fmt.Sprintf("; the limit so far is %s tokens", thousands(unsafe))
	}
	return fmt.Sprintf("; shortest of %s at %s tokens", count(e.Failures, "failure"), thousands(unsafe))
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// thousands prints 96000 as 96,000.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
