package harness

import (
	"slices"
	"time"

	"ctxcliff/harness/internal/process"
)

// death is the end of one process of a start that nobody had asked for.
type death struct {
	who  string       // server, rpc1…
	exit process.Exit // the zero value when a living wrapper keeps it to itself
	afar bool         // it was somebody else's process

	uncertain time.Duration // how much earlier it may have been than exit.At says
}

// unseen is how such a process ended.
const (
	unseen         = "a status that its living wrapper keeps"
	unseenFromAfar = "a status that only its owner sees"
)

func (d death) String() string {
	switch {
	case d.afar:
		return unseenFromAfar
	case d.exit.At.IsZero():
		return unseen
	}
	return d.exit.String()
}

// words name the process in a sentence.
func (d death) words() string {
	if d.who == "server" {
		return "the server"
	}
	return d.who
}

// deaths are all that were seen, in the order of their times; those of unknown time come last. Where
// clocks leave it open who was first, the peer was: an rpc-server outlives its client, not the other way
// round.
func (c condition) deaths() []death {
	all := slices.Clone(c.peers)
	if c.ended || c.gone() || c.lost != "" {
		all = append(all, death{who: "server", exit: c.exitOrLoss(), afar: c.lost != ""})
	}
	slices.SortStableFunc(all, func(a, b death) int {
		switch unknown := a.exit.At.IsZero(); {
		case unknown == b.exit.At.IsZero():
			return a.exit.At.Add(-a.uncertain).Compare(b.exit.At.Add(-b.uncertain))
		case unknown:
			return 1
		}
		return -1
	})
	return all
}

// exitOrLoss is how the server ended; of one that was lost, when.
func (c condition) exitOrLoss() process.Exit {
	if c.lost != "" {
		return process.Exit{At: c.since}
	}
	return c.exit
}

// told is the death of that process, or else the first one; false when nothing died.
func told(deaths []death, who string) (death, bool) {
	for _, d := range deaths {
		if d.who == who {
			return d, true
		}
	}
	if len(deaths) == 0 {
		return death{}, false
	}
	return deaths[0], true
}
