package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"ctxcliff/harness/trial"
)

// bugFormats are the formats in which bugs are written.
var bugFormats = []string{"text", "md", "json"}

// KnownForBugs says nil for a name that [Bugs] and [Bug] take; else an error that lists them.
func KnownForBugs(format string) error { return oneOf(format, bugFormats) }

func oneOf(format string, names []string) error {
	if slices.Contains(names, format) {
		return nil
	}
	return fmt.Errorf("%q is not a format here; write one of %s", format, strings.Join(names, ", "))
}

// Bugs writes a list of bugs in the order given. JSON is an array, of no bugs an empty one; text and
// Markdown of no bugs are empty.
func Bugs(w io.Writer, format string, bugs []trial.Bug, o TextOptions) error {
	switch format {
	case "json":
		all := make([]jsonBug, len(bugs))
		for i, b := range bugs {
			all[i] = jsonBugOf(b)
		}
		return indented(w, all)
	case "md":
		return bugsMarkdown(w, bugs)
	case "text":
		p := newPage(o)
		for i, b := range bugs {
			if i > 0 {
				p.blank()
			}
			p.bugLine(b)
		}
		return p.writeTo(w)
	}
	return KnownForBugs(format)
}

// Bug writes everything that is known of one bug. file is what a log file of a run is called, from the
// run's id and the name that the store keeps.
func Bug(w io.Writer, format string, b trial.Bug, file func(run, name string) string, o TextOptions) error {
	switch format {
	case "json":
		return indented(w, jsonBugOf(b))
	case "md":
		return bugMarkdown(w, b, file)
	case "text":
		p := newPage(o)
		p.bug(b, file)
		return p.writeTo(w)
	}
	return KnownForBugs(format)
}

// redo is the command line that runs the cell that showed a bug with the shortest prompt; nil when only
// warm-ups saw it.
func redo(b trial.Bug) []string {
	s := b.Shortest
	if s.Warmup {
		return nil
	}
	return again(trial.Run{Seed: s.Seed, Settings: s.Settings}, s.Cell)
}

// facet is a heading with what was counted under it.
type facet struct{ name, value string }

// facets are what a bug was counted by, in words; a facet of which nothing is known is left out.
func facets(b trial.Bug) []facet {
	var list []facet
	add := func(name, value string) {
		if value != "" {
			list = append(list, facet{name, value})
		}
	}
	add("died first", tallyWords(b.Deaths, deathWord))
	add("afterwards", tallyWords(b.Fates, nil))
	add("outcome", tallyWords(b.Outcomes, nil))
	add("phase", tallyWords(b.Phases, nil))
	add("position", tallyWords(b.Positions, bucketWords))
	add("in the micro-batch", offsetWords(b))
	add("shape", tallyWords(b.Shapes, nil))
	add("np", tallyWords(b.NP, nil))
	add("cache", tallyWords(b.Caches, cacheWords))
	add("build", tallyWords(b.Builds, nil))
	add("run", tallyWords(b.Runs, nil))
	return list
}

// tallyWords is "prompt 3, generation 1"; a single value stands without its count.
func tallyWords[T int | string](list []trial.Tally[T], in func(T) string) string {
	const shown = 12
	var words []string
	for i, t := range list {
		if i == shown {
			words = append(words, fmt.Sprintf("and %d more", len(list)-shown))
			break
		}
		word := fmt.Sprint(t.Value)
		if in != nil {
			word = in(t.Value)
		}
		if len(list) > 1 {
			word += fmt.Sprintf(" (%d)", t.Count)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func deathWord(who string) string {
	if who == "none" {
		return "nothing died"
	}
	return who
}

func bucketWords(n int) string {
	if n <= 1 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d to %d", n, 2*n-1)
}

func cacheWords(c string) string {
	switch trial.Cache(c) {
	case trial.ColdProven:
		return "cold"
	case trial.CachedProven:
		return "cached"
	case trial.ColdFirst:
		return "first attempt, died before any number"
	}
	return "repeated attempt, died before any number"
}

// offsetWords tells the positions within a micro-batch.
func offsetWords(b trial.Bug) string {
	words := tallyWords(b.Offsets, nil)
	if words != "" && b.Latest.MicroBatch > 0 {
		words += fmt.Sprintf(" of %d", b.Latest.MicroBatch)
	}
	return words
}

// seen is how often and when.
func seen(b trial.Bug) string {
	where := " in " + count(len(b.Cells), "cell")
	if len(b.Cells) == 0 {
		where = ", by warm-ups only"
	}
	text := fmt.Sprintf("%s%s, %s", times(b.Count), where, minute(b.First))
	if last := minute(b.Last); last != minute(b.First) {
		text += " to " + last
	}
	return text
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
