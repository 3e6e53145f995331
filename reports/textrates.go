package reports

import (
	"fmt"
	"strings"

	"ctxcliff/harness/trial"
)

// throughput is the second table: rates from the server's own timings and seconds as the client saw
// them, cold and cached apart, because they are two different code paths of the server.
func (p *page) throughput(s Summary) {
	const numbers = len(" prompt") + 2*(2+6+1+6+1+7)
	shape := 5
	for _, c := range s.Cells {
		if measured(&c) {
			shape = max(shape, width(clean(c.Shape)))
		}
	}
	shape = max(5, min(shape, 24, p.o.Width-2-numbers))
	group := ""
	for i := range s.Cells {
		c := &s.Cells[i]
		if !measured(c) {
			continue
		}
		if group == "" {
			p.heading("Throughput in tokens/s, all slots together")
		}
		if g := c.Configuration; g != group {
			p.group(c, shape)
			group = g
		}
		p.line(span{text: "  "}, span{text: shorten(clean(c.Shape), shape, p.pick("…", "~")), pad: shape},
			span{text: " "}, span{text: fmt.Sprint(max(c.PromptTokens, 0)), pad: -6}, span{text: rates(c.Cold.PP.short(), c.Cold)}, span{text: rates(c.Cached.Reused.count(), c.Cached)})
	}
}

func measured(c *Cell) bool { return c.Cold.Seconds.N+c.Cached.Seconds.N > 0 }

func (p *page) group(c *Cell, shape int) {
	p.dotted(c.Model, c.Backend, c.Topology, fmt.Sprintf("np %d", c.NP), fmt.Sprintf("ps %d", c.PS))
	cold, cached := fmt.Sprintf("  %6s %6s %7s", "pp", "tg", "s"), fmt.Sprintf("  %6s %6s %7s", "reused", "tg", "s")
	p.line(span{pad: 2 + shape + len(" prompt")}, span{text: "  cold", pad: len(cold)}, span{text: "  cached"})
	p.line(span{text: "  shape", pad: 2 + shape}, span{text: " prompt" + cold + cached})
}

// rates is three columns: what says most of the prompt, the rate of the reply, and the seconds.
func rates(prompt string, t Throughput) string {
	return fmt.Sprintf("  %6s %6s %7s", prompt, t.TG.short(), t.Seconds.short())
}

// untested lists the cells that nothing is concluded about, those with the same cause together.
func (p *page) untested(s Summary) {
	type cause struct {
		outcome trial.Outcome
		reason  string
	}
	var order []cause
	ids := map[cause][]string{}
	for _, c := range s.Cells {
		if c.Verdict == trial.Unproven {
			k := cause{c.Outcome, c.Reason}
			order = appendNew(order, k)
			ids[k] = append(ids[k], c.ID)
		}
	}
	if len(order) == 0 {
		return
	}
	const shown = 4
	p.heading("Cells without a verdict")
	for _, k := range order {
		line := fmt.Sprintf("%s, %s", count(len(ids[k]), "cell"), k.outcome)
		if k.reason != "" {
			line += ": " + k.reason
		}
		p.wrapped("- ", "  ", line)
		for _, id := range ids[k][:min(shown, len(ids[k]))] {
			p.wrapped("    ", "    ", id)
		}
		if more := len(ids[k]) - shown; more > 0 {
			p.wrapped("    ", "    ", strings.TrimSpace(fmt.Sprintf("and %d more", more)))
		}
	}
}
