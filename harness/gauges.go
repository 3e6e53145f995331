package harness

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/trial"
)

// gauges reads the devices of a host, where any tells anything.
type gauges struct {
	host   string // goes before the names of its devices; "" this one
	reader deviceReader
	any    bool // there is a GPU that can be read
}

// deviceReader is a [gpu.Reader] of this host or of another.
type deviceReader interface {
	Read(ctx context.Context) gpu.Snapshot
}

// owner goes before what is said of a device.
func (g *gauges) owner() string {
	if g == nil || g.host == "" {
		return ""
	}
	return g.host + "'s host: "
}

// show is what the devices of a snapshot show, under names that tell hosts apart.
func (g *gauges) show(s gpu.Snapshot) []trial.Gauge {
	all := gaugesOf(s)
	for i := range all {
		all[i].Device = g.owner() + all[i].Device
	}
	return all
}

// readEvery is how often devices are read while requests run. A vendor's tool takes up to 0.3 s of a
// core for a reading.
const readEvery = 2 * time.Second

// openGauges looks once which devices there are, and says what cannot be read of them.
func openGauges(ctx context.Context) (*gauges, []string) {
	g := &gauges{reader: gpu.New()}
	return g, g.open(g.reader.Read(ctx))
}

// open takes a first snapshot, and says what cannot be read of the devices.
func (g *gauges) open(first gpu.Snapshot) (missing []string) {
	g.any = len(first.Devices) > 0
	missing = first.Missing
	for _, d := range first.Devices {
		for _, m := range d.Missing {
			missing = append(missing, d.Name+": "+m)
		}
	}
	return missing
}

// read is a snapshot; empty where no device tells anything.
func (g *gauges) read(ctx context.Context) gpu.Snapshot {
	if g == nil || !g.any {
		return gpu.Snapshot{}
	}
	return g.reader.Read(ctx)
}

// watch reads until the returned function is called, which gives the highest readings.
func (g *gauges) watch(ctx context.Context) (highest func() []trial.Gauge) {
	if g == nil || !g.any {
		return func() []trial.Gauge { return nil }
	}
	var mu sync.Mutex
	var peak []trial.Gauge
	stop := gpu.Watch(ctx, g.reader.Read, readEvery, func(s gpu.Snapshot) {
		mu.Lock()
		defer mu.Unlock()
		peak = higher(peak, g.show(s))
	})
	return func() []trial.Gauge {
		stop()
		return peak
	}
}

// gaugesOf is what the devices of a snapshot show. Memory of an integrated device is the sum of its
// own and what it has of the host's.
func gaugesOf(s gpu.Snapshot) []trial.Gauge {
	var all []trial.Gauge
	for _, d := range s.Devices {
		all = append(all, trial.Gauge{
			Device:      d.String(),
			MemoryBytes: sum(d.VRAMUsed, d.GTTUsed), MemoryTotal: sum(d.VRAMTotal, d.GTTTotal),
			TempC: known(d.TempC), PowerW: known(d.PowerW), BusyPercent: known(d.Busy),
		})
	}
	return all
}

// sum of what is known; -1 if nothing is.
func sum(values ...*uint64) int64 {
	total := int64(-1)
	for _, v := range values {
		if v != nil {
			total = max(total, 0) + int64(*v)
		}
	}
	return total
}

func known(v *float64) float64 {
	if v == nil {
		return -1
	}
	return *v
}

// higher is the higher reading of each device in either list.
func higher(a, b []trial.Gauge) []trial.Gauge {
	all := slices.Clone(a)
	for _, g := range b {
		i := slices.IndexFunc(all, func(h trial.Gauge) bool { return h.Device == g.Device })
		if i < 0 {
			all = append(all, g)
			continue
		}
		h := &all[i]
		h.MemoryBytes, h.MemoryTotal = max(h.MemoryBytes, g.MemoryBytes), max(h.MemoryTotal, g.MemoryTotal)
		h.TempC, h.PowerW, h.BusyPercent = max(h.TempC, g.TempC), max(h.PowerW, g.PowerW), max(h.BusyPercent, g.BusyPercent)
	}
	slices.SortFunc(all, func(a, b trial.Gauge) int { return cmp.Compare(a.Device, b.Device) })
	return all
}

// memoryOf is how much memory the process has had at most, as a gauge; nothing where it cannot be read.
func memoryOf(ctx context.Context, m member) []trial.Gauge {
	v, err := m.Memory(ctx)
	if err != nil || v.Peak == 0 {
		return nil
	}
	return []trial.Gauge{{Device: m.name, MemoryBytes: v.Peak, MemoryTotal: -1, TempC: -1, PowerW: -1, BusyPercent: -1}}
}

// restLimit is how long GPU memory may take to come back after a server has ended.
const restLimit = 30 * time.Second

// restPause is the pause between two looks.
const restPause = 250 * time.Millisecond

// awaitRest waits until GPU memory is what it was before a start. What holds it up is returned as a
// sentence: the next start would measure its leftovers.
func (g *gauges) awaitRest(ctx context.Context, before gpu.Snapshot) (held string) {
	if g == nil || !g.any {
		return ""
	}
	ctx, done := context.WithTimeout(ctx, restLimit)
	defer done()
	for {
		rest, why := gpu.AtRest(before, g.reader.Read(ctx))
		switch {
		case rest == gpu.RestUnknown, rest == gpu.Rested:
			return ""
		case rest == gpu.Gone:
			return "a GPU that was there before the start is not there any more: " + why
		}
		select {
		case <-ctx.Done():
			return fmt.Sprintf("GPU memory was not free again %s after the server had ended: %s", restLimit, why)
		case <-time.After(restPause):
		}
	}
}
