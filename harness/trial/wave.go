package trial

import (
	"fmt"
	"strings"
	"time"

	"ctxcliff/harness/faults"
)

// Wave is what was seen of one round of requests once it was over.
type Wave struct {
	Requests    []Request
	SlotContext int           // n_ctx of each slot as the server reports it
	Exit        string        // how a process of ours ended unasked (signal:SIGSEGV, code:1); "" all alive
	Fault       *faults.Fault // what the evidence says about that exit; nil when nothing exited
	Silence     time.Duration // above 0: given up after this long without a token
	Interrupted bool          // Ctrl-C or a budget ended it
	Unhealthy   string        // why the server is not well after its last answer; "" when it is
}

// Conclude is the outcome of the wave, with one sentence of reason ("" for a plain pass). The
// strongest explanation wins: a death explains dropped replies, a stall explains missing ones.
func (w Wave) Conclude() (Outcome, string) {
	switch {
	case w.Exit != "":
		return outcomeOfExit(w)
	case w.Interrupted:
		return Incomplete, "interrupted"
	case w.Silence > 0:
		return Hang, fmt.Sprintf("no prompt progress and no token for %s while the process lived on", w.Silence.Round(time.Millisecond))
	}
	worst, reason := Unknown, ""
	for _, r := range w.Requests {
		if o, why := w.request(r); severity[o] > severity[worst] {
			worst, reason = o, why
		}
	}
	if worst == Unknown {
		return Infra, "no request was sent"
	}
	if w.Unhealthy != "" && !worst.Bad() {
		return Fail, "answered, but afterwards " + w.Unhealthy
	}
	return worst, reason
}

// outcomeOfExit finds the finer outcome in the fault's class. A class that the outcomes have no
// word for is a crash.
func outcomeOfExit(w Wave) (Outcome, string) {
	reason := "the server ended by itself with " + w.Exit
	if w.Fault == nil {
		return Crash, reason
	}
	return OutcomeOf(*w.Fault), reason + ": " + w.Fault.Title
}

// OutcomeOf is the outcome of an attempt that a fault ended.
func OutcomeOf(f faults.Fault) Outcome {
	switch category, _, _ := strings.Cut(f.Class, "."); {
	case category == "gpu-fault":
		return GPUFault
	case category == "gpu-oom", f.Class == "infra.oom-kill", f.Class == "load-fail.alloc":
		return OOM
	}
	return Crash
}

// exceedContext is the type of llama-server's refusal (tools/server/server-common.cpp,
// ERROR_TYPE_EXCEED_CONTEXT_SIZE).
const exceedContext = "exceed_context_size_error"

// request judges one request of a wave whose server lived and kept moving.
func (w Wave) request(r Request) (Outcome, string) {
	slot := fmt.Sprintf("slot %d: ", r.Slot)
	switch {
	case r.ErrorType == exceedContext && r.Target >= w.SlotContext:
		return Refused, fmt.Sprintf("%d tokens refused by a slot of %d", r.Target, w.SlotContext)
	case r.ErrorType == exceedContext:
		return Sizing, slot + fmt.Sprintf("%d tokens were refused by a slot of %d: %s", r.Target, w.SlotContext, r.Error)
	case r.HTTPStatus >= 400 && outOfMemory(r.Error):
		return OOM, slot + r.Error
	case r.HTTPStatus >= 500:
		return Fail, slot + r.Error
	case r.HTTPStatus >= 400:
		return Sizing, slot + "the server does not accept our request: " + r.Error
	case r.Error != "":
		return Fail, slot + r.Error
	case !r.Complete:
		return Fail, slot + "the reply ended before its final event"
	case r.Form == "ids" && r.PromptTokens != r.Target:
		return Fail, slot + fmt.Sprintf("the server counted %d prompt tokens, %d were sent", r.PromptTokens, r.Target)
	}
	return Pass, ""
}

// outOfMemory recognises allocation failures that the server survived: decode answers 500, the
// parser 400, both with the text of std::bad_alloc.
func outOfMemory(message string) bool {
	return strings.Contains(message, "bad_alloc") || strings.Contains(message, "out of memory") ||
		strings.Contains(message, "failed to allocate")
}
