package harness

import (
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/oracle"
	"ctxcliff/harness/trial"
)

// Near misses, by the first word of what is said of them.
const (
	nearNoise  = "noise"  // of the kernel, a driver or the server's log, beside an answer that was right
	nearSlow   = "slow"   // prompts that were worked off at a fraction of the usual rate
	nearWobble = "wobble" // answers that an oracle cannot be sure about, and could before
)

// nearMisses are what was not as it always is in the steps that broke nothing.
func (p *Player) nearMisses(setup string, played []trial.Attempt) (all []minimize.Near) {
	for n, a := range played {
		if !passed(a) {
			continue
		}
		add := func(kind, what string) {
			all = append(all, minimize.Near{Step: n, What: strings.TrimSuffix(kind+": "+what, ": ")})
		}
		if a.Outcome == trial.Warn && a.Fault != nil {
			add(nearNoise, a.Fault.Title)
		}
		for _, o := range a.Opinions {
			if o.Oracle == oracle.CanaryOracle {
				add(nearWobble, o.Reason)
			}
		}
		if p.slow(setup, a) {
			add(nearSlow, "prompts took over four times as long as they usually do")
		}
	}
	return all
}

// What counts as slow: a prompt of some length at under a fourth of the usual rate, once that is known.
const (
	slowFactor = 4
	slowTokens = 1024
	slowTime   = 200 * time.Millisecond
	paceKnown  = 8 // rates
)

// slow reports whether the prompts of an attempt were worked off far slower than others of the same setup, and
// remembers their rate. What was cached for the most part says nothing.
func (p *Player) slow(setup string, a trial.Attempt) bool {
	tokens, took := 0, time.Duration(0)
	for _, r := range a.Requests {
		tokens, took = tokens+r.ProcessedTokens, max(took, r.PromptTime)
	}
	if tokens < slowTokens || took <= 0 {
		return false
	}
	rates := p.pace[setup]
	rate := a.PromptRate()
	if p.pace == nil {
		p.pace = map[string][]float64{}
	}
	p.pace[setup] = append(rates, rate)
	if len(rates) < paceKnown || took < slowTime {
		return false
	}
	usual := slices.Sorted(slices.Values(rates))[len(rates)/2]
	return rate*slowFactor < usual
}
