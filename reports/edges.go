package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// Edge is one line of a bisection: the largest size that holds, and what justifies it.
type Edge struct {
	search.Edge
	Configuration string
	Fault         *faults.Fault // that limits it, or the shortest that struck; nil when nothing was classified
	Bug           string        // the fault's id, "" without a fault
	Struck        trial.Outcome // of the attempt that saw it; Unknown without one
}

// Hunt is what a bisection asked for, and how it went on the whole.
type Hunt struct {
	Settings  search.Settings
	Stopped   string // [search.Complete], or what ran out; "" it goes on or was interrupted
	Remaining float64
	Probes    int
}

// edgesOf computes the edges from the journal: they are stored nowhere. A journal that does not belong
// together gives none, and the reason.
func edgesOf(r trial.Record) ([]Edge, *Hunt, error) {
	if len(r.Parts) > 0 {
		return edgesOfParts(r.Parts)
	}
	if r.Search == nil {
		return nil, nil, nil
	}
	c, err := r.Search.Campaign()
	if err != nil {
		return nil, nil, err
	}
	hunt := &Hunt{Settings: r.Search.Settings, Probes: len(r.Search.Entries), Remaining: c.Remaining()}
	if next := c.Next(); next.Done {
		hunt.Stopped = next.Why
	}
	configurations := map[string]string{}
	for _, cell := range r.Search.Cells {
		configurations[cell.Key] = cell.Config
	}
	attempts := map[string]*trial.Attempt{}
	for i := range r.Attempts {
		attempts[strconv.FormatInt(r.Attempts[i].ID, 10)] = &r.Attempts[i]
	}
	edges := []Edge{}
	for _, e := range c.Edges() {
		edge := Edge{Edge: e, Configuration: configurations[e.Cell]}
		if b := limiting(e.Bugs); b != nil {
			if a := attempts[b.Ref]; a != nil {
				edge.Struck = a.Outcome
				if a.Fault != nil {
					f := *a.Fault
					edge.Fault, edge.Bug = &f, f.ID()
				}
			}
		}
		edges = append(edges, edge)
	}
	return edges, hunt, nil
}

// edgesOfParts are those of all shards; the hunt goes on as long as one of theirs does.
func edgesOfParts(parts []trial.Record) (all []Edge, whole *Hunt, err error) {
	for _, part := range parts {
		edges, hunt, err := edgesOf(part)
		switch {
		case err != nil || hunt == nil:
			return nil, nil, err
		case whole == nil:
			whole = hunt
		default:
			whole.Probes, whole.Remaining = whole.Probes+hunt.Probes, whole.Remaining+hunt.Remaining
			if hunt.Stopped != search.Complete {
				whole.Stopped = hunt.Stopped
			}
		}
		all = append(all, edges...)
	}
	return all, whole, nil
}

// limiting is the bug that struck at the shortest position; the first where none told where.
func limiting(bugs []search.Bug) *search.Bug {
	if len(bugs) == 0 {
		return nil
	}
	b := slices.MinFunc(bugs, func(a, b search.Bug) int {
		return cmp.Compare(cmp.Or(a.Position, math.MaxInt), cmp.Or(b.Position, math.MaxInt))
	})
	return &b
}

// outcome is what limits the edge, as a cell would show it: it has the mark and the colour.
func (e Edge) outcome() trial.Outcome {
	switch {
	case e.brokeUnasked():
		return e.Struck
	case e.Status == search.Inconclusive && e.Failures == 0:
		return trial.Incomplete
	case e.Limit == search.ByFault, e.Limit == search.ByFloor && e.Failures > 0:
		if e.Struck.Bad() {
			return e.Struck
		}
		return trial.Fail
	case e.Limit == search.ByMemory:
		return trial.OOM
	case e.Limit == search.ByRefusal:
		return trial.Refused
	}
	return trial.Pass
}

// brokeUnasked says that no prompt of the cell was at fault: the server broke while it loaded or warmed up.
func (e Edge) brokeUnasked() bool { return e.Failures == 0 && e.Fault != nil && e.Struck.Bad() }

// failed says that the server broke for this edge, at some length or before any.
func (e Edge) failed() bool { return e.Failures > 0 || e.brokeUnasked() }

// limitWords say what limits an edge; briefly, a fault has its id and not its class.
func (e Edge) limitWords(brief bool) string {
	switch e.Limit {
	case search.ByFault:
		return e.faultWords("fault", brief)
	case search.ByFloor:
		return e.faultWords("nothing from the floor on holds", brief)
	case search.ByMemory:
		return "out of memory"
	case search.ByRefusal:
		return "refused"
	}
	if e.Status == search.Inconclusive {
		return "unfinished"
	}
	return "ceiling reached"
}

func (e Edge) faultWords(otherwise string, brief bool) string {
	words := otherwise
	switch {
	case e.Fault != nil && brief:
		words = e.Bug
	case e.Fault != nil:
		words = e.Bug + " " + e.Fault.Class
	}
	if e.FailedRuns != "" {
		words += ", flaky " + e.FailedRuns
	}
	return words
}

// holds is the size for people: in context tokens where the context grew.
func (e Edge) holds() string {
	switch {
	case e.Exposures == 0:
		return "–"
	case e.Axis == search.AxisCtx:
		return fmt.Sprintf("%d (ctx %d)", e.Safe, e.SafeCtx)
	}
	return strconv.Itoa(e.Safe)
}

func (e Edge) breaks() string {
	switch {
	case e.Unsafe == nil:
		return "–"
	case e.UnsafeCtx != nil:
		return fmt.Sprintf("%d (ctx %d)", *e.Unsafe, *e.UnsafeCtx)
	}
	return strconv.Itoa(*e.Unsafe)
}

// flagList is what no other column says.
func (e Edge) flagList() string {
	var words []string
	for _, f := range e.Flags {
		if f != search.Refusals && f != search.OutOfMemory {
			words = append(words, string(f))
		}
	}
	return strings.Join(words, ", ")
}

// rate is the bound on the failure rate at the claimed size.
func (e Edge) rate() string {
	if e.Exposures == 0 {
		return "–"
	}
	return percent(e.RateUpper)
}

// huntExit says what a bisection comes to: failures of the subject first, then whoever stood in the way.
func (s Summary) huntExit() ExitKind {
	kind := Clean
	for _, e := range s.Edges {
		switch {
		case e.failed():
			return Failures
		case e.Status == search.Inconclusive && lastOutcome(e) == search.Infra:
			kind = Trouble
		case e.Status == search.Inconclusive && kind != Trouble:
			kind = Inconclusive
		}
	}
	switch {
	case s.Run.Status == trial.Failed:
		return Trouble
	case len(s.Edges) == 0:
		return Inconclusive
	}
	return kind
}

func lastOutcome(e Edge) search.Outcome {
	if len(e.Probes) == 0 {
		return ""
	}
	return e.Probes[len(e.Probes)-1].Outcome
}

// huntTotals is the one line that a bisection ends with.
func huntTotals(s Summary) string {
	limited, confirmed := 0, 0
	for _, e := range s.Edges {
		if e.failed() {
			limited++
		}
		if e.Status == search.Confirmed {
			confirmed++
		}
	}
	return fmt.Sprintf("%s %s, %d confirmed, %d with failures in %s", ending(s), count(len(s.Edges), "edge"), confirmed, limited, duration(s.Took))
}

// sentences are the totals, the counts and what they prove, in that order.
func (s Summary) sentences() (totals, counts, proof string) {
	if s.Story != nil {
		list := s.Story.sentencesOf()
		return storyTotals(s), capital(list[0]), capital(countsLine(s))
	}
	if s.Fuzz != nil {
		return fuzzTotals(s), capital(s.Fuzz.spent()), capital(s.Fuzz.covered())
	}
	if s.Hunt != nil {
		proof = huntOutlook(s)
		if proof == "" {
			proof = huntTerms(*s.Hunt)
		}
		return huntTotals(s), capital(huntCounts(s)), capital(proof)
	}
	return totalsLine(s), capital(countsLine(s)), capital(conclusion(s.Totals, "≤"))
}

func huntCounts(s Summary) string {
	line := fmt.Sprintf("%s, %s, %s", count(s.Hunt.Probes, "probe"), count(s.Totals.Starts, "start"), count(s.Totals.Attempts, "attempt"))
	if s.Hunt.Stopped != "" && s.Hunt.Stopped != search.Complete {
		line += "; stopped because " + s.Hunt.Stopped
		if s.Hunt.Remaining > 0 {
			line += fmt.Sprintf(", some %s short", duration(seconds(s.Hunt.Remaining)))
		}
	}
	return line
}

// huntTerms say what was asked for.
func huntTerms(h Hunt) string {
	set := h.Settings
	terms := fmt.Sprintf("%s needed for a claim, guard %s", count(set.Exposures, "clean run"), percent(max(0, set.Guard)))
	if set.Axis == search.AxisCtx {
		terms += fmt.Sprintf("; the context grows, prompts fill %s of it", percent(set.Fill))
	}
	return terms
}

// huntOutlook is how little a whole build's clean runs prove, where runs of all lines can be pooled: only
// when nothing failed anywhere.
func huntOutlook(s Summary) string {
	clean := 0
	for _, e := range s.Edges {
		if e.failed() {
			return ""
		}
		clean += e.Exposures
	}
	if clean == 0 || len(s.Edges) < 2 {
		return ""
	}
	return fmt.Sprintf("all lines together: no failure in %s: failure rate at most %s at 95 %% confidence, if lines are alike", count(clean, "run"), percent(trial.UpperBound(0, clean)))
}
