package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ctxcliff/harness"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/trial"
	"ctxcliff/reports/handover"
)

func (e *export) reproducer() (handover.Reproducer, error) {
	f, rate := e.subject.attempt.Fault, e.known.rate()
	runs := 10
	if n := minimize.CleanRuns(rate.Hits, rate.Runs); n > 0 {
		runs = n
	}
	r := handover.Reproducer{
		Title: e.redactor.Text(f.ID() + ": " + f.Title), Made: "ctxcliff " + version,
		Scenario: e.scenario(), Command: e.command(), ModelIs: e.redactor.Text(e.modelIs()),
		Kinds: kindsOf(e.subject.attempt), Words: e.mark(), Before: e.redactor.Text(e.subject.attempt.Outcome.Words()),
		Runs: runs, Stall: int(harness.DefaultLimits.Stall.Seconds()),
	}
	r.Notes = e.scriptNotes(rate)
	var made []handover.Prompt
	for i, place := range e.subject.scenario.Places() {
		if i >= len(e.prompts) {
			break
		}
		q := *e.subject.scenario.At(place)
		body, err := harness.BodyOf(q)
		if err != nil {
			return r, err
		}
		made = append(made, handover.Prompt{Recipe: q.Recipe, IDs: e.prompts[i].IDs, Head: e.prompts[i].NonceTokens})
		r.Bodies = append(r.Bodies, bodyOf(body))
	}
	r.Code = handover.Encode(made, e.ordinary)
	return r, nil
}

func bodyOf(b harness.Body) handover.Body {
	kind := "ids"
	switch {
	case !b.Prompt:
		kind = "none"
	case b.Text:
		kind = "text"
	}
	return handover.Body{Path: b.Path, Before: b.Before, After: b.After, Prompt: kind, Whole: !b.Streams}
}

func (e *export) scriptNotes(rate minimize.Rate) []string {
	var notes []string
	if rate.Runs > 0 {
		notes = append(notes, fmt.Sprintf("Where it was measured it broke in %d of %d runs.", rate.Hits, rate.Runs))
	}
	server, _, _ := e.seen()
	notes = append(notes, fmt.Sprintf("Seen with build %d of llama-server and made for %s: with another vocabulary the ids mean other text.", server.Build, e.redactor.Text(e.modelIs())))
	return append(notes, "ctxcliff also asks a short fixed prompt of a fresh server; this does not.")
}

func (e *export) modelIs() string {
	m := e.lab.Model
	return modelIs(cmp.Or(filepath.Base(m.Path), m.Name), m.SizeBytes, m.Vocabulary)
}

// command is how the server is run; what a reader chooses is left out.
func (e *export) command() handover.Command {
	t := e.lab.Target
	c := handover.Command{Launch: e.texts(t.Launch), Env: e.texts(t.Env), Peers: len(t.Topology.Peers)}
	for _, a := range e.lab.Arguments(e.subject.scenario) {
		switch a.Words[0] {
		case "--model":
			c.Model = e.redactor.Text(t.Model)
		case "--host", "--port", "--rpc":
		default:
			c.Settings = append(c.Settings, handover.Setting{Words: e.texts(a.Words), Optional: a.Optional})
		}
	}
	return c
}

// kindsOf says in the script's words how an attempt broke.
func kindsOf(a trial.Attempt) []string {
	switch {
	case a.Fault.Phase == "load":
		return []string{"load"}
	case strings.HasSuffix(a.Fault.Class, "nan") || strings.Contains(a.Fault.Class, "nan-"):
		return []string{"nan"}
	}
	switch a.Outcome {
	case trial.Hang:
		return []string{"hang"}
	case trial.Fail:
		return []string{"error", "died"}
	case trial.Garbage:
		return []string{"nan", "same"}
	case trial.GPUFault, trial.OOM:
		return []string{"died", "error", "hang"}
	}
	return []string{"died"}
}

// mark are words of the server's log that tell this bug from others: the most specific part of its signature,
// where the log has it. "" where nothing was said, or not by the server.
func (e *export) mark() string {
	f := e.subject.attempt.Fault
	part := f.Signature[strings.LastIndexByte(f.Signature, '|')+1:]
	part, _, _ = strings.Cut(part, " in ")
	said := func(line string) bool { return strings.Contains(line, part) && strings.Contains(e.log, line) }
	if len(part) < 6 || !slices.ContainsFunc(f.Excerpt, said) || e.redactor.Text(part) != part {
		return ""
	}
	return part
}
