package reports

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"ctxcliff/harness/search"
)

// huntMarkdown writes the full report of a bisection: setup, edges, every probe, what broke, commands.
func huntMarkdown(w io.Writer, s Summary) error {
	d := &document{}
	d.printf("# ctxcliff %s: %s\n\n", prose(s.Run.Command), prose(subject(s)))
	d.printf("**%s.** %s. %s.\n", prose(huntTotals(s)), capital(prose(huntCounts(s))), capital(prose(huntTerms(*s.Hunt))))
	if outlook := huntOutlook(s); outlook != "" {
		d.printf("\n%s.\n", capital(prose(outlook)))
	}
	d.setup(s)
	d.allEdges(s)
	d.findings(s)
	d.probes(s)
	d.commands(s)
	d.list("Notes", s.Notes)
	d.list("Not observed", s.Unobserved)
	d.printf("\n%s\n", prose(s.Build.trailer()))
	_, err := io.WriteString(w, d.b.String())
	return err
}

// allEdges are those of one target after the other.
func (d *document) allEdges(s Summary) {
	d.printf("\n## Edges\n")
	for _, t := range s.Targets {
		if len(s.Targets) > 1 {
			d.printf("\n%s\n", prose(oneLine(" · ", t.names()...)))
		}
		d.edges(s.edgesOf(t))
	}
}

func (d *document) edges(list []Edge) {
	d.printf("\n")
	d.table("rr rrrrr", "np", "ctx per slot", "shape", "holds up to", "breaks at", "runs (cold + scouts)", "failures", "failure rate at 95 %", "limit", "status")
	for _, e := range list {
		d.printf("%s", tableRow(strconv.Itoa(e.NP), strconv.Itoa(e.Ctx/e.NP), code(e.Shape), e.holds(), e.breaks(),
			fmt.Sprintf("%d (%d + %d)", e.Exposures, e.Cold, e.Chains), strconv.Itoa(e.Failures), "≤ "+e.rate(),
			e.outcome().Glyph()+" "+prose(e.limitWords(false)), string(e.Status)))
	}
	d.printf("\n")
	for _, e := range list {
		line := fmt.Sprintf("np %d %s: %s.", e.NP, code(e.Shape), prose(strings.ReplaceAll(e.Why, "<=", "≤")))
		if flags := e.flagList(); flags != "" {
			line += " Flags: " + prose(flags) + "."
		}
		if h := e.Hazard; h != nil {
			line += fmt.Sprintf(" Failures come with time: %.2g per busy hour.", h.PerHour)
		}
		d.printf("- %s\n", line)
	}
}

// probes is every question of every edge, in order.
func (d *document) probes(s Summary) {
	d.printf("\n## Probes\n\nA run counts (✓) for the size that is claimed if it was clean, as long, and below the shortest failure.\n\n")
	d.table("r  rrr  rr", "#", "line", "probe", "size", "reached", "cached", "what happened", "position", "seconds", "start", "counts")
	for _, e := range s.Edges {
		line := fmt.Sprintf("np%d %s", e.NP, code(e.Shape))
		if len(s.Targets) > 1 {
			line = code(e.Configuration) + " " + code(e.Shape)
		}
		for _, r := range e.Probes {
			counts := ""
			if r.Counts {
				counts = "✓"
			}
			what := string(r.Outcome)
			if r.Outcome != search.Passed && r.Phase != "" {
				what += " in " + string(r.Phase)
			}
			d.printf("%s", tableRow(strconv.Itoa(r.Seq), line, fmt.Sprintf("%s, %s", r.Kind, r.Path),
				strconv.Itoa(r.Size), number(r.Reached), number(r.Cached), what, number(r.Position), fmt.Sprintf("%.2f", r.Seconds), strconv.Itoa(r.Start), counts))
		}
	}
}

// originEdges are the edges in the style of the home lab: one row for each line.
func (d *document) originEdges(w io.Writer, s Summary) error {
	d.table(" rrr", "Case", "ctx_size", "largest that held", "smallest that broke", "Status", "runs")
	for _, e := range s.Edges {
		d.printf("%s", tableRow(code(fmt.Sprintf("np%d_ps%d %s", e.NP, e.Ctx/e.NP, e.Shape)), strconv.Itoa(e.Ctx), e.holds(), e.breaks(),
			fmt.Sprintf("%s: %s", strings.ToUpper(string(e.Status)), prose(e.limitWords(false))), strconv.Itoa(e.Exposures)))
	}
	d.list("Notes", s.Notes)
	var takeaway []string
	for _, e := range s.Edges {
		takeaway = append(takeaway, fmt.Sprintf("np%d, %s: %s", e.NP, e.Shape, strings.ReplaceAll(e.Why, "<=", "≤")))
	}
	d.list("Takeaway", append(takeaway, huntTotals(s)))
	_, err := io.WriteString(w, d.b.String())
	return err
}
