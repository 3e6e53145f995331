package reports

import (
	"ctxcliff/harness/faults"
	"ctxcliff/harness/trial"
)

func jsonTestedOf(t Target) jsonTested {
	v, b, m := t.Target, t.Server, t.Model
	return jsonTested{
		Target: jsonTarget{
			Name: v.ModelName(), Server: v.Server, Launch: list(v.Launch), URL: v.URL, Model: v.Model, Backend: v.Backend, Power: v.Power,
			Topology: v.Topology.String(), Peers: list(v.Topology.Peers), RPCServer: v.Topology.Program, Args: list(v.Args), Env: list(v.Env),
		},
		Server: jsonServer{Path: b.Path, Version: b.Version, Commit: t.Build.Commit, Build: t.Build.Number, Devices: list(b.Devices)},
		Model: jsonModel{
			Path: m.Path, Name: m.Name, Arch: m.Arch, FileType: m.FileType, SizeBytes: m.SizeBytes, TrainedContext: m.TrainedContext,
		},
	}
}

// jsonFaultOf is null without a fault.
func jsonFaultOf(bug string, f *faults.Fault) *jsonFault {
	if f == nil {
		return nil
	}
	return &jsonFault{
		ID: bug, Class: f.Class, Category: f.Category, Title: f.Title, Signature: f.Signature, Component: f.Component,
		Phase: f.Phase, Position: f.Position, FirstDeath: f.FirstDeath, Excerpt: list(f.Excerpt),
		Alternates: list(f.Alternates), Consequences: list(f.Consequences), Fate: string(f.Outcome), Rule: f.Rule,
	}
}

func jsonStartsOf(starts []trial.Start) []jsonStart {
	all := []jsonStart{}
	for _, st := range starts {
		all = append(all, jsonStart{
			N: st.N, Configuration: st.Configuration, Outcome: st.Outcome, Exit: st.Exit, Requested: st.Requested,
			LoadSeconds: round(st.Load.Seconds()), SlotContext: st.ReadBack.SlotContext, Build: st.ReadBack.Build,
			Argv: list(st.Argv), LogFile: st.LogFile, LogBytes: st.LogBytes,
			Peers: jsonPeersOf(st.Peers), Gauges: jsonGaugesOf(st.Gauges), Unobserved: list(st.Unobserved),
		})
	}
	return all
}

func jsonKindsOf(s Summary) []jsonKind {
	all := []jsonKind{}
	for _, k := range kinds(s) {
		first := k.shortest()
		if first.Fault == nil {
			continue
		}
		j := jsonKind{ID: first.Bug, Class: first.Fault.Class, Title: first.Fault.Title}
		for _, c := range k.cells {
			j.Cells = append(j.Cells, c.ID)
		}
		all = append(all, j)
	}
	return all
}

// jsonMomentsOf is the beginning and the end of a time line.
func jsonMomentsOf(line []trial.Moment) []jsonMoment {
	all := []jsonMoment{}
	for i, m := range line {
		if i == 0 || i > len(line)-keptMoments {
			all = append(all, jsonMoment{instant(m.At), m.Source, m.Text})
		}
	}
	return all
}

func jsonPeersOf(peers []trial.Peer) []jsonPeer {
	all := []jsonPeer{}
	for _, p := range peers {
		all = append(all, jsonPeer{Name: p.Name, Endpoint: p.Endpoint, Argv: list(p.Argv), Exit: p.Exit, Requested: p.Requested, LogFile: p.LogFile})
	}
	return all
}

func jsonGaugesOf(gauges []trial.Gauge) []jsonGauge {
	all := []jsonGauge{}
	for _, g := range gauges {
		all = append(all, jsonGauge{
			Device: g.Device, MemoryBytes: known(g.MemoryBytes), MemoryBefore: g.MemoryBefore, MemoryTotal: known(g.MemoryTotal),
			TempC: known(round(g.TempC)), PowerW: known(round(g.PowerW)), BusyPercent: known(round(g.BusyPercent)),
		})
	}
	return all
}

// known is nil for what could not be read.
func known[T int64 | float64](v T) *T {
	if v < 0 {
		return nil
	}
	return &v
}
