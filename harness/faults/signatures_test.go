package faults

import (
	"strings"
	"testing"
)

// sameBug are logs that differ in what varies between runs: addresses, pids, line numbers, slots,
// sizes, hosts, paths, builds.
var sameBug = map[string][]string{
	"page fault of the runtime": {
		"Memory access fault by GPU node-1 (Agent handle: 0x55d3) on address 0x7f319fd41000. Reason: Page not present or supervisor privilege.",
		"Memory access fault by GPU node-3 (Agent handle: 0x66e4aa) on address 0x7faa00000000. Reason: Page not present or supervisor privilege.\nAborted (core dumped)",
		"2026-09-10 21:30:07.611 [Info] (Process) Memory access fault by GPU node-1 (Agent handle: 0x1) on address 0x10514e0000. Reason: Page not present or supervisor privilege.",
	},
	"assertion": {
		"/src/llama.cpp/ggml/src/ggml-backend.cpp:345: GGML_ASSERT(buffer) failed",
		"D:\\a\\llama.cpp\\ggml\\src\\ggml-backend.cpp:412: GGML_ASSERT(buffer) failed",
		"[34000] 0.09.849.116 E ./ggml/src/ggml-backend.cpp:399: GGML_ASSERT(buffer) failed\n[New LWP 4243]",
	},
	"abort": {
		"/src/ggml-cuda/fattn.cu:110: fatal error\n/b/libggml-base.so.0(ggml_abort+0x11f)[0x7fb049c9a9f9]\n/b/libggml-cuda.so.0(_Z24ggml_cuda_flash_attn_extR2+0x1ab3)[0x7fbb3e954175]",
		"/home/u/w/ggml-cuda/fattn.cu:579: fatal error\n/x/libggml-base.so.0(ggml_abort+0x152)[0x7f6a1bb1a9c2]\n/x/libggml-cuda.so.0(_Z24ggml_cuda_flash_attn_extR2+0x33)[0x7f1]",
	},
	"illegal access noticed at one place": {
		"CUDA error: an illegal memory access was encountered\n  current device: 0, in function ggml_backend_cuda_synchronize at /a/ggml-cuda.cu:2543\n  cudaStreamSynchronize(cuda_ctx->stream())",
		"/b/ggml-cuda.cu:115: CUDA error\n1.03.221.118 E CUDA error: an illegal memory access was encountered\n1.03.221.120 E   current device: 3, in function ggml_backend_cuda_synchronize at /b/ggml-cuda.cu:3110\n1.03.221.120 E   cudaStreamSynchronize(cuda_ctx->stream())",
	},
	"buffer that did not fit": {
		"ggml_gallocr_reserve_n: failed to allocate CUDA0 buffer of size 3221225472",
		"ggml_gallocr_reserve_n: failed to allocate CUDA1 buffer of size 998877",
	},
	"exception": {
		"terminate called after throwing an instance of 'std::runtime_error'\n  what():  Unexpected empty grammar stack after accepting piece: foo (1234)",
		"terminate called after throwing an instance of 'std::runtime_error'\n  what():  Unexpected empty grammar stack after accepting piece: foo (99)",
	},
	"heap": {"malloc(): unaligned tcache chunk detected\nAborted (core dumped)", "malloc(): unaligned tcache chunk detected"},
}

// kernelSame are the same of the kernel's log.
var kernelSame = map[string][]string{
	"page fault": {
		"amdgpu 0000:c3:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:24 vmid:8 pasid:32794)\namdgpu 0000:c3:00.0: amdgpu:  in process llama-server pid 4242 thread llama-server pid 4242)\namdgpu 0000:c3:00.0: amdgpu:          Faulty UTCL2 client ID: TCP (0x8)\namdgpu 0000:c3:00.0: amdgpu:          RW: 0x0",
		"Aug 08 22:35:13 box kernel: amdgpu 0000:0b:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:153 vmid:3 pasid:7)\nkernel: amdgpu 0000:0b:00.0: amdgpu:  in process llama-server pid 17 thread llama-server pid 17)\nkernel: amdgpu 0000:0b:00.0: amdgpu:          Faulty UTCL2 client ID: TCP (0x8)\nkernel: amdgpu 0000:0b:00.0: amdgpu:          RW: 0x0",
	},
	"ring timeout": {
		"amdgpu 0000:c2:00.0: ring gfx_0.0.0 timeout, signaled seq=166926, emitted seq=166928\namdgpu 0000:c2:00.0: Ring gfx_0.0.0 reset succeeded",
		"[99.1] amdgpu 0000:03:00.0: ring gfx_0.1.0 timeout, signaled seq=2, emitted seq=4\n[99.2] amdgpu 0000:03:00.0: Ring gfx_0.1.0 reset succeeded",
	},
	"xid": {
		"NVRM: Xid (PCI:0000:01:00): 31, pid=4242, name=llama-server, Ch 00000008, intr 00000000. MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_0 faulted @ 0x7f5a_00000000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ",
		"NVRM: Xid (PCI:0000:2b:00): 31, pid=7, name=llama-server, Ch 00000012, intr 00000000. MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_3 faulted @ 0x7e00_12340000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ",
	},
	"segfault": {
		"llama-server[4242]: segfault at 29c ip 0000758b20614d2c sp 0000758b000fe2e0 error 6 in libllama.so[758b20612000+6000]",
		"[ 7.2] llama-server[17]: segfault at 29c ip 00007f0000002d2c sp 00007f00000fe2e0 error 6 in libllama.so[7f0000000000+6000] likely on CPU 3",
	},
}

// otherBugs are pairs that one word tells apart.
var otherBugs = [][2]string{
	{"Memory access fault by GPU node-1 on address 0x7f31. Reason: Page not present or supervisor privilege.", "Memory access fault by GPU node-1 on address 0x7f31. Reason: Write access to a read-only page."},
	{"Memory access fault by GPU node-1 on address (nil). Reason: Unknown.", "Memory access fault by GPU node-1 on address 0x7f3100000000. Reason: Unknown."},
	{"/s/ggml.c:5: GGML_ASSERT(a) failed", "/s/ggml.c:5: GGML_ASSERT(b) failed"},
	{"/s/ggml.c:5: GGML_ASSERT(a) failed", "/s/llama.cpp:5: GGML_ASSERT(a) failed"},
	{"/s/fattn.cu:5: fatal error", "/s/mmq.cu:5: fatal error"},
	{"CUDA error: an illegal memory access was encountered", "CUDA error: misaligned address"},
	{"CUDA error: out of memory\n  current device: 0, in function alloc at x.cu:1\n  cuMemCreate(&h, n, &p, 0)", "CUDA error: out of memory\n  current device: 0, in function g at x.cu:1\n  cudaGraphInstantiate(&i, g, 0, 0, 0)"},
	{"terminate called after throwing an instance of 'std::runtime_error'\n  what():  one reason", "terminate called after throwing an instance of 'std::runtime_error'\n  what():  another reason"},
	{"free(): invalid pointer", "double free or corruption (out)"},
	{"decode() failed: vk::Queue::submit: ErrorDeviceLost", "decode() failed: vk::Device::waitForFences: ErrorDeviceLost"},
	{"ggml_gallocr_reserve_n: failed to allocate CUDA0 buffer of size 1", "llama_kv_cache_init: failed to allocate buffer for kv cache"},
}

func signatureOf(log string, kernel bool) string {
	lines := strings.Split(log, "\n")
	if kernel {
		return Classify(Evidence{Phase: "prompt", Kernel: []KernelLog{{Lines: lines}}}).Signature
	}
	return Classify(Evidence{Phase: "prompt", Processes: []Process{server("signal:SIGABRT", lines...)}}).Signature
}

func TestSameBugSameSignature(t *testing.T) {
	for kernel, table := range map[bool]map[string][]string{false: sameBug, true: kernelSame} {
		for name, logs := range table {
			want := signatureOf(logs[0], kernel)
			for _, log := range logs[1:] {
				if got := signatureOf(log, kernel); got != want {
					t.Errorf("%s: split in two\n\t%s\n\t%s", name, want, got)
				}
			}
		}
	}
}

func TestOtherBugOtherSignature(t *testing.T) {
	for _, pair := range otherBugs {
		if a, b := signatureOf(pair[0], false), signatureOf(pair[1], false); a == b {
			t.Errorf("two bugs, one signature %q\n\t%s\n\t%s", a, pair[0], pair[1])
		}
	}
	a := Classify(Evidence{Phase: "load", Processes: []Process{server("signal:SIGABRT", fault)}})
	b := Classify(Evidence{Phase: "generation", Processes: []Process{server("signal:SIGABRT", fault)}})
	if a.Signature == b.Signature {
		t.Errorf("the runtime's line has no place, so the phase must tell: %q", a.Signature)
	}
}
