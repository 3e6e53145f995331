package reports

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"ctxcliff/harness/search"
)

// edgeColumns are those of the CSV of a bisection. Columns may be added at the end.
var edgeColumns = []struct {
	name  string
	value func(Summary, Edge) string
}{
	{"run", func(s Summary, _ Edge) string { return s.Run.ID }},
	{"configuration", func(_ Summary, e Edge) string { return e.Configuration }},
	{"shape", func(_ Summary, e Edge) string { return e.Shape }},
	{"np", func(_ Summary, e Edge) string { return strconv.Itoa(e.NP) }},
	{"ctx", func(_ Summary, e Edge) string { return strconv.Itoa(e.Ctx) }},
	{"safe_tokens", func(_ Summary, e Edge) string { return strconv.Itoa(e.Safe) }},
	{"unsafe_tokens", func(_ Summary, e Edge) string { return orEmpty(e.Unsafe) }},
	{"safe_ctx", func(_ Summary, e Edge) string { return notZero(e.SafeCtx) }},
	{"unsafe_ctx", func(_ Summary, e Edge) string { return orEmpty(e.UnsafeCtx) }},
	{"limit", func(_ Summary, e Edge) string { return string(e.Limit) }},
	{"exposures", func(_ Summary, e Edge) string { return strconv.Itoa(e.Exposures) }},
	{"failures", func(_ Summary, e Edge) string { return strconv.Itoa(e.Failures) }},
	{"rate_upper95", func(_ Summary, e Edge) string { return decimal(e.RateUpper) }},
	{"flaky", func(_ Summary, e Edge) string { return e.FailedRuns }},
	{"status", func(_ Summary, e Edge) string { return string(e.Status) }},
	{"flags", func(_ Summary, e Edge) string { return e.flagList() }},
	{"fault", func(_ Summary, e Edge) string { return e.Bug }},
	{"class", func(_ Summary, e Edge) string {
		if e.Fault == nil {
			return ""
		}
		return e.Fault.Class
	}},
	{"why", func(_ Summary, e Edge) string { return e.Why }},
}

func orEmpty(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func notZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// huntCSV writes a head and one row for each edge, as [CSV] writes cells.
func huntCSV(w io.Writer, s Summary) error {
	rows := [][]string{make([]string, len(edgeColumns))}
	for i, c := range edgeColumns {
		rows[0][i] = c.name
	}
	for _, e := range s.Edges {
		row := make([]string, len(edgeColumns))
		for i, c := range edgeColumns {
			row[i] = harmless(clean(c.value(s, e)))
		}
		rows = append(rows, row)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out.WriteAll(rows)
}

// huntJSONL writes the run, each edge, each start, and the summary: what -o json has, a line each.
func huntJSONL(w io.Writer, s Summary) error {
	e := &lines{json.NewEncoder(w), nil}
	d := huntDocument(s)
	e.put(struct {
		Type string `json:"type"`
		jsonRun
		Search search.Settings `json:"search"`
	}{"run", d.Run, d.Search})
	for _, edge := range d.Edges {
		e.put(struct {
			Type string `json:"type"`
			jsonEdge
		}{"edge", edge})
	}
	for _, st := range d.Starts {
		e.put(struct {
			Type string `json:"type"`
			jsonStart
		}{"start", st})
	}
	for _, f := range jsonlFaultsOf(s) {
		e.put(f)
	}
	e.put(struct {
		Type string `json:"type"`
		jsonHuntSummary
		Notes      []string `json:"notes"`
		Unobserved []string `json:"unobserved"`
	}{"summary", d.Summary, d.Notes, d.Unobserved})
	return e.err
}

// xmlCaseOfEdge is an edge as a test: it fails if anything broke on the way to it, is an error where it was
// not finished, and passes where a refusal, a ceiling or memory limits it.
func xmlCaseOfEdge(e Edge, suite string, seconds float64) xmlCase {
	t := xmlCase{Name: clean(e.Cell), Class: suite, Time: xmlSeconds(seconds), Out: clean(e.Why)}
	switch {
	case e.failed():
		t.Failures = []xmlResult{{clean(e.limitWords(false)), e.outcome().String(), clean(e.Why)}}
	case e.Status == search.Inconclusive:
		t.Error = &xmlResult{clean(e.Why), "incomplete", ""}
	}
	return t
}

// xmlSuiteOfEdges holds the edges of a bisection.
func xmlSuiteOfEdges(s Summary) (suite xmlSuite, seconds float64) {
	suite.Name, suite.Properties = clean(subject(s)), xmlPropertiesOf(s)
	for _, e := range s.Edges {
		took := 0.0
		for _, r := range e.Probes {
			took += r.Seconds
		}
		t := xmlCaseOfEdge(e, suite.Name, took)
		suite.Tests++
		if len(t.Failures) > 0 {
			suite.Failures++
		}
		if t.Error != nil {
			suite.Errors++
		}
		suite.Cases, seconds = append(suite.Cases, t), seconds+took
	}
	suite.Time = xmlSeconds(seconds)
	return suite, seconds
}

// edge is a row of the SQL.
func (b *sqlScript) edge(run string, e Edge) {
	var fault *string
	if e.Bug != "" {
		fault = &e.Bug
	}
	b.insert("edges", run, e.Cell, e.Configuration, e.Shape, e.NP, e.Ctx, e.Safe, sqlMaybe(e.Unsafe), sqlMaybe(e.UnsafeCtx), string(e.Limit),
		e.Exposures, e.Failures, round(e.RateUpper), e.FailedRuns, string(e.Status), e.Flags, fault, e.Why)
}

// sqlMaybe is a number, or NULL.
func sqlMaybe(n *int) any {
	if n == nil {
		return (*string)(nil)
	}
	return *n
}
