package reports

import (
	"fmt"
	"slices"
	"strconv"

	"ctxcliff/harness/trial"
)

// pageIndex is what the filters go by: small, because it is read as soon as the page opens.
type pageIndex struct {
	Targets []string `json:"targets"`
	Shapes  []string `json:"shapes"`
	Cells   [][]any  `json:"cells"` // target, shape, np, outcome, fault, id
}

// pageDetails is what the panels show. It is read when the first of them opens.
type pageDetails struct {
	Cells    []pageCell        `json:"cells"` // as in the index
	Starts   map[int]pageStart `json:"starts"`
	Commands [][]string        `json:"commands"` // words of the command lines that others are told from
}

type pageCell struct {
	Sizes    [5]int       `json:"sizes"` // tokens asked for and reached, np, ctx, ps
	Mark     string       `json:"mark"`
	Class    string       `json:"class"`
	Says     string       `json:"says"` // what was concluded, in a sentence
	Facts    [][2]string  `json:"facts,omitempty"`
	Died     string       `json:"died,omitempty"`
	Bug      string       `json:"bug,omitempty"`
	Title    string       `json:"title,omitempty"`
	Meaning  string       `json:"meaning,omitempty"`
	Excerpt  []string     `json:"excerpt,omitempty"`
	After    []string     `json:"after,omitempty"`
	Line     [][3]string  `json:"line,omitempty"` // seconds, source, text
	Left     int          `json:"left,omitempty"`
	Opinions [][3]string  `json:"opinions,omitempty"`
	Attempts [][]string   `json:"attempts,omitempty"`
	Gauges   [][]string   `json:"gauges,omitempty"`
	Prompts  []pageRecipe `json:"prompts,omitempty"`
	Starts   []int        `json:"starts,omitempty"`
	Again    pageLine     `json:"again"`
}

type pageStart struct {
	Says       string   `json:"says"`
	Command    pageLine `json:"command,omitempty"`
	Peers      []string `json:"peers,omitempty"`
	Unobserved []string `json:"unobserved,omitempty"`
}

func pageIndexOf(s Summary) pageIndex {
	x := pageIndex{Targets: []string{}, Shapes: []string{}, Cells: [][]any{}}
	at := map[*Cell]int{}
	for t, m := range matrices(s) {
		x.Targets = append(x.Targets, targetName(m))
		for _, c := range m.at {
			at[c] = t
		}
	}
	shapes := map[string]int{}
	for i := range s.Cells {
		c := &s.Cells[i]
		if _, known := shapes[c.Shape]; !known {
			shapes[c.Shape] = len(x.Shapes)
			x.Shapes = append(x.Shapes, c.Shape)
		}
		x.Cells = append(x.Cells, []any{at[c], shapes[c.Shape], c.NP, c.Outcome.String(), c.Bug, c.ID})
	}
	return x
}

func pageDetailsOf(s Summary) pageDetails {
	d := pageDetails{Cells: []pageCell{}, Starts: map[int]pageStart{}}
	lines := commandLines{at: map[string]int{}}
	for i := range s.Cells {
		c := &s.Cells[i]
		p := pageCellOf(c)
		p.Again = lines.tell("again "+c.Configuration, c.Again)
		d.Cells = append(d.Cells, p)
	}
	for _, st := range s.Starts {
		p := pageStartOf(st)
		p.Command = lines.tell("start "+st.Configuration, st.Argv)
		d.Starts[st.N] = p
	}
	d.Commands = lines.words
	return d
}

func pageCellOf(c *Cell) pageCell {
	p := pageCell{Sizes: [5]int{c.TargetTokens, c.PromptTokens, c.NP, c.Ctx, c.PS}, Mark: c.mark(true), Class: cellClass(c), Says: c.concluded(), Facts: pageFacts(c)}
	if f := c.Fault; f != nil {
		p.Died, p.Bug, p.Title, p.Meaning, p.Excerpt, p.After = death(f.FirstDeath), c.Bug+" "+f.Class, f.Title, meanings[f.Class], f.Excerpt, f.Consequences
	}
	moments, left := bounded(c.TimeLine, keptMoments)
	for _, m := range moments {
		p.Line = append(p.Line, [3]string{m.after, m.source, m.text})
	}
	p.Left = left
	for _, o := range c.Opinions {
		p.Opinions = append(p.Opinions, [3]string{o.Oracle, string(o.Says), o.Reason})
	}
	for _, a := range c.Attempts {
		p.Attempts = append(p.Attempts, pageAttempt(a))
		p.Gauges = append(p.Gauges, pageGauges(a)...)
		if !slices.Contains(p.Starts, a.Start) {
			p.Starts = append(p.Starts, a.Start)
		}
	}
	p.Prompts = pageRecipes(c.Attempts)
	return p
}

// concluded is the verdict in words, with how much it proves.
func (c *Cell) concluded() string {
	switch {
	case c.Verdict == trial.Unproven:
		return c.Outcome.String() + ": " + c.Outcome.Words()
	case c.Verdict == trial.Limit:
		return fmt.Sprintf("refused cleanly in %s: a limit, not a crash", count(c.Refused, "start"))
	case c.Verdict == trial.Holds:
		return fmt.Sprintf("holds: no failure in %s, which proves a failure rate of at most %s (95 %% confidence)", count(c.Starts, "start"), percent(c.UpperBound))
	}
	return fmt.Sprintf("%s: %s in %d of %s; failure rate at most %s (95 %% confidence)", c.Verdict, c.Outcome, c.Failed, count(c.Starts, "start"), percent(c.UpperBound))
}

func pageFacts(c *Cell) [][2]string {
	var list [][2]string
	add := func(name, value string) {
		if value != "" {
			list = append(list, [2]string{name, value})
		}
	}
	add("reason", why(c))
	add("surprise", c.Surprise)
	add("expected", oneLine(": ", string(c.Gate), c.GateSays))
	if f := c.Fault; f != nil {
		add("component", f.Component)
		add("phase", f.Phase)
		add("signature", f.Signature)
		for _, a := range f.Alternates {
			add("may also be", a)
		}
		add("afterwards", string(f.Outcome))
	}
	if c.finding() {
		add("position", position(c))
	}
	add("log", cleanPath(c.LogFile))
	for _, name := range c.Files {
		add("kept", name)
	}
	return list
}

func pageStartOf(st trial.Start) pageStart {
	p := pageStart{Says: fmt.Sprintf("start %d: %s", st.N, st.Outcome), Unobserved: st.Unobserved}
	add := func(text string) { p.Says += "; " + text }
	if st.Load > 0 {
		add("ready after " + duration(st.Load))
	}
	if n := st.ReadBack.SlotContext; n > 0 {
		add(strconv.Itoa(n) + " tokens of context per slot")
	}
	if st.Exit != "" {
		add("ended with " + st.Exit)
		if st.Requested {
			p.Says += " when it was asked to"
		}
	}
	for _, peer := range st.Peers {
		p.Peers = append(p.Peers, oneLine("; ", peer.Name+" at "+peer.Endpoint, word("ended with ", peer.Exit), word("log ", peer.LogFile), commandLine(peer.Argv)))
	}
	return p
}
