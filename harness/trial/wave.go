package trial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/faults"
)

// Wave is what was seen of one round of requests once it was over.
type Wave struct {
	Requests    []Request
	SlotContext int           // n_ctx of each slot as the server reports it
	Exit        string        // how a process of ours ended unasked (signal:SIGSEGV, code:1); "" all alive
	Who         string        // which process that was, in words; "" the server
	Fault       *faults.Fault // what the evidence says, oracles included; nil when nobody looked
	Silence     time.Duration // above 0: given up after this long without a token
	Interrupted bool          // Ctrl-C or a budget ended it
	Accepted    bool          // broken off by us once the server had begun: nothing more was asked
	Unhealthy   string        // why the server is not well after its last answer; "" when it is
}

// Conclude is the outcome of the wave, with one sentence of reason ("" for a plain pass). The
// strongest explanation wins: a death explains dropped replies, a stall explains missing ones, and
// what the evidence tells beyond that makes a failure finer, or a pass a warning.
func (w Wave) Conclude() (Outcome, string) {
	switch {
	case w.Exit != "":
		return w.died()
	case w.Interrupted:
		return Incomplete, "interrupted"
	case w.Silence > 0:
		return w.hung()
	case w.Accepted && w.Unhealthy == "":
		return Incomplete, AcceptedReason
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
		worst, reason = Fail, "answered, but afterwards "+w.Unhealthy
	}
	if w.Fault != nil && w.Fault.Bad() && worst.Counts() && !w.expected(*w.Fault) {
		return survived(*w.Fault, worst, reason)
	}
	return worst, reason
}

// expected reports whether the evidence tells of nothing but a refusal that may be.
func (w Wave) expected(f faults.Fault) bool {
	tooLong := func(r Request) bool { return r.Refused() && r.ErrorType == exceedContext }
	return f.Category == "reject" && slices.ContainsFunc(w.Requests, Request.Refused) ||
		f.Class == "server-error.slot-state" && slices.ContainsFunc(w.Requests, tooLong) // a text of more tokens than were thought
}

// AcceptedReason is the reason of an attempt that only asked whether a prompt is accepted.
const AcceptedReason = "accepted; broken off before it was worked off"

// died finds the finer outcome in the fault's class.
func (w Wave) died() (Outcome, string) {
	who := w.Who
	if who == "" {
		who = "the server"
	}
	reason := who + " ended by itself with " + w.Exit
	if w.Fault == nil {
		return Crash, reason
	}
	return OutcomeOf(*w.Fault), reason + ": " + w.Fault.Title
}

// hung is a wave that was given up. Last words and a process that stayed are the crash that the words
// tell of.
func (w Wave) hung() (Outcome, string) {
	reason := fmt.Sprintf("no prompt progress and no token for %s while the process lived on", w.Silence.Round(time.Millisecond))
	if w.Fault == nil || !w.Fault.Bad() {
		return Hang, reason
	}
	if w.Fault.Category == "hang" {
		return Hang, reason + ": " + w.Fault.Title
	}
	return OutcomeOf(*w.Fault), reason + ", after it had said: " + w.Fault.Title
}

// survived is a wave that every process lived through, with a fault that the evidence tells of.
func survived(f faults.Fault, o Outcome, reason string) (Outcome, string) {
	if f.Category == "wrong-output" {
		return Worst(o, OutcomeOf(f)), join(reason, f.Title)
	}
	if o.Bad() {
		if finer := OutcomeOf(f); finer == GPUFault || finer == OOM || finer == Infra {
			o = finer
		}
		return o, join(reason, f.Title)
	}
	if o == Pass {
		return Warn, "passed, but: " + f.Title
	}
	return o, reason
}

func join(reason, more string) string {
	if reason == "" {
		return more
	}
	return reason + "; " + more
}

// OutcomeOf is the outcome of an attempt that a fault ended or spoilt. A class that the outcomes have
// no word for is a crash.
func OutcomeOf(f faults.Fault) Outcome {
	switch {
	case f.Class == "infra.oom-kill", f.Class == "load-fail.alloc", f.Category == "gpu-oom":
		return OOM
	case f.Class == "wrong-output.leak":
		return Leak
	case f.Category == "wrong-output" && f.Outcome != faults.Died:
		return Garbage
	case f.Category == "gpu-fault":
		return GPUFault
	case f.Category == "hang":
		return Hang
	case f.Category == "infra":
		return Infra
	case f.Category == "load-fail":
		return LoadFail
	}
	return Crash
}

// exceedContext is the type of llama-server's refusal (tools/server/server-common.cpp,
// ERROR_TYPE_EXCEED_CONTEXT_SIZE).
const exceedContext = "exceed_context_size_error"

// poolFull is what llama-server says to every slot when the cache that they share is full, and each alone
// would fit (tools/server/server-context.cpp).
const poolFull = "Context size has been exceeded"

// SharedPool reports whether an attempt was refused because the slots share one cache that was full.
func SharedPool(a Attempt) bool {
	for _, r := range a.Requests {
		if a.Outcome == Refused && r.HTTPStatus >= 500 && strings.Contains(r.Error, poolFull) {
			return true
		}
	}
	return false
}

// demand is how many tokens all slots together were to hold.
func (w Wave) demand() (tokens int) {
	for _, r := range w.Requests {
		tokens += r.Target + r.Asked
	}
	return tokens
}

// request judges one request of a wave whose server lived and kept moving.
func (w Wave) request(r Request) (Outcome, string) {
	slot := fmt.Sprintf("slot %d: ", r.Slot)
	switch {
	case r.Cancelled, r.Refused():
		return Pass, ""
	case r.ErrorType == exceedContext && r.Target >= w.SlotContext:
		return Refused, fmt.Sprintf("%d tokens refused by a slot of %d", r.Target, w.SlotContext)
	case r.ErrorType == exceedContext:
		return Sizing, slot + fmt.Sprintf("%d tokens were refused by a slot of %d: %s", r.Target, w.SlotContext, r.Error)
	case r.HTTPStatus >= 500 && strings.Contains(r.Error, poolFull) && w.demand() > w.SlotContext:
		return Refused, fmt.Sprintf("%d tokens in all slots together were refused: the slots share one pool of %d (-kvu, or no -np)", w.demand(), w.SlotContext)
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
	case (r.Form == "ids" || r.Form == Grown) && r.PromptTokens != r.Target && !r.Special():
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
