package expect

import (
	"fmt"
	"slices"
	"strings"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/rates"
	"ctxcliff/harness/spelling"
	"ctxcliff/harness/trial"
)

// Word is what a cell comes to, held against what was expected of it.
type Word string

// The words. A cell of which nothing was expected and that did not fail has none.
const (
	NewFail        Word = "new-fail"        // it failed, and not as expected
	ExpectedFail   Word = "expected-fail"   // it failed as it was expected to
	KnownFlake     Word = "known-flake"     // it failed, and no more often than is known
	UnexpectedPass Word = "unexpected-pass" // it was expected to fail and did not
)

// Words are all of them, in the order in which they are told.
func Words() []Word { return []Word{NewFail, UnexpectedPass, KnownFlake, ExpectedFail} }

// Unexpected reports whether somebody must look at it.
func (w Word) Unexpected() bool { return w == NewFail || w == UnexpectedPass }

// Set is what is expected of a run.
type Set []File

// Seen is what a run came to in one cell.
type Seen struct {
	Cell    string // its id
	Verdict trial.Verdict
	Outcome trial.Outcome
	Bug     string // id of its fault; "" none
	Starts  int    // that count
	Failed  int
	What    string // what broke, in words
}

func (s Seen) failed() bool { return s.Verdict == trial.Breaks || s.Verdict == trial.Flaky }

// Judgement is a word with what it is said by.
type Judgement struct {
	Word Word
	Says string // the entry and, where it is not plain, how it was decided; "" no entry is about the cell
}

// covers reports whether the entry is about the cell.
func (f File) covers(e Entry, cell string) bool {
	return (f.Target == "" || strings.HasPrefix(cell, f.Target+"__")) && plan.Like(e.Pattern, cell)
}

// meant reports whether this is the failure that the entry means.
func (e Entry) meant(s Seen) bool {
	return (e.Outcome == trial.Unknown || e.Outcome == s.Outcome) && (e.Bug == "" || e.Bug == s.Bug)
}

// found is an entry with its place.
type found struct {
	Entry
	at string // file:line
}

// about are the entries of a kind that are about a cell.
func (all Set) about(k Kind, cell string) (list []found) {
	for _, f := range all {
		if f.Kind != k {
			continue
		}
		for _, e := range f.Entries {
			if f.covers(e, cell) {
				list = append(list, found{e, fmt.Sprintf("%s:%d", f.Name, e.Line)})
			}
		}
	}
	return list
}

// Skip is the reason why a cell is not to be run, if there is one.
func (all Set) Skip(cell string) (reason string, skip bool) {
	list := all.about(Skips, cell)
	if len(list) == 0 {
		return "", false
	}
	reason = "skipped by " + list[0].at
	if said := strings.Join(list[0].Comments, " "); said != "" {
		reason = said + " (" + list[0].at + ")"
	}
	return reason, true
}

// sure is the chance of a false alarm that is put up with, one in twenty, with room for rounding.
const sure = 0.05 + 1e-9

// Judge holds what was seen of a cell against what was expected of it. A cell that was not tested has no word.
func (all Set) Judge(s Seen) Judgement {
	fails, flakes := all.about(Fails, s.Cell), all.about(Flakes, s.Cell)
	switch {
	case s.failed():
		return failing(s, fails, flakes)
	case s.Verdict == trial.Unproven:
		return Judgement{}
	}
	return passing(s, fails, flakes)
}

func failing(s Seen, fails, flakes []found) Judgement {
	means := func(e found) bool { return e.meant(s) }
	if i := slices.IndexFunc(fails, means); i >= 0 {
		says := fails[i].at
		if s.Verdict == trial.Flaky {
			says += fmt.Sprintf(": it failed in %d of %d starts only", s.Failed, s.Starts)
		}
		return Judgement{ExpectedFail, says}
	}
	var more Judgement // the flakes that it fails too often for
	for _, e := range flakes {
		if !means(e) {
			continue
		}
		p := rates.FisherGreater(s.Failed, s.Starts, e.Hits, e.Starts)
		if p > sure {
			return Judgement{KnownFlake, fmt.Sprintf("%s: %d of %d starts failed, known are %d of %d; %s", e.at, s.Failed, s.Starts, e.Hits, e.Starts, e.Link)}
		}
		more = Judgement{NewFail, fmt.Sprintf("%s: it failed in %d of %d starts, which is more than the known %d of %d (p = %.2g)", e.at, s.Failed, s.Starts, e.Hits, e.Starts, p)}
	}
	if more.Word != "" {
		return more
	}
	for _, e := range append(fails, flakes...) {
		return Judgement{NewFail, fmt.Sprintf("%s expects %s, and this is %s", e.at, e.wants(), strings.TrimSpace(s.Outcome.String()+" "+s.Bug))}
	}
	return Judgement{Word: NewFail}
}

// wants is the failure that the entry means, in words.
func (e Entry) wants() string {
	switch {
	case e.Outcome == trial.Unknown && e.Bug == "":
		return "any failure"
	case e.Outcome == trial.Unknown:
		return e.Bug
	}
	return strings.TrimSpace(e.Outcome.String() + " " + e.Bug)
}

func passing(s Seen, fails, flakes []found) Judgement {
	how := fmt.Sprintf("it passed in all of %d starts", s.Starts)
	if s.Verdict == trial.Limit {
		how = "it was refused"
	}
	if len(fails) > 0 {
		return Judgement{UnexpectedPass, fmt.Sprintf("%s expects %s; %s", fails[0].at, fails[0].wants(), how)}
	}
	for _, e := range flakes {
		if n := minimize.CleanRuns(e.Hits, e.Starts); s.Verdict == trial.Holds && s.Starts >= n {
			return Judgement{UnexpectedPass, fmt.Sprintf("%s knows %d failures in %d starts; %s, and %d say that it is gone", e.at, e.Hits, e.Starts, how, n)}
		}
	}
	return Judgement{}
}

// An entry is compared with so many ids of cells at the most, and so many entries are: it would take seconds beyond.
const (
	manyCells = 2000
	manyIdle  = 20
)

// Idle are the entries that are about none of the cells, each with where it stands and, where it is the id of
// a cell, the one that may have been meant.
func (all Set) Idle(cells []string) (list []string) {
	for _, f := range all {
		for _, e := range f.Entries {
			if slices.ContainsFunc(cells, func(c string) bool { return f.covers(e, c) }) {
				continue
			}
			line := fmt.Sprintf("%s:%d: %q is about no cell of this run", f.Name, e.Line, e.Pattern)
			if e.literal() && len(cells) <= manyCells && len(list) < manyIdle {
				if meant := spelling.Near(e.Pattern, cells); meant != "" {
					line += fmt.Sprintf("; did you mean %q?", meant)
				}
			}
			list = append(list, line)
		}
	}
	return list
}
