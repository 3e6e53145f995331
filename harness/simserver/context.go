package simserver

import "fmt"

// ctxPad is the granularity of contexts: GGML_PAD(n_ctx, 256) in llama.cpp src/llama-context.cpp.
const ctxPad = 256

// maxParallel is LLAMA_MAX_SEQ of llama.cpp src/llama-cparams.h.
const maxParallel = 256

// layout is what -c, -np and -kvu come to.
type layout struct {
	slots   int
	slotCtx int  // tokens of one slot, after the cap
	uncapd  int  // the same before the cap
	pool    int  // tokens of the shared pool; equals what all slots have together without one
	unified bool // all slots draw on one pool
}

// layoutFor does llama-server's arithmetic: a slot gets its share of -c padded up to 256, although
// the log says "rounding down"; with a unified cache every slot may have the whole pool; nothing
// gets more than the model was trained for. Without -np there are 4 slots and one pool
// (llama.cpp PR 17997).
func layoutFor(o Options, trained int) (layout, error) {
	l := layout{slots: o.NP, unified: o.NP < 0}
	if l.slots < 0 {
		l.slots = 4
	}
	if o.Unified != nil {
		l.unified = *o.Unified
	}
	if l.slots > maxParallel {
		return l, fmt.Errorf("failed to initialize the context: n_seq_max must be <= %d", maxParallel)
	}
	ctx := o.Ctx
	if ctx <= 0 {
		ctx = trained
	}
	total := pad(ctx)
	if l.unified {
		l.slotCtx, l.pool = total, total
	} else {
		l.slotCtx = pad(total / l.slots)
		l.pool = l.slotCtx * l.slots
	}
	l.uncapd = l.slotCtx
	l.slotCtx = min(l.slotCtx, trained)
	return l, nil
}

func pad(n int) int { return (n + ctxPad - 1) / ctxPad * ctxPad }
