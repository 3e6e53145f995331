package oracle

import (
	"cmp"
	"slices"
)

// Reference is what is known of the server when it was fresh: answers to the canary, and to whatever
// else it was asked before its first attempt.
type Reference struct{ Answers []Answer }

// Judge asks every oracle but the canary about the answers of one wave: one result for each oracle and
// slot, by slot, then in the order nan, degenerate, leak, complete, counts. It is meant for requests
// that the server took and began to answer; for others each oracle says that there is no answer. Of an answer
// that is free only nan and leak can say anything.
func Judge(answers []Answer, fresh Reference) []Result {
	answers = slices.SortedStableFunc(slices.Values(answers), func(a, b Answer) int { return cmp.Compare(a.Slot, b.Slot) })
	results := make([]Result, 0, 5*len(answers))
	for _, a := range answers {
		if a.none() {
			for _, oracle := range []string{NaNOracle, DegenerateOracle, LeakOracle, CompleteOracle, CountsOracle} {
				results = append(results, cannot(oracle, a.Slot, "there is no answer"))
			}
			continue
		}
		if a.Free {
			if results = append(results, leak(a)); a.Logprobs != nil {
				results = append(results, nan(a))
			}
			continue
		}
		results = append(results, nan(a), degenerate(a, fresh), leak(a), complete(a), counts(a))
	}
	return results
}

// none reports whether nothing came.
func (a Answer) none() bool {
	return !a.Complete && a.Predicted == 0 && a.Text == "" && len(a.Tokens) == 0
}
