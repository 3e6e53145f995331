package scenario

import "math"

// Size is how large a scenario is, in everything that a reader has to look at. Smaller is simpler.
type Size struct {
	NP       int `json:"np"`
	Requests int `json:"requests"`
	Overlaps int `json:"overlaps"` // requests beyond the first of their step
	Cancels  int `json:"cancels"`
	Delays   int `json:"delays"`
	Cached   int `json:"cached"` // requests that may use the cache
	Reply    int `json:"reply"`  // tokens asked for, of all requests
	Tokens   int `json:"tokens"` // prompt tokens of all requests
	Longest  int `json:"longest"`
	Live     int `json:"live"`     // of them not filler
	Distinct int `json:"distinct"` // most distinct ids that a prompt may have; MaxInt32 no limit
}

// Size measures a scenario.
func (s Scenario) Size() Size {
	size := Size{NP: s.NP, Longest: s.LongestPrompt()}
	for _, step := range s.Steps {
		size.Overlaps += max(0, len(step.Requests)-1)
		for _, r := range step.Requests {
			size.add(r)
		}
	}
	return size
}

func (z *Size) add(r Request) {
	z.Requests++
	z.Cancels += one(r.CancelAfter > 0)
	z.Delays += one(r.Delay > 0)
	z.Cached += one(r.Cache || r.Grown)
	z.Reply += r.Reply
	z.Tokens += r.Recipe.Tokens
	z.Live += r.Recipe.LiveTokens()
	z.Distinct = max(z.Distinct, r.Recipe.variety())
}

// variety is the most distinct ids that the recipe allows.
func (r Recipe) variety() int {
	switch {
	case r.Distinct > 0:
		return r.Distinct
	case r.Filler != "" && r.LiveTokens() == 0:
		return 1
	}
	return math.MaxInt32
}

// NoLarger reports whether z is in no respect larger than other.
func (z Size) NoLarger(other Size) bool {
	return z.NP <= other.NP && z.Requests <= other.Requests && z.Overlaps <= other.Overlaps &&
		z.Cancels <= other.Cancels && z.Delays <= other.Delays && z.Cached <= other.Cached &&
		z.Reply <= other.Reply && z.Tokens <= other.Tokens && z.Longest <= other.Longest &&
		z.Live <= other.Live && z.Distinct <= other.Distinct
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
