package reports

import (
	"io"
	"math"
	"time"
)

// JSON writes the stable document. Text is not cleaned in it: JSON has escapes of its own, and a
// program wants what was there.
func JSON(w io.Writer, s Summary) error {
	if s.Hunt != nil {
		return huntJSON(w, s)
	}
	return indented(w, documentOf(s))
}

func documentOf(s Summary) jsonDocument {
	d := jsonDocument{
		Run: jsonRunOf(s), Cells: []jsonCell{}, Starts: jsonStartsOf(s.Starts), Summary: jsonSummaryOf(s),
		Notes: list(s.Notes), Unobserved: list(s.Unobserved), Unjudged: []jsonUnjudged{}, Bugs: jsonKindsOf(s), Gate: jsonGateOf(s.Gate), Comparison: jsonComparisonOf(s), Configurations: jsonConfigurationsOf(s),
	}
	for _, u := range s.Unjudged {
		d.Unjudged = append(d.Unjudged, jsonUnjudged(u))
	}
	for i := range s.Cells {
		d.Cells = append(d.Cells, jsonCellOf(&s.Cells[i]))
	}
	if s.Story != nil {
		d.Reproduction, d.Minimized = s.Story.Reproduction, s.Story.Minimized
		d.Presence, d.FirstBad = s.Story.Presence, s.Story.FirstBad
	}
	if s.Fuzz != nil {
		d.Fuzz = jsonFuzzOf(*s.Fuzz)
	}
	return d
}

func jsonFuzzOf(f Fuzz) *jsonFuzz {
	j := &jsonFuzz{Settings: f.Settings, Seeds: f.Seeds, Result: f.Result, Faults: []jsonMet{}, Missed: []jsonMet{}}
	for _, x := range f.Faults {
		j.Faults = append(j.Faults, jsonMet{faultID(x), x})
	}
	for _, x := range f.Missed {
		j.Missed = append(j.Missed, jsonMet{faultID(x), x})
	}
	return j
}

func jsonRunOf(s Summary) jsonRun {
	r, h := s.Run, s.Run.Host
	first := jsonTestedOf(s.Targets[0])
	j := jsonRun{
		ID: r.ID, Command: r.Command, Argv: list(r.Argv), Version: r.Version, Seed: r.Seed,
		Began: instant(r.Began), Ended: instant(r.Ended), Seconds: round(s.Took.Seconds()), Status: string(r.Status),
		Settings: jsonSettings(r.Settings),
		Host:     jsonHost{OS: h.OS, Kernel: h.Kernel, Arch: h.Arch, CPU: h.CPU, Cores: h.Cores, MemoryMiB: h.MemoryMiB},
		Target:   first.Target, Server: first.Server, Model: first.Model,
	}
	for _, t := range s.Targets {
		j.Targets = append(j.Targets, jsonTestedOf(t))
	}
	return j
}

func jsonCellOf(c *Cell) jsonCell {
	j := jsonCell{
		ID: c.ID, Configuration: c.Configuration, Shape: c.Shape, NP: c.NP, Ctx: c.Ctx, PS: c.PS,
		TargetTokens: c.TargetTokens, PromptTokens: c.PromptTokens, Verdict: c.Verdict, Outcome: c.Outcome,
		Passed: c.Passed, Starts: c.Starts, Refused: c.Refused, Failed: c.Failed, RateUpper95: round(c.UpperBound),
		Attempts: []jsonAttempt{}, Reason: c.Reason, Surprise: c.Surprise, Gate: c.Gate, GateSays: c.GateSays, LogFile: c.LogFile, Again: list(c.Again),
		TimeLine: jsonMomentsOf(c.TimeLine), Opinions: []jsonOpinion{}, Files: list(c.Files),
		NeedBytes: orNull(c.Need.Bytes), PeakBytes: orNull(c.Peak), NeedError: jsonMiss(c.Need.Bytes, c.Peak), Devices: jsonUsesOf(c.Uses),
	}
	for _, o := range c.Opinions {
		j.Opinions = append(j.Opinions, jsonOpinion{o.Oracle, string(o.Says), o.Reason})
	}
	for _, a := range c.Attempts {
		j.Attempts = append(j.Attempts, jsonAttempt{
			N: a.N, Start: a.Start, Outcome: a.Outcome, Ending: a.Ending, Cold: a.Cold, PromptTokens: a.PromptTokens, CachedTokens: a.CachedTokens,
			PromptN: list(a.Processed), CacheN: list(a.CacheN), PP: round(a.PP), TG: round(a.TG), Seconds: round(a.Seconds),
			Position: a.Position, Reason: a.Reason, Gauges: jsonGaugesOf(a.Gauges),
		})
	}
	j.Fault = jsonFaultOf(c.Bug, c.Fault)
	return j
}

func jsonSummaryOf(s Summary) jsonSummary {
	t := s.Totals
	return jsonSummary{
		Result: s.Exit().String(), Cells: t.Cells, Tested: t.Tested, Outcomes: byName(t.Outcomes), Verdicts: byName(t.Verdicts),
		Unexpected: t.Unexpected, Troubled: t.Troubled, Starts: t.Starts, Counted: t.CountedStarts, Failed: t.FailedStarts,
		RateUpper95: round(t.UpperBound), Attempts: t.Attempts, Passes: t.Passes, Warmups: t.Warmups,
	}
}

func byName(list []Tally) map[string]int {
	m := map[string]int{}
	for _, t := range list {
		m[t.Name] = t.Count
	}
	return m
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339Nano)
	return &text
}

// round keeps six digits after the point: microseconds, and rates finer than anyone measures.
func round(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return math.Round(v*1e6) / 1e6
}
