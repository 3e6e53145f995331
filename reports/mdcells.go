package reports

import (
	"fmt"
	"path"
	"strconv"

	"ctxcliff/harness/trial"
)

func (d *document) findings(s Summary) {
	first := true
	for i := range s.Cells {
		c := &s.Cells[i]
		if !c.finding() {
			continue
		}
		if first {
			d.printf("\n## Failing cells\n")
			first = false
		}
		d.finding(c)
	}
}

// finding is all that is known of one failing cell.
func (d *document) finding(c *Cell) {
	d.printf("\n### %s %s\n\n", c.mark(true), code(c.ID))
	for _, f := range findingFields(c) {
		d.printf("- %s: %s\n", f.name, f.value)
	}
	if c.Fault != nil && len(c.Fault.Excerpt) > 0 {
		d.details(count(len(c.Fault.Excerpt), "line")+" of the log", c.Fault.Excerpt)
	}
	if c.Fault != nil && len(c.Fault.Consequences) > 0 {
		d.details("what only followed from it", c.Fault.Consequences)
	}
	d.timeLine(c)
	d.printf("\nThis cell alone, from the same seed:\n\n%s", preformatted([]string{commandLine(c.Again)}))
}

// details is a block of lines that is folded away.
func (d *document) details(title string, lines []string) {
	d.printf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", prose(title), preformatted(lines))
}

// keptMoments bounds the time lines of Markdown and JSON.
const keptMoments = 120

func (d *document) timeLine(c *Cell) {
	moments, left := bounded(c.TimeLine, keptMoments)
	if len(moments) == 0 {
		return
	}
	title := "time line, in seconds"
	if left > 0 {
		title += fmt.Sprintf(" (%d entries left out)", left)
	}
	var lines []string
	for _, m := range moments {
		lines = append(lines, fmt.Sprintf("%10s %-8s %s", m.after, m.source, m.text))
	}
	d.details(title, lines)
}

// findingFields are what is known of a failing cell, escaped for Markdown.
func findingFields(c *Cell) []field {
	list := []field{{"verdict", fmt.Sprintf("%s, %d of %s failed", c.Verdict, c.Failed, count(c.Starts, "start"))}, {"outcome", c.Outcome.String()}}
	add := func(name, value string) {
		if value != "" {
			list = append(list, field{name, value})
		}
	}
	if f := c.Fault; f != nil {
		add("fault", words(c.Bug, code(f.Class)))
		add("title", code(f.Title))
		add("signature", code(f.Signature))
		for _, a := range f.Alternates {
			add("also seen as", code(a))
		}
		add("component", code(f.Component))
		add("phase", prose(f.Phase))
		add("first death", prose(f.FirstDeath))
	}
	add("expected", words(string(c.Gate), prose(c.GateSays)))
	add("position", position(c))
	add("reason", code(c.Reason))
	if c.LogFile != "" {
		add("log", code(path.Clean(c.LogFile)))
	}
	for _, name := range c.Files {
		add("kept", code(name))
	}
	for _, o := range c.Opinions {
		add("oracle", words(prose(o.Oracle), prose(string(o.Says)))+": "+code(o.Reason))
	}
	return list
}

func (d *document) untested(s Summary) {
	first := true
	for _, c := range s.Cells {
		if c.Verdict != trial.Unproven {
			continue
		}
		if first {
			d.printf("\n## Cells without a verdict\n\n")
			d.table("", "cell", "outcome", "reason")
			first = false
		}
		d.printf("%s", tableRow(code(c.ID), c.Outcome.String(), code(c.Reason)))
	}
}

func (d *document) throughput(s Summary) {
	first := true
	for i := range s.Cells {
		c := &s.Cells[i]
		if !measured(c) {
			continue
		}
		if first {
			d.printf("\n## Throughput\n\nTokens per second over all slots, from the server's own timings (of several slots: until the last one began to answer); seconds as the client saw them. Cold attempts computed every token; cached ones took most of them from the cache: another code path.\n\n")
			d.table(" rr rrrrrrr", "configuration", "np", "ps", "shape", "prompt", "pp t/s cold", "tg t/s cold", "s cold", "tokens reused", "tg t/s cached", "s cached")
			first = false
		}
		d.printf("%s", tableRow(code(c.Configuration), strconv.Itoa(c.NP), strconv.Itoa(c.PS), code(c.Shape), number(c.PromptTokens),
			c.Cold.PP.full(), c.Cold.TG.full(), c.Cold.Seconds.full(), c.Cached.Reused.count(), c.Cached.TG.full(), c.Cached.Seconds.full()))
	}
}

// attempts lists every attempt. Cold and cached ones have columns of their own, beside the
// server's numbers that prove which it was.
func (d *document) attempts(s Summary) {
	if s.Totals.Attempts == 0 {
		return
	}
	d.printf("\n## Attempts\n\n`prompt_n` is what the server computed, `cache_n` what it took from its cache, for each slot: the proof of what was cold and what was cached. Warm-ups (%d) are not listed.\n\n", s.Totals.Warmups)
	d.table("rr rrrr rrrrrrr", "np", "ps", "shape", "target", "prompt", "start", "attempt", "outcome", "s cold", "s cached", "s unproven", "prompt_n", "cache_n", "pp t/s", "tg t/s", "reason")
	for _, c := range s.Cells {
		for _, a := range c.Attempts {
			cold, cached, neither := "", "", ""
			switch took := fmt.Sprintf("%.3f", a.Seconds); {
			case a.Cached:
				cached = took
			case a.Cold:
				cold = took
			default:
				neither = took
			}
			d.printf("%s", tableRow(strconv.Itoa(c.NP), strconv.Itoa(c.PS), code(c.Shape), strconv.Itoa(c.TargetTokens), number(a.PromptTokens),
				strconv.Itoa(a.Start), strconv.Itoa(a.N), a.Outcome.String(), cold, cached, neither,
				perSlot(a.Processed, a), perSlot(a.CacheN, a), rate(a.PP), rate(a.TG), code(a.Reason)))
		}
	}
}

func rate(tps float64) string {
	if tps <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", tps)
}

func (d *document) commands(s Summary) {
	if len(s.Configurations) == 0 {
		return
	}
	d.printf("\n## Commands\n\nThe exact command of each configuration's first start.\n")
	for _, c := range s.Configurations {
		d.printf("\n%s: %s", code(c.ID), count(c.Starts, "start"))
		if c.SlotContext > 0 {
			d.printf(", %d tokens of context per slot as the server says", c.SlotContext)
		}
		if len(c.Argv) == 0 {
			d.printf(", never launched\n")
			continue
		}
		d.printf("\n\n%s", preformatted([]string{commandLine(c.Argv)}))
	}
}
