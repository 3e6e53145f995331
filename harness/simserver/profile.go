package simserver

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// Profile is an ordered list of rules. The empty profile is a server that does nothing wrong.
type Profile struct {
	Rules []Rule
}

// Rule is one behaviour and the conditions under which it shows. All conditions must hold; a rule
// without conditions always applies.
type Rule struct {
	Behaviour string   // a name of Behaviours
	Args      []string // positional arguments as written, unquoted; validated by ParseProfile
	Phase     Phase    // PhaseUnknown means the behaviour's own default
	When      []Condition
}

// Phase is a moment in the life of a server or a request at which rules are looked at.
type Phase uint8

// The phases, in the order in which a request meets them.
const (
	PhaseUnknown Phase = iota
	PhaseLoad          // before the model is loaded: no request, hence only np, start and chance are known
	PhaseAdmit         // a slot takes the request
	PhasePrefill       // before each batch of the prompt; position is where the batch ends
	PhaseDecode        // before each generated token
	PhaseReply         // when the reply has left completely
	PhaseIdle          // a moment (idlePause) after the reply
)

var phaseNames = [...]string{"", "load", "admit", "prefill", "decode", "reply", "idle"}

// String is the phase's name in profiles; empty for PhaseUnknown.
func (p Phase) String() string { return phaseNames[p] }

// ParseProfile reads a named profile (see Profiles) or rules. The empty text is "good".
// The grammar is in the package comment.
func ParseProfile(text string) (Profile, error) {
	if named, ok := profiles[strings.TrimSpace(text)]; ok {
		text = named.rules
	}
	p := parser{rest: text}
	profile, err := p.profile()
	if err != nil {
		return Profile{}, fmt.Errorf("read profile %q: %w", text, err)
	}
	return profile, nil
}

// String is the profile in a form that ParseProfile reads back to an equal profile.
func (p Profile) String() string {
	rules := make([]string, len(p.Rules))
	for i, r := range p.Rules {
		rules[i] = r.String()
	}
	return strings.Join(rules, "; ")
}

// String is the rule as ParseProfile reads it.
func (r Rule) String() string {
	var args []string
	for _, a := range r.Args {
		args = append(args, quoteArg(a))
	}
	if r.Phase != PhaseUnknown {
		args = append(args, "phase="+r.Phase.String())
	}
	var b strings.Builder
	b.WriteString(r.Behaviour)
	if len(args) > 0 {
		b.WriteString("(" + strings.Join(args, ", ") + ")")
	}
	for i, c := range r.When {
		b.WriteString([]string{" when ", " and "}[min(i, 1)])
		b.WriteString(c.String())
	}
	return b.String()
}

// phase is the rule's phase, the behaviour's default where the rule names none.
func (r Rule) phase() Phase {
	if r.Phase != PhaseUnknown {
		return r.Phase
	}
	return behaviours[r.Behaviour].phases[0]
}

// holds reports whether all conditions hold.
func (r Rule) holds(s situation) bool {
	return !slices.ContainsFunc(r.When, func(c Condition) bool { return !c.holds(s, r) })
}

// luck is a number in [0,1) that depends on the rule, the seed and the start: the same rule of the
// same start is always equally lucky.
func (r Rule) luck(seed uint64, start int) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%d/%s", seed, start, r.String())
	return float64(mix(h.Sum64())>>11) / (1 << 53)
}

// mix spreads the bits of a hash (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
