package harness

import (
	"context"
	"slices"
	"strings"

	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// foresee fills in what the lab's configurations among these are expected to take: by the server's planner
// where it can be asked, and by the model's header else.
func (lab *Lab) foresee(ctx context.Context, work []plan.Work) {
	var ask func(plan.Configuration) (plan.Need, bool)
	for i := range work {
		c := work[i].Configuration
		if c.Target.ID() != lab.Target.ID() || ctx.Err() != nil {
			continue
		}
		if ask == nil {
			var done func()
			ask, done = lab.planner(ctx)
			defer done()
		}
		need, known := ask(c)
		if !known {
			need, _ = lab.Predict(c)
		}
		work[i].Need = need
	}
}

// planner asks the server's planner about configurations of this lab, until it is done: peers of ours are
// up for as long.
func (lab *Lab) planner(ctx context.Context) (ask func(plan.Configuration) (plan.Need, bool), done func()) {
	cannot, nothing := func(plan.Configuration) (plan.Need, bool) { return plan.Need{}, false }, func() {}
	if lab.guest != nil || lab.simulated() || lab.Model.Path == "" {
		return cannot, nothing
	}
	p, there := server.FindPlanner(ctx, lab.Target.Launch, lab.Target.Server, lab.env)
	if !there {
		return cannot, nothing
	}
	m, err := lab.muster(ctx)
	if err != nil { // the run will say so of its first start
		return cannot, nothing
	}
	devices, err := server.ListDevices(ctx, lab.Target.Launch, lab.command, lab.env, m.endpoints, askPeers)
	if err != nil {
		m.dismiss(ctx)
		return cannot, nothing
	}
	known := m.demands(ctx, devices)
	return func(c plan.Configuration) (plan.Need, bool) {
		o := lab.options(c, 0)
		o.Peers = m.endpoints
		shares, err := p.Ask(ctx, o)
		return needOf(shares, known), err == nil
	}, func() { m.dismiss(ctx) }
}

// demands are the devices that a server has, with what is free of each, before anybody asks anything of them.
func (m *muster) demands(ctx context.Context, devices []server.Device) map[string]plan.Demand {
	known := map[string]plan.Demand{hostDevice: {Device: hostDevice, Memory: thisHost, Free: gpu.FreeHostMemory(), Gauge: "server"}}
	var own []string
	seen := map[string]int{}
	for _, d := range devices {
		demand := plan.Demand{Device: d.Name, Of: d.Of, Free: d.Free}
		if endpoint, _, _ := strings.Cut(d.Of, " "); slices.Contains(m.endpoints, endpoint) {
			m.quarters(ctx, &demand, endpoint, seen[endpoint])
			seen[endpoint]++
		} else {
			own = append(own, d.Name)
		}
		known[d.Name] = demand
	}
	gauges := gaugesOf(gpu.New().Read(ctx))
	for i, name := range own {
		d := known[name]
		d.Gauge = gaugeOf(gauges, i, len(own))
		known[name] = d
	}
	return known
}

// hostDevice is what the planner calls the memory of the host that the server runs on.
const hostDevice = "Host"

// gaugeOf is the gauge that shows a server's ith device of so many; "" it cannot be told: backends and the system
// count devices in different orders, which makes no difference only where they are all of one kind.
func gaugeOf(gauges []trial.Gauge, i, of int) string {
	if len(gauges) != of || slices.ContainsFunc(gauges, func(g trial.Gauge) bool { return kindOf(g) != kindOf(gauges[0]) }) {
		return ""
	}
	return gauges[i].Device
}

// kindOf is the name of a device without its address.
func kindOf(g trial.Gauge) string {
	kind, _, _ := strings.Cut(g.Device, " (")
	return kind
}

// needOf puts what the planner says and what is known of the devices together.
func needOf(shares []server.Share, known map[string]plan.Demand) (n plan.Need) {
	var words []string
	for _, s := range shares {
		d, ok := known[s.Device]
		if !ok {
			d = plan.Demand{Device: s.Device}
		}
		d.Bytes = s.Bytes
		n.Devices, n.Bytes = append(n.Devices, d), n.Bytes+s.Bytes
		words = append(words, s.Device+" "+gib(s.Bytes))
	}
	n.By = strings.Join(words, ", ") + ", by " + server.PlannerName
	return n
}
