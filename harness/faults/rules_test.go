package faults

import (
	"slices"
	"strings"
	"testing"
)

// classes are all labels of section 1 of the taxonomy that a log line can have.
var classes = strings.Fields(`gpu-fault.memory-access gpu-fault.kernel-exception gpu-fault.hang-reset gpu-fault.device-lost
	gpu-fault.firmware gpu-fault.hardware gpu-oom.runtime gpu-error.unsupported-arch gpu-error.blas gpu-error.shader-compile
	gpu-error.host-registration gpu-error.api crash.assert crash.abort crash.uncaught-exception crash.segv crash.ill crash.bus
	crash.heap-corruption rpc.remote-crashed reject.context-size reject.kv-full reject.template server-error.decode-invalid
	server-error.decode-aborted server-error.slot-state server-error.grammar-ignored server-error.output-parse
	wrong-output.nan-logits load-fail.alloc load-fail.fit load-fail.model-file infra.oom-kill infra.port-bind infra.rpc-connect
	infra.model-download infra.bad-args infra.binary infra.device-unavailable infra.device-wedged hang.uninterruptible benign.noise benign.startup
	benign.fallback benign.driver-info benign.client-cancel benign.http-4xx benign.teardown benign.other-process unknown`)

// leastLiteral keeps the first pass selective: shorter ones stand in every other line.
const leastLiteral = 3

func TestEveryRuleFindsItsExample(t *testing.T) {
	names := map[string]bool{}
	for _, r := range rules {
		if names[r.Name] || r.Name == "" || r.Source == "" || r.Title == "" || r.In == 0 || r.Level == 0 {
			t.Errorf("rule %q: name taken, or name, source, title, streams or level missing", r.Name)
		}
		names[r.Name] = true
		if r.Class != "" && !slices.Contains(classes, r.Class) {
			t.Errorf("rule %s: class %q is not in the taxonomy", r.Name, r.Class)
		}
		if n := shortest(literalsOf(r.Pattern)); n < leastLiteral {
			t.Errorf("rule %s: its pattern needs a literal of at least %d characters, has %d: %q", r.Name, leastLiteral, n, literalsOf(r.Pattern))
		}
		for _, wanted := range r.Follow {
			if !slices.ContainsFunc(details, func(d detail) bool { return d.name == wanted }) {
				t.Errorf("rule %s: follows unknown detail %q", r.Name, wanted)
			}
		}
		r.findsItsExample(t)
	}
}

func (r Rule) findsItsExample(t *testing.T) {
	t.Helper()
	f := Classify(r.exampleEvidence())
	if want := r.Class; r.Class != "" && !r.WhenLast && f.Class != want && !(want == "unknown" && f.Category != "benign") {
		t.Errorf("rule %s: its example becomes %s by rule %q: %s", r.Name, f.Class, f.Rule, r.Example)
	}
	if strings.Contains(f.Title, "{") && !strings.Contains(r.Example, "{") {
		t.Errorf("rule %s: its title has holes: %s", r.Name, f.Title)
	}
	s := NewScanner(r.In)
	s.Line(r.Example)
	if !slices.ContainsFunc(s.found, func(f *finding) bool { return f.rule.Name == r.Name }) {
		t.Errorf("rule %s does not find its example: %s", r.Name, r.Example)
	}
}

// exampleEvidence is the example in the stream that the rule is for.
func (r Rule) exampleEvidence() Evidence {
	e := Evidence{Position: -1}
	switch line := []string{r.Example}; {
	case r.In&ServerLog != 0:
		e.Processes = []Process{{Name: "server", Log: line}}
	case r.In&PeerLog != 0:
		e.Processes = []Process{{Name: "rpc1", Log: line}}
	case r.In&KernelLines != 0:
		e.Kernel = []KernelLog{{Lines: line}}
	default:
		e.HTTP = line
	}
	return e
}

// TestLiteralsLoseNothing holds the law of the first pass: a text that a pattern matches contains one
// of its literals.
func TestLiteralsLoseNothing(t *testing.T) {
	var lines []string
	for _, r := range corpus(t) {
		lines = append(lines, r.Lines...)
	}
	for _, v := range variants {
		lines = append(lines, strings.Split(v.log, "\n")...)
	}
	for _, r := range rules {
		lines = append(lines, r.Example)
	}
	matched := 0
	for _, w := range theEngine().watches {
		literals := literalsOf(w.re.String())
		for _, line := range lines {
			if !w.re.MatchString(line) {
				continue
			}
			matched++
			if !slices.ContainsFunc(literals, func(l string) bool { return strings.Contains(line, l) }) {
				t.Errorf("%q matches %q without one of its literals %q", w.re, line, literals)
			}
		}
	}
	if matched < len(lines) {
		t.Errorf("only %d matches in %d lines: the law was hardly tried", matched, len(lines))
	}
}

func TestAutomatonFindsWhatContainsFinds(t *testing.T) {
	literals := []string{"he", "she", "his", "hers", "error", "rror: x", "e"}
	a := newAutomaton(literals)
	for _, text := range []string{"", "ushers", "his error: xyz", "hehehe", "rrrror", "terror: xerror: x"} {
		var got []int
		a.scan([]byte(text), func(ids []int) { got = append(got, ids...) })
		for id, l := range literals {
			if strings.Count(overlapping(text, l), "1") != count(got, id) {
				t.Errorf("%q: found %q %d times", text, l, count(got, id))
			}
		}
	}
}

// overlapping has a 1 for each place where l begins in text.
func overlapping(text, l string) string {
	var marks strings.Builder
	for i := range text {
		if strings.HasPrefix(text[i:], l) {
			marks.WriteByte('1')
		}
	}
	return marks.String()
}

func count(list []int, id int) (n int) {
	for _, x := range list {
		if x == id {
			n++
		}
	}
	return n
}

func TestTemplates(t *testing.T) {
	vars := map[string]string{"a": "x", "b": ""}
	for template, want := range map[string]string{
		"plain": "plain", "{a} and {b}": "x and", "one< two {a}>": "one two x", "one< two {b}>": "one", "<{b} ><{a}>!": "x!", "open <{a}": "open <{a}",
	} {
		if got := fill(template, vars); got != want {
			t.Errorf("fill(%q) = %q, want %q", template, got, want)
		}
	}
}
