package reports

import (
	"fmt"
	"path"
	"strings"
	"time"

	"ctxcliff/harness/trial"
)

// kind is the failing cells that show one bug or, where nothing was classified, one outcome for one
// reason.
type kind struct {
	cells []*Cell // in the order of the plan
}

// kinds groups the failing cells, in the order of the first of each.
func kinds(s Summary) []kind {
	type key struct {
		bug, reason string
		outcome     trial.Outcome
	}
	var list []kind
	at := map[key]int{}
	for i := range s.Cells {
		c := &s.Cells[i]
		if !c.finding() {
			continue
		}
		k := key{bug: c.Bug}
		if c.Fault == nil {
			k = key{reason: c.Reason, outcome: c.Outcome}
		}
		j, known := at[k]
		if !known {
			j = len(list)
			at[k], list = j, append(list, kind{})
		}
		list[j].cells = append(list[j].cells, c)
	}
	return list
}

// shortest is the cell with the fewest prompt tokens: the cheapest to run again.
func (k kind) shortest() *Cell {
	best := k.cells[0]
	for _, c := range k.cells[1:] {
		if c.TargetTokens < best.TargetTokens {
			best = c
		}
	}
	return best
}

// circumstances are what is known of a failing cell beside its fault, in one line.
func circumstances(c *Cell) string {
	phase, who := "", ""
	if f := c.Fault; f != nil {
		phase, who = f.Phase, death(f.FirstDeath)
	}
	return oneLine("; ", fmt.Sprintf("%s, %d of %s failed", c.Verdict, c.Failed, count(c.Starts, "start")),
		position(c), word("phase ", phase), who, word("log ", cleanPath(c.LogFile)), word("kept ", strings.Join(c.Files, ", ")))
}

func cleanPath(name string) string {
	if name == "" {
		return ""
	}
	return path.Clean(name)
}

func word(prefix, value string) string {
	if value == "" {
		return ""
	}
	return prefix + value
}

func position(c *Cell) string {
	at := reachedPosition(c)
	if at < 0 {
		return "at an unknown position"
	}
	return fmt.Sprintf("at token %d of %d", at, max(c.PromptTokens, c.TargetTokens))
}

// reachedPosition is the fault's own position, else that of the attempt that gave the outcome; -1
// when neither saw any progress.
func reachedPosition(c *Cell) int {
	if c.Fault != nil && c.Fault.Position >= 0 {
		return c.Fault.Position
	}
	for _, a := range c.Attempts {
		if a.Outcome == c.Outcome && a.Position >= 0 {
			return a.Position
		}
	}
	return -1
}

func death(who string) string {
	switch who {
	case "":
		return "who died first is unknown"
	case "none":
		return "nothing died"
	}
	return who + " died first"
}

// moment is an entry of a time line for people.
type moment struct{ after, source, text string }

// bounded is a time line of at most n entries: its first, which says what was tried, and its end, which
// tells what came of it. left are the entries between that are not shown. Times are those since the first.
func bounded(line []trial.Moment, n int) (shown []moment, left int) {
	left = max(0, len(line)-n)
	for i, m := range line {
		if i == 0 || i > left {
			shown = append(shown, moment{fmt.Sprintf("+%.3f", m.At.Sub(line[0].At).Round(time.Millisecond).Seconds()), m.Source, m.Text})
		}
	}
	return shown, left
}

// why is the sentence of a failure without the fault's title, which stands beside it.
func why(c *Cell) string {
	if c.Fault == nil {
		return c.Reason
	}
	return strings.TrimSuffix(strings.TrimSuffix(c.Reason, c.Fault.Title), ": ")
}
