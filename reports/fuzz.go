package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/fuzz"
	"ctxcliff/harness/trial"
)

// Fuzz is what a campaign has come to.
type Fuzz struct {
	fuzz.Result
	Settings fuzz.Settings // the corpus and what was known before left out
	Seeds    int           // of the corpus that it began with
}

// fuzzOf computes it from the journal; nil where there is none.
func fuzzOf(r trial.Record) (*Fuzz, error) {
	if r.Fuzz == nil {
		return nil, nil
	}
	set := r.Fuzz.Settings.WithDefaults()
	f := &Fuzz{Settings: set, Seeds: len(set.Corpus)}
	f.Settings.Corpus, f.Settings.Known = nil, nil
	c, err := r.Fuzz.Campaign()
	if c != nil {
		f.Result = c.Result()
		f.Corpus = nil
	}
	return f, err
}

// fresh are the faults that no earlier run had seen, known those that one had.
func (f Fuzz) fresh() (list []fuzz.Fault) {
	return slices.DeleteFunc(slices.Clone(f.Faults), func(x fuzz.Fault) bool { return x.Known })
}

func (f Fuzz) known() (list []fuzz.Fault) {
	return slices.DeleteFunc(slices.Clone(f.Faults), func(x fuzz.Fault) bool { return !x.Known })
}

// exit is what a campaign comes to for scripts.
func (f Fuzz) exit(status trial.RunStatus) ExitKind {
	switch {
	case len(f.Faults) > 0:
		return Failures
	case status == trial.Failed || f.Ended != "" && f.Coverage.Steps == 0:
		return Trouble
	case f.Coverage.Steps == 0:
		return Inconclusive
	}
	return Clean
}

// faultID is how ctxcliff faults knows it.
func faultID(f fuzz.Fault) string {
	if len(f.Names) == 0 {
		return ""
	}
	return faults.Fault{Signature: f.Names[0]}.ID()
}

// faultWords say what is known of a fault, in sentences.
func faultWords(f fuzz.Fault) (list []string) {
	if f.Sentence != "" {
		list = append(list, f.Sentence)
	}
	if f.Hits > 0 {
		list = append(list, fmt.Sprintf("first in start %d, ended %s of the hunt", f.Found, count(f.Hits, "start")))
	}
	if r := f.Shrunk; r != nil && r.Runs > 0 {
		list = append(list, fmt.Sprintf("%s in %s of shrinking", r.Verdict, count(r.Runs, "run")))
	}
	switch {
	case f.Known:
	case f.Shrunk == nil:
		list = append(list, "not shrunk: ctxcliff minimize does")
	case f.Shrunk.Ended != "":
		list = append(list, "shrinking ended early: "+f.Shrunk.Ended)
	}
	return list
}

// nearKinds are near misses, alike ones counted together, the most frequent first.
func (f Fuzz) nearKinds() (list []string) {
	counts := map[string]int{}
	for _, n := range f.Near {
		counts[n.What]++
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	for _, name := range names {
		list = append(list, fmt.Sprintf("%s (%s)", name, count(counts[name], "scene")))
	}
	return list
}

// covered says in one sentence what "nothing found" would mean.
func (f Fuzz) covered() string {
	c := f.Coverage
	return fmt.Sprintf("%s of requests in %s of the server; %s, %s of two that were seen together",
		count(c.Steps, "step"), count(c.Starts, "start"), count(len(c.Rows), "feature"), count(c.Pairs, "pair"))
}

// spent says where the starts went.
func (f Fuzz) spent() string {
	parts := []string{count(f.Hunted, "start") + " of drawn scenes"}
	if f.Replayed > 0 {
		parts = append(parts, count(f.Replayed, "start")+" of the corpus")
	}
	if f.Shrunk > 0 {
		parts = append(parts, count(f.Shrunk, "start")+" of shrinking")
	}
	return strings.Join(parts, ", ")
}

func fuzzTotals(s Summary) string {
	f := s.Fuzz
	return fmt.Sprintf("%s hunt: %s, %s seen again, in %s and %s", ending(s),
		count(len(f.fresh()), "new fault"), count(len(f.known()), "known one"), count(f.Hunted+f.Replayed+f.Shrunk, "start"), duration(s.Took))
}
