package reports

import (
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// sideBySide is one model in three backends, one of them over rpc-servers, three starts each: one is
// surely faster at prompts, one at replies, one breaks at the larger size.
func sideBySide(t testing.TB) trial.Record {
	target := func(backend string, peers ...string) plan.Target {
		return plan.Target{Name: "tiny", Server: "/opt/" + backend + "/llama-server", Model: "/models/tiny.gguf", Backend: backend, Args: []string{"-ngl", "99"}, Topology: plan.Topology{Peers: peers}}
	}
	targets := []plan.Target{target("rocm"), target("vulkan"), target("rocm", "local", "local")}
	targets[1].Env, targets[1].Power = []string{"VK_ICD_FILENAMES=/x.json"}, "performance"
	b := newBook(t, plan.Matrix{Targets: targets, NP: []int{1}, PerSlot: []int{16000}, Tokens: []int{1000, 8000}, Shapes: shapeList(t, "opt,mixed")},
		trial.Settings{Starts: 3, Attempts: 1, Isolation: "cell", Reply: 16})
	b.Run.Model.Path, b.Run.Server.Path = targets[0].Model, targets[0].Server
	for i, v := range targets[1:] {
		b.Run.Others = append(b.Run.Others, trial.Tested{Target: v, Server: trial.Binary{Path: v.Server, Version: "0.7.0", Build: 8102 + i, Commit: "39e4b1dc"}, Model: b.Run.Model})
	}
	for _, c := range b.Cells {
		v := c.Configuration.Target
		for n := range 3 {
			if v.Backend == "vulkan" && c.Tokens == 8000 && c.Shape.String() == "mixed" {
				b.crash(c, trial.GPUFault, gpuFault(4096))
				continue
			}
			start := b.start(c)
			start.Load = map[string]time.Duration{"rocm__single": 3 * time.Second, "vulkan__single": 2 * time.Second, "rocm__rpc2": 5 * time.Second}[v.Backend+"__"+v.Topology.String()] + time.Duration(n)*50*time.Millisecond
			start.Gauges = []trial.Gauge{{Device: "server", MemoryBytes: int64(c.Tokens+n) << 17, MemoryTotal: -1, TempC: -1, PowerW: -1, BusyPercent: -1}}
			b.attempt(c, trial.Pass, "", time.Duration(c.Tokens)*perToken, func(r *trial.Request) {
				answer(c.Tokens, 0, perToken)(r)
				if v.Backend == "vulkan" {
					r.PromptTime = r.PromptTime * time.Duration(120+n) / 100
					r.PredictedTime = r.PredictedTime * time.Duration(80+n) / 100
				} else {
					r.PromptTime = r.PromptTime * time.Duration(100+n) / 100
					r.PredictedTime = r.PredictedTime * time.Duration(100+5*n) / 100
				}
			})
		}
	}
	b.Needs = []trial.Need{{Configuration: b.Starts[0].Configuration, Need: plan.Need{Bytes: 900 << 20, By: "weights 800 MiB, cache up to 100 MiB, by the model's header"}},
		{Configuration: b.Starts[len(b.Starts)-1].Configuration, Need: plan.Need{Bytes: 3 << 30, By: "Host 1.0 GiB, RPC0 2.0 GiB, by llama-fit-params", Devices: []plan.Demand{
			{Device: "Host", Memory: "this host", Bytes: 1 << 30, Free: 8 << 30, Gauge: "server"}, {Device: "RPC0", Of: "rpc1 at 10.1.2.3:50052", Bytes: 2 << 30},
		}}}}
	return b.Record
}

func TestWinners(t *testing.T) {
	c := comparisonOf(Summarize(sideBySide(t)))
	if c == nil || len(c.columns) != 3 || len(c.rows) != 4 {
		t.Fatalf("%+v", c)
	}
	var labels []string
	for _, v := range c.columns {
		labels = append(labels, v.label)
	}
	if got := strings.Join(labels, "|"); got != "rocm single|vulkan single|rocm rpc2" {
		t.Error(got)
	}
	for _, r := range c.rows {
		want := []int{-1, 1, 1, -1} // rocm is the same with peers and without: no winner at prompts
		if r.tokens == 8000 && r.shape == "mixed" {
			want = []int{-1, -1, 0, -1} // vulkan broke: it has no number and wins nothing
		}
		for m := range comparedBy {
			if r.winners[m] != want[m] {
				t.Errorf("%s %s: column %d wins, want %d: %v", c.name(r), comparedBy[m].name, r.winners[m], want[m], r.metrics[m])
			}
		}
	}
}

func TestWhoWins(t *testing.T) {
	high, low := comparedBy[0], comparedBy[2]
	for name, c := range map[string]struct {
		m     metric
		stats []Stat
		want  int
	}{
		"nobody":                {high, []Stat{{}, {}}, -1},
		"alone":                 {high, []Stat{{N: 3, Mean: 5, SD: 1}, {}}, -1},
		"one measurement each":  {high, []Stat{{N: 1, Mean: 5}, {N: 1, Mean: 50}}, -1},
		"surely more":           {high, []Stat{{N: 3, Mean: 5, SD: 0.1}, {N: 3, Mean: 50, SD: 0.1}}, 1},
		"surely less":           {low, []Stat{{N: 3, Mean: 5, SD: 0.1}, {N: 3, Mean: 50, SD: 0.1}}, 0},
		"inside the noise":      {high, []Stat{{N: 3, Mean: 50, SD: 20}, {N: 3, Mean: 55, SD: 20}}, -1},
		"surely, but by little": {high, []Stat{{N: 9, Mean: 1000, SD: 0.1}, {N: 9, Mean: 1001, SD: 0.1}}, -1},
		"one rival too near":    {high, []Stat{{N: 3, Mean: 50, SD: 1}, {N: 3, Mean: 51, SD: 1}, {N: 3, Mean: 5, SD: 1}}, -1},
		"one rival unsure":      {high, []Stat{{N: 3, Mean: 50, SD: 1}, {N: 1, Mean: 5}}, -1},
	} {
		if got := c.m.winner(c.stats); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestNothingToCompare: one backend in one topology is no comparison, however many models.
func TestNothingToCompare(t *testing.T) {
	for _, r := range []trial.Record{allPass(t), troubled(t), {}} {
		if c := comparisonOf(Summarize(r)); c != nil {
			t.Errorf("%+v", c)
		}
	}
}
