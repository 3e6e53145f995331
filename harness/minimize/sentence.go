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
	case f.MostIDs > 0 && f.NotIDs == 0:
		return "any " + n
	case f.MostIDs > 1:
		return fmt.Sprintf("any %s with at most %s distinct ids (not with %s)", n, scenario.Count(f.MostIDs), scenario.Count(f.NotIDs))
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

// circumstances are what else is needed, as far as rejections showed it.
func (r Result) circumstances() []string {
	var parts []string
	f, size := r.Facts, r.Smallest.Size()
	for _, c := range []struct {
		shown bool
		text  string
	}{
		{f.Slots && size.NP > 1, fmt.Sprintf("np %d (not 1)", size.NP)},
		{f.Overlap && size.Overlaps > 0, fmt.Sprintf("%d requests at once", size.Overlaps+1)},
		{f.History && len(r.Smallest.Steps) > 1, fmt.Sprintf("after %d earlier", size.Requests-1-size.Overlaps)},
		{f.Cancel && size.Cancels > 0, fmt.Sprintf("%d of them cancelled", size.Cancels)},
		{f.Cache && size.Cached > 0, "only from the cache"},
		{f.Reply && size.Reply > size.Requests, "replies of more than one token"},
	} {
		if c.shown {
			parts = append(parts, c.text)
		}
	}
	return parts
}

// maxLuck is how likely a clean row may be luck for it to be told as a fact.
const maxLuck = 0.05

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
