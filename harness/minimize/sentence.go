package minimize

import (
	"fmt"
	"strings"

	"ctxcliff/harness/scenario"
)

// say is the result in one sentence. Everything in it was shown by a run: what breaks by one that
// broke, what does not by clean ones.
func (r Result) say() string {
	switch {
	case r.Verdict != SameBug:
		return string(r.Verdict)
	case r.Unreliable:
		return fmt.Sprintf("breaks in %d of %d runs: too seldom to be shrunk", r.Before.Hits, r.Before.Runs)
	}
	parts := []string{r.prompt()}
	parts = append(parts, r.circumstances()...)
	text := strings.Join(parts, ", ")
	if not := r.innocent(); len(not) > 0 {
		text += "; not with " + strings.Join(not, " or ")
	}
	if p := r.After; p.Runs > 0 && p.Hits < p.Runs {
		text += fmt.Sprintf("; breaks in %d of %d runs", p.Hits, p.Runs)
	}
	return text
}

// prompt says of what the longest prompt is.
func (r Result) prompt() string {
	recipe := r.longest()
	n := scenario.Count(recipe.Tokens) + " tokens"
	live := recipe.LiveTokens()
	switch f := r.Facts; {
	case recipe.Filler == "" && f.Content:
		return n + " of " + recipe.Shape.String() + " (not with filler alone)"
	case recipe.Filler == "":
		return n + " of " + recipe.Shape.String()
	case live > 0 && f.Content:
		return fmt.Sprintf("%s of which %s of %s matter (not with filler alone)", n, scenario.Count(live), recipe.Shape)
	case live > 0:
		return fmt.Sprintf("%s, %s of them of %s, the rest filler", n, scenario.Count(live), recipe.Shape)
	case recipe.Distinct > 1 && f.FewerIDs > 0:
		return fmt.Sprintf("%s drawn from %s distinct ids (not from %s)", n, scenario.Count(min(recipe.Distinct, recipe.Tokens)), scenario.Count(f.FewerIDs))
	case recipe.Distinct > 1:
		return fmt.Sprintf("%s drawn from %s distinct ids", n, scenario.Count(min(recipe.Distinct, recipe.Tokens)))
	case r.MostIDs > 1 && f.NotIDs > 0:
		return fmt.Sprintf("any %s with at most %s distinct ids (not with %s)", n, scenario.Count(r.MostIDs), scenario.Count(f.NotIDs))
	case r.MostIDs > 1:
		return "any " + n
	}
	return fmt.Sprintf("%s of nothing but %q", n, strings.TrimSpace(recipe.Filler))
}

// longest is the recipe of the longest prompt.
func (r Result) longest() scenario.Recipe {
	var most scenario.Recipe
	for _, p := range r.Smallest.Places() {
		if recipe := r.Smallest.At(p).Recipe; recipe.Tokens > most.Tokens {
			most = recipe
		}
	}
	return most
}

// circumstances are what else the smallest has, and what of it was shown to be needed.
func (r Result) circumstances() []string {
	var parts []string
	f, size := r.Facts, r.Smallest.Size()
	together := size.Overlaps + 1
	earlier := size.Requests - together
	for _, c := range []struct {
		has    bool
		text   string
		needed bool
		not    string
	}{
		{size.NP > together, fmt.Sprintf("np %d", size.NP), f.Slots, "1"},
		{together > 1, many(together, "request") + " at once", f.Overlap, "one after the other"},
		{earlier > 0, "after " + many(earlier, "earlier request"), f.Company && together == 1, "alone"},
		{size.Cancels > 0, many(size.Cancels, "request") + " cancelled midway", f.Cancel, "without"},
		{size.Delays > 0, many(size.Delays, "request") + " sent late", f.Delay, "without"},
		{r.special() != "", r.special(), f.API, "plain completions"},
		{size.Cached > 0, "from the cache", f.Cache, "cold"},
		{size.Reply > size.Requests, "replies of more than one token", f.Reply, "of one"},
	} {
		switch {
		case c.has && c.needed:
			parts = append(parts, c.text+" (not "+c.not+")")
		case c.has:
			parts = append(parts, c.text)
		}
	}
	return parts
}

// special names the first endpoint or parameters that are not those of a plain completion; empty: none.
func (r Result) special() string {
	for _, p := range r.Smallest.Places() {
		if q := r.Smallest.At(p); q.Endpoint != "" || q.Params != "" {
			return strings.TrimSpace("to " + orElse(q.Endpoint, "/completion") + " " + q.Params)
		}
	}
	return ""
}

// many is a number of things in words.
func many(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return scenario.Count(n) + " " + thing + "s"
}

// innocent are the settings with which it stayed clean, where that is no luck.
func (r Result) innocent() []string {
	var not []string
	for _, row := range r.Diagnosis {
		if row.Hits == 0 && row.Runs > row.Others && row.Luck <= maxLuck && !(row.Setting == SetNP && r.Facts.Slots) {
			not = append(not, row.Setting+" "+row.Value)
		}
	}
	return not
}
