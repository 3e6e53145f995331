package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ctxcliff/harness/trial"
)

// unobserved says what this record has no word about.
func unobserved(s Summary) []string {
	var list []string
	add := func(missing bool, format string, args ...any) {
		if missing {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	var unlike, timeless []string
	for _, c := range s.Configurations {
		if c.Starts > 0 && c.SlotContext == 0 {
			unlike = append(unlike, c.ID)
		}
	}
	for _, c := range s.Cells {
		if c.Passed > 0 && c.Cold.PP.N+c.Cached.PP.N == 0 {
			timeless = append(timeless, c.ID)
		}
	}
	never := s.Totals.Cells - s.Totals.Tested
	add(never > 0 && s.Hunt == nil, "%s of %d not tested", count(never, "cell"), s.Totals.Cells)
	add(len(unlike) > 0, "the server never said what context its slots have: %s", strings.Join(unlike, ", "))
	add(len(timeless) > 0, "answers without timings of the server, so no throughput: %s", strings.Join(timeless, ", "))
	add(slices.ContainsFunc(s.Targets, func(t Target) bool { return t.Build == Build{} }), "which build of llama.cpp was tested")
	add(slices.ContainsFunc(s.Targets, func(t Target) bool { return t.Model.Path == "" && t.Model.Arch == "" }), "the header of the model file")
	return append(append(list, dark(s.Starts)...), undecided(s.Unjudged)...)
}

// dark is what could not be watched, each sentence once, with the number of starts that it is true of
// unless it is true of all.
func dark(starts []trial.Start) []string {
	var order []string
	of := map[string]int{}
	for _, s := range starts {
		var said []string
		for _, sentence := range s.Unobserved {
			if slices.Contains(said, sentence) {
				continue
			}
			said = append(said, sentence)
			if of[sentence]++; of[sentence] == 1 {
				order = append(order, sentence)
			}
		}
	}
	for i, sentence := range order {
		if n := of[sentence]; n < len(starts) {
			order[i] = fmt.Sprintf("%s (%d of %s)", sentence, n, count(len(starts), "start"))
		}
	}
	return order
}

// unjudged counts, for each oracle and reason, the attempts that it could not judge.
func unjudged(attempts []trial.Attempt) []Unjudged {
	counts := map[Unjudged]int{}
	for _, a := range attempts {
		for _, o := range a.Opinions {
			if o.Says == trial.CannotJudge {
				counts[Unjudged{Oracle: o.Oracle, Reason: o.Reason}]++
			}
		}
	}
	var list []Unjudged
	for u, n := range counts {
		u.Attempts = n
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b Unjudged) int {
		return cmp.Or(cmp.Compare(a.Oracle, b.Oracle), cmp.Compare(b.Attempts, a.Attempts), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}

// shownReasons is how many reasons of one oracle are told; they may differ by a number alone.
const shownReasons = 3

// undecided says which oracles could not judge, once for the whole run.
func undecided(list []Unjudged) []string {
	var sentences []string
	for i := 0; i < len(list); {
		n, attempts := 0, 0
		for i+n < len(list) && list[i+n].Oracle == list[i].Oracle {
			if n < shownReasons {
				u := list[i+n]
				sentences = append(sentences, fmt.Sprintf("the oracle %s could not judge: %s (%s)", u.Oracle, u.Reason, count(u.Attempts, "attempt")))
			} else {
				attempts += list[i+n].Attempts
			}
			n++
		}
		if attempts > 0 {
			sentences = append(sentences, fmt.Sprintf("the oracle %s could not judge for other reasons (%s)", list[i].Oracle, count(attempts, "attempt")))
		}
		i += n
	}
	return sentences
}

// against are the opinions that hold something against the answers.
func against(opinions []trial.Opinion) []trial.Opinion {
	var list []trial.Opinion
	for _, o := range opinions {
		if o.Says != trial.CannotJudge {
			list = append(list, o)
		}
	}
	return list
}
