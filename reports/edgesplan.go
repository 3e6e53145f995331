package reports

import (
	"fmt"
	"io"
	"strconv"

	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// HuntPlan writes what a bisection would look for, and the least that it takes: as many runs at the
// ceiling as a claim needs. earlier are runs that tell how long prompts take.
func HuntPlan(w io.Writer, set search.Settings, cells []search.Cell, earlier []trial.Record) error {
	p := newPage(TextOptions{})
	configurations := map[string]bool{}
	for _, c := range cells {
		configurations[c.Config] = true
	}
	p.wrapped("", "  ", fmt.Sprintf("%s in %s; %s", count(len(cells), "edge"), count(len(configurations), "configuration"), huntTerms(Hunt{Settings: set})))
	p.wrapped("", "  ", fmt.Sprintf("no failure in %s proves a failure rate of at most %s at 95 %% confidence",
		count(set.Exposures, "clean run"), percent(trial.UpperBound(0, set.Exposures))))
	var f Forecast
	for _, r := range earlier {
		f.LearnRecord(r)
	}
	total, known := 0.0, true
	for _, c := range cells {
		took, ok := f.Cold(c.Config, max(1, c.NP), min(c.Ceiling, max(c.Accepts, 1)))
		total += float64(set.Exposures) * took.Seconds()
		known = known && ok
	}
	if known && total > 0 {
		p.wrapped("", "  ", fmt.Sprintf("time: about %s if nothing breaks; a failure costs a start, and ends its own run early", duration(seconds(total))))
	} else {
		p.wrapped("", "  ", "time: unknown, nothing comparable has been measured yet")
	}
	config := ""
	for _, c := range cells {
		if c.Config != config {
			config = c.Config
			p.blank()
			p.wrapped("", "  ", fmt.Sprintf("%s, -c %d", config, c.Ctx))
		}
		note := ""
		if c.Accepts > 0 && c.Ceiling > c.Accepts {
			note = "  where a slot refuses"
		}
		p.line(span{text: "  up to "}, span{text: strconv.Itoa(c.Ceiling), pad: -8}, span{text: "  " + c.Shape + note})
	}
	return p.writeTo(w)
}
