package reports

import (
	"fmt"
	"io"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/text"

	"ctxcliff/harness/fuzz"
	"ctxcliff/harness/scenario"
)

// fuzzText writes a campaign for a screen.
func fuzzText(w io.Writer, s Summary, o TextOptions) error {
	p := newPage(o)
	f, t := s.Fuzz, s.Run.Target
	p.dotted(t.ModelName(), t.Backend, t.Topology.String(), s.Build.String())
	p.dotted(s.Run.ID, s.Run.Command, fmt.Sprintf("seed %d", s.Run.Seed))
	p.faults("New faults", f.fresh(), true)
	p.faults("Known faults, seen again", f.known(), false)
	p.faults("Known faults that did not come back", f.Missed, false)
	p.list("Near misses", f.nearKinds())
	p.coverage(f.Coverage)
	p.list("Settings that the server does not run with", f.Unfit)
	p.list("Notes", s.Notes)
	p.list("Not observed", s.Unobserved)
	p.blank()
	p.wrapped("", "  ", f.spent())
	if f.Ended != "" {
		p.wrapped("", "  ", "it ended because "+f.Ended)
	}
	p.line(span{text: fuzzTotals(s), style: exitStyle(s)})
	return p.writeTo(w)
}

// faults lists them, with the smallest scenario of each where that is asked for.
func (p *page) faults(title string, list []fuzz.Fault, scenarios bool) {
	if len(list) == 0 {
		return
	}
	p.heading(title)
	for _, f := range list {
		p.wrapped("  ", "    ", faultID(f)+" "+f.Title)
		for _, line := range faultWords(f) {
			p.wrapped("    ", "      ", line)
		}
		if scenarios {
			p.scenarioLines(reproducer(f))
		}
	}
}

// reproducer is the smallest scenario that is known to break.
func reproducer(f fuzz.Fault) scenario.Scenario {
	if f.Shrunk != nil && f.Shrunk.Smallest.NP > 0 {
		return f.Shrunk.Smallest
	}
	return f.Scenario
}

// coverage is the table of features and sizes.
func (p *page) coverage(c fuzz.Coverage) {
	p.heading("Covered: steps with a feature, by the tokens of the longest prompt")
	const feature, number = 34, -7
	head := []span{{text: "  from", pad: feature, style: text.Faint}}
	for _, size := range fuzz.Sizes {
		head = append(head, span{text: size, pad: number, style: text.Faint})
	}
	p.line(head...)
	for _, r := range c.Rows {
		row := []span{{text: "  " + text.Trim(p.show(r.String()), feature-3), pad: feature}}
		for _, n := range r.At {
			row = append(row, span{text: orDot(n), pad: number})
		}
		p.line(row...)
	}
	p.wrapped("  ", "  ", Fuzz{Result: fuzz.Result{Coverage: c}}.covered())
}

func orDot(n int) string {
	if n == 0 {
		return "."
	}
	return strconv.Itoa(n)
}

// FuzzPlan writes what a campaign would vary, and the first start that it would make.
func FuzzPlan(w io.Writer, set fuzz.Settings, first scenario.Scenario) error {
	p, s := newPage(TextOptions{}), set.Space
	p.wrapped("", "  ", fmt.Sprintf("np %s, slots of %s tokens, prompts of up to %s, replies of up to %s", join(s.NP), scenario.Count(s.Slot), scenario.Count(s.Longest), scenario.Count(s.Reply)))
	p.wrapped("", "  ", fmt.Sprintf("%s beside plain token ids, %s of the server, %s beside its own", count(len(s.APIs), "way")+" to send a prompt", count(len(s.Flags), "setting"), count(len(s.Models), "model")))
	p.wrapped("", "  ", fmt.Sprintf("%s in each start; of all starts at most %s shrink what was found; %s of the corpus come first", count(set.Scenes, "scene"), percent(max(0, set.Share)), count(len(set.Corpus), "scenario")))
	if set.Starts > 0 {
		p.wrapped("", "  ", "it ends after "+count(set.Starts, "start"))
	}
	if set.Hours > 0 {
		p.wrapped("", "  ", "it ends after "+duration(seconds(set.Hours*3600)))
	}
	p.scenario("The first start", first)
	return p.writeTo(w)
}

func join(numbers []int) string {
	text := ""
	for i, n := range numbers {
		text += []string{"", ", "}[min(i, 1)] + strconv.Itoa(n)
	}
	return text
}
