package harness

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/plan"
)

// Predict asks the server's planner where there is one beside the server, and the header of the model
// else. Nothing is loaded. It is false where neither says anything.
func (lab *Lab) Predict(ctx context.Context, c plan.Configuration) (plan.Need, bool) {
	if lab.guest != nil { // it is there already
		return plan.Need{}, false
	}
	if p, ok := lab.askPlanner(ctx, c); ok {
		return p, true
	}
	weights := lab.info.SizeBytes
	key, value := cacheTypes(c.Target.Args)
	cache := lab.info.KVBytes(c.SlotContext()*c.NP, key, value)
	if weights == 0 {
		return plan.Need{}, false
	}
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

// plannerLimit bounds the planner, which takes a fraction of a second.
const plannerLimit = 20 * time.Second

// askPlanner runs llama-fit-params, if it lies beside the server. Behind a launcher nobody knows where
// that is, and addresses of local peers are not known before a start.
func (lab *Lab) askPlanner(ctx context.Context, c plan.Configuration) (plan.Need, bool) {
	if len(c.Target.Launch) > 0 || c.Target.Topology.Locals() > 0 || len(c.Target.Topology.Remotes()) > 0 || lab.simulated() {
		return plan.Need{}, false
	}
	program := filepath.Join(filepath.Dir(c.Target.Server), "llama-fit-params")
	ctx, done := context.WithTimeout(ctx, plannerLimit)
	defer done()
	args := []string{"-m", lab.Model.Path, "-c", strconv.Itoa(c.Ctx), "-np", strconv.Itoa(c.NP), "-fitp", "on"}
	if peers := c.Target.Topology.Peers; len(peers) > 0 {
		args = append([]string{"--rpc", strings.Join(peers, ",")}, args...)
	}
	cmd := exec.CommandContext(ctx, program, append(args, c.Target.Args...)...)
	cmd.Env, cmd.WaitDelay = process.Environment(c.Target.Env), time.Second
	out, err := cmd.Output()
	if err != nil {
		return plan.Need{}, false
	}
	return readPlan(string(out))
}

// readPlan reads lines of the form NAME MODEL CONTEXT COMPUTE, in MiB.
func readPlan(text string) (p plan.Need, ok bool) {
	var words []string
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 {
			continue
		}
		device := int64(0)
		for _, f := range fields[1:] {
			mib, err := strconv.ParseInt(f, 10, 40)
			if err != nil || mib < 0 {
				device = -1
				break
			}
			device += mib << 20
		}
		if device < 0 {
			continue
		}
		p.Bytes += device
		words = append(words, fields[0]+" "+gib(device))
	}
	p.By = strings.Join(words, ", ") + ", by llama-fit-params"
	return p, len(words) > 0
}

func gib(bytes int64) string {
	if bytes < 1<<30 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}

// Foresee says of each configuration of the plan how much memory it is expected to take. Those that are
// expected to take more than so many times what is free become skips with that reason; 0 skips none.
// Where peers that somebody else runs have a part of it, nobody knows what is free.
func (all Labs) Foresee(ctx context.Context, p plan.Plan, margin float64) plan.Plan {
	free := freeMemory(ctx)
	for i := range p.Configurations {
		c := p.Configurations[i].Configuration
		if lab, err := all.of(c.Target); err == nil {
			p.Configurations[i].Need, _ = lab.Predict(ctx, c)
		}
	}
	return p.Without(func(w plan.Work) string {
		t := w.Configuration.Target.Topology
		if margin <= 0 || free == 0 || len(t.Peers) > t.Locals() || float64(w.Need.Bytes) <= margin*float64(free) {
			return ""
		}
		return fmt.Sprintf("predicted not to fit: about %s (%s), and %s are free", gib(w.Need.Bytes), w.Need.By, gib(free))
	})
}

// freeMemory is what this host can still give, and its GPUs have of their own; 0 where it cannot be read.
func freeMemory(ctx context.Context) int64 {
	free := availableMemory()
	for _, d := range gpu.New().Read(ctx).Devices {
		if d.VRAMTotal != nil && d.VRAMUsed != nil && *d.VRAMTotal > *d.VRAMUsed {
			free += int64(*d.VRAMTotal - *d.VRAMUsed)
		}
	}
	return free
}
