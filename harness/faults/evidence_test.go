package faults

import (
	"slices"
	"strings"
	"testing"
)

const fault = "Memory access fault by GPU node-1 (Agent handle: 0x55d3) on address 0x7f319fd41000. Reason: Page not present or supervisor privilege."
const remoteGone = "/src/ggml-rpc.cpp:782: Remote RPC server crashed or returned malformed response"

func server(exit string, log ...string) Process { return Process{Name: "server", Exit: exit, Log: log} }
func rpc(exit string, log ...string) Process    { return Process{Name: "rpc1", Exit: exit, Log: log} }

func TestWholeEvidence(t *testing.T) {
	ring := []string{"amdgpu 0000:c2:00.0: ring gfx_0.0.0 timeout, signaled seq=166926, emitted seq=166928", "amdgpu 0000:c2:00.0:  Process llama-server pid 4242 thread llama-server pid 4242",
		"amdgpu 0000:c2:00.0: Starting gfx_0.0.0 ring reset", "amdgpu 0000:c2:00.0: Ring gfx_0.0.0 reset succeeded"}
	for name, c := range map[string]struct {
		evidence                        Evidence
		class, first, component, inside string
		outcome                         Outcome
	}{
		"an rpc-server's fault beats the client's message": {
			Evidence{Processes: []Process{server("signal:SIGABRT", remoteGone), rpc("signal:SIGABRT", fault)}},
			"gpu-fault.memory-access", "rpc1", "rpc-server libhsa-runtime64", "rpc-server: GPU memory access fault", Died},
		"an rpc-server's mute death beats the client's message": {
			Evidence{Processes: []Process{server("signal:SIGABRT", remoteGone, "Aborted (core dumped)"), rpc("signal:SIGSEGV")}},
			"crash.segv", "rpc1", "rpc-server", "rpc-server: ended by SIGSEGV", Died},
		"an rpc-server that was killed": {
			Evidence{Processes: []Process{server("signal:SIGABRT", remoteGone), rpc("signal:SIGKILL", "Accepted client connection")}},
			"unknown", "rpc1", "rpc-server", "ended by SIGKILL", Died},
		"a server that finds its rpc-server dead": {
			Evidence{Processes: []Process{server("signal:SIGABRT", "ggml-rpc.cpp:650: Failed to connect to 127.0.0.1:50999"), {Name: "rpc1", Exit: "signal:SIGSEGV", DeathOrder: 1}}},
			"crash.segv", "rpc1", "rpc-server", "rpc-server: ended by SIGSEGV", Died},
		"a remote of which nothing is known": {
			Evidence{Processes: []Process{server("signal:SIGABRT", remoteGone)}}, "rpc.remote-crashed", "server", "llama-server ggml-rpc.cpp", "Remote RPC server crashed", Died},
		"the server died of its own assertion, the rpc-server was ended by us": {
			Evidence{Processes: []Process{server("signal:SIGABRT", "ggml.c:1: GGML_ASSERT(x) failed"), {Name: "rpc1", Exit: "signal:SIGTERM", StopRequested: true}}},
			"crash.assert", "server", "llama-server ggml.c:1", "GGML_ASSERT(x)", Died},
		"two on one GPU: the fault, not the broadcast": {
			Evidence{Processes: []Process{server("signal:SIGABRT", "HW Exception by GPU node-1 (Agent handle: 0x5) reason :GPU Hang"), rpc("signal:SIGABRT", fault)}},
			"gpu-fault.memory-access", "server", "rpc-server libhsa-runtime64", "memory access fault", Died},
		"the kernel's cause upgrades a lost device": {
			Evidence{Processes: []Process{server("signal:SIGABRT", "terminate called after throwing an instance of 'vk::DeviceLostError'")}, Kernel: []KernelLog{{Lines: ring}}},
			"gpu-fault.hang-reset", "server", "amdgpu scheduler", "amdgpu ring gfx timeout, ring reset succeeded", Died},
		"a lost device that the server survives": {
			Evidence{Processes: []Process{server("running", "0.12.640.754 E srv  update_slots: decode() failed: vk::Queue::submit: ErrorDeviceLost")}},
			"gpu-fault.device-lost", "none", "llama-server ggml-vulkan", "Vulkan device lost in vk::Queue::submit", DeadDevice},
		"hung after an abort": {
			Evidence{Phase: "prompt", Hang: &Hang{Seconds: 99}, Processes: []Process{server("running", "ggml.c:1: GGML_ASSERT(x) failed")}},
			"crash.assert", "none", "llama-server ggml.c:1", "GGML_ASSERT(x)", HungAfterAbort},
		"a hang without a word": {
			Evidence{Phase: "prompt", Hang: &Hang{Seconds: 99}, Processes: []Process{server("running", "slot launch_slot_: id  0 | task 87 | processing task")}},
			"hang.decode", "none", "llama-server", "no progress", Lives},
		"alive after SIGKILL":      {Evidence{Hang: &Hang{After: "kill"}, Processes: []Process{server("running")}}, "hang.uninterruptible", "none", "", "no progress", Lives},
		"alive after SIGTERM":      {Evidence{Hang: &Hang{After: "term"}, Processes: []Process{server("running")}}, "hang.shutdown", "none", "", "no progress", Lives},
		"a load that does not end": {Evidence{Phase: "load", Hang: &Hang{}, Processes: []Process{server("running", "load_tensors: x")}}, "hang.load", "none", "", "no progress", Lives},
		"a peer that is stopped": {
			Evidence{Phase: "prompt", Hang: &Hang{Stopped: true, Who: "rpc2"}, Processes: []Process{server("running", "slot x"), rpc("running", "y"), {Name: "rpc2", Exit: "running"}}},
			"hang.decode", "none", "rpc-server", "no progress: rpc2 is stopped", Lives},
		"log flood without progress": {Evidence{Phase: "prompt", Hang: &Hang{LogGrows: true}, Processes: []Process{server("running", "x")}}, "hang.livelock", "none", "", "no progress", Lives},
		"an OOM kill by the kernel's word": {
			Evidence{Processes: []Process{{Name: "server", Exit: "signal:SIGKILL", PID: 4242}}, Kernel: []KernelLog{{Lines: []string{"Out of memory: Killed process 4242 (llama-server) total-vm:1kB"}}}},
			"infra.oom-kill", "server", "kernel OOM killer", "killed for lack of memory", Died},
		"somebody else's OOM kill does not explain ours": {
			Evidence{Processes: []Process{{Name: "server", Exit: "signal:SIGKILL", PID: 4242}}, Kernel: []KernelLog{{Lines: []string{"Out of memory: Killed process 77 (firefox) total-vm:1kB"}}}},
			"unknown", "server", "llama-server", "ended by SIGKILL", Died},
		"an allocation before ready is the configuration's": {
			Evidence{Phase: "load", Processes: []Process{server("code:1", "CUDA error: out of memory")}}, "load-fail.alloc", "server", "", "out of memory", Died},
		"an allocation after ready is not": {
			Evidence{Processes: []Process{server("signal:SIGABRT", "srv  llama_server: listening on http://127.0.0.1:1", "ggml_vulkan: Device memory allocation of size 118497280 failed.")}},
			"gpu-oom.runtime", "server", "", "device memory allocation failed", Died},
		"an assertion at exit after a stop that we asked for": {
			Evidence{Processes: []Process{{Name: "server", Exit: "signal:SIGABRT", StopRequested: true, Log: []string{"srv    operator(): operator(): cleaning up before exit...", "ggml-metal-device.m:608: GGML_ASSERT([rsets->data count] == 0) failed"}}}},
			"benign.teardown", "none", "", "GGML_ASSERT([rsets->data count] == 0)", UnknownOutcome},
		"memory in use is a consequence of an abort": {
			Evidence{Processes: []Process{server("signal:SIGABRT", "ops.cpp:1: GGML_ASSERT(y) failed", "Memory critical error by agent node-0 (Agent handle: 0x1) on address 0x7f. Reason: Memory in use.")}},
			"crash.assert", "server", "", "GGML_ASSERT(y)", Died},
		"a refusal long before an unexplained death": {
			Evidence{Processes: []Process{server("signal:SIGSEGV", "srv    send_error: task id = 18, error: request (10002 tokens) exceeds the available context size (2048 tokens), try increasing it")}},
			"crash.segv", "server", "", "ended by SIGSEGV", Died},
		"exit 0 in the middle of a request": {Evidence{Phase: "prompt", Processes: []Process{server("code:0", "x")}}, "unknown", "server", "", "ended with code 0", Died},
		"a shell's 139":                     {Evidence{Processes: []Process{server("code:139")}}, "crash.segv", "server", "", "ended by SIGSEGV (as its wrapper's code 139 says)", Died},
		"Windows' abort":                    {Evidence{Processes: []Process{server("code:3221226505")}}, "crash.abort", "server", "", "ended by SIGABRT", Died},
		"no GPU though one was asked for":   {Evidence{GPUAsked: true, Processes: []Process{server("running", "warning: no usable GPU found, --gpu-layers option will be ignored")}}, "infra.device-unavailable", "none", "", "no usable GPU", Lives},
		"a refusal of what fitted":          {Evidence{RequestFits: true, Processes: []Process{server("running", "srv    send_error: task id = 40, error: context shift is disabled")}}, "server-error.slot-state", "none", "", "context shift", Lives},
		"a grammar ignored":                 {Evidence{Processes: []Process{server("running", "llama_sampling_init: failed to parse grammar")}, HTTP: []string{"HTTP/1.1 200 OK"}}, "server-error.grammar-ignored", "none", "", "failed to parse grammar", Lives},
		"HTTP 500 with a device's words":    {Evidence{Processes: []Process{server("running")}, HTTP: []string{`{"error":{"code":500,"message":"decode() failed: vk::Queue::submit: ErrorDeviceLost","type":"server_error"}}`}}, "gpu-fault.device-lost", "none", "", "Vulkan device lost", DeadDevice},
	} {
		t.Run(name, func(t *testing.T) {
			f := Classify(c.evidence)
			if f.Class != c.class || f.FirstDeath != c.first || !strings.Contains(f.Title, c.inside) || f.Outcome != c.outcome {
				t.Errorf("got %s, first %s, %q, %q\nwant %s, first %s, %q, %q", f.Class, f.FirstDeath, f.Title, f.Outcome, c.class, c.first, c.inside, c.outcome)
			}
			if c.component != "" && f.Component != c.component {
				t.Errorf("component %q, want %q", f.Component, c.component)
			}
		})
	}
}

func TestConsequencesAndTaint(t *testing.T) {
	f := Classify(Evidence{
		Processes: []Process{server("signal:SIGABRT", fault, "GPU coredump: handler exited with error (status: 1)", "Aborted (core dumped)")},
		Kernel:    []KernelLog{{Lines: []string{"amdgpu 0000:0b:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:24 vmid:8 pasid:32770, for process gnome-shell pid 1 thread x pid 1)"}}},
	})
	if f.Class != "gpu-fault.memory-access" || !f.Tainted {
		t.Errorf("got %s, tainted %v; want the server's fault in a tainted run", f.Class, f.Tainted)
	}
	for _, line := range []string{"GPU coredump: handler exited with error (status: 1)", "Aborted (core dumped)"} {
		if !slices.Contains(f.Consequences, line) {
			t.Errorf("consequences %q lack %q", f.Consequences, line)
		}
	}
	if slices.Contains(f.Consequences, fault) {
		t.Error("the cause is among its consequences")
	}
}

func TestPhaseIsPartOfAFaultWithoutPlace(t *testing.T) {
	at := func(phase, address string) string {
		return Classify(Evidence{Phase: phase, Processes: []Process{server("signal:SIGABRT", strings.ReplaceAll(fault, "0x7f319fd41000", address))}}).Signature
	}
	if at("prompt", "0x7f0000001000") != at("prompt", "0x7f9999991000") {
		t.Error("addresses split a bug")
	}
	if at("prompt", "0x7f0000001000") == at("generation", "0x7f0000001000") || at("prompt", "(nil)") == at("prompt", "0x7f0000001000") || at("prompt", "0x10") == at("prompt", "(nil)") {
		t.Error("phase or kind of address do not tell bugs apart")
	}
}

func TestAlternatesNameTheOtherProcess(t *testing.T) {
	one := Classify(Evidence{Processes: []Process{server("signal:SIGABRT", fault)}})
	other := Classify(Evidence{Processes: []Process{server("running"), rpc("signal:SIGABRT", fault)}})
	if one.Signature == other.Signature || !slices.Contains(one.Alternates, other.Signature) || !slices.Contains(other.Alternates, one.Signature) {
		t.Errorf("alternates do not meet: %q, %q", one.Alternates, other.Alternates)
	}
}

// TestALineIsToldOnce: what happened, and what followed from it, are lists without repetitions.
func TestALineIsToldOnce(t *testing.T) {
	followed := 0
	for _, r := range corpus(t) {
		f := Classify(r.evidence())
		followed += len(f.Consequences)
		seen := map[string]bool{}
		for _, line := range f.Excerpt {
			seen[line] = true
		}
		for _, line := range f.Consequences {
			if seen[line] {
				t.Errorf("%s: %q again", r.ID, line)
			}
			seen[line] = true
		}
	}
	if followed == 0 {
		t.Error("nothing followed from anything")
	}
}
