package reports

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"ctxcliff/harness/trial"
)

// Target is one target of the run, with the build that was tested.
type Target struct {
	trial.Tested
	Build Build
}

// targetsOf are those of the run, in the order of its plan.
func targetsOf(r trial.Record) []Target {
	var list []Target
	for _, t := range r.Run.Tested() {
		list = append(list, Target{t, buildOf(t, startsWith(r, t))})
	}
	return list
}

// startsWith are the starts of the target's configurations.
func startsWith(r trial.Record, t trial.Tested) []trial.Start {
	if len(r.Run.Others) == 0 {
		return r.Starts
	}
	return slices.DeleteFunc(slices.Clone(r.Starts), func(s trial.Start) bool {
		return !strings.HasPrefix(s.Configuration, t.Target.ID()+"__")
	})
}

// buildOf is the build that the binary named, else the first that a running server named.
func buildOf(t trial.Tested, starts []trial.Start) Build {
	b := Build{Commit: t.Server.Commit, Number: t.Server.Build}
	for _, s := range starts {
		if m := buildInfo.FindStringSubmatch(s.ReadBack.Build); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits; 0 if there are too many of them
			b.Number, b.Commit = cmp.Or(b.Number, n), cmp.Or(b.Commit, m[2])
		}
	}
	return b
}

// target is the one that cells of these names belong to; the first if none does.
func (s Summary) target(model, backend, topology string) Target {
	for _, t := range s.Targets {
		if v := t.Target; v.ModelName() == model && v.Backend == backend && v.Topology.String() == topology {
			return t
		}
	}
	return s.Targets[0]
}

// names are what tells the target from others of the run.
func (t Target) names() []string {
	return []string{t.Target.ModelName(), t.Target.Backend, t.Target.Topology.String()}
}

// edgesOf are those of the target's lines.
func (s Summary) edgesOf(t Target) []Edge {
	if len(s.Targets) == 1 {
		return s.Edges
	}
	return slices.DeleteFunc(slices.Clone(s.Edges), func(e Edge) bool {
		return !strings.HasPrefix(e.Configuration, t.Target.ID()+"__")
	})
}

// fields list what is known of the target, always under the same names, written as the two functions do;
// what is not known is empty.
func (t Target) fields(prose, code func(string) string) []field {
	v, m, b := t.Target, t.Model, t.Server
	return []field{
		{"model", words(code(path.Base("/"+cmp.Or(m.Path, v.Model))), prose(m.Name), prose(m.Arch), prose(m.FileType), unit(m.SizeBytes>>20, "MiB"), unit(int64(m.TrainedContext), "tokens of trained context"))},
		{"server", words(code(cmp.Or(b.Path, v.Server, v.URL)), prose(b.Version))},
		{"build", prose(t.Build.String())},
		{"backend", prose(v.Backend)},
		{"power profile", prose(v.Power)},
		{"devices", prose(strings.Join(b.Devices, "; "))},
		{"launcher", code(commandLine(v.Launch))},
		{"topology", words(prose(v.Topology.String()), prose(strings.Join(v.Topology.Peers, " ")), code(v.Topology.Program))},
		{"server arguments", code(commandLine(v.Args))},
		{"environment", code(commandLine(v.Env))},
	}
}

// alike are the fields in which all targets agree, unlike the names of the others, those that are empty
// everywhere left out.
func alike(targets []Target, prose, code func(string) string) (same []field, unlike []string) {
	first := targets[0].fields(prose, code)
	for i, f := range first {
		varies := slices.ContainsFunc(targets, func(t Target) bool { return t.fields(prose, code)[i] != f })
		switch {
		case varies:
			unlike = append(unlike, f.name)
		case f.value != "":
			same = append(same, f)
		}
	}
	return same, unlike
}

// targets is a table of what differs between the targets; nothing where there is one.
func (d *document) targets(s Summary) {
	_, unlike := alike(s.Targets, prose, code)
	if len(unlike) == 0 {
		return
	}
	d.printf("\n## Targets\n\nWhat all of them have in common stands above.\n\n")
	d.table("", append([]string{"target"}, unlike...)...)
	for _, t := range s.Targets {
		row := []string{prose(oneLine(" · ", t.names()...))}
		for _, f := range t.fields(prose, code) {
			if slices.Contains(unlike, f.name) {
				row = append(row, f.value)
			}
		}
		d.printf("%s", tableRow(row...))
	}
}

// differences is what [document.targets] says, as a list: one entry for each target.
func differences(s Summary, prose, code func(string) string) []field {
	var list []field
	_, unlike := alike(s.Targets, prose, code)
	for _, t := range s.Targets {
		var said []string
		for _, f := range t.fields(prose, code) {
			if slices.Contains(unlike, f.name) && f.value != "" {
				said = append(said, f.name+" "+f.value)
			}
		}
		if len(said) > 0 {
			list = append(list, field{"target " + prose(oneLine(" · ", t.names()...)), strings.Join(said, "; ")})
		}
	}
	return list
}
