package minimize

import (
	"errors"

	"ctxcliff/harness/scenario"
)

// Story is what a run that reproduces, shrinks, checks or bisects is about, and what it asked and was told:
// enough to decide everything again. Exactly one of the settings is given.
type Story struct {
	Reproduce *ReproduceSettings `json:"reproduce,omitempty"`
	Minimize  *Settings          `json:"minimize,omitempty"`
	Check     *CheckSettings     `json:"check,omitempty"`
	Builds    *BuildSettings     `json:"builds,omitempty"`
	Entries   []Entry            `json:"-"`
}

var errNoStory = errors.New("a story is a reproduction, a minimisation, a check or a bisection of builds, and not another of them")

// Scenario is what it began with.
func (s Story) Scenario() scenario.Scenario {
	switch {
	case s.Reproduce != nil:
		return s.Reproduce.Scenario
	case s.Minimize != nil:
		return s.Minimize.Scenario
	case s.Check != nil:
		return s.Check.Scenario
	case s.Builds != nil:
		return s.Builds.Scenario
	}
	return scenario.Scenario{}
}

// Reproduced is what a reproduction has come to.
func (s Story) Reproduced() (Reproduction, error) { return told(s, s.Reproduce, Reproduce) }

// Minimized is what a minimisation has come to.
func (s Story) Minimized() (Result, error) { return told(s, s.Minimize, Minimize) }

// Checked is what a check whether a bug is still there has come to.
func (s Story) Checked() (Presence, error) { return told(s, s.Check, StillThere) }

// Bisected is what a bisection of builds has come to.
func (s Story) Bisected() (FirstBad, error) { return told(s, s.Builds, Builds) }

// told lives through a story again.
func told[S, R any](s Story, settings *S, begin func(S) (*Session[R], error)) (result R, err error) {
	if settings == nil {
		return result, errNoStory
	}
	session, err := begin(*settings)
	if err != nil {
		return result, err
	}
	err = session.Replay(s.Entries)
	return session.Result(), err
}
