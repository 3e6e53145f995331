package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
)

// The width of a report must not depend on the locale of whoever renders it: the library would
// count △ and ▣ as two columns wide in an East Asian one.
func init() { text.OverrideRuneWidthEastAsianWidth(false) }

// width is the number of terminal columns that a printable line takes.
func width(s string) int { return text.StringWidthWithoutEscSequences(s) }

// duration is a time for people: 1.23 s, 45.6 s, 2m10s, 3h05m; "?" when it is not known.
func duration(d time.Duration) string {
	switch s := d.Seconds(); {
	case d <= 0:
		return "?"
	case s < 9.995:
		return fmt.Sprintf("%.2f s", s)
	case s < 119.95:
		return fmt.Sprintf("%.1f s", s)
	case s < 3600-0.5:
		n := int(s + 0.5)
		return fmt.Sprintf("%dm%02ds", n/60, n%60)
	default:
		n := int(s/60 + 0.5)
		return fmt.Sprintf("%dh%02dm", n/60, n%60)
	}
}

// percent is a rate for people, rounded to two digits where it is small: 63, 4.9.
func percent(rate float64) string {
	if p := rate * 100; p >= 9.95 {
		return fmt.Sprintf("%.0f %%", p)
	}
	return strconv.FormatFloat(rate*100, 'g', 2, 64) + " %"
}

// number is n, or a dash when it is not known.
func number(n int) string {
	if n <= 0 {
		return "–"
	}
	return strconv.Itoa(n)
}

// perSlot writes one number for each slot, once if they are all the same: 5010, 5010/5008. It is a
// dash where the server gave no numbers in that attempt.
func perSlot(list []int, a Attempt) string {
	if len(list) == 0 || max(slices.Max(a.Processed), slices.Max(a.CacheN)) == 0 {
		return "–"
	}
	same := true
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
		same = same && n == list[0]
	}
	if same {
		return words[0]
	}
	return strings.Join(words, "/")
}

// shorten cuts a name to at most n columns and marks the cut.
func shorten(name string, n int, mark string) string {
	if width(name) <= n {
		return name
	}
	return text.Trim(name, max(0, n-width(mark))) + mark
}

// tallies is a list of counts: 12 holds, 3 breaks.
func tallies(list []Tally) string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = fmt.Sprintf("%d %s", t.Count, t.Name)
	}
	return strings.Join(words, ", ")
}

// conclusion is one honest sentence on how often starts failed. It never calls anything proven.
func conclusion(t Totals, atMost string) string {
	switch {
	case t.CountedStarts == 0:
		return "nothing was tested, so nothing is known"
	case t.FailedStarts == 0:
		return fmt.Sprintf("no failure in %s: failure rate %s %s at 95 %% confidence, over this mixture of cells",
			count(t.CountedStarts, "start"), atMost, percent(t.UpperBound))
	}
	return fmt.Sprintf("%d of %s failed: failure rate %s %s at 95 %% confidence, over this mixture of cells",
		t.FailedStarts, count(t.CountedStarts, "start"), atMost, percent(t.UpperBound))
}

// ending is the word that the totals line begins with.
func ending(s Summary) string {
	switch s.Run.Status {
	case "", "finished":
		return "DONE"
	case "running":
		return "OPEN"
	}
	return strings.ToUpper(string(s.Run.Status))
}

func totalsLine(s Summary) string {
	failures := count(s.Totals.Unexpected, "failure")
	if s.Gate != nil {
		failures = count(s.Totals.Unexpected, "new failure")
	}
	return fmt.Sprintf("%s %s, %s in %s", ending(s), count(s.Totals.Cells, "cell"), failures, duration(s.Took))
}

func countsLine(s Summary) string {
	t := s.Totals
	verdicts := tallies(t.Verdicts)
	if verdicts == "" {
		verdicts = "no verdict"
	}
	return fmt.Sprintf("%s; %s, %s, %d of them passed", verdicts, count(t.Starts, "start"), count(t.Attempts, "attempt"), t.Passes)
}
