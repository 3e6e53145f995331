package minimize

import (
	"errors"
	"fmt"

	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// BuildSettings say which builds are to be searched for the first that breaks.
type BuildSettings struct {
	Builds     []string          `json:"builds"` // old to new, each once; the newest is the one known to break
	Scenario   scenario.Scenario `json:"scenario"`
	Signatures []string          `json:"signatures"`

	// How often it breaks where it does: a rate, or the hits in runs that were stopped at the third hit or the
	// tenth run. Without either the newest build is measured first.
	Rate float64 `json:"rate,omitempty"`
	Hits int     `json:"hits,omitempty"`
	Runs int     `json:"runs,omitempty"`

	Error float64 `json:"error,omitempty"` // chance of a wrong answer; default 0.05
	Hours float64 `json:"hours,omitempty"` // 0: no limit
	Most  int     `json:"most,omitempty"`  // runs; 0: no limit
}

// Validate says what is wrong.
func (s BuildSettings) Validate() error {
	seen := map[string]bool{}
	for _, b := range s.Builds {
		if b == "" || seen[b] {
			return fmt.Errorf("build %q is there twice or has no name; list each once", b)
		}
		seen[b] = true
	}
	switch {
	case len(s.Builds) < 2:
		return errors.New("a bisection needs two builds or more, old to new")
	case !(s.Rate >= 0 && s.Rate <= 1):
		return fmt.Errorf("rate %g is not the share of runs that break", s.Rate)
	case s.Hits < 0 || s.Runs < s.Hits || s.Hits == 0 && s.Runs > 0:
		return fmt.Errorf("%d of %d runs that broke are no measurement; reproduce it first", s.Hits, s.Runs)
	case !(s.Error >= 0 && s.Error < 1):
		return fmt.Errorf("error %g is not a chance below 1", s.Error)
	}
	return s.Scenario.Validate()
}

// FirstBad is where a bug began.
type FirstBad struct {
	Good    string   `json:"good,omitempty"`    // newest build found clean; empty: none was
	Bad     string   `json:"bad,omitempty"`     // oldest build found to break; empty: none was
	Between []string `json:"between,omitempty"` // builds between the two that could not be tested: one of them or Bad is the first
	Sure    float64  `json:"sure"`              // 1 less the errors of all steps that found a build clean
	Rate    Rate     `json:"rate"`              // of the newest build, where it was measured here

	Steps []BuildStep `json:"steps"`
	Clean int         `json:"clean"` // clean runs that a build was called good after
	Runs  int         `json:"runs"`
	Hours float64     `json:"hours"`
	Ended string      `json:"ended,omitempty"` // why there is no answer, or less than one
}

// BuildStep is one build and what was found.
type BuildStep struct {
	Build string `json:"build"`
	State State  `json:"state"`
	Runs  int    `json:"runs"`
}

// CleanSteps is how many clean runs call one of a number of steps good, if all of them together may be
// wrong with a given chance: at .05 and four steps 2 at rate 1, 7 at .5, 13 at .3.
func CleanSteps(p float64, steps int, wrong float64) int {
	return max(2, rates.RunsToExclude(p, 1-wrong/float64(max(1, steps))))
}

// cleanSteps is the same for a rate that is only known from hits in runs; see [CleanRuns].
func cleanSteps(hits, runs, steps int, wrong float64) int {
	n := 2
	for silence(hits, runs, n) > wrong/float64(max(1, steps)) {
		n++
	}
	return n
}

// Builds searches for the first build that breaks.
func Builds(set BuildSettings) (*Session[FirstBad], error) {
	set.Error = orElse(set.Error, 0.05)
	if err := set.Validate(); err != nil {
		return nil, err
	}
	return newSession(func(ask Ask) FirstBad { return firstBad(set, ask) }), nil
}
