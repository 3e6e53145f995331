package reports

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Summarize computes everything that reports say about a run. The record is left as it is; attempts
// and starts may come in any order. An attempt that is still open counts as in flight.
func Summarize(r trial.Record) Summary {
	r, odd := usable(r)
	starts := map[int64]trial.Start{}
	for _, s := range r.Starts {
		starts[s.ID] = s
	}
	s := Summary{Run: r.Run, Starts: r.Starts, Took: took(r), Targets: targetsOf(r)}
	s.Build = s.Targets[0].Build
	skipped := map[string]string{}
	for _, skip := range r.Skips {
		skipped[skip.Cell.ID()] = skip.Reason
	}
	for i, t := range r.Trials() {
		c := cellOf(r, r.Cells[i], t, starts)
		if reason, ok := skipped[c.ID]; ok && len(c.Attempts) == 0 {
			c.Outcome, c.Reason = trial.Skip, reason
		}
		s.Cells = append(s.Cells, c)
	}
	s.Configurations = configurationsOf(r)
	s.Totals = totalsOf(r, s.Cells)
	s.Notes = append(slices.Clone(r.Notes), remarks(s, odd)...)
	edges, hunt, err := edgesOf(r)
	if s.Edges, s.Hunt = edges, hunt; err != nil {
		s.Notes = append(s.Notes, "the edges cannot be computed: "+err.Error())
	}
	if s.Story, err = storyOf(r); err != nil {
		s.Story, s.Notes = nil, append(s.Notes, "the journal cannot be read: "+err.Error())
	}
	if s.Fuzz, err = fuzzOf(r); err != nil {
		r.Notes = append(r.Notes, "the journal cannot be read: "+err.Error())
	}
	if s.Fuzz != nil { // its cells are no matrix: what is missing from one says nothing
		s.Notes, s.Unobserved = r.Notes, dark(s.Starts)
		return s
	}
	s.crown()
	s.Unjudged = unjudged(r.Attempts)
	s.Unobserved = unobserved(s)
	return s
}

// usable is the record in the order that everything else relies on: attempts and starts sorted,
// skipped cells among the planned ones, attempts that were left open, or made again, marked as interrupted. Cells
// that cannot exist are left out and counted.
func usable(r trial.Record) (trial.Record, int) {
	r.Cells = slices.Clone(r.Cells)
	planned := map[string]bool{}
	possible := func(c plan.Cell) bool { return c.Configuration.NP > 0 }
	before := len(r.Cells) + len(r.Skips)
	r.Cells = slices.DeleteFunc(r.Cells, func(c plan.Cell) bool { return !possible(c) })
	r.Skips = slices.DeleteFunc(slices.Clone(r.Skips), func(s plan.Skip) bool { return !possible(s.Cell) })
	odd := before - len(r.Cells) - len(r.Skips)
	for _, c := range r.Cells {
		planned[c.ID()] = true
	}
	for _, s := range r.Skips {
		if id := s.Cell.ID(); !planned[id] {
			planned[id] = true
			r.Cells = append(r.Cells, s.Cell)
		}
	}
	r.Starts = slices.Clone(r.Starts)
	slices.SortStableFunc(r.Starts, func(a, b trial.Start) int { return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.ID, b.ID)) })
	r.Attempts = slices.Clone(r.Attempts)
	slices.SortStableFunc(r.Attempts, func(a, b trial.Attempt) int {
		return cmp.Or(cmp.Compare(a.StartN, b.StartN), cmp.Compare(a.StartID, b.StartID), cmp.Compare(a.N, b.N), cmp.Compare(a.ID, b.ID))
	})
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if a.Superseded {
			a.Reason = "the start was broken off, and another one made it again: " + cmp.Or(a.Reason, a.Outcome.String())
		}
		a.Outcome = a.Standing()
	}
	return r, odd
}

// replay makes the command the one that replays the attempt that showed the fault: what a story sent in the name of a
// cell need not be what a screen of the cell sends.
func (c *Cell) replay(t trial.Trial) {
	for _, a := range t.Attempts {
		if !a.Warmup && a.Outcome.Bad() && (c.Fault == nil || a.Fault != nil && a.Fault.Signature == c.Fault.Signature) {
			c.Again = []string{"ctxcliff", "repro", strconv.FormatInt(a.ID, 10)}
			return
		}
	}
}

func cellOf(r trial.Record, p plan.Cell, t trial.Trial, starts map[int64]trial.Start) Cell {
	conf := p.Configuration
	j := trial.Judge(t)
	c := Cell{
		ID: t.CellID, Configuration: conf.ID(), Shape: p.Shape.String(),
		Model: conf.Target.ModelName(), Backend: conf.Target.Backend, Topology: conf.Target.Topology.String(),
		NP: conf.NP, Ctx: conf.Ctx, PS: conf.Ctx / conf.NP, TargetTokens: p.Tokens,
		Verdict: j.Verdict, Outcome: j.Outcome, Starts: j.Starts, Failed: j.Failed,
		UpperBound: j.UpperBound, Again: again(r.Run, p),
	}
	c.Refused = min(t.Refused(), j.Starts-j.Failed)
	c.Passed = j.Starts - j.Failed - c.Refused
	if j.Starts == 0 {
		c.UpperBound = 1
	}
	slot := conf.SlotContext()
	for _, a := range t.Attempts {
		if n := starts[a.StartID].ReadBack.SlotContext; n > 0 {
			slot = n
		}
		if a.Warmup {
			continue
		}
		c.Attempts = append(c.Attempts, attemptOf(a))
		c.PromptTokens = cmp.Or(c.PromptTokens, reached(a))
	}
	c.Surprise = surprise(c, p.Expected(slot), slot)
	c.Cold = throughput(c.Attempts, func(a Attempt) bool { return a.Cold })
	c.Cached = throughput(c.Attempts, func(a Attempt) bool { return a.Cached })
	c.explain(t, starts)
	if r.Story != nil {
		c.replay(t)
	}
	c.weigh(t.Attempts, starts, needOf(r, c.Configuration))
	return c
}

// needOf is what a configuration was expected to take.
func needOf(r trial.Record, configuration string) plan.Need {
	i := slices.IndexFunc(r.Needs, func(n trial.Need) bool { return n.Configuration == configuration })
	if i < 0 {
		return plan.Need{}
	}
	return r.Needs[i].Need
}

// explain takes fault, reason and log from the attempt that gave the cell its outcome. If several
// did, the first that was classified speaks, else the first.
func (c *Cell) explain(t trial.Trial, starts map[int64]trial.Start) {
	for _, a := range t.Attempts {
		if a.Warmup || a.Outcome != c.Outcome || c.Fault != nil {
			continue
		}
		if c.LogFile == "" && c.Reason == "" || a.Fault != nil {
			c.Reason, c.LogFile = a.Reason, starts[a.StartID].LogFile
			c.TimeLine, c.Files, c.Opinions = slices.Clone(a.TimeLine), slices.Clone(a.Files), against(a.Opinions)
		}
		if a.Fault != nil {
			f := *a.Fault
			f.Excerpt = slices.Clone(f.Excerpt)
			f.Alternates = slices.Clone(f.Alternates)
			f.Consequences = slices.Clone(f.Consequences)
			c.Fault, c.Bug = &f, f.ID()
		}
	}
}

func surprise(c Cell, expected plan.Expectation, slot int) string {
	size := max(c.TargetTokens, c.PromptTokens)
	switch {
	case c.Refused > 0 && expected == plan.ExpectAnswer:
		return fmt.Sprintf("%d tokens were refused although a slot has %d", size, slot)
	case c.Passed > 0 && expected == plan.ExpectRefusal:
		return fmt.Sprintf("%d tokens were answered although a slot has only %d", size, slot)
	}
	return ""
}

func attemptOf(a trial.Attempt) Attempt {
	row := Attempt{
		N: a.N, Start: a.StartN, Outcome: a.Outcome, Ending: a.Ending(),
		PromptTokens: a.PromptTokens(), CachedTokens: a.CachedTokens(),
		PP: a.PromptRate(), TG: a.ReplyRate(), Seconds: a.Elapsed.Seconds(), Position: a.Position(), Reason: a.Reason,
		Gauges: slices.Clone(a.Gauges),
	}
	for _, r := range a.Requests {
		row.Prompts = append(row.Prompts, Prompt{r.Slot, r.Shape, r.Seed, r.Target, r.Nonce, r.Form, r.Vocabulary, r.Hash})
		row.Processed, row.CacheN = append(row.Processed, r.ProcessedTokens), append(row.CacheN, r.CachedTokens)
	}
	row.Cold = a.Cold() && row.PromptTokens > 0 // zeros everywhere prove nothing
	row.Cached = row.CachedTokens > 0
	return row
}

// reached is the prompt size of an attempt: counted by the server or, for prompts of token ids,
// exact by construction. 0 when unknown.
func reached(a trial.Attempt) int {
	if n := a.PromptTokens(); n > 0 {
		return n
	}
	smallest := 0
	for i, r := range a.Requests {
		if r.Form != "ids" || r.Hash == "" {
			return 0
		}
		if i == 0 || r.Target < smallest {
			smallest = r.Target
		}
	}
	return smallest
}

func throughput(list []Attempt, which func(Attempt) bool) Throughput {
	var pp, tg, seconds, reused []float64
	for _, a := range list {
		if (a.Outcome == trial.Pass || a.Outcome == trial.Warn) && which(a) {
			pp, tg, seconds = append(pp, a.PP), append(tg, a.TG), append(seconds, a.Seconds)
			reused = append(reused, float64(a.CachedTokens))
		}
	}
	return Throughput{PP: statOf(pp), TG: statOf(tg), Seconds: statOf(seconds), Reused: statOf(reused)}
}

func configurationsOf(r trial.Record) []Configuration {
	var list []Configuration
	at := map[string]int{}
	for _, c := range r.Cells {
		conf := c.Configuration
		id := conf.ID()
		if _, ok := at[id]; !ok {
			at[id] = len(list)
			list = append(list, Configuration{ID: id, NP: conf.NP, Ctx: conf.Ctx, PS: conf.Ctx / conf.NP})
		}
	}
	for _, n := range r.Needs {
		if i, ok := at[n.Configuration]; ok {
			list[i].Need = n.Need
		}
	}
	of := readings(r)
	for i := range list {
		list[i].weigh(r.Starts, of)
	}
	for _, s := range r.Starts {
		i, ok := at[s.Configuration]
		if !ok {
			continue
		}
		c := &list[i]
		if c.Starts++; r.Sums != nil {
			c.Starts = r.Sums.Configurations[c.ID]
		}
		if c.Argv == nil {
			c.Argv = slices.Clone(s.Argv)
		}
		if c.SlotContext == 0 {
			c.SlotContext, c.Build, c.Devices = s.ReadBack.SlotContext, s.ReadBack.Build, slices.Clone(s.ReadBack.Devices)
		}
	}
	return list
}

// took is the time from the beginning to the end, or to the last thing recorded of a run that never
// ended.
func took(r trial.Record) time.Duration {
	end := r.Run.Ended
	if end.IsZero() {
		for _, s := range r.Starts {
			end = later(end, s.Ended)
		}
		for _, a := range r.Attempts {
			end = later(end, a.Began.Add(a.Elapsed))
		}
	}
	if r.Run.Began.IsZero() || end.Before(r.Run.Began) {
		return 0
	}
	return end.Sub(r.Run.Began)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// buildInfo is what /props says: b8102-39e4b1dc, b11669-Debian.
var buildInfo = regexp.MustCompile(`^b(\d+)-([0-9a-f]{7,40})?`)
