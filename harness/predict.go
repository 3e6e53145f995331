package harness

import (
	"context"
	"fmt"
	"strings"

	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
)

// Predict is what the model's header says of a configuration's memory. Nothing is loaded. It is false
// where it says nothing.
func (lab *Lab) Predict(c plan.Configuration) (plan.Need, bool) {
	if lab.guest != nil || lab.info.SizeBytes == 0 { // it is there already, or nobody knows
		return plan.Need{}, false
	}
	weights := lab.info.SizeBytes
	key, value := cacheTypes(c.Target.Args)
	cache := lab.info.KVBytes(c.SlotContext()*c.NP, key, value)
	return plan.Need{
		Bytes: weights + cache,
		By:    fmt.Sprintf("weights %s, cache up to %s, by the model's header; buffers come on top, and windowed or recurrent layers take less", gib(weights), gib(cache)),
	}, true
}

// cacheTypes are the bytes of an element of keys and of values, by the server's arguments; llama-server's
// default is f16.
func cacheTypes(args []string) (key, value float64) {
	key, value = 2, 2
	for i, arg := range args {
		if i+1 == len(args) {
			break
		}
		size, known := cacheElement[args[i+1]]
		switch {
		case !known:
		case arg == "-ctk" || arg == "--cache-type-k":
			key = size
		case arg == "-ctv" || arg == "--cache-type-v":
			value = size
		}
	}
	return key, value
}

// cacheElement is the size of an element in bytes, scales included (ggml's block sizes).
var cacheElement = map[string]float64{
	"f32": 4, "f16": 2, "bf16": 2, "q8_0": 34.0 / 32, "q5_1": 24.0 / 32, "q5_0": 22.0 / 32, "q4_1": 20.0 / 32, "q4_0": 18.0 / 32, "iq4_nl": 18.0 / 32,
}

func gib(bytes int64) string {
	if bytes < 1<<30 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}

// Foresee says of each configuration of the plan how much memory it is expected to take, and of which
// device. Those that are expected to take more than so many times what is free of any of them become skips
// with that reason; 0 skips none.
func (all Labs) Foresee(ctx context.Context, p plan.Plan, margin float64) plan.Plan {
	free := freeMemory(ctx)
	for _, lab := range all {
		lab.foresee(ctx, p.Configurations)
	}
	return p.Without(func(w plan.Work) string {
		if margin <= 0 {
			return ""
		}
		return hopeless(w, margin, free)
	})
}

// hopeless says why a configuration is expected not to fit; "" it may. Where nobody knows what goes where, or what is free
// there, all of it has to fit into what is free here, unless others run peers that have a part of it.
func hopeless(w plan.Work, margin float64, free int64) string {
	if tight := w.Need.Tight(margin); len(tight) > 0 {
		return fmt.Sprintf("predicted not to fit: %s, by %s", inDemand(tight), server.PlannerName)
	}
	t := w.Configuration.Target.Topology
	elsewhere := len(t.Peers) > t.Locals()
	if w.Need.Free() || free == 0 || elsewhere || float64(w.Need.Bytes) <= margin*float64(free) {
		return ""
	}
	return fmt.Sprintf("predicted not to fit: about %s (%s), and %s are free", gib(w.Need.Bytes), w.Need.By, gib(free))
}

// inDemand says what is asked of one memory, and how much of it is free.
func inDemand(tight []plan.Demand) string {
	first := tight[0]
	if len(tight) == 1 {
		return fmt.Sprintf("%s takes about %s, and %s are free", inWords(first), gib(first.Bytes), gib(first.Free))
	}
	sum, parts := int64(0), make([]string, len(tight))
	for i, d := range tight {
		sum, parts[i] = sum+d.Bytes, inWords(d)+" "+gib(d.Bytes)
	}
	return fmt.Sprintf("%s take about %s of the memory of %s, and %s are free", strings.Join(parts, ", "), gib(sum), first.Memory, gib(first.Free))
}

// inWords names a device.
func inWords(d plan.Demand) string {
	if d.Of == "" {
		return d.Device
	}
	return fmt.Sprintf("%s (%s)", d.Device, d.Of)
}

// freeMemory is what this host can still give, and its GPUs have of their own; 0 where it cannot be read.
func freeMemory(ctx context.Context) int64 {
	free := gpu.FreeHostMemory()
	for _, d := range gpu.New().Read(ctx).Devices {
		if d.VRAMTotal != nil && d.VRAMUsed != nil && *d.VRAMTotal > *d.VRAMUsed {
			free += int64(*d.VRAMTotal - *d.VRAMUsed)
		}
	}
	return free
}
