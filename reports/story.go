package reports

import (
	"fmt"
	"io"
	"strings"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
)

// Story is what a reproduction, a minimisation, a check or a bisection of builds has come to: one of them is
// there.
type Story struct {
	Reproduction *minimize.Reproduction
	Minimized    *minimize.Result
	Presence     *minimize.Presence
	FirstBad     *minimize.FirstBad
	Scenario     scenario.Scenario // that it began with
}

// storyOf computes it from the journal; nil where there is none.
func storyOf(r trial.Record) (*Story, error) {
	if r.Story == nil {
		return nil, nil
	}
	s := &Story{Scenario: r.Story.Scenario()}
	switch {
	case r.Story.Reproduce != nil:
		got, err := r.Story.Reproduced()
		s.Reproduction = &got
		return s, err
	case r.Story.Check != nil:
		got, err := r.Story.Checked()
		s.Presence = &got
		return s, err
	case r.Story.Builds != nil:
		got, err := r.Story.Bisected()
		s.FirstBad = &got
		return s, err
	}
	got, err := r.Story.Minimized()
	s.Minimized = &got
	return s, err
}

// outcome is what a story comes to: what it was, its verdict in a few words, how many runs it took, and what
// that is for scripts. A reproduced bug is a failure, a reproducer or a first bad build that was found is a
// success.
func (s Story) outcome() (what, verdict string, runs int, exit ExitKind) {
	switch {
	case s.Reproduction != nil:
		r := s.Reproduction
		return "reproduction", string(r.Verdict), r.Runs, exitOf(r.Verdict, Failures, Clean)
	case s.Presence != nil:
		p := s.Presence
		exit = Inconclusive
		if known, ok := map[minimize.State]ExitKind{minimize.There: Failures, minimize.Gone: Clean}[p.State]; ok {
			exit = known
		}
		return "check", presenceWord(p.State), p.Runs, exit
	case s.FirstBad != nil:
		f := s.FirstBad
		if f.Good == "" || f.Bad == "" || f.Ended != "" {
			return "bisection of builds", "no first bad build", f.Runs, Inconclusive
		}
		return "bisection of builds", "first bad build " + f.Bad, f.Runs, Clean
	}
	m := s.Minimized
	return "minimisation", string(m.Verdict), m.Runs, exitOf(m.Verdict, Clean, Inconclusive)
}

func exitOf(v minimize.Verdict, broke, clean ExitKind) ExitKind {
	switch v {
	case minimize.Inconclusive:
		return Inconclusive
	case minimize.NotReproduced:
		return clean
	case minimize.AnotherBug:
		if clean == Inconclusive {
			return Inconclusive
		}
		return Failures
	}
	return broke
}

func rateWords(r minimize.Rate) string {
	if r.Runs == 0 {
		return "was not run"
	}
	return fmt.Sprintf("broke in %d of %s, which is a rate of %s to %s at 95 %%", r.Hits, count(r.Runs, "run"), percent(r.Interval.Low), percent(r.Interval.High))
}

// sentencesOf a story, in the order in which people ask.
func (s Story) sentencesOf() []string {
	switch {
	case s.Reproduction != nil:
		return reproductionWords(*s.Reproduction)
	case s.Presence != nil:
		return presenceWords(*s.Presence)
	case s.FirstBad != nil:
		return firstBadWords(*s.FirstBad)
	}
	return minimizedWords(*s.Minimized)
}

func reproductionWords(r minimize.Reproduction) []string {
	list := []string{fmt.Sprintf("%s: it %s", r.Verdict, rateWords(r.Rate))}
	if r.Title != "" {
		list = append(list, r.Title)
	}
	if r.Others > 0 {
		list = append(list, fmt.Sprintf("%s broke with another bug: %s", count(r.Others, "run"), strings.Join(r.OtherBugs, "; ")))
	}
	switch r.History {
	case minimize.HistoryNotMust:
		list = append(list, "what came before does not matter: the last request alone breaks as well")
	case minimize.HistoryMatters:
		list = append(list, fmt.Sprintf("what came before matters: alone the last request stayed clean in %s", count(r.Alone.Runs, "run")))
	case minimize.HistoryUnknown:
		list = append(list, "whether what came before matters is not known")
	}
	return appendEnded(list, r.Ended)
}

func minimizedWords(r minimize.Result) []string {
	list := []string{r.Sentence}
	if r.Title != "" {
		list = append(list, r.Title)
	}
	if r.Before.Runs > 0 {
		list = append(list, "at the beginning it "+rateWords(r.Before))
	}
	if r.After.Runs > 0 {
		gate := ""
		if !r.Gated {
			gate = ", too seldom to be relied upon"
		}
		list = append(list, "the smallest "+rateWords(r.After)+gate)
	}
	for _, c := range r.Controls {
		list = append(list, fmt.Sprintf("clean in %s: %s", count(c.Runs, "run"), c.Why))
	}
	if r.Ended == minimize.OutOfRuns {
		return append(list, fmt.Sprintf("it ended early: %s; --runs N gives it more than %d", r.Ended, r.Runs))
	}
	return appendEnded(list, r.Ended)
}

func appendEnded(list []string, ended string) []string {
	if ended != "" {
		return append(list, "it ended early: "+ended)
	}
	return list
}

// rowWords say what one changed setting did.
func rowWords(r minimize.Row) string {
	switch {
	case r.Unfit:
		return "the server does not run like this"
	case r.Hits > 0:
		return "breaks as well"
	case r.Others > 0:
		return "breaks with another bug"
	case r.Runs == 0:
		return "was not tried"
	}
	return fmt.Sprintf("clean in %s (by luck: %s)", count(r.Runs, "run"), percent(r.Luck))
}

func storyTotals(s Summary) string {
	what, verdict, runs, _ := s.Story.outcome()
	return fmt.Sprintf("%s %s: %s after %s in %s", ending(s), what, verdict, count(runs, "run"), duration(s.Took))
}

// storyText writes a story for a screen.
func storyText(w io.Writer, s Summary, o TextOptions) error {
	p := newPage(o)
	t := s.Run.Target
	p.dotted(t.ModelName(), t.Backend, t.Topology.String(), s.Build.String())
	p.dotted(s.Run.ID, s.Run.Command)
	p.blank()
	for _, l := range s.Story.sentencesOf() {
		p.wrapped("", "  ", l)
	}
	p.scenario("What was replayed", s.Story.Scenario)
	if m := s.Story.Minimized; m != nil {
		p.scenario("The smallest that breaks", m.Smallest)
		p.diagnosis(m.Diagnosis)
	}
	if f := s.Story.FirstBad; f != nil {
		p.builds(f.Steps)
	}
	p.findings(s)
	p.list("Notes", s.Notes)
	p.list("Not observed", s.Unobserved)
	p.blank()
	p.line(span{text: storyTotals(s), style: exitStyle(s)})
	return p.writeTo(w)
}

func (p *page) scenario(title string, s scenario.Scenario) {
	p.heading(title)
	p.scenarioLines(s)
}

func scenarioText(s scenario.Scenario) []string { return strings.Split(s.String(), "\n") }

func (p *page) scenarioLines(s scenario.Scenario) {
	for _, l := range scenarioText(s) {
		text := strings.TrimLeft(l, " ")
		indent := strings.Repeat(" ", 2+len(l)-len(text))
		p.wrapped(indent, indent+"     ", text)
	}
}

func (p *page) diagnosis(rows []minimize.Row) {
	if len(rows) == 0 {
		return
	}
	p.heading("With one setting changed")
	for _, r := range rows {
		p.line(span{text: "  "}, span{text: r.Setting + " " + r.Value, pad: 24}, span{text: rowWords(r)})
	}
}

// storyMarkdown writes the full report of a story.
func storyMarkdown(w io.Writer, s Summary) error {
	d := &document{}
	d.printf("# ctxcliff %s: %s\n\n**%s.**\n", prose(s.Run.Command), prose(subject(s)), prose(storyTotals(s)))
	d.list("What it comes to", s.Story.sentencesOf())
	d.setup(s)
	d.scenario("What was replayed", s.Story.Scenario)
	if m := s.Story.Minimized; m != nil {
		d.scenario("The smallest that breaks", m.Smallest)
		if len(m.Diagnosis) > 0 {
			d.printf("\n## With one setting changed\n\n")
			d.table("", "setting", "value", "what happened")
			for _, r := range m.Diagnosis {
				d.printf("%s", tableRow(prose(r.Setting), code(r.Value), prose(rowWords(r))))
			}
		}
	}
	if f := s.Story.FirstBad; f != nil {
		d.builds(f.Steps)
	}
	d.findings(s)
	d.commands(s)
	d.list("Notes", s.Notes)
	d.list("Not observed", s.Unobserved)
	d.printf("\n%s\n", prose(s.Build.trailer()))
	_, err := io.WriteString(w, d.b.String())
	return err
}

func (d *document) scenario(title string, s scenario.Scenario) {
	d.printf("\n## %s\n\n%s", title, preformatted(scenarioText(s)))
}

// StoryPlan writes what would be replayed.
func StoryPlan(w io.Writer, name string, s scenario.Scenario, signatures []string) error {
	p := newPage(TextOptions{})
	p.wrapped("", "  ", name+": "+count(len(s.Places()), "request")+" in "+count(len(s.Steps), "step"))
	for _, sig := range signatures[:min(1, len(signatures))] {
		p.wrapped("", "  ", "the bug is "+sig)
	}
	if len(signatures) == 0 {
		p.wrapped("", "  ", "no fault is known of it: whatever breaks first is the bug")
	}
	p.scenario("What would be replayed", s)
	return p.writeTo(w)
}
