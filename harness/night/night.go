package night

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Status says how far a night has come.
type Status string

// The states.
const (
	Running     Status = "running" // or killed before it could say otherwise
	Finished    Status = "finished"
	Interrupted Status = "interrupted"
)

// Night is one of them. It marshals to night.json, which is what a later night, a resumed one and a
// notification know of it.
type Night struct {
	ID     string        `json:"id"`
	Lab    string        `json:"lab"` // the file that it was made from
	DB     string        `json:"db"`
	Began  time.Time     `json:"began"`
	Ended  time.Time     `json:"ended"` // zero while it runs
	Status Status        `json:"status"`
	Spent  time.Duration `json:"spent_ns"`          // in all its steps, resumed ones included
	Starts int           `json:"starts"`            // servers launched
	Steps  []Step        `json:"steps"`             // that were begun, in order
	GaveUp []string      `json:"gave_up,omitempty"` // ids of targets that were left alone
	Diff   *Outcome      `json:"diff"`              // against the nights before; nil when there was nothing to compare
	Exit   int           `json:"exit"`
	Why    string        `json:"why"`    // what the exit code says, in a sentence
	Pruned Pruned        `json:"pruned"` // what went of older nights
}

// Step is one command of a night.
type Step struct {
	Name   string        `json:"name"`             // screen, bisect, repro, fuzz
	Fault  string        `json:"fault,omitempty"`  // that is replayed
	Target string        `json:"target,omitempty"` // id of the only one that it is about
	New    []string      `json:"new,omitempty"`    // ids of faults that nobody had seen before
	Run    string        `json:"run"`              // id of its run; "" it made none
	Began  time.Time     `json:"began"`
	Took   time.Duration `json:"took_ns"`
	Starts int           `json:"starts"`
	Done   bool          `json:"done"` // it ended by itself, or for want of time or loads
	Code   int           `json:"code"` // exit code of the command
	Says   string        `json:"says"` // what came of it, in a few words
}

// Outcome is what a comparison came to.
type Outcome struct {
	Nights []string `json:"nights"` // that it was compared with
	Says   string   `json:"says"`
	Code   int      `json:"code"` // 1: something is surely worse
}

// Pruned is what was deleted.
type Pruned struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Names are the steps that there are, in their order.
func Names() []string { return []string{"screen", "bisect", "repro", "fuzz"} }

// Runs are the ids of the runs of the steps of that name.
func (n Night) Runs(names ...string) (ids []string) {
	for _, s := range n.Steps {
		if s.Run != "" && slices.Contains(names, s.Name) && !slices.Contains(ids, s.Run) {
			ids = append(ids, s.Run)
		}
	}
	return ids
}

// Is reports whether two are the same step, however they went.
func (s Step) Is(o Step) bool { return s.Name == o.Name && s.Fault == o.Fault && s.Target == o.Target }

// Begun is the step as it was begun.
func (n Night) Begun(s Step) (Step, bool) {
	i := slices.IndexFunc(n.Steps, s.Is)
	if i < 0 {
		return Step{}, false
	}
	return n.Steps[i], true
}

// Put keeps how a step goes, over how it went before.
func (n *Night) Put(s Step) {
	i := slices.IndexFunc(n.Steps, s.Is)
	if i < 0 {
		n.Steps = append(n.Steps, s)
		return
	}
	n.Steps[i] = s
}

// Limits bound a night. Zero fields bound nothing.
type Limits struct {
	Time   time.Duration
	Starts int
}

// stepShare is what a step may take of what is left, unless it is the last.
const stepShare = 0.6

// Share is what the next step may take of what is left, where so many come after it; false there is too
// little left to begin it.
func (l Limits) Share(n Night, after int) (Limits, bool) {
	var mine Limits
	if l.Time > 0 {
		left := l.Time - n.Spent
		if left < time.Minute && left < l.Time/20 {
			return mine, false
		}
		if mine.Time = left; after > 0 {
			mine.Time = time.Duration(stepShare * float64(left)).Round(time.Second)
		}
		mine.Time = max(mine.Time, time.Second)
	}
	if l.Starts > 0 {
		left := l.Starts - n.Starts
		if left < 1 {
			return mine, false
		}
		if mine.Starts = left; after > 0 {
			mine.Starts = max(1, int(stepShare*float64(left)))
		}
	}
	return mine, true
}

// Exit codes, as those of all commands.
const (
	Clean        = 0
	Failures     = 1
	Trouble      = 3
	Inconclusive = 4
)

// Conclude finds the exit code of a night that was not interrupted, and says why. A screen's word, a new
// fault of a hunt and the comparison with earlier nights make it a failure: an edge is there every night, and a
// known bug that breaks again is what was expected of it. In the first night there is nothing to compare an edge with.
func (n *Night) Conclude() {
	code := func(name string, codes ...int) (Step, bool) {
		i := slices.IndexFunc(n.Steps, func(s Step) bool { return (name == "" || s.Name == name) && slices.Contains(codes, s.Code) })
		if i < 0 {
			return Step{}, false
		}
		return n.Steps[i], true
	}
	n.Exit, n.Why = Clean, "nothing unexpected"
	if s, bad := code("screen", Failures); bad {
		n.Exit, n.Why = Failures, "the screen has something unexpected: "+s.Says
		return
	}
	if i := slices.IndexFunc(n.Steps, func(s Step) bool { return len(s.New) > 0 }); i >= 0 {
		n.Exit, n.Why = Failures, "the hunt found what nobody had seen before: "+strings.Join(n.Steps[i].New, ", ")
		return
	}
	if n.Diff != nil && n.Diff.Code == Failures {
		n.Exit, n.Why = Failures, "something is surely worse than in the nights before"
		return
	}
	if s, bad := code("", 2, Trouble); bad {
		n.Exit, n.Why = Trouble, s.Name+" could not do its work: "+s.Says
		return
	}
	if !slices.ContainsFunc(n.Steps, func(s Step) bool { return s.Code == Clean || s.Code == Failures }) {
		n.Exit, n.Why = Inconclusive, "nothing was tested"
	}
}

// Known is a fault that may be replayed.
type Known struct {
	ID   string
	Seen time.Time // last
	Args []string  // of the command that replays it
}

// Rotation are the faults to replay in a night, at the most so many: those that no night has replayed yet come
// first, then those replayed longest ago; of several the one seen last.
func Rotation(known []Known, before []Night, most int) []Known {
	replayed := map[string]time.Time{}
	for _, n := range before {
		for _, s := range n.Steps {
			if s.Fault != "" && s.Done && s.Began.After(replayed[s.Fault]) {
				replayed[s.Fault] = s.Began
			}
		}
	}
	known = slices.Clone(known)
	slices.SortFunc(known, func(a, b Known) int {
		return cmp.Or(replayed[a.ID].Compare(replayed[b.ID]), b.Seen.Compare(a.Seen), cmp.Compare(a.ID, b.ID))
	})
	return known[:min(most, len(known))]
}
