package faults

import (
	"strings"
	"testing"
)

// families are kinds of lines in the spellings that their programs have had over the years, each with
// values of our own: what the source's format string fixes is what a rule may rely on. They go in as
// the stderr of a server that ended with the given status.
var families = []struct{ class, source, exit, log string }{
	{"gpu-fault.memory-access", "Mesa RADV", "signal:SIGABRT", "radv: GPUVM fault detected at address 0x00800117d000."},
	{"gpu-fault.memory-access", "ggml-vulkan, VK_EXT_device_fault", "signal:SIGABRT", "ggml_vulkan: device lost on Vulkan1\n  address fault 0: type=1 address=0x7f0011223344 precision=0x1000"},
	{"gpu-fault.kernel-exception", "clr since 6.3", "signal:SIGABRT", ":0:rocdevice.cpp            :3580: 11223344 us:  Callback: Queue 0x7f0011000000 Aborting with error : HSA_STATUS_ERROR_ILLEGAL_INSTRUCTION: The agent attempted to execute an illegal shader instruction. Code: 0x2a Available Free mem : 40 MB"},
	{"gpu-oom.runtime", "clr since 6.3", "signal:SIGABRT", ":0:rocdevice.cpp            :3580: 11223344 us:  Callback: Queue 0x7f0011000000 Aborting with error : HSA_STATUS_ERROR_OUT_OF_RESOURCES: The runtime failed to allocate the necessary resources. Code: 0x1008 Available Free mem : 0 MB"},
	{"gpu-fault.device-lost", "unified runtime of oneAPI 2025", "code:1", "level_zero backend failed with error: 20 (UR_RESULT_ERROR_DEVICE_LOST)\nException caught at file:/s/ggml-sycl.cpp, line:77, func:operator()"},
	{"gpu-fault.device-lost", "Mesa ANV", "signal:SIGABRT", "INTEL-MESA: error: ../src/intel/vulkan/anv_x.c:99: GPU hung on one of our command buffers (VK_ERROR_DEVICE_LOST)"},
	{"gpu-fault.device-lost", "libnvidia-ml", "", "Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU"},
	{"gpu-error.unsupported-arch", "ggml-cuda common.cuh, no_device_code", "signal:SIGABRT", "/s/mmf.cu:12: ERROR: HIP kernel mul_mat_f has no device code compatible with HIP arch 1300. mmf.cu was compiled for: 1100\nROCm error: unspecified launch failure"},
	{"gpu-error.unsupported-arch", "HIP runtime", "signal:SIGABRT", `"hipErrorNoBinaryForGpu: Unable to find code object for all current devices!"`},
	{"gpu-error.unsupported-arch", "rocBLAS", "signal:SIGABRT", "rocBLAS error: No paths matched /r/library/*gfx90c*co. Make sure that ROCBLAS_TENSILE_LIBPATH is set correctly."},
	{"gpu-error.unsupported-arch", "SYCL runtime", "code:1", "Required aspect fp16 is not supported on the device"},
	{"gpu-error.unsupported-arch", "ggml-vulkan", "code:1", "ggml_vulkan: Error: Vulkan 1.2 required."},
	{"gpu-error.shader-compile", "ggml-metal", "code:1", "program_source:12:1: error: expected expression\nggml_metal_device_init: error: failed to allocate context"},
	{"gpu-error.api", "ggml-sycl CHECK_TRY_ERROR", "code:1", "SYCL error: CHECK_TRY_ERROR(s.wait()): Meet error in this line code!\n  in function f at /s/ggml-sycl.cpp:7"},
	{"gpu-error.api", "ggml-metal", "", "ggml_metal_graph_compute: command buffer 2 failed with status 3"},

	{"gpu-fault.memory-access", "clr, its line cut by a terminal", "signal:SIGABRT", "VIOLATION: The agent attempted to access memory beyond the largest legal address. code: 0x29"},
	{"gpu-fault.memory-access", "compute-sanitizer", "", "========= Invalid __shared__ write of size 4 bytes\n=========     at some_kernel(float *)+0x10"},
	{"gpu-fault.memory-access", "PyTorch", "code:1", "torch.AcceleratorError: CUDA error: an illegal memory access was encountered\nSearch for `cudaErrorIllegalAddress' in the documentation"},
	{"gpu-fault.kernel-exception", "CUDA driver API", "code:1", "cuStreamSynchronize failed: CUDA_ERROR_LAUNCH_FAILED"},
	{"gpu-error.unsupported-arch", "HIP runtime, by name", "code:1", "hip error code: 'hipErrorInvalidDeviceFunction':98"},
	{"gpu-error.unsupported-arch", "TVM", "code:1", "ROCM HIP Error: hipModuleLoadData(x) failed with error: shared object initialization failed"},
	{"gpu-oom.runtime", "ggml-metal of spring 2024", "", "ggml_metal_graph_compute: command buffer 1 failed with status 5\nout of memory"},
	{"none", "HIP's own log of calls", "running", ":3:hip_memory.cpp :600 : 11223344d us:  hipMalloc: Returned hipErrorOutOfMemory : "},

	{"crash.assert", "ggml, pool of a context", "signal:SIGABRT", "ggml_new_object: not enough space in the context's memory pool (needed 96, available 64)\n/s/ggml.c:5: GGML_ASSERT(obj_new) failed"},
	{"crash.abort", "ggml-alloc", "signal:SIGABRT", "ggml_tallocr_alloc: not enough space in the buffer to allocate x (needed 96, available 64)\n/s/ggml-alloc.c:5: not enough space in the buffer"},
	{"crash.uncaught-exception", "libcxxrt", "signal:SIGABRT", "Terminating due to uncaught exception 0x1a2b3c of type std::length_error"},
	{"crash.uncaught-exception", "llamafile", "signal:SIGABRT", "terminating due to std::out_of_range: basic_string"},
	{"crash.uncaught-exception", "backtrace without symbols", "signal:SIGABRT", "/u/libstdc++.so.6(+0xbb0da)[0x7f00110da]\n/u/libstdc++.so.6(_ZSt10unexpectedv+0x0)[0x7f0011a55]"},
	{"crash.abort", "libstdc++", "signal:SIGABRT", "pure virtual method called\nterminate called without an active exception"},
	{"crash.segv", "zsh", "", "[2]    4242 segmentation fault  ./llama-server -m x.gguf"},
	{"crash.segv", "fish", "", "fish: Job 3, './llama-server -m x' terminated by signal SIGSEGV (Address boundary error)"},
	{"crash.segv", "systemd", "", "llama.service: Main process exited, code=dumped, status=11/SEGV"},
	{"crash.segv", "Go on Windows", "code:2", "Exception 0xc0000005 0x0 0x18 0x7ff900112233\nsignal arrived during external code execution"},
	{"crash.segv", "Python ctypes", "code:1", "OSError: exception: access violation reading 0x0000000000000020"},
	{"crash.segv", "macOS crash report", "", "Exception Type:        EXC_BAD_ACCESS (SIGSEGV)"},
	{"crash.segv", "Python subprocess", "", "llama-server exited with code -11"},
	{"crash.bus", "macOS crash report", "", "Exception Type:        EXC_BAD_ACCESS (SIGBUS)"},
	{"crash.bus", "Go", "code:2", "SIGBUS: bus error\nPC=0x7f00 m=5 sigcode=2 addr=0x7f00"},
	{"crash.uncaught-exception", "llamafile of 2024", "code:1", "llamafile: error in llama.cpp/server/json.h:77 (function at)\n[json.exception.out_of_range.403] key 'x' not found\nserver terminated."},
	{"crash.ill", "zsh", "", "zsh: illegal hardware instruction  ./llama-server -m x.gguf"},
	{"crash.bus", "zsh", "", "zsh: bus error  ./llama-server -m x.gguf"},
	{"crash.abort", "zsh", "", "zsh: abort      ./llama-server -m x.gguf"},
	{"crash.abort", "systemd", "", "llama.service: Main process exited, code=killed, status=6/ABRT"},
	{"crash.abort", "LM Studio on Windows", "", "The model has crashed without additional information. (Exit code: 18446744072635812000)"},
	{"crash.uncaught-exception", "LM Studio on Windows, C++", "", "(Exit code: 18446744073179853000). Unknown error."},
	{"infra.binary", "ollama", "", "Error: llama runner process has terminated: exit status 127"},
	{"server-error.output-parse", "ollama's parsers", "", `level=WARN msg="some tool call parsing failed" error="failed to parse JSON: unexpected end of JSON input"`},
	{"crash.heap-corruption", "Windows", "", "llama-server.exe exited with code 0xc0000374"},
	{"wrong-output.nan-logits", "ik_llama.cpp", "signal:SIGABRT", "Oops(ggml_compute_forward_x_f32, ffn-7): found -nan for i1 = 1, i2 = 0, i3 = 0. ne00 = 8\n/s/ggml.c:5: fatal error"},
	{"wrong-output.nan-logits", "ollama's sampler", "code:2", "panic: failed to sample token: sample: logits sum to NaN, check model output"},
	{"rpc.remote-crashed", "ggml-rpc transport", "signal:SIGABRT", "send failed (bytes_sent=-1, size_to_send=8)\n/s/ggml-rpc.cpp:9: Remote RPC server crashed or returned malformed response"},

	{"load-fail.alloc", "ggml-backend", "code:1", "ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 112233445566"},
	{"load-fail.alloc", "ggml-sycl", "code:1", "ggml_backend_sycl_buffer_type_alloc_buffer: can't allocate 112233 Bytes of memory on device/GPU"},
	{"load-fail.alloc", "ggml-metal of 2024", "code:1", "ggml_metal_add_buffer: error: failed to allocate 'data' buffer, size = 112.00 MiB"},
	{"load-fail.alloc", "ollama", "", `msg="NewLlamaServer failed" error="model requires more system memory (9.1 GiB) than is available (4.2 GiB)"`},
	{"load-fail.model-file", "gguf.cpp", "code:1", "gguf_init_from_reader: tensor 'a.b' of type 2 (q4_0) has 33 elements per row, not a multiple of block size (32)"},
	{"load-fail.model-file", "llama.cpp of 2023", "code:1", "llama_init_from_gpt_params: error: failed to load model './x.bin'\nmain: error: unable to load model"},
	{"load-fail.model-file", "llama.cpp of 2023, nobody catches it", "signal:SIGABRT", "terminate called after throwing an instance of 'std::runtime_error'\n  what():  unexpectedly reached end of file"},
	{"load-fail.model-file", "mtmd", "code:1", "mtmd_init_from_file: error: Failed to load CLIP model from /m/mmproj.gguf"},
	{"load-fail.model-file", "koboldcpp", "code:1", "Could not load text model: D:\\k\\x.gguf"},
	{"infra.port-bind", "Go", "code:1", "Error: listen tcp 127.0.0.1:8080: bind: address already in use"},
	{"infra.port-bind", "Windows", "code:1", "bind: Only one usage of each socket address (protocol/network address/port) is normally permitted."},
	{"infra.port-bind", "docker", "code:125", "Bind for 0.0.0.0:8080 failed: port is already allocated."},
	{"infra.rpc-connect", "ggml-rpc transport", "", "Cannot resolve host 'box-7'"},
	{"infra.rpc-connect", "ggml-rpc", "code:1", "RPC server version mismatch: 1.2.3\nllama_model_load: error loading model: unable to allocate RPC0 buffer"},
	{"infra.model-download", "common.cpp of 2024", "code:1", "llama_load_model_from_url: llama.cpp built without libcurl, downloading from an url not supported."},
	{"infra.model-download", "download.cpp", "code:1", "common_download_model: required file is not available in cache (offline mode): /c/x.gguf"},
	{"infra.bad-args", "arg.cpp", "code:1", "error: the argument has been removed. use --other instead"},
	{"infra.bad-args", "common.cpp of 2023", "code:1", "error: invalid parameter for argument: --ctx-size"},
	{"infra.binary", "runc", "code:127", `unable to start container process: exec: "/app/llama-server": stat /app/llama-server: no such file or directory`},
	{"infra.binary", "bash", "code:127", "bash: ./llama-server: No such file or directory"},
	{"infra.device-unavailable", "libnvidia-ml", "", "Failed to initialize NVML: Driver/library version mismatch"},
	{"infra.device-unavailable", "docker", "code:125", `could not select device driver "" with capabilities: [[gpu]].`},
	{"infra.device-wedged", "CUDA of 2019", "signal:SIGABRT", "CUDA error: all CUDA-capable devices are busy or unavailable"},
	{"infra.oom-kill", "earlyoom", "signal:SIGKILL", `earlyoom[9]: sending SIGKILL to process 4242 uid 1000 "llama-server": oom_score 900`},

	{"benign.fallback", "clip.cpp", "", "0.30.438.430 W warmup: WARNING: flash attention not supported by CUDA0, memory usage will increase"},
	{"benign.fallback", "common/speculative.cpp", "", "srv          init: the draft model 'd.gguf' is not compatible with the target model 'm.gguf'. tokens will be translated between the draft and target models."},
	{"benign.fallback", "ggml-cuda", "", "ggml_backend_cuda_register_host_buffer: failed to register 11.00 MiB of pinned memory: operation not supported"},
	{"benign.fallback", "common/chat.cpp", "", "common_chat_templates_init: failed to parse chat template (defaulting to chatml): Expected value"},
	{"benign.noise", "libdrm", "", "/opt/amdgpu/share/libdrm/amdgpu.ids: No such file or directory"},
	{"benign.noise", "common/chat.cpp", "", "No parser definition detected, assuming pure content parser."},
	{"benign.http-4xx", "send_error", "", "srv    send_error: task id = 7, error: input (901 tokens) is too large to process. increase the physical batch size (current batch size: 256)"},
	{"benign.noise", "llama-model-loader", "", "model has unused tensor blk.9.x.weight (size = 64 bytes) -- ignoring"},
	{"benign.noise", "arg.cpp", "", "DEPRECATED: argument '--x' specified multiple times, use comma-separated values instead"},
	{"benign.http-4xx", "log_server_request", "", "srv  log_server_r: request: POST /v1/chat/completions 10.0.0.1 404"},
	{"benign.client-cancel", "ollama", "", `msg="aborting completion request due to client closing the connection"`},
}

func TestFamilies(t *testing.T) {
	for _, c := range families {
		f := Classify(Evidence{Position: -1, Processes: []Process{server(c.exit, strings.Split(c.log, "\n")...)}})
		if f.Class != c.class {
			t.Errorf("got %s (%s, rule %s), want %s (%s)\n\t%s", f.Class, f.Title, f.Rule, c.class, c.source, c.log)
		}
	}
}

// TestWarningWithoutARule: what the logger calls a warning is one, also where nobody wrote a rule for it.
func TestWarningWithoutARule(t *testing.T) {
	for line, class := range map[string]string{
		"[34000] 0.03.112.001 W srv    frobnicate: the frobs are few": "benign.noise",
		"0.03.112.001 I srv    frobnicate: the frobs are many":        "none",
	} {
		if f := Classify(Evidence{Position: -1, Processes: []Process{server("running", line)}}); f.Class != class {
			t.Errorf("%s: got %s (%s), want %s", line, f.Class, f.Title, class)
		}
	}
}

// kernelFamilies are the same of the kernel's log.
var kernelFamilies = []struct{ class, source, log string }{
	{"gpu-fault.memory-access", "xe_gt_pagefault.c", "xe 0000:04:00.0: [drm] Tile0: GT0: Faulted Address: 0x0000d55900ff0000"},
	{"gpu-fault.kernel-exception", "gfx_v10_0.c", "[drm:gfx_v10_0_priv_reg_irq [amdgpu]] *ERROR* Illegal register access in command stream"},
	{"gpu-fault.kernel-exception", "amdkfd", "amdgpu: sq_intr: error, se 1, data 0x10, sh 0, priv 1, wave_id 3, simd_id 2, wgp_id 0"},
	{"gpu-fault.hang-reset", "radeon", "radeon 0000:01:00.0: ring 3 stalled for more than 10240msec"},
	{"gpu-fault.hang-reset", "amdkfd", "amdgpu 0000:03:00.0: amdgpu: cp queue preemption failed"},
	{"gpu-fault.hang-reset", "i915", "i915 0000:03:00.0: [drm] Resetting ccs0 for stopped heartbeat on ccs0"},
	{"gpu-fault.hang-reset", "xe", "xe 0000:03:00.0: [drm] *ERROR* CRITICAL: Xe has declared device 0000:03:00.0 as wedged."},
	{"gpu-fault.hang-reset", "open-gpu-kernel-modules", "NVRM: krcWatchdog_IMPL: RC watchdog: GPU is probably locked!  Notify Timeout Seconds: 7"},
	{"gpu-fault.firmware", "open-gpu-kernel-modules", "NVRM: _kgspRpcRecvPoll: GSP RM heartbeat timed out"},
	{"gpu-fault.hardware", "aer.c", "pcieport 0000:00:03.1: AER: Uncorrectable (Fatal) error message received from 0000:0a:00.0"},
	{"gpu-fault.memory-access", "kfd_events.c", "amdgpu: Sending SIGSEGV to process 4242 (pasid 0x8001)"},
	{"gpu-fault.kernel-exception", "nverror.h, a copy engine", "NVRM: Xid (PCI:0000:01:00): 39, pid=4242, name=llama-server, Ch 0000000c, intr 00000001"},
	{"gpu-fault.kernel-exception", "nverror.h, another", "NVRM: Xid (PCI:0000:01:00): 131, pid=4242, name=llama-server, Ch 0000000c"},
	{"gpu-fault.memory-access", "AMD-Vi, of a GPU", "amdgpu 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x001f address=0xffff0000 flags=0x0020]"},
	{"gpu-fault.memory-access", "gmc, whose first line is missing", "amdgpu 0000:03:00.0: amdgpu: GCVM_L2_PROTECTION_FAULT_STATUS:0x00000B3A\namdgpu 0000:03:00.0: amdgpu: \t Faulty UTCL2 client ID: CPC (0x5)"},
	{"benign.driver-info", "AMD-Vi, of a network card", "r8169 0000:05:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x001f address=0xffff0000 flags=0x0020]"},
	{"benign.other-process", "an Xid of a browser", "NVRM: Xid (PCI:0000:01:00): 31, pid=4242, name=brave, channel 0x00000028, intr 00000000. MMU Fault: ENGINE GRAPHICS GPC1 faulted @ 0x1_00000000"},
	{"gpu-fault.memory-access", "Xids of a browser, then of ours", "NVRM: Xid (PCI:0000:01:00): 31, pid=4240, name=brave, channel 0x00000028, intr 00000000. MMU Fault: ENGINE GRAPHICS\nNVRM: Xid (PCI:0000:01:00): 31, pid=4242, name=llama-server, channel 0x00000029, intr 00000000. MMU Fault: ENGINE CE0"},
	{"gpu-fault.firmware", "xe_guc_ct.c", "xe 0000:03:00.0: [drm] *ERROR* Tile0: GT0: Timed out wait for G2H, fence 312, action 3003, done no"},
	{"gpu-fault.hang-reset", "xe_guc_submit.c", "xe 0000:03:00.0: [drm] *ERROR* GT0: Suspend fence, guc_id=7, failed to respond"},
	{"gpu-fault.hardware", "xe_hw_error.c", "xe 0000:03:00.0: [drm] *ERROR* [Hardware Error]: Tile0 reported FATAL error 0x20000."},
	{"gpu-fault.hardware", "mce", "mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 0: be00000000800400"},
	{"gpu-fault.hardware", "edac_mc.c", "EDAC MC0: 1 UE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0"},
	{"gpu-fault.hardware", "amdgpu_pm, too hot", "amdgpu 0000:03:00.0: amdgpu: ERROR: GPU HW Critical Temperature Fault(aka CTF) detected!"},
	{"infra.device-unavailable", "dd.c", "xe 0000:03:00.0: probe with driver xe failed with error -5"},
	{"infra.device-wedged", "xe_survivability_mode.c", "xe 0000:03:00.0: [drm] In Survivability Mode"},
	{"crash.ill", "systemd-coredump", "systemd-coredump[88]: Process 4242 (llama-server) of user 1000 terminated abnormally with signal 4/ILL, processing..."},
	{"crash.segv", "audit", `audit: type=1701 audit(1700000000.123:45): auid=1000 uid=1000 gid=1000 ses=3 pid=4242 comm="llama-server" exe="/usr/bin/llama-server" sig=11 res=1`},
	{"benign.other-process", "audit", `audit: type=1701 audit(1700000000.123:45): auid=1000 uid=1000 gid=1000 ses=3 pid=4242 comm="gnome-shell" exe="/usr/bin/gnome-shell" sig=11 res=1`},
	{"crash.segv", "arm64", "llama-server[4242]: unhandled level 2 translation fault (11) at 0x00000018, esr 0x92000006"},
	{"benign.driver-info", "edac_mc.c, corrected", "EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0"},
	{"gpu-fault.hang-reset", "i915_sw_fence.c", "Fence expiration time out i915-0000:00:02.0:llama-server[4242]:8ac!"},
	{"gpu-fault.hang-reset", "intel_gt_pm.c", "i915 0000:00:02.0: [drm] *ERROR* Failed to restart rcs0 (-5)"},
	{"gpu-fault.hang-reset", "intel_reset.c", "i915 0000:00:02.0: [drm] *ERROR* Failed to re-initialize GPU[0], declaring it wedged!"},
	{"gpu-fault.hang-reset", "amdgpu_gmc.c", "amdgpu 0000:03:00.0: amdgpu: failed to write reg 1a774 wait reg 1a786"},
	{"gpu-fault.hang-reset", "amdgpu_vm_tlb_fence.c", "amdgpu 0000:03:00.0: amdgpu: TLB flush failed for PASID 32770."},
	{"gpu-fault.hang-reset", "gmc_v11_0.c", "amdgpu 0000:03:00.0: amdgpu: Timeout waiting for VM flush ACK!"},
	{"gpu-fault.hang-reset", "amdgpu_ring.c", "[drm:amdgpu_ring_test_helper [amdgpu]] *ERROR* ring comp_1.1.0 test failed (-110)"},
	{"gpu-fault.hang-reset", "amdgpu_gfx.c", "amdgpu 0000:03:00.0: amdgpu: KCQ enable failed"},
	{"gpu-fault.hang-reset", "amdgpu_device.c", "amdgpu 0000:03:00.0: amdgpu: resume of IP block <gfx_v11_0> failed -110"},
	{"gpu-fault.hang-reset", "amdgpu_device.c, mode1", "amdgpu 0000:03:00.0: amdgpu: GPU mode1 reset failed"},
	{"gpu-fault.hang-reset", "kfd_device_queue_manager.c", "amdgpu: Resetting wave fronts (nocpsch) on dev 00000000a1b2c3d4"},
	{"gpu-fault.firmware", "kfd_device_queue_manager.c", "amdgpu 0000:03:00.0: amdgpu: failed to add hardware queue to MES, doorbell=0x1202"},
	{"gpu-fault.firmware", "smu_cmn.c", "amdgpu 0000:03:00.0: amdgpu: SMU is in hanged state, failed to send smu message!"},
	{"gpu-fault.firmware", "psp_v13_0.c", "amdgpu 0000:03:00.0: amdgpu: Bootloader wait timed out"},
	{"gpu-fault.firmware", "intel_guc.c", "i915 0000:00:02.0: [drm] *ERROR* GT0: GUC: mmio request 0x4100: no reply 4100"},
	{"gpu-fault.firmware", "intel_guc.c, crash", "i915 0000:00:02.0: [drm] *ERROR* GT0: GUC: Crash dump notification"},
	{"gpu-fault.hardware", "gfx_v8_0.c", "[drm:gfx_v8_0_cp_ecc_error_irq [amdgpu]] *ERROR* CP EDC/ECC error detected."},
	{"gpu-fault.hardware", "amdgpu_ras_eeprom.c", "amdgpu 0000:83:00.0: amdgpu: RAS records:129 exceed threshold:128"},
	{"gpu-oom.runtime", "amdgpu_cs.c", "[drm:amdgpu_cs_ioctl [amdgpu]] *ERROR* Not enough memory for command submission!"},
	{"infra.device-unavailable", "amdgpu_device.c", "amdgpu 0000:03:00.0: amdgpu: hw_init of IP block <psp> failed -22"},
	{"benign.other-process", "gmc_v9_0.c, a game", "amdgpu 0000:06:00.0: amdgpu: [gfxhub0] no-retry page fault (src_id:0 ring:56 vmid:6 pasid:32784, for process some_game pid 4242 thread VKRenderThread pid 4243)"},
	{"benign.other-process", "gmc_v11_0.c, OpenGL", "amdgpu 0000:06:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:24 vmid:6 pasid:32784)\namdgpu 0000:06:00.0: amdgpu:  Process paintbox pid 4242 thread paintbox:cs0 pid 4243"},
	{"benign.other-process", "systemd-oomd", "systemd-oomd[700]: Killed /user.slice/user-1000.slice/user@1000.service/app.slice/app-org.mozilla.firefox-4242.scope due to memory pressure for /user.slice"},
	{"infra.oom-kill", "systemd-oomd, a service", "systemd-oomd[700]: Killed /system.slice/llama-server.service due to memory used (62.1%) and swap used (90.2%) being more than 90.00%"},
	{"benign.driver-info", "amdgpu_psp.c", "amdgpu 0000:c1:00.0: amdgpu: RAS: optional ras ta ucode is not available"},
	{"benign.driver-info", "amdgpu_ih.c", "amdgpu 0000:c1:00.0: amdgpu: IH ring buffer overflow (0x0008B8C0, 0x00001A40, 0x0000B8E0)"},
	{"infra.oom-kill", "oom_kill.c of 2018", "Out of memory: Kill process 4242 (llama-server) score 912 or sacrifice child"},
	{"hang.uninterruptible", "hung_task.c", "INFO: task rpc-server:4242 blocked for more than 241 seconds."},
	{"unknown", "traps.c", "traps: llama-server[4242] trap divide error ip:55d3c1a2 sp:7ffe error:0 in libggml-base.so[55d3c000+200000]"},
	{"crash.segv", "a library of ours in a process of any name", "python3[4242]: segfault at 18 ip 00007f3c2b4c1a2d sp 00007ffd0 error 4 in libllama.so.0[7f3c2b300000+2a0000]"},
	{"benign.other-process", "i915", "i915 0000:00:02.0: [drm] GPU HANG: ecode 9:1:85dffffb, in Xorg [4242]"},
	{"benign.other-process", "traps.c", "traps: chrome[4242] trap int3 ip:55d3c1a2 sp:7ffe error:0 in chrome[55d3c000+a200000]"},
	{"benign.other-process", "hung_task.c", "INFO: task jbd2/nvme0n1p2:242 blocked for more than 122 seconds."},
	{"benign.driver-info", "amdgpu_ring.c", "amdgpu 0000:83:00.0: amdgpu: ring comp_1.0.0 uses VM inv eng 1 on hub 0"},
	{"benign.driver-info", "devcoredump", "xe 0000:03:00.0: [drm] Using GuC firmware from xe/bmg_guc_70.bin version 70.58.0"},
}

func TestKernelFamilies(t *testing.T) {
	for _, c := range kernelFamilies {
		f := Classify(Evidence{Position: -1, Kernel: []KernelLog{{Lines: strings.Split(c.log, "\n")}}})
		if f.Class != c.class {
			t.Errorf("got %s (%s, rule %s), want %s (%s)\n\t%s", f.Class, f.Title, f.Rule, c.class, c.source, c.log)
		}
	}
}

// answerFamilies are bodies of error answers, of llama-server over the years and of programs around it.
var answerFamilies = []struct{ class, body string }{
	{"reject.context-size", `{"error":{"code":500,"message":"the request exceeds the available context size. try increasing the context size or enable context shift","type":"exceed_context_size_error","n_prompt_tokens":901,"n_ctx":256}}`},
	{"reject.context-size", `{"error":{"code":500,"message":"input (901 tokens) is larger than the max context size (256 tokens). skipping","type":"server_error"}}`},
	{"reject.context-size", `{"type":"error","error":{"type":"exceed_context_size_error","message":"request (901 tokens) exceeds the available context size (256 tokens), try increasing it"}}`},
	{"none", `{"choices":[{"message":{"content":"In JSON one writes {\"error\": \"CUDA error: out of memory\"} for that."}}]}`},
	{"reject.context-size", `{"error":"the input length exceeds the context length"}`},
	{"reject.template", `openai.InternalServerError: Error code: 500 - {'error': {'code': 500, 'message': "Cannot subscript null at row 2, column 4:\n   {%- x %}", 'type': 'server_error'}}`},
	{"reject.context-size", `openai.BadRequestError: Error code: 400 - {'error': {'code': 400, 'message': 'request (901 tokens) exceeds the available context size (256 tokens), try increasing it', 'type': 'exceed_context_size_error'}}`},
	{"reject.template", `OpenAI API Streaming Error: 500 Unknown method: keys at row 2, column 4:`},
	{"server-error.output-parse", `litellm.InternalServerError: InternalServerError: Custom_openaiException - Failed to parse tool call arguments as JSON: [json.exception.parse_error.101] parse error`},
	{"server-error.output-parse", `{"error":"error parsing tool call: raw='x', err=invalid character 'x' looking for beginning of value"}`},
	{"unknown", `openai.APIConnectionError: Connection error.`},
	{"reject.context-size", `litellm.ContextWindowExceededError: litellm.BadRequestError: OpenAIException - request (901 tokens) exceeds the available context size (256 tokens), try increasing it`},
	{"load-fail.alloc", `"llama runner process has terminated: error loading model: unable to allocate CUDA_Host buffer"`},
	{"wrong-output.repeat-char", `{"model":"m","message":{"role":"assistant","content":"GGGGGGGGGGGGGGGGGGGGGGGG"},"done":false}`},
	{"wrong-output.repeat-char", `{"type":"message","content":[{"type":"text","text":"????????????????????????"}]}`},
	{"reject.kv-full", `{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}`},
	{"reject.template", `{"error":{"code":500,"message":"Value is not callable: null at row 3, column 9:\n  {%- set x %}","type":"server_error"}}`},
	{"reject.template", `{"error":{"code":500,"message":"\n---\nWhile executing FilterExpression at line 5, column 6 in source","type":"server_error"}}`},
	{"server-error.output-parse", `{"error":{"code":500,"message":"Invalid diff: now finding less tool calls!","type":"server_error"}}`},
	{"server-error.decode-invalid", `{ "error" : {"code":500,"message":"Invalid input batch.","type":"server_error"} }`},
	{"load-fail.model-file", `{"error":"llama-server process has terminated: exit status 1: error loading model: missing tensor 'a.b'"}`},
	{"benign.http-4xx", `{"error":{"code":501,"message":"This server does not support embeddings. Start it with --embeddings","type":"not_supported_error"}}`},
	{"benign.http-4xx", `{"error":{"code":500,"message":"tool_choice param requires --jinja flag","type":"server_error"}}`},
	{"benign.http-4xx", `{"error":{"code":500,"message":"[json.exception.type_error.302] type must be string, but is null","type":"server_error"}}`},
	{"benign.startup", `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`},
	{"unknown", `{"error":{"code":500,"message":"something nobody has a rule for","type":"server_error"}}`},
}

func TestAnswerFamilies(t *testing.T) {
	for _, c := range answerFamilies {
		if f := Classify(Evidence{Position: -1, HTTP: []string{c.body}}); f.Class != c.class {
			t.Errorf("got %s (%s, rule %s), want %s\n\t%s", f.Class, f.Title, f.Rule, c.class, c.body)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for exit, class := range map[string]string{
		"code:139": "crash.segv", "code:-11": "crash.segv", "code:3221225477": "crash.segv", "code:-1073741819": "crash.segv", "code:0xC00000FD": "crash.segv",
		"code:134": "crash.abort", "code:-6": "crash.abort", "code:0xC0000409": "crash.abort",
		"code:132": "crash.ill", "code:0xC000001D": "crash.ill", "code:135": "crash.bus", "code:0xC0000006": "crash.bus",
		"code:0xC0000374": "crash.heap-corruption", "code:-1073740940": "crash.heap-corruption",
		"code:127": "infra.binary", "code:0xC0000135": "infra.binary", "code:0xC0000139": "infra.binary",
		"code:1": "unknown", "code:137": "unknown", "code:-9": "unknown", "code:0": "unknown",
	} {
		if f := Classify(Evidence{Processes: []Process{server(exit)}}); f.Class != class {
			t.Errorf("%s: got %s, want %s", exit, f.Class, class)
		}
	}
}

func TestAnswersWithoutTextAreNoOutput(t *testing.T) {
	var bodies []string
	for range 40 {
		bodies = append(bodies, `{"status":"ok"}`)
	}
	for _, e := range []Evidence{{Position: -1, HTTP: bodies}, {Position: -1, Text: bodies}} {
		if f := Classify(e); f.Bad() {
			t.Errorf("answers without a text became %s: %s", f.Class, f.Title)
		}
	}
}

func TestPastedAnswers(t *testing.T) {
	for body, class := range map[string]string{
		`{"choices":[{"message":{"content":"GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG"}}]}`:                          "wrong-output.repeat-char",
		`data: {"choices":[{"delta":{"content":"<pad><pad><pad><pad><pad><pad>"}}]}`:                        "wrong-output.repeat-token",
		`{"error":{"code":500,"message":"Compute error.","type":"server_error"}}`:                           "unknown",
		`{"error":{"code":400,"message":"\"prompt\" must not be empty","type":"invalid_request_error"}}`:    "benign.http-4xx",
		`{"timestamp":1697735321,"level":"INFO","message":"request","status":200,"path":"/v1/completions"}`: "none",
	} {
		if f := Classify(Evidence{Position: -1, Text: []string{body}}); f.Class != class {
			t.Errorf("got %s (%s), want %s\n\t%s", f.Class, f.Title, class, body)
		}
	}
}
