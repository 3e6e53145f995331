package faults

// dropped are lines that no other rule may see: harmless ones that sound like errors, and
// consequences that must never become a title. Class "" is a consequence.
var dropped = []Rule{
	{Name: "pinned-memory", Class: "benign.fallback", In: logs, Level: Harmless, Drop: true, Pattern: `[Ff]ailed to (?:allocate|register) (?:[\d.]+ \w+ of )?pinned memory|ggml_vulkan: Failed (?:getMemoryHostPointerPropertiesEXT|ggml_vk_create_buffer)|failed to allocate host buffer for async uploads|device alloc of \d+ bytes failed, using host memory|for reorder temp buffer, skipping`, DropNext: "OutOf",
		Title: "no pinned memory, pageable memory is used", Source: ggmlCUDA, Example: "ggml_cuda_host_malloc: failed to allocate 1034.00 MiB of pinned memory: no CUDA-capable device is detected"},
	{Name: "fit-gave-up", Class: "benign.fallback", WhenDied: "load-fail.fit", In: logs, Level: Harmless, Drop: true, Pattern: `failed to fit params to (?:free )?device memory|encountered an error while trying to fit params`,
		Title: "parameters cannot be fitted to the free memory", Component: "llama_params_fit", Source: "llama.cpp common/fit.cpp", Example: "llama_params_fit: failed to fit params to free device memory: n_gpu_layers already set by user to 99, abort"},
	{Name: "fallback", Class: "benign.fallback", In: anywhere, Level: Harmless, Drop: true,
		Pattern: `rocblaslt error: Cannot read|rocblaslt (?:error|warning)|hipBLASLt.*fall|failed to mlock|RLIMIT_MEMLOCK|compute buffer allocation failed, retrying|cannot be used with preferred buffer type|[Ff]alling back to|NCCL (?:not|unavailable|is)|[Aa]ll-?reduce .*(?:fall|not)|using cached file \(HEAD failed|HEAD failed, status|defaulting to chatml|not compiled with GPU offload support|(?:using|switching to) \w+ instead|flash_attn (?:requires|is not compatible|not supported).*|Flash Attention was auto, set to disabled|KV cache (?:shifting|quantization) is not supported|cache_reuse is not supported|not supported .*disabling|peer access .*(?:fail|not)|failed to enable peer access|hipMemAdvise|ctx_shift is not supported|fallback behaviou?r used|vocab must match target model|(?:draft|target) (?:model|and draft vocabs) .*not compatible|translated between the draft and target`,
		Title:   "another way was taken", Source: "llama.cpp and GPU libraries", Example: "rocblaslt error: Cannot read /opt/rocm/lib/hipblaslt/library/TensileLibrary_lazy_gfx1151.dat"},
	{Name: "null-buffer", Class: "benign.noise", In: logs, Level: Harmless, Drop: true, Pattern: `(?:Tensor with n|N)ull buffer (?:for tensor )?passed to init_tensor`, Title: "null buffer notes", Source: rpcC, Example: "Null buffer for tensor passed to init_tensor function"},
	{Name: "backend-init", Class: "benign.noise", In: logs, Level: Harmless, Drop: true, Pattern: `failed to find ggml_backend_(?:init|score)|search path .* does not exist|failed to enumerate`, Title: "backend search notes", Source: "llama.cpp ggml/src/ggml-backend-reg.cpp", Example: "load_backend: failed to find ggml_backend_init in /app/libggml-cpu.so"},
	{Name: "server-noise", Class: "benign.noise", In: logs, Level: Harmless, Drop: true,
		Pattern: `cannot decode batches with this context|failed to allocate graph, reserving|forcing full prompt re-processing|context checkpoint|possible template bug|Failed to infer a tool call example|No parser definition detected|tokenizer config may be incorrect|special_eo[sg]_id|control-looking token|chat template .*bug|\(for bugs during this step|prompt state size .* exceeds cache size limit|embeddings? required but some input tokens were not marked|overriding|is not marked as EOG|non-consecutive token position|n_ctx is not divisible|missing pre-tokenizer type|GENERATION QUALITY WILL BE DEGRADED|model vocab missing newline|[Ee]xperimental feature|is experimental|deprecated|truncated = 1|llama_perf_|Failed to generate tool call example|setting n_batch = n_ubatch = \d+ to avoid assertion failure`,
		Title:   "known noise", Source: "llama.cpp", Example: "load: special_eos_id is not in special_eog_ids - the tokenizer config may be incorrect"},
	{Name: "startup", Class: "benign.startup", In: logs, Level: Harmless, Drop: true,
		Pattern: `CORS (?:is set to allow|allows all|origin)|no API key is set|do not expose the server|Never expose the RPC server|security risk|MCP servers are enabled|fitting params to (?:device|free) memory|n_ctx_(?:seq|per_seq) \(\d+\) [<>] n_ctx_train|exceeds the training context|warming up the model|feature\(s\) are enabled|experimental feature and is not secure|Starting RPC server`,
		Title:   "start-up banner", Source: "llama.cpp tools/server/server.cpp", Example: "0.14.815.765 W srv  llama_server: CORS is set to allow all origins ('*') and no API key is set"},
	{Name: "slow-prompt", Class: "benign.noise", In: logs, Level: Harmless, Pattern: `prompt processing, n_tokens = +\d+, progress = [\d.]+, t = +\d{3,}`, Title: "slow prompt processing", Source: serverContext,
		Example: "slot print_timing: id  0 | task 0 | prompt processing, n_tokens =  50419, progress = 0.53, t = 4816.15 s / 10.47 tokens per second"},
	{Name: "driver-info", Class: "benign.driver-info", In: KernelLines, Level: Harmless, Drop: true,
		Pattern: `Fence fallback timer expired|G[Uu]C: (?:SLPC|submission) (?:enabled|disabled)|[GH]uC (?:authenticated|firmware \S+ version)|[Uu]sing GuC|(?:Evicting|Restoring) PASID|update_invalid_user_pages|amdxdna|Runlist is getting oversubscribed|SRAM ECC is not present|init_user_pages: Failed to get user pages|\b[1-9]\d* correctable hardware errors|[Cc]orrected error|CE memory (?:read|scrubbing)|AER: Correct(?:ed|able) error|severity=Correct(?:ed|able)|SMU driver if version not matched|perf: interrupt took too long|loading NVIDIA UNIX|nvidia-uvm: Loaded|No irq handler|userptr.*-?EFAULT|Using BACO for runtime pm|PCIE GART of|amdgpu_amdkfd_restore_userptr_worker: Failed to (?:resume|quiesce) KFD|gpu_recovery|HDCP|Unable to locate a BIOS ROM`,
		Title:   "driver notes", Source: "Linux drivers/gpu/drm", Example: "Evicting PASID 1 queues"},
	{Name: "kfd-teardown", Class: "benign.teardown", In: KernelLines, Level: Harmless - 1, Drop: true, Pattern: `Freeing queue vital buffer`, Title: "queues of a process that ended",
		Source: kfd, Example: "amdgpu: Freeing queue vital buffer 0x7f00, queue evicted"},
	{Name: "kernel-aftermath", In: KernelLines, Level: Harmless, Drop: true,
		Pattern: `Failed to initialize parser -125|Dumping IP State|callbacks suppressed|[Dd]evice core ?dump (?:file )?has been created|/device/devcoredump/data|Xid \([^)]*\): (?:154|43),.*(?:recovery|previous)|failed to remove hardware queue from MES|failed to unmap legacy queue|kflcnCoreDump\w*|No AMDGPU_FENCE|amdgpu_job_run|soft recovered, skipping`,
		Title:   "aftermath", Source: "Linux drivers/gpu/drm", Example: "kernel: [drm:amdgpu_cs_ioctl [amdgpu]] *ERROR* Failed to initialize parser -125!"},
	{Name: "debugger", In: logs, Level: Harmless, Drop: true,
		Pattern: `\[New LWP \d+|Could not attach to process|ptrace: Operation not permitted|\[Inferior \d+ \(process \d+\) detached|\[Thread debugging using|Using host libthread_db|GGML_BACKTRACE_LLDB|Using native backtrace|warning: .*(?:\.gdbinit|auto-load)|No stack\.|The program is not being run\.|ptrace\(2\)|ptrace_scope`,
		Title:   "debugger", Source: "gdb, started by ggml_print_backtrace", Example: "[Inferior 1 (process 4242) detached]"},
	{Name: "core-dump", In: logs, Level: Harmless, Drop: true, Pattern: `Failed to write segment data to pipe|GPU core ?dump|set a breakpoint in malloc_error_break`,
		Title: "core dump", Source: "ROCR-Runtime core dump", Example: "GPU coredump: handler exited with error (status: 1)"},
}

// benignRules are harmless, too, but say what other rules may need as well.
var benignRules = []Rule{
	{Name: "teardown", Class: "benign.teardown", In: logs, Level: Harmless, Pattern: `cleaning up before exit|Received second interrupt|terminating immediately|llama_free|exiting due to (?:SIG|signal)|[Rr]eceived (?:signal )?\w+,? (?:shutting down|exiting|stopping)`,
		Title: "shutting down", Source: httpMain, Example: "srv    operator(): operator(): cleaning up before exit..."},
	{Name: "rpc-chatter", Class: "benign.noise", In: PeerLog, Level: Harmless, Pattern: `recv returned 0|Client connection closed|Accepted client connection`, Title: "rpc connections", Source: rpcC, Example: "Accepted client connection"},
}
