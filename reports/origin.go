package reports

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"ctxcliff/harness/trial"
)

// Origin writes the summary in the style of the home lab's hand-made result files: setup, one table
// with the latencies of the first and the second attempt, notes, takeaway.
func Origin(w io.Writer, s Summary) error {
	d := &document{}
	d.printf("# %s: %s\n\n", originDate(s), prose(subject(s)))
	d.printf("## Setup\n\n")
	for _, f := range append(setup(s), differences(s, prose, code)...) {
		d.printf("- %s: %s\n", f.name, f.value)
	}
	d.printf("\n## Results\n\n")
	if s.Hunt != nil {
		return d.originEdges(w, s)
	}
	d.table(" rrr rrr", "Case", "ctx_size", "target_tokens", "Calibrated", "Status", "prompt_tokens", "Latency (1st)", "Latency (2nd)")
	many := len(matrices(s)) > 1
	for i := range s.Cells {
		c := &s.Cells[i]
		d.printf("%s", tableRow(code(caseName(c, many)), strconv.Itoa(c.Ctx), strconv.Itoa(c.TargetTokens), number(c.PromptTokens),
			status(c), number(answered(c)), latency(c, 1), latency(c, 2)))
	}
	d.printf("\nStatus counts attempts; a latency is that of the first start that has one. A second attempt that the server answered from its cache is not a second exposure.\n")
	d.list("Against expectations", s.gateSentences())
	d.list("Notes", append(originNotes(s, many), s.Notes...))
	d.list("Takeaway", takeaway(s))
	_, err := io.WriteString(w, d.b.String())
	return err
}

var notInName = regexp.MustCompile(`[^a-zA-Z0-9._]+`)

// OriginName is the name that the home lab would give the file of Origin:
// 2026-02-20_qwen397b-ud-q4kxl-screen-np2_ps100k.md. It is safe as a file name.
func OriginName(s Summary) string {
	what := cmp.Or(s.Run.Command, "run")
	if len(s.Configurations) == 1 {
		id := s.Configurations[0].ID
		what += "-" + id[strings.LastIndex(id, "__")+2:]
	}
	model := s.Run.Target.ModelName()
	if list := matrices(s); len(list) > 1 {
		model = fmt.Sprintf("%d-targets", len(list))
	} else if len(list) == 1 {
		model = list[0].model
	}
	name := strings.Trim(notInName.ReplaceAllString(cmp.Or(model, "model")+"-"+what, "-"), "-.")
	return originDate(s) + "_" + name[:min(len(name), 120)] + ".md"
}

func originDate(s Summary) string {
	if s.Run.Began.IsZero() {
		return "undated"
	}
	return s.Run.Began.UTC().Format("2006-01-02")
}

// caseName is the field's name of a case, np2_ps100k, with the shape; the target in front where
// there are many.
func caseName(c *Cell, many bool) string {
	name := c.Configuration[strings.LastIndex(c.Configuration, "__")+2:] + " " + c.Shape
	if many {
		name = strings.Join([]string{c.Model, c.Backend, c.Topology, name}, " ")
	}
	return name
}

// status is the result in the field's words, with attempts passed of those that count.
func status(c *Cell) string {
	passed, counted := 0, 0
	for _, a := range c.Attempts {
		if a.Outcome.Counts() {
			counted++
			if a.Outcome == trial.Pass || a.Outcome == trial.Warn {
				passed++
			}
		}
	}
	switch {
	case c.Verdict == trial.Unproven:
		return strings.ToUpper(c.Outcome.String())
	case c.Verdict == trial.Limit:
		return fmt.Sprintf("REFUSED (%d)", counted)
	case c.Verdict == trial.Holds:
		return fmt.Sprintf("PASS (%d/%d)", passed, counted)
	}
	word := "FAIL"
	if c.Verdict == trial.Flaky {
		word = "FLAKY"
	}
	return fmt.Sprintf("%s: %s (%d/%d)", word, c.Outcome, passed, counted)
}

// answered is the prompt size that the server itself counted; 0 when it never answered.
func answered(c *Cell) int {
	for _, a := range c.Attempts {
		if a.PromptTokens > 0 {
			return a.PromptTokens
		}
	}
	return 0
}

// latency is how long the nth attempt took in the first start in which it was answered.
func latency(c *Cell, n int) string {
	for _, a := range c.Attempts {
		if a.N != n || a.Outcome != trial.Pass && a.Outcome != trial.Warn {
			continue
		}
		text := fmt.Sprintf("%.2f s", a.Seconds)
		switch {
		case a.Cached:
			return text + " (cached)"
		case a.Cold && n > 1:
			return text + " (recomputed)"
		}
		return text
	}
	return "–"
}

func originNotes(s Summary, many bool) []string {
	var list []string
	for i := range s.Cells {
		c := &s.Cells[i]
		if !c.finding() {
			continue
		}
		line := fmt.Sprintf("%s, target %d: %s", caseName(c, many), c.TargetTokens, position(c))
		if c.Fault != nil {
			line += fmt.Sprintf("; %s; %s (%s)", c.Fault.Title, death(c.Fault.FirstDeath), c.Bug)
		} else if c.Reason != "" {
			line += "; " + c.Reason
		}
		list = append(list, line)
	}
	return append(list, "Not observed: "+strings.Join(s.Unobserved, "; "))
}

// takeaway is computed: what held up to which size, and how little that proves.
func takeaway(s Summary) []string {
	var list []string
	for _, m := range matrices(s) {
		for _, col := range m.columns {
			list = append(list, m.takeaway(col)...)
		}
	}
	return append(list, capital(conclusion(s.Totals, "≤")), totalsLine(s))
}

// takeaway says for one column the largest prompt that held below the smallest that did not.
func (m *matrix) takeaway(col column) []string {
	var list []string
	for _, context := range m.contexts {
		var held, broke, refused *Cell
		for _, r := range m.rows {
			cell := m.at[square{r, col}]
			if r.context != context || cell == nil {
				continue
			}
			switch {
			case cell.finding() && broke == nil:
				broke = cell
			case cell.Verdict == trial.Limit && refused == nil:
				refused = cell
			case cell.Verdict == trial.Holds && broke == nil:
				held = cell
			}
		}
		var parts []string
		if held != nil {
			parts = append(parts, fmt.Sprintf("holds at %d (%s, failure rate ≤ %s at 95 %% confidence)", held.TargetTokens, held.rate(), percent(held.UpperBound)))
		}
		if broke != nil {
			parts = append(parts, fmt.Sprintf("%s at %d (%s, %s)", broke.Verdict, broke.TargetTokens, broke.rate(), broke.Outcome))
		}
		if refused != nil {
			parts = append(parts, fmt.Sprintf("refused at %d", refused.TargetTokens))
		}
		if len(parts) > 0 {
			list = append(list, fmt.Sprintf("np%d, %s %d, %s: %s", col.np, m.contextWord(), context, col.shape, strings.Join(parts, "; ")))
		}
	}
	return list
}
