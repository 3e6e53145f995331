package reports

import "ctxcliff/harness/trial"

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
			Device: g.Device, MemoryBytes: known(g.MemoryBytes), MemoryTotal: known(g.MemoryTotal),
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
