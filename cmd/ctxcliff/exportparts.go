package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/scenario"
	"ctxcliff/prompts"
	"ctxcliff/reports"
	"ctxcliff/reports/handover"
)

// export is a bundle being made. Its subject's scenario is what is handed over.
type export struct {
	subject  subject
	known    known
	redactor *reports.Redactor
	runDir   string

	lab      *harness.Lab
	prompts  []prompts.Prompt // none where the server dies before anything is sent
	ordinary []int32
	caveats  []string
	log      string // the end of the server's log
}

// whileLoading reports whether the fault comes before anything is sent.
func (e *export) whileLoading() bool { return e.subject.attempt.Fault.Phase == "load" }

// prepare looks at the target and makes the prompts.
func (e *export) prepare(ctx context.Context, c *cli.Command) error {
	target, err := e.subject.playedOn(c)
	if err != nil {
		return usage(err)
	}
	if e.lab, err = harness.Survey(ctx, target); err != nil {
		return labError(ctx, err)
	}
	e.caveats = e.subject.unlike(e.lab)
	if !e.whileLoading() {
		e.prompts, e.ordinary, err = e.lab.Prompts(ctx, e.subject.scenario, c.Duration("ready-timeout"))
		if harness.IsLoadFailure(err) {
			err = fmt.Errorf("%w: %w", errNoTokens, err)
		}
		if err != nil {
			return trouble(err)
		}
		e.compare()
	}
	for _, st := range e.subject.record.Starts {
		if st.ID == e.subject.attempt.StartID && st.LogFile != "" {
			e.log = tailOf(filepath.Join(e.runDir, st.LogFile))
		}
	}
	return nil
}

// compare holds the prompts of the fault's own attempt against those that were sent then.
func (e *export) compare() {
	for _, sent := range e.subject.attempt.Requests {
		for _, p := range e.prompts {
			same := p.Recipe.Shape.String() == sent.Shape && p.Recipe.Seed == sent.Seed && p.Recipe.Nonce == sent.Nonce && p.Tokens == sent.Target && sent.Form == prompts.IDs.String()
			if e.known.minimized == nil && same && sent.Hash != "" && p.Hash != sent.Hash {
				e.caveats = append(e.caveats, fmt.Sprintf("not the same as then: the token ids of slot %d, because the vocabulary or this ctxcliff is another", sent.Slot))
			}
		}
	}
}

// bundle makes the files.
func (e *export) bundle() (handover.Bundle, error) {
	b := handover.Bundle{}
	recipe := handover.Recipe{Scenario: e.scenario(), Signatures: e.subject.signatures, Vocabulary: e.lab.Tokenizer(), Prompts: e.sums()}
	r, err := e.reproducer()
	if err != nil {
		return nil, err
	}
	b[handover.ScriptName] = []byte(r.Script())
	if b[handover.RecipeName], err = indentedJSON(recipe); err != nil {
		return nil, err
	}
	if err := e.evidence(b); err != nil {
		return nil, err
	}
	digest, err := digestOf(e.lab.Model.Path)
	if err != nil {
		return nil, err
	}
	var report bytes.Buffer
	if err := e.redactor.Issue(e.issue(digest)).Write(&report); err != nil {
		return nil, err
	}
	b[handover.ReportName] = report.Bytes()
	return b, b.Seal(e.manifest(digest))
}

// scenario is what is handed over, in its canonical form. Its shapes stay as they are: they make the ids.
func (e *export) scenario() scenario.Scenario {
	s := e.subject.scenario.Canonical()
	s.Flags.Other = e.texts(s.Flags.Other)
	return s
}

func (e *export) texts(list []string) []string {
	var all []string
	for _, text := range list {
		all = append(all, e.redactor.Text(text))
	}
	return all
}

func (e *export) sums() []handover.PromptSum {
	var list []handover.PromptSum
	for i, place := range e.subject.scenario.Places() {
		if i < len(e.prompts) {
			list = append(list, handover.PromptSum{Step: place.Step, Request: place.Request, Tokens: e.prompts[i].Tokens, SHA256: e.prompts[i].Hash})
		}
	}
	return list
}

func indentedJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	d := json.NewEncoder(&b)
	d.SetEscapeHTML(false)
	d.SetIndent("", "  ")
	err := d.Encode(value)
	return b.Bytes(), err
}
