package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/plan"
)

const manyLab = `
server-arg: -a
env: {X: file, Y: file}
models: [m.gguf]
backends:
  - {name: rocm, server: s, args: -b, env: {X: rocm}}
  - {name: vulkan, server: s, launch: nice -n 5, power: low}
topologies:
  - single
  - {rpc: ["h:1", "h:2"], args: -ts 1/1, name: even}
`

// targetsAsked are those of a screen that is called with these words.
func targetsAsked(t *testing.T, text string, words ...string) []plan.Target {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lab.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var targets []plan.Target
	app := &cli.Command{Flags: concat(targetFlags(), attachFlags(), axisFlags(), runFlags()), DisableSliceFlagSeparator: true, Action: func(_ context.Context, c *cli.Command) error {
		file, err := configure(c)
		if err != nil {
			return err
		}
		targets, err = targetsOf(c, file)
		return err
	}}
	if err := app.Run(t.Context(), append([]string{"screen", "-c", path}, words...)); err != nil {
		t.Fatal(err)
	}
	return targets
}

// TestTargets: every backend in every topology; of arguments and environment the narrower ones stand last,
// where they win, and those of the command line behind all.
func TestTargets(t *testing.T) {
	all := targetsAsked(t, manyLab)
	var got []string
	for _, v := range all {
		got = append(got, v.ID()+" "+strings.Join(v.Args, " ")+" "+strings.Join(v.Env, " ")+" "+strings.Join(v.Launch, " ")+v.Power)
	}
	want := []string{
		"m__rocm__single -a -b X=file Y=file X=rocm ",
		"m__rocm__even -a -b -ts 1/1 X=file Y=file X=rocm ",
		"m__vulkan__single -a X=file Y=file nice -n 5low",
		"m__vulkan__even -a -ts 1/1 X=file Y=file nice -n 5low",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", got)
	}
	flags := targetsAsked(t, manyLab, "--backend", "rocm", "--topology", "even", "--server-arg", "-z", "--server-arg", "a,b", "--env", "X=flag")
	if len(flags) != 1 || strings.Join(flags[0].Args, " ") != "-b -ts 1/1 -z a,b" || strings.Join(flags[0].Env, " ") != "X=rocm X=flag" {
		t.Errorf("got %+v", flags)
	}
	other := targetsAsked(t, manyLab, "--server", "other", "--model", "n.gguf", "--rpc", "local")
	if len(other) != 1 || other[0].Server != "other" || other[0].Topology.String() != "rpc1" || other[0].ModelName() != "n" || other[0].Power != "" {
		t.Errorf("got %+v", other)
	}
}
