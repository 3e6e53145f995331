package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/reports/handover"
)

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
