package expect

import (
	"fmt"
	"slices"
	"strings"

	"ctxcliff/harness/trial"
)

// Made says what the cells that a baseline is made of were run with.
type Made struct {
	Run   string // its id
	Build string
	Link  string // to the report of flakes that are new; "" there is none yet
}

// NewFile is a file without entries.
func NewFile(name string, place Place, k Kind) File {
	head := map[Kind]string{Fails: "Known failures", Flakes: "Known flakes", Skips: "Cells that are not run"}[k]
	return File{Name: name, Kind: k, Head: []string{
		"# " + head + " of " + place.String() + ": a pattern over cell ids a line, * is anything, ? one letter.",
		"# Behind it may stand the one outcome and the one fault that are meant.", "",
	}}
}

// Next are the lists as the run leaves them. Entries that still hold stay where and as they are, comments
// included; those of cells that were not tested stay, too. What failed and is not listed comes last, by id. A
// flake that has no link yet is written as a comment, for nothing is known of it but that it is there. Writing
// the same run again changes nothing.
func Next(fails, flakes File, seen []Seen, made Made) (File, File) {
	tested := slices.DeleteFunc(slices.Clone(seen), func(s Seen) bool { return s.Verdict == trial.Unproven })
	slices.SortFunc(tested, func(a, b Seen) int { return strings.Compare(a.Cell, b.Cell) })
	fails, flakes = fails.kept(tested), flakes.kept(tested)
	for _, s := range tested {
		if !s.failed() || (Set{fails, flakes}).Judge(s).Word != NewFail {
			continue
		}
		if s.Verdict == trial.Flaky {
			flakes.add(s, made)
		} else {
			fails.add(s, made)
		}
	}
	return fails, flakes
}

// kept is the file without entries that what was seen speaks against.
func (f File) kept(tested []Seen) File {
	old := f.Entries
	f.Entries = nil
	var above []string // of an entry that goes, for those that follow it without a gap
	for _, e := range old {
		if len(e.Above) > 0 {
			above = nil
		}
		if f.stays(&e, tested) {
			if above != nil && len(e.Above) == 0 {
				e.Above, above = above, nil
			}
			f.Entries = append(f.Entries, e)
		} else if above == nil {
			above = e.Above
		}
	}
	return f
}

// stays decides whether an entry still holds. One that is the id of a cell takes the outcome that the cell
// has now.
func (f File) stays(e *Entry, tested []Seen) bool {
	about, alone := 0, Set{{Name: f.Name, Kind: f.Kind, Entries: []Entry{*e}}}
	for _, s := range tested {
		if !f.covers(*e, s.Cell) {
			continue
		}
		about++
		switch word := alone.Judge(s).Word; {
		case word == ExpectedFail, word == KnownFlake, word == "":
			return true
		case word == NewFail && f.Kind == Fails && e.literal() && s.Verdict == trial.Breaks:
			e.Outcome = s.Outcome
			if e.Bug != "" {
				e.Bug = s.Bug
			}
			return true
		case word == NewFail && f.Kind == Flakes && e.literal() && s.Verdict == trial.Flaky && e.meant(s) && len(e.Above) > 0:
			e.breaksMoreOften(s)
			return true
		}
	}
	return about == 0
}

// breaksMoreOften writes the rate that was seen in place of the one that was known.
func (e *Entry) breaksMoreOften(s Seen) {
	e.Hits, e.Starts = s.Failed, s.Starts
	e.Above = slices.Clone(e.Above)
	for i, line := range e.Above {
		if match := keyed.FindStringSubmatch(line); match != nil && strings.EqualFold(match[1], failureRate) {
			e.Above[i] = rateLine(s)
		}
	}
}

func rateLine(s Seen) string {
	return fmt.Sprintf("# %s: %d/%d starts", failureRate, s.Failed, s.Starts)
}

// mentions reports whether a line stands anywhere among the file's comments.
func (f File) mentions(line string) bool {
	return slices.Contains(f.Head, line) || slices.Contains(f.Tail, line) || slices.ContainsFunc(f.Entries, func(e Entry) bool { return slices.Contains(e.Above, line) })
}

// add lists a cell that was seen to fail.
func (f *File) add(s Seen, made Made) {
	e := Entry{Pattern: s.Cell, Outcome: s.Outcome}
	link := made.Link
	if link == "" && f.Kind == Flakes {
		link = "write the address of a report here, and take the # off the last line"
	}
	e.Above = append(e.Above, "")
	say := func(key, value string) {
		if value != "" {
			e.Above = append(e.Above, "# "+key+": "+value)
		}
	}
	say(bugReport, link)
	say("Fault", strings.TrimSpace(s.Bug+" "+s.What))
	e.Above = append(e.Above, rateLine(s))
	say(build, made.Build)
	say("First Seen", made.Run)
	if len(f.Entries) == 0 && len(f.Tail) == 0 { // the head ends with an empty line
		e.Above = e.Above[1:]
	}
	if f.Kind == Flakes && made.Link == "" {
		if line := "# " + e.text(); !f.mentions(line) {
			f.Tail = append(append(f.Tail, e.Above...), line)
		}
		return
	}
	e.Above, f.Tail = append(f.Tail, e.Above...), nil
	f.Entries = append(f.Entries, e)
}
