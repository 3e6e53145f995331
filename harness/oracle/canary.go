package oracle

import (
	"fmt"
	"math"
)

// How the canary is asked: greedily, alone, without the cache, with these numbers.
const (
	CanaryShort = 16 // prompt tokens of the short one
	CanaryReply = 16 // tokens of reply
	// CanaryProbs is how many likely tokens to have listed: the more, the fewer changes can be a tie.
	CanaryProbs = 8
)

// CanaryLong is the size of the long prompt: a micro-batch (n_ubatch, 0 is llama-server's 512) and a
// quarter, or what a slot of that context has room for; 0 where it has not room for more than the
// micro-batch.
func CanaryLong(ubatch, context int) int {
	if ubatch <= 0 {
		ubatch = 512
	}
	tokens := min(ubatch+(ubatch+3)/4, context-CanaryReply-1)
	if tokens <= ubatch {
		return 0
	}
	return tokens
}

// Canary is what a server says to two fixed prompts in one slot.
type Canary struct {
	Short Answer
	Long  Answer // Asked is 0 where there was no room for it
}

// Answers are those that were asked for.
func (c Canary) Answers() []Answer {
	var all []Answer
	for _, a := range []Answer{c.Short, c.Long} {
		if a.Asked > 0 {
			all = append(all, a)
		}
	}
	return all
}

// What a sound server may do to logprobs, in nats. The order in which a backend adds up depends on the
// layout of the cache and on what else is in the batch. Within one start of a real server on a
// processor, over 5,000 canaries beside and after full slots, that moved logprobs by 0.002 at most, and
// by nothing without a unified cache. Graphics cards add in more orders, and experts that are nearly
// tied can change places; so the bounds are beyond what even a cache of 4 instead of 16 bits does to a
// tiny model (0.37; 8 bits: 0.03; flash attention on or off: 0.0015).
const (
	// TieMargin is by how much the best token must have led before the one that is there now for that to
	// be a finding. For the two to change places, their logprobs must have moved by half of it each.
	TieMargin = 0.5
	// MostDrift is how far the logprob of the best token may move, be it the same token or not: the
	// maximum moves no further than what it is the maximum of.
	MostDrift = 1.0
)

// Compare holds today's answers against those of the fresh server c. Last says when the canary was
// last well, present when it was asked now, such as "before attempt 1" and "after attempt 3". Where
// the two prompts differ in what they say, a finding comes before silence; an answer that is only in
// part comparable takes nothing from the other's.
func (c Canary) Compare(now Canary, last, present string) Result {
	var wholly, partly []Result
	for _, p := range []struct {
		name       string
		fresh, now Answer
	}{{"short", c.Short, now.Short}, {"long", c.Long, now.Long}} {
		if p.fresh.Asked == 0 && p.now.Asked == 0 {
			continue
		}
		r := compare(p.fresh, p.now, fmt.Sprintf("the answer to the %s canary, well %s,", p.name, last), present)
		switch {
		case r.Says == Corrupt:
			return r
		case r.Says == Clean:
			wholly = append(wholly, r)
		default:
			r.Reason = "the " + p.name + " canary: " + r.Reason
			partly = append(partly, r)
		}
	}
	switch {
	case len(partly) > 0 && len(wholly) > 0:
		wholly[0].Reason = partly[0].Reason
		return wholly[0]
	case len(partly) > 0:
		return partly[0]
	case len(wholly) > 0:
		return wholly[0]
	}
	return cannot(CanaryOracle, now.Short.Slot, "the canary was not asked")
}

// compare judges one prompt's answer. What and present begin and end the sentence of a finding.
func compare(fresh, now Answer, what, present string) Result {
	slot := now.Slot
	switch {
	case !fresh.Complete || len(fresh.Tokens) == 0:
		return cannot(CanaryOracle, slot, "the fresh server gave no whole answer with token ids")
	case hasNaN(fresh):
		return cannot(CanaryOracle, slot, "the logits of the fresh server were NaN already")
	case fresh.Counted != now.Counted && now.Complete:
		return cannot(CanaryOracle, slot, "the prompts were not the same: %d tokens, now %d", fresh.Counted, now.Counted)
	case hasNaN(now):
		return corrupt(Finding{CanaryOracle, NaNLogits, nanTitle, "", what + " has NaN logits " + present, slot})
	}
	aligned := fresh.unseen() == 0 && now.unseen() == 0 // else unseen tokens may stand between equal ones
	for i := range fresh.Tokens {
		if i >= len(now.Tokens) {
			break
		}
		if drift := math.Abs(now.logprob(i) - fresh.logprob(i)); aligned && drift > MostDrift { // NaN is not
			return changed(fresh, now, slot, fmt.Sprintf("%s has token %d %s with a logprob that is %.2f off: %.2f, was %.2f", what, i+1, present, drift, now.logprob(i), fresh.logprob(i)))
		}
		if now.Tokens[i] == fresh.Tokens[i] {
			continue
		}
		if why := fresh.tied(now, i); why != "" {
			return cannot(CanaryOracle, slot, "beyond token %d, which is another one %s: %s", i+1, present, why)
		}
		return changed(fresh, now, slot, fmt.Sprintf("%s has token %d changed %s: id %d, was %d, which led by %.2f nats", what, i+1, present, now.Tokens[i], fresh.Tokens[i], fresh.lead(now, i)))
	}
	if len(now.Tokens) < len(fresh.Tokens) {
		return fresh.missing(now, what, present)
	}
	return clean(CanaryOracle, slot)
}

// missing judges an answer that agrees as far as it goes and shows fewer ids.
func (a Answer) missing(now Answer, what, present string) Result {
	i := len(now.Tokens)
	switch {
	case !now.Complete || now.unseen() == 0:
		return cannot(CanaryOracle, now.Slot, "the answer ended after %d of %d tokens %s", i, len(a.Tokens), present)
	case a.tied(now, i) != "":
		return cannot(CanaryOracle, now.Slot, "beyond token %d, whose id was not sent %s: %s", i+1, present, a.tied(now, i))
	}
	return changed(a, now, now.Slot, fmt.Sprintf("%s has no token %d that is whole text %s; it was id %d, which led by %.2f nats", what, i+1, present, a.Tokens[i], a.lead(now, i)))
}

// tied says why another token than a's i-th proves nothing; "" when it does.
func (a Answer) tied(now Answer, i int) string {
	switch lead := a.lead(now, i); {
	case a.unseen() > 0:
		return "the fresh server did not send the ids of all tokens"
	case math.IsNaN(lead):
		return "how far it led is not known"
	case lead <= TieMargin:
		return fmt.Sprintf("a tie, it led by %.2f nats", lead)
	}
	return ""
}

// lead is by how much token i led before the one that now has in its place. Where now hides the ids of
// some tokens, the two may have parted at any earlier one: it is the smallest lead over anything up to
// i.
func (a Answer) lead(now Answer, i int) float64 {
	if now.unseen() == 0 && i < len(now.Tokens) {
		return a.marginOver(now.Tokens[i], i)
	}
	least := a.margin(i)
	for n := range i {
		least = min(least, a.margin(n)) // NaN if any is
	}
	return least
}

// changed is a finding. Where the new answer is one unit over and over, its class says so.
func changed(fresh, now Answer, slot int, detail string) Result {
	f := Finding{Oracle: CanaryOracle, Class: Incoherent, Title: "the canary's answer changed", Detail: detail, Slot: slot}
	if class, unit, _ := loop(now); class != "" {
		if before, _, _ := loop(fresh); before == "" {
			f.Class, f.Title, f.Key = class, repeats(unit), unit
		}
	}
	return corrupt(f)
}
