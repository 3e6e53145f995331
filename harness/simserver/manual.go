package simserver

import (
	"fmt"
	"strings"
)

// Manual is all that `--server sim:…` may say, for people: profiles, grammar, behaviours, conditions.
func Manual() string {
	var b strings.Builder
	b.WriteString("--server sim:PROFILE or --server 'sim:RULE; RULE…' is the built-in simulated server.\n\nProfiles\n")
	for _, name := range Profiles() {
		fmt.Fprintf(&b, "  %-10s %s\n", name, ProfileDoc(name))
	}
	b.WriteString(grammar)
	b.WriteString("\nBehaviours (phases in which they may show, the default first)\n")
	for _, name := range Behaviours() {
		fmt.Fprintf(&b, "  %s%s: %s%s\n", name, behaviours[name].signature(), Describe(name), behaviours[name].moments())
	}
	b.WriteString(conditionsManual)
	return b.String()
}

const grammar = `
Rules
  BEHAVIOUR[(ARGUMENT, …)] [when CONDITION and CONDITION …]
  abort when shape=repeat and position>=5000
  gpufault when tokens>=70k and busy>=2; say(uh oh) when attempt=3
  loadabort when chance=0.3; rate(3.2e-3, 3.2e-8)
`

const conditionsManual = `
Conditions (numbers compare by >= <= != = < >; 70k is 70,000, 32Ki is 32,768)
  tokens, distinct: prompt tokens, and how many different ones
  position: tokens in the slot when the coming batch is done
  period: after how many tokens the prompt repeats itself
  np, slot, busy: slots configured, the request's slot, slots at work
  attempt: requests taken in this life; start, start%N=M: which life this is
  chance=P: a coin that falls once per life
  shape=FAMILY, contains=WORD: what the prompt looks like, or has in it
  cold, cached: less than half of the prompt came from the slot's cache, or more
`

var paramNames = map[param]string{text: "TEXT", count: "N", seconds: "DURATION", fraction: "SECONDS"}

// signature is the arguments, those in brackets that may be left out.
func (b behaviour) signature() string {
	if len(b.params) == 0 {
		return ""
	}
	names := make([]string, len(b.params))
	for i, p := range b.params {
		names[i] = paramNames[p]
		if i >= b.needs {
			names[i] = "[" + names[i] + "]"
		}
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// moments is when a behaviour may show; settings hold from the start.
func (b behaviour) moments() string {
	if b.setting {
		return " (from the start)"
	}
	names := make([]string, len(b.phases))
	for i, p := range b.phases {
		names[i] = p.String()
	}
	return " (" + strings.Join(names, ", ") + ")"
}
