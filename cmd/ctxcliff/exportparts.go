package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
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

// shownLog is how much of a log goes into a bundle.
const shownLog = 48 << 10

// tailOf is the end of a text file, whole lines, also where it was packed since; "" where there is none.
func tailOf(name string) string {
	f, err := openLog(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	var last, before []byte // two blocks: what is asked for ends in the one and begins in the other
	dropped := 0
	for {
		block := make([]byte, shownLog)
		n, err := io.ReadFull(f, block)
		if n > 0 {
			dropped += len(before)
			before, last = last, block[:n]
		}
		if err != nil {
			break // the end, or what a writer that died left
		}
	}
	data := slices.Concat(before, last)
	if more := len(data) - shownLog; more > 0 {
		dropped, data = dropped+more, data[more:]
	}
	text := strings.ToValidUTF8(string(data), "\uFFFD")
	if dropped > 0 {
		_, text, _ = strings.Cut(text, "\n")
		text = fmt.Sprintf("[some %d bytes before this are left out]\n%s", dropped, text)
	}
	return text
}

// evidence adds what was seen.
func (e *export) evidence(b handover.Bundle) (err error) {
	if e.log != "" {
		b[handover.EvidenceDir+"server.log"] = []byte(e.redactor.Text(e.log))
	}
	a := e.subject.attempt
	for _, name := range a.Files {
		if text := tailOf(filepath.Join(e.runDir, name)); text != "" {
			b[handover.EvidenceDir+filepath.Base(name)] = []byte(e.redactor.Text(text))
		}
	}
	seen := struct {
		Outcome      string         `json:"outcome"`
		Reason       string         `json:"reason"`
		Excerpt      []string       `json:"excerpt"`
		Consequences []string       `json:"consequences"`
		TimeLine     []trial.Moment `json:"time_line"`
	}{a.Outcome.String(), e.redactor.Text(a.Reason), e.texts(a.Fault.Excerpt), e.texts(a.Fault.Consequences), slices.Clone(a.TimeLine)}
	for i := range seen.TimeLine {
		seen.TimeLine[i].Text = e.redactor.Text(seen.TimeLine[i].Text)
	}
	b[handover.EvidenceDir+"attempt.json"], err = indentedJSON(seen)
	return err
}

// seen is where the fault was seen: server, model and machine. What was not known then is what it is now.
func (e *export) seen() (trial.Binary, trial.Model, trial.Host) {
	if len(e.subject.record.Attempts) == 0 {
		return e.lab.Binary, e.lab.Model, e.lab.Host
	}
	was := e.subject.then()
	if was.Server.Build == 0 && was.Server.Version == "" {
		was.Server = e.lab.Binary
	}
	if was.Model.Arch == "" {
		was.Model = e.lab.Model
	}
	return was.Server, was.Model, e.subject.record.Run.Host
}

func (e *export) issue(digest handover.Digest) reports.Issue {
	a, f := e.subject.attempt, *e.subject.attempt.Fault
	server, model, host := e.seen()
	i := reports.Issue{
		ID: f.ID(), Fault: f, Outcome: a.Outcome, Server: server, Model: model, Host: host, Target: e.lab.Target,
		Scenario: e.subject.scenario, Rate: e.known.rate(), FirstBad: e.known.firstBad, Caveats: slices.Concat(e.caveats, standing),
		More: []string{"repro.sh reproduces it, recipe.json says what is sent, manifest.json has the sums of all files", "evidence/ has the end of the server's log and what else was seen"},
	}
	i.Command = e.pasted()
	if digest.SHA256 != "" {
		i.Digest = fmt.Sprintf("SHA-256 of its first %s bytes: %s", scenario.Count(int(digest.Bytes)), digest.SHA256)
	}
	if f.Position >= 0 && e.subject.scenario.LongestPrompt() > 0 && e.known.minimized == nil {
		i.Position = fmt.Sprintf("after %s of %s prompt tokens", scenario.Count(f.Position), scenario.Count(e.subject.scenario.LongestPrompt()))
	}
	if k := e.known.minimized; k != nil {
		i.Sentence, i.Rows = k.Sentence, k.Diagnosis
	} else if k := e.known.reproduced; k != nil {
		i.Alone = k.History
	}
	lines := strings.Split(strings.TrimRight(e.log, "\n"), "\n")
	i.Log = slices.Concat(f.Excerpt, []string{"", "the end of the log:"}, lines[max(0, len(lines)-60):])
	return i
}

// standing are caveats of every bundle.
var standing = []string{
	"the token ids belong to this model's vocabulary: with another model they are another prompt, or none at all",
	"other hardware, drivers and builds may not show it; a quantised or converted copy of the model is another model",
}

// pasted is the command line as a person would paste it.
func (e *export) pasted() []string {
	argv := slices.Concat(e.lab.Target.Launch, []string{"llama-server"})
	for _, a := range e.lab.Arguments(e.subject.scenario) {
		if a.Words[0] != "--host" && a.Words[0] != "--port" {
			argv = append(argv, a.Words...)
		}
	}
	return argv
}

func (e *export) manifest(digest handover.Digest) handover.Manifest {
	a, f, t := e.subject.attempt, e.subject.attempt.Fault, e.lab.Target
	server, model, host := e.seen()
	server.Path, server.Version, model.Path = e.redactor.Text(server.Path), e.redactor.Text(server.Version), e.redactor.Text(model.Path)
	server.Devices = e.texts(server.Devices)
	return handover.Manifest{
		Made: time.Now().UTC().Format(time.RFC3339), Ctxcliff: version, Redacted: e.redactor != nil, Minimized: e.known.minimized != nil, Rate: e.known.rate(),
		Fault: handover.FaultNote{
			ID: f.ID(), Class: f.Class, Title: e.redactor.Text(f.Title), Signature: e.redactor.Text(f.Signature), Outcome: a.Outcome.String(),
			Phase: f.Phase, Position: f.Position, FirstDeath: f.FirstDeath,
		},
		Server: handover.Binary(server), Model: handover.Model(model), Digest: digest, Host: handover.Host(host),
		Setup: handover.Setup{
			Name: t.Name, Backend: t.Backend, Power: t.Power, Args: e.texts(t.Args), Launch: e.texts(t.Launch), Env: e.texts(t.Env), Peers: e.peers(t.Topology),
		},
	}
}

func (e *export) peers(t plan.Topology) []string {
	var list []string
	for _, p := range t.Peers {
		list = append(list, e.redactor.Text(p))
	}
	return list
}

// digested is how much of a model is read for its digest: its header, its vocabulary, and some of its
// weights. All of it would be hundreds of gigabytes.
const digested = 64 << 20

func digestOf(name string) (handover.Digest, error) {
	f, err := os.Open(name)
	if err != nil {
		return handover.Digest{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, digested))
	return handover.Digest{Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

func indentedJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	d := json.NewEncoder(&b)
	d.SetEscapeHTML(false)
	d.SetIndent("", "  ")
	err := d.Encode(value)
	return b.Bytes(), err
}
