package harness

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/fartest"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// TestForeseeByDevice: the real planner says what a real server would take of this host and of rpc-servers
// here and over ssh, which are up for no longer than that. The devices of one host share its memory; what
// does not fit is left out, and the reason names who asks for too much.
func TestForeseeByDevice(t *testing.T) {
	h := fartest.Loopback(t)
	lab := spread(t, tinymodel.Llama, plan.LocalPeer, on(t, h))
	remote, _, err := plan.ParseRemote(on(t, h))
	if err != nil {
		t.Fatal(err)
	}
	lab.Target.Args = append(slices.Clone(oneThread), "-ts", "1/1", "--cache-reuse", "64") // the planner knows nothing of the last
	work := lab.work(t, 2, 64000)
	lab.foresee(t.Context(), work)
	need := work[0].Need
	if len(need.Devices) != 3 || !strings.HasSuffix(need.By, ", by llama-fit-params") || need.Bytes < 10<<20 {
		t.Fatalf("%+v", need)
	}
	for i, want := range []plan.Demand{
		{Device: "RPC0", Of: "rpc1", Memory: "this host", Gauge: "rpc1"},
		{Device: "RPC1", Of: "rpc2 on " + remote.Host, Memory: "rpc2's host", Gauge: "rpc2"},
		{Device: "Host", Memory: "this host", Gauge: "server"},
	} {
		got := need.Devices[i]
		if got.Free < 64<<20 {
			t.Errorf("%s: %d free", got.Device, got.Free)
		}
		if got.Bytes, got.Free = 0, 0; got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	for i := range need.Devices {
		need.Devices[i].Free = 1 << 20
	}
	work[0].Need = need
	why := hopeless(work[0], 1, 0)
	if !strings.HasPrefix(why, "predicted not to fit: RPC0 (rpc1) ") || !strings.Contains(why, ", Host ") || !strings.HasSuffix(why, "of the memory of this host, and 1 MiB are free, by llama-fit-params") {
		t.Error(why)
	}
	allGone(t, h.Family(), 2*time.Second)
}

// work is one configuration of the lab.
func (lab *Lab) work(t testing.TB, np, ps int) []plan.Work {
	t.Helper()
	list, err := shapes.ParseList("opt")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Matrix{Targets: []plan.Target{lab.Target}, NP: []int{np}, PerSlot: []int{ps}, Shapes: list, Tokens: []int{100}, Reply: 4}.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p.Configurations
}

// TestWhereMemoryIs maps devices of servers with GPUs. Cards of one kind are counted alike by all; of two kinds nobody
// knows which is which.
func TestWhereMemoryIs(t *testing.T) {
	one, two, other := trial.Gauge{Device: "NVIDIA H200 (0000:01:00.0)"}, trial.Gauge{Device: "NVIDIA H200 (0000:02:00.0)"}, trial.Gauge{Device: "amdgpu 1002:1586 (0000:c3:00.0)"}
	for name, c := range map[string]struct {
		gauges []trial.Gauge
		i, of  int
		want   string
	}{
		"none": {nil, 0, 1, ""}, "one": {[]trial.Gauge{one}, 0, 1, one.Device}, "second of two": {[]trial.Gauge{one, two}, 1, 2, two.Device},
		"two kinds": {[]trial.Gauge{one, other}, 1, 2, ""}, "one is hidden": {[]trial.Gauge{one, two}, 0, 1, ""},
	} {
		if got := gaugeOf(c.gauges, c.i, c.of); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	m := &muster{endpoints: []string{"10.0.0.2:50052"}, peers: []recruit{{name: "rpc1", quarter: thisHost}}}
	known := m.demands(context.Background(), []server.Device{{Name: "ROCm0", Of: "AMD Radeon 8060S", Free: 96 << 30}, {Name: "RPC0", Of: "10.0.0.2:50052", Free: 1 << 30}})
	if d := known["ROCm0"]; d.Free != 96<<30 || d.Memory != "" || d.Of != "AMD Radeon 8060S" {
		t.Errorf("%+v", d)
	}
	if d := known["RPC0"]; d.Free != 1<<30 || d.Memory != "" || d.Of != "rpc1 at 10.0.0.2:50052" || d.Gauge != "" {
		t.Errorf("%+v", d)
	}
	n := needOf([]server.Share{{Device: "ROCm0", Bytes: 50 << 30}, {Device: "RPC0", Bytes: 2 << 30}, {Device: "Host", Bytes: 1 << 20}}, known)
	why := hopeless(plan.Work{Need: n}, 1.5, 0)
	if why != "predicted not to fit: RPC0 (rpc1 at 10.0.0.2:50052) takes about 2.0 GiB, and 1.0 GiB are free, by llama-fit-params" {
		t.Error(why)
	}
}
