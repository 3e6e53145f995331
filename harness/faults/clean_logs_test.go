package faults

import (
	"fmt"
	"strings"
	"testing"
)

// cleanYears are what servers log, line by line, while all is well: the formats of several years, at
// all levels. A %d is a number that goes on.
var cleanYears = map[string][]string{
	"2023": {
		`{"timestamp":1697735321,"level":"INFO","function":"log_server_request","line":1235,"message":"request","remote_addr":"127.0.0.1","remote_port":58320,"status":200,"method":"POST","path":"/completion","params":{}}`,
		"slot 0 is processing [task id: %d]",
		"slot 0 : in cache: 0 tokens | to process: %d tokens",
		"slot 0 : kv cache rm - [0, end)",
		"print_timings: prompt eval time =     202.04 ms /    %d tokens (    3.81 ms per token,   262.33 tokens per second)",
		"print_timings:        eval time =    3001.12 ms /   100 runs   (   30.01 ms per token,    33.32 tokens per second)",
		"slot 0 released (%d tokens in cache)",
	},
	"2024": {
		`INFO [   launch_slot_with_task] slot is processing task | tid="140478308075456" timestamp=1724599956 id_slot=0 id_task=%d`,
		`INFO [            update_slots] kv cache rm [p0, end) | tid="140478308075456" timestamp=1724599956 id_slot=0 id_task=%d p0=0`,
		`INFO [           print_timings] prompt eval time     =    1008.67 ms /    13 tokens (   77.59 ms per token,    12.89 tokens per second) | tid="1249" timestamp=1741937581 id_slot=1 id_task=%d t_prompt_processing=1008.673 n_prompt_tokens_processed=13`,
		`INFO [            update_slots] slot released | tid="1249" timestamp=1741937581 id_slot=1 id_task=%d n_ctx=2048 n_past=113 n_system_tokens=0 n_cache_tokens=112 truncated=false`,
		`INFO [      log_server_request] request | tid="1249" timestamp=1741937581 remote_addr="127.0.0.1" remote_port=%d status=200 method="POST" path="/v1/chat/completions" params={}`,
		`VERB [           process_token] next token | tid="1249" timestamp=1741937581 id_slot=0 id_task=%d token=578 token_text=" error" has_next_token=true n_remain=9 n_decoded=3 stopped_eos=false`,
	},
	"February 2026": {
		"srv  params_from_: Chat format: peg-native",
		"slot get_availabl: id  0 | task -1 | selected slot by LCP similarity, sim_best = 0.333 (> 0.100 thold), f_keep = 0.0%d",
		"srv   prompt_save:  - saving prompt with length %d, total state size = 10.830 MiB",
		"srv          load:  - looking for better prompt, base f_keep = -1.000, sim = 0.000",
		"srv        update:  - cache state: 1 prompts, 10.830 MiB (limits: 8192.000 MiB, 2048 tokens, %d est)",
		"slot launch_slot_: id  0 | task %d | processing task, is_child = 0",
		"slot update_slots: id  0 | task %d | new prompt, n_ctx_slot = 2048, n_keep = 0, task.n_tokens = 66",
		"slot update_slots: id  0 | task %d | n_tokens = 0, memory_seq_rm [0, end)",
		"slot update_slots: id  0 | task %d | prompt processing progress, n_tokens = 66, batch.n_tokens = 66, progress = 1.000000",
		"slot update_slots: id  0 | task %d | prompt done, n_tokens = 66, batch.n_tokens = 66",
		"slot init_sampler: id  0 | task %d | init sampler, took 0.01 ms, tokens: text = 66, total = 66",
		"slot update_slots: id  0 | task %d | created context checkpoint 1 of 8 (pos_min = 0, pos_max = 61, size = 0.005 MiB)",
		"prompt eval time =       1.33 ms /    66 tokens (    0.02 ms per token, 49773.76 tokens per second)",
		"slot      release: id  0 | task %d | stop processing: n_tokens = 71, truncated = 0",
		"srv  log_server_r: request: POST /v1/chat/completions 127.0.0.1 200",
		"srv  update_slots: all slots are idle",
	},
	"2026, debug": {
		"0.00.215.927 D que    start_loop: processing new tasks",
		"0.00.215.928 D que    start_loop: processing task, id = %d",
		"0.00.215.930 D srv  update_slots: posting NEXT_RESPONSE",
		"0.00.215.931 D que          post: new task, id = %d, front = 0",
		"0.00.215.932 D slot update_slots: id  0 | task %d | slot decode token, n_ctx = 4096, n_tokens = 67, truncated = 0",
		"0.00.215.940 D srv        decode: n_batch (effective) = 2048, off = 0",
		"0.00.215.950 D slot process_toke: id  0 | task %d | n_gen = 1, n_remaining = 5, next token:   455 ' GGML_ASSERT(x) failed'",
		"0.00.215.951 D res          send: sending result for task id = %d",
		"0.00.215.952 D srv  update_slots: run slots completed",
		"0.00.215.953 D que    start_loop: waiting for new tasks",
		`0.00.225.438 D Parsed message: {"role":"assistant","content":"CUDA error: out of memory %d"}`,
		`0.00.225.500 I srv  log_server_r: done request: POST /v1/chat/completions 127.0.0.1 200`,
		`0.00.225.501 D srv  log_server_r: request:  {"messages":[{"role":"user","content":"Memory access fault by GPU node-1 %d"}]}`,
		`0.00.225.502 D srv  log_server_r: response: {"choices":[{"message":{"content":"Segmentation fault (core dumped)"}}]}`,
	},
	"rpc-server": {
		"Accepted client connection, free_mem=24576057344, total_mem=2576927%d",
		"[alloc_buffer] device: 0, size: 57.22 MiB -> remote_ptr: 7f31, remote_size: 6000%d",
		"[graph_compute] device: 0, n_nodes: 1204, n_tensors: %d",
		"[set_tensor] buffer: 0x7f31, data: 0x7f32, offset: 0, size: %d",
		"Client connection closed",
	},
}

// cleanKernel is what a kernel says on a machine on which nothing is wrong.
var cleanKernel = []string{
	"kernel: amdgpu: Evicting PASID 0x8001 queues", "kernel: amdgpu: Restoring PASID 0x8001 queues",
	"kernel: amdgpu 0000:c3:00.0: amdgpu: SMU is resuming...", "kernel: amdgpu 0000:c3:00.0: amdgpu: SMU is resumed successfully!",
	"kernel: [drm] PCIE GART of 512M enabled (table at 0x0000008000300000).", "kernel: [drm] JPEG decode initialized successfully.",
	"kernel: amdgpu 0000:c3:00.0: amdgpu: ring gfx_0.0.0 uses VM inv eng 0 on hub 0", "kernel: amdgpu 0000:c3:00.0: amdgpu: recover vram bo from shadow start",
	"kernel: xe 0000:03:00.0: [drm] Tile0: GT0: Using GuC firmware from xe/bmg_guc_70.bin version 70.58.0", "kernel: i915 0000:00:02.0: [drm] GT0: HuC: authenticated for all workloads",
	"kernel: nvidia-uvm: Loaded the UVM driver, major device number 234.", "kernel: NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.95.05",
	"kernel: usb 3-2: USB disconnect, device number %d", "kernel: wlp1s0: authenticated", "kernel: audit: type=1400 audit(1724599956.1:%d): apparmor=\"ALLOWED\" operation=\"open\"",
	"kernel: perf: interrupt took too long (2501 > 2500), lowering kernel.perf_event_max_sample_rate to 79000", "kernel: EXT4-fs (nvme0n1p2): re-mounted. Opts: errors=remount-ro",
	"kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00 SRC=10.0.0.1 DST=10.0.0.2 LEN=40", "kernel: mce: CPU3: Core temperature above threshold, cpu clock throttled (total events = %d)",
	"kernel: pcieport 0000:00:01.1: AER: Correctable error message received from 0000:01:00.0", "kernel: nvidia 0000:01:00.0: PCIe Bus Error: severity=Correctable, type=Physical Layer, (Receiver ID)",
	"kernel: amdgpu 0000:c3:00.0: amdgpu: %d correctable hardware errors detected in umc block", "kernel: amdgpu: Freeing queue vital buffer 0x7f0011000000, queue evicted",
}

// tenHours is how many lines come in ten hours at one a second.
const tenHours = 36000

// repeated makes a log of n lines of these, over and over.
func repeated(lines []string, n int) []string {
	var out []string
	for i := 0; len(out) < n; i++ {
		for _, l := range lines {
			if strings.Contains(l, "%d") {
				l = fmt.Sprintf(l, i+1)
			}
			out = append(out, l)
		}
	}
	return out
}

func TestTenHoursInEveryFormat(t *testing.T) {
	for name, lines := range cleanYears {
		for prefix, n := range map[string]int{"": tenHours, "[34000] ": 500, "llama-1  | ": 500, "2026-11-02T10:00:00Z box llama[42]: ": 500, "2026-09-10 21:30:07.611 [Info] (Process) ": 500} {
			var log []string
			for _, l := range repeated(lines, n) {
				log = append(log, prefix+l)
			}
			p := Process{Name: "server", Exit: "running", Log: log}
			if name == "rpc-server" {
				p.Name = "rpc1"
			}
			for _, e := range []Evidence{{Position: -1, Processes: []Process{p}}, {Position: -1, Text: log}} {
				if f := Classify(e); f.Bad() || f.Tainted {
					t.Errorf("%s behind %q became %s by rule %s: %s\n\t%s", name, prefix, f.Class, f.Rule, f.Title, strings.Join(f.Excerpt, "\n\t"))
				}
			}
		}
	}
	if f := Classify(Evidence{Position: -1, Kernel: []KernelLog{{Lines: repeated(cleanKernel, tenHours)}}}); f.Bad() || f.Tainted {
		t.Errorf("a quiet kernel became %s by rule %s: %s\n\t%s", f.Class, f.Rule, f.Title, strings.Join(f.Excerpt, "\n\t"))
	}
}
