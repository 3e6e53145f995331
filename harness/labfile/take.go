package labfile

import (
	"slices"

	"ctxcliff/harness/plan"
)

// take puts the entries of an axis where they belong, no two of them under one name.
func (d *decoder) take(f *File, a axis, entries []entry) error {
	seen := map[string]bool{}
	for _, e := range entries {
		var id string
		switch a.name {
		case "models":
			m := Model{Name: e.text("name"), Path: e.text("path")}
			f.Models, id = append(f.Models, m), plan.Target{Name: m.Name, Model: m.Path}.ModelName()
		case "backends":
			f.Backends = append(f.Backends, Backend{
				Name: e.text("name"), Server: e.text("server"), RPCServer: e.text("rpc-server"), Power: e.text("power"),
				Launch: e.texts("launch"), Env: e.texts("env"), Args: e.texts("args"),
			})
			id = plan.Target{Backend: e.text("name")}.ID()
		case "topologies":
			t, err := d.topology(e)
			if err != nil {
				return err
			}
			f.Topologies, id = append(f.Topologies, t), plan.Topology{Name: t.Name, Peers: t.Peers}.String()
		case "cases":
			if err := d.oneOfEach(e); err != nil {
				return err
			}
			f.Cases = append(f.Cases, Case{e.keys, e.at})
			continue
		case "exclude":
			f.Exclude = append(f.Exclude, Exclusion{plan.Exclusion{Pattern: e.text("cells"), Reason: e.text("reason")}, e.at})
			continue
		}
		if seen[id] {
			return d.fail(e.at, "another entry of %s has the same name in cell ids; give this one a name of its own", a.name)
		}
		seen[id] = true
	}
	return nil
}

func (d *decoder) topology(e entry) (Topology, error) {
	t := Topology{Name: e.text("name"), Args: e.texts("args"), Peers: e.texts("rpc")}
	if slices.Contains(t.Peers, single) {
		if len(t.Peers) > 1 {
			return t, d.fail(e.at, "single stands beside peers; write one or the other")
		}
		t.Peers = nil
		return t, nil
	}
	var err error
	if t.Peers, err = plan.ParsePeers(t.Peers); err != nil {
		return t, d.fail(e.at, "rpc: %s", err)
	}
	return t, nil
}

// oneOfEach refuses keys of one entry that say the same.
func (d *decoder) oneOfEach(e entry) error {
	for _, group := range alternatives {
		first, two := e.each[group[0]], e.each[group[1]]
		if first != (Position{}) && two != (Position{}) {
			return d.fail(two, "%s and %s say the same; keep one of them", group[0], group[1])
		}
	}
	return nil
}
