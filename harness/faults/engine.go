package faults

import (
	"regexp"
	"sync"
)

// engine is all patterns, compiled, behind one automaton.
type engine struct {
	watches   []watch
	automaton *automaton
	watchers  [][]int // literal -> watches
}

// longestLiteral bounds what the automaton looks for: more tells hardly more lines apart and makes it
// twice as large.
const longestLiteral = 20

// theEngine compiles the tables on first use.
var theEngine = sync.OnceValue(func() *engine {
	e := &engine{}
	known := map[string]int{}
	var literals []string
	add := func(pattern string, w watch) {
		w.re = regexp.MustCompile(pattern)
		e.watches = append(e.watches, w)
		for _, l := range literalsOf(pattern) {
			l = l[:min(len(l), longestLiteral)]
			id, old := known[l]
			if !old {
				id = len(literals)
				known[l] = id
				literals = append(literals, l)
				e.watchers = append(e.watchers, nil)
			}
			e.watchers[id] = append(e.watchers[id], len(e.watches)-1)
		}
	}
	for i, r := range rules {
		add(r.Pattern, watch{rule: i, detail: -1, echo: -1, once: -1})
		if r.Once != "" {
			add(r.Once, watch{rule: -1, detail: -1, echo: -1, once: i})
		}
	}
	for i, d := range details {
		add(d.pattern, watch{rule: -1, detail: i, echo: -1, once: -1})
	}
	for i, p := range echoes {
		add(p.pattern, watch{rule: -1, detail: -1, echo: i, once: -1})
	}
	add(readyPattern, watch{rule: -1, detail: -1, echo: -1, once: -1})
	e.automaton = newAutomaton(literals)
	return e
})

// readyPattern is what a server prints once it serves. Requests are the proof where a log begins
// later.
const readyPattern = `listening on (?:http|unix|\S+:\d+)|server is listening|HTTP server (?:is )?listening|all slots are idle|launch_slot_|prompt processing progress|slot update_slots: id`
