package reports

import (
	"io"

	"ctxcliff/harness/search"
)

// The document of a bisection, as stable as that of a screen.
type jsonHunt struct {
	Run        jsonRun         `json:"run"`
	Search     search.Settings `json:"search"`
	Edges      []jsonEdge      `json:"edges"`
	Starts     []jsonStart     `json:"starts"`
	Summary    jsonHuntSummary `json:"summary"`
	Notes      []string        `json:"notes"`
	Unobserved []string        `json:"unobserved"`
	Bugs       []jsonKind      `json:"bugs"`
}

type jsonEdge struct {
	search.Edge
	Configuration string     `json:"configuration"`
	Fault         *jsonFault `json:"fault"`
}

type jsonHuntSummary struct {
	Result    string  `json:"result"` // clean, failures, trouble, inconclusive
	Edges     int     `json:"edges"`
	Confirmed int     `json:"confirmed"`
	Failing   int     `json:"with_failures"`
	Probes    int     `json:"probes"`
	Starts    int     `json:"starts"`
	Attempts  int     `json:"attempts"`
	Stopped   string  `json:"stopped"`   // complete, or what ran out; "" it was interrupted
	Remaining float64 `json:"remaining"` // expected seconds that are missing; 0 none, or not known
}

func huntJSON(w io.Writer, s Summary) error { return indented(w, huntDocument(s)) }

func huntDocument(s Summary) jsonHunt {
	d := jsonHunt{
		Run: jsonRunOf(s), Search: s.Hunt.Settings, Edges: []jsonEdge{}, Starts: jsonStartsOf(s.Starts),
		Notes: list(s.Notes), Unobserved: list(s.Unobserved), Bugs: jsonKindsOf(s),
		Summary: jsonHuntSummary{
			Result: s.Exit().String(), Edges: len(s.Edges), Probes: s.Hunt.Probes, Starts: s.Totals.Starts,
			Attempts: s.Totals.Attempts, Stopped: s.Hunt.Stopped, Remaining: round(s.Hunt.Remaining),
		},
	}
	for _, e := range s.Edges {
		e.Probes = list(e.Probes)
		d.Edges = append(d.Edges, jsonEdge{Edge: e.Edge, Configuration: e.Configuration, Fault: jsonFaultOf(e.Bug, e.Fault)})
		if e.Status == search.Confirmed {
			d.Summary.Confirmed++
		}
		if e.failed() {
			d.Summary.Failing++
		}
	}
	return d
}
