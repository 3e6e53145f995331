package minimize

import "errors"

// Story is what a run that reproduces or shrinks is about, and what it asked and was told: enough to
// decide everything again. Exactly one of the two settings is given.
type Story struct {
	Reproduce *ReproduceSettings `json:"reproduce,omitempty"`
	Minimize  *Settings          `json:"minimize,omitempty"`
	Entries   []Entry            `json:"-"`
}

var errNoStory = errors.New("a story is either a reproduction or a minimisation")

// Reproduced is what a reproduction has come to.
func (s Story) Reproduced() (Reproduction, error) {
	if s.Reproduce == nil {
		return Reproduction{}, errNoStory
	}
	session, err := Reproduce(*s.Reproduce)
	if err != nil {
		return Reproduction{}, err
	}
	err = session.Replay(s.Entries)
	return session.Result(), err
}

// Minimized is what a minimisation has come to.
func (s Story) Minimized() (Result, error) {
	if s.Minimize == nil {
		return Result{}, errNoStory
	}
	session, err := Minimize(*s.Minimize)
	if err != nil {
		return Result{}, err
	}
	err = session.Replay(s.Entries)
	return session.Result(), err
}
