package reports

import (
	"strconv"
	"strings"
)

// pageEdge is one edge of a bisection. Bar, Unknown and Break are shares of the longest line, in percent.
type pageEdge struct {
	Target                     string // the first of a target has its name, where there are several
	NP                         int
	Shape, Holds, Breaks, Runs string
	Rate, Glyph, Limit, Flags  string
	Why, Class, MarkClass      string
	Bar, Unknown, Break        float64
}

// pageEdges draws all edges on one scale, target by target.
func pageEdges(s Summary) []pageEdge {
	longest := 1
	for _, e := range s.Edges {
		longest = max(longest, e.Safe)
		if e.Unsafe != nil {
			longest = max(longest, *e.Unsafe)
		}
	}
	share := func(tokens int) float64 { return round2(98 * float64(tokens) / float64(longest)) }
	var list []pageEdge
	for _, t := range s.Targets {
		of := pageEdgesOf(s.edgesOf(t), share)
		if len(s.Targets) > 1 && len(of) > 0 {
			of[0].Target = oneLine(" · ", t.names()...)
		}
		list = append(list, of...)
	}
	return list
}

func pageEdgesOf(edges []Edge, share func(int) float64) (list []pageEdge) {
	for _, e := range edges {
		o := e.outcome()
		p := pageEdge{
			NP: e.NP, Shape: e.Shape, Holds: e.holds(), Breaks: e.breaks(), Runs: strconv.Itoa(e.Exposures), Rate: e.rate(),
			Glyph: o.Glyph(), Limit: e.limitWords(false), Flags: e.flagList(), Why: strings.ReplaceAll(e.Why, "<=", "≤"),
			Class: confidence(e.Exposures), MarkClass: outcomeClass(o), Bar: share(e.Safe), Unknown: 98,
		}
		if e.Unsafe != nil {
			p.Break, p.Unknown = share(*e.Unsafe), share(*e.Unsafe)
		}
		list = append(list, p)
	}
	return list
}

// confidence is the class of the style for so many clean runs: those of the levels.
func confidence(runs int) string {
	switch {
	case runs < 3:
		return "k1"
	case runs < 5:
		return "k2"
	case runs < 9:
		return "k3"
	}
	return "k4"
}
