package trial

import (
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/faults"
)

func TestConclude(t *testing.T) {
	good := Request{Form: "ids", HTTPStatus: 200, Complete: true, Target: 5000, PromptTokens: 5000}
	with := func(change func(*Request)) Request {
		r := good
		r.Slot = 1
		change(&r)
		return r
	}
	cut := with(func(r *Request) { r.Complete, r.Error = false, "the stream was cut" })
	refusal := with(func(r *Request) { r.HTTPStatus, r.ErrorType, r.Error = 400, exceedContext, "too long" })

	for name, c := range map[string]struct {
		wave   Wave
		want   Outcome
		reason string // part of it
	}{
		"all slots answered":                       {Wave{Requests: []Request{good, good}}, Pass, ""},
		"a death explains the dropped reply":       {Wave{Requests: []Request{good, cut}, Exit: "signal:SIGSEGV"}, Crash, "SIGSEGV"},
		"a GPU fault is more than a crash":         {Wave{Requests: []Request{cut}, Exit: "signal:SIGABRT", Fault: fault("gpu-fault.memory-access", "GPU memory access fault")}, GPUFault, "memory access"},
		"an OOM kill is not a crash":               {Wave{Requests: []Request{cut}, Exit: "signal:SIGKILL", Fault: fault("infra.oom-kill", "")}, OOM, ""},
		"exit 0 in mid-request is a crash":         {Wave{Requests: []Request{cut}, Exit: "code:0"}, Crash, "code:0"},
		"a dropped reply of a living server":       {Wave{Requests: []Request{good, cut}}, Fail, "slot 1: the stream was cut"},
		"silence":                                  {Wave{Requests: []Request{cut}, Silence: time.Minute}, Hang, "1m0s"},
		"Ctrl-C":                                   {Wave{Requests: []Request{cut}, Interrupted: true}, Incomplete, "interrupted"},
		"a death while being interrupted":          {Wave{Requests: []Request{cut}, Interrupted: true, Exit: "signal:SIGSEGV"}, Crash, "SIGSEGV"},
		"refused at the limit":                     {Wave{Requests: []Request{refusal}, SlotContext: 5000}, Refused, "5000"},
		"refused one below the limit":              {Wave{Requests: []Request{refusal}, SlotContext: 5001}, Sizing, "5001"},
		"HTTP 500":                                 {Wave{Requests: []Request{with(func(r *Request) { r.HTTPStatus, r.Error = 500, "Context size has been exceeded." })}, SlotContext: 6000}, Fail, "exceeded"},
		"slots share a pool":                       {Wave{Requests: []Request{with(func(r *Request) { r.HTTPStatus, r.Error = 500, "Context size has been exceeded." })}, SlotContext: 4999}, Refused, "share one pool"},
		"an allocation failure behind a 400":       {Wave{Requests: []Request{with(func(r *Request) { r.HTTPStatus, r.Error = 400, "std::bad_alloc" })}}, OOM, "bad_alloc"},
		"our own bad request":                      {Wave{Requests: []Request{with(func(r *Request) { r.HTTPStatus, r.Error = 400, "invalid tokens" })}}, Sizing, "invalid tokens"},
		"the server lost count":                    {Wave{Requests: []Request{with(func(r *Request) { r.PromptTokens = 4999 })}}, Fail, "4999"},
		"no final event":                           {Wave{Requests: []Request{with(func(r *Request) { r.Complete = false })}}, Fail, "final event"},
		"answered and then fell silent":            {Wave{Requests: []Request{good}, Unhealthy: "/health did not answer"}, Fail, "afterwards"},
		"nothing was sent":                         {Wave{}, Infra, ""},
		"the worst slot speaks for the wave":       {Wave{Requests: []Request{refusal, cut}, SlotContext: 5000}, Fail, "cut"},
		"last words of a process that stays":       {Wave{Requests: []Request{cut}, Silence: time.Minute, Fault: fault("crash.assert", "GGML_ASSERT(x)")}, Crash, "GGML_ASSERT(x)"},
		"a hang that has a name":                   {Wave{Requests: []Request{cut}, Silence: time.Minute, Fault: fault("hang.livelock", "no progress")}, Hang, "no progress"},
		"a peer that died":                         {Wave{Requests: []Request{cut}, Exit: "signal:SIGKILL", Who: "rpc1", Fault: fault("unknown", "ended")}, Crash, "rpc1 ended by itself"},
		"the kernel complained":                    {Wave{Requests: []Request{good}, Fault: fault("gpu-fault.hang-reset", "ring timeout")}, Warn, "ring timeout"},
		"harmless noise":                           {Wave{Requests: []Request{good}, Fault: fault("benign.noise", "noise")}, Pass, ""},
		"a spoilt answer":                          {Wave{Requests: []Request{good}, Fault: fault("wrong-output.nan-logits", "NaN")}, Garbage, "NaN"},
		"another slot's text":                      {Wave{Requests: []Request{good}, Fault: fault("wrong-output.leak", "leak")}, Leak, "leak"},
		"HTTP 500 over a dead device":              {Wave{Requests: []Request{with(func(r *Request) { r.HTTPStatus, r.Error = 500, "Compute error." })}, Fault: fault("gpu-fault.device-lost", "device lost")}, GPUFault, "device lost"},
		"HTTP 500 and a bug that it survived":      {Wave{Requests: []Request{with(func(r *Request) { r.HTTPStatus, r.Error = 500, "Invalid input batch." })}, Fault: fault("server-error.decode-invalid", "invalid batch")}, Fail, "invalid batch"},
		"a refusal over noise":                     {Wave{Requests: []Request{refusal}, SlotContext: 5000, Fault: fault("gpu-fault.hang-reset", "ring timeout")}, Refused, ""},
		"refused in one slot, answered in another": {Wave{Requests: []Request{good, refusal}, SlotContext: 5000}, Refused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, reason := c.wave.Conclude()
			if got != c.want || !strings.Contains(reason, c.reason) {
				t.Errorf("got %v (%q), want %v with %q in the reason", got, reason, c.want, c.reason)
			}
		})
	}
}

func TestEveryOutcomeHasItsWords(t *testing.T) {
	seen := map[string]Outcome{}
	for _, o := range Outcomes() {
		parsed, err := ParseOutcome(o.String())
		if err != nil || parsed != o {
			t.Errorf("%d: %q parses to %v, %v", o, o, parsed, err)
		}
		if o.Glyph() == "" || o.Letter() == "" || o.Words() == "" || severity[o] == 0 {
			t.Errorf("%v lacks a glyph, letter, words or severity", o)
		}
		if other, dup := seen[o.Glyph()]; dup {
			t.Errorf("%v and %v share the glyph %s", o, other, o.Glyph())
		}
		seen[o.Glyph()] = o
	}
}

func fault(class, title string) *faults.Fault {
	category, _, _ := strings.Cut(class, ".")
	return &faults.Fault{Class: class, Category: category, Title: title}
}

// TestADeathIsACrashWhateverItWroteBefore: an abort on purpose after NaN logits is no answer.
func TestADeathIsACrashWhateverItWroteBefore(t *testing.T) {
	f := fault("wrong-output.nan-logits", "NaN")
	f.Outcome = faults.Died
	if o := OutcomeOf(*f); o != Crash {
		t.Errorf("got %v", o)
	}
}
