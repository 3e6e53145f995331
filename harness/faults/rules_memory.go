package faults

const (
	galloc   = "llama.cpp ggml/src/ggml-alloc.c, ggml-backend.cpp"
	llamaKV  = "llama.cpp src/llama-kv-cache.cpp, src/llama-memory-*.cpp"
	llamaCtx = "llama.cpp src/llama-context.cpp"
	loader   = "llama.cpp src/llama-model-loader.cpp, src/llama.cpp"
	argument = "llama.cpp common/arg.cpp"
	httpMain = "llama.cpp tools/server/server-http.cpp, server.cpp"
	download = "llama.cpp common/download.cpp"
	rpcC     = "llama.cpp ggml/src/ggml-rpc/ggml-rpc.cpp"
)

// memoryRules find allocations that failed: while loading a configuration that is too big, after
// that a device that ran full.
var memoryRules = []Rule{
	{Name: "alloc-device", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `allocating [\d.]+ Mi?B on device \d+: \w+ failed(?:: (?P<why>[a-z ]+[a-z]))?|(?:cuda|hip|aclrt|mu)Malloc(?:\w+)? failed`, Title: "device memory allocation failed<: {why}>", Component: "ggml-cuda", Source: ggmlCUDA,
		Example: "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 12345.00 MiB on device 0: cudaMalloc failed: out of memory"},
	{Name: "alloc-buffer", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `unable to allocate (?P<buffer>\w+)\S* (?:buffer|backend)|error loading model: failed to (?P<buffer5>allocate) buffer|failed to allocate (?P<buffer2>[A-Za-z]+)\d*(?:\[\S+\])? buffer of size|failed to allocate (?P<buffer3>SYCL|Vulkan|CUDA|ROCm|Metal|CPU)\d* buffer|failed to allocate (?P<buffer4>compute)(?: pp| tg)? buffers|failed to allocate (?:\w+ )?(?:buffer|tensor)s?(?: of size| for| type|$|, size)|can't allocate \d+ Bytes of memory on|[Ff]ailed to allocate input buffer|alloc(?:ation)? of \d+ bytes failed`,
		Title:   "not enough memory: <{buffer} ><{buffer2} ><{buffer3} ><{buffer4} >buffer", Component: "ggml-alloc", Source: galloc,
		Example: "error loading model: unable to allocate CUDA0 buffer"},
	{Name: "alloc-kv", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `failed to allocate (?:buffer|context) for (?P<what>kv cache|rs cache|control vector|lora adapter|DSV4[\w -]*|[a-z ]+cache)|kv_cache_init\(\) failed|failed to allocate memory for kv cache|failed to allocate output buffer|failed to reserve initial (?P<out>output) buffer`,
		Title:   "not enough memory<: buffer for {what}><: {out} buffer>", Component: "llama-kv-cache", Source: llamaKV,
		Example: "llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache"},
	{Name: "alloc-graph", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `ggml_gallocr_\w+: failed to allocate (?P<buffer>[A-Za-z]+)\d*(?:_\w+)? buffer|graph_reserve: failed to allocate|failed to allocate graph$|failed to reserve (?P<graph>graph) buffers`,
		Title:   "not enough memory: compute buffer", Component: "ggml-alloc", Source: galloc,
		Example: "ggml_gallocr_reserve_n: failed to allocate Vulkan0 buffer of size 2147483648"},
	{Name: "alloc-aligned", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `ggml_aligned_malloc: insufficient memory|insufficient memory \(attempted to allocate|(?:[Ff]ailed|[Uu]nable) to allocate \d+(?:\.\d+)? ?(?:[Bb]ytes|MB|MiB|GiB)|not enough (?:system |free |GPU |video )?memory|mmap failed: Cannot allocate memory|Cannot allocate memory|(?:requires|needs) more (?:system )?memory|posix_memalign failed|vm_allocate failed|VirtualAlloc\w* failed|DefaultCPUAllocator: |[Pp]aging file is too small`,
		Title:   "not enough host memory", Component: "ggml", Source: "llama.cpp ggml/src/ggml.c, ggml-alloc.c", Example: "ggml_aligned_malloc: insufficient memory (attempted to allocate 8192.00 MB)"},
	{Name: "pool-space", Class: "crash.abort", In: logs, Level: Hint, Pattern: `not enough space in the (?:context's memory pool|(?P<pool>buffer|scratch memory))`,
		Title: "a pool that ggml sized itself is too small", Component: "ggml", Source: "llama.cpp ggml/src/ggml.c, ggml_new_object; ggml-alloc.c", Example: "ggml_new_object: not enough space in the context's memory pool (needed 1638880, available 1638544)"},
	{Name: "alloc-rpc", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `\bsize: [^>]* -> failed`,
		Title: "remote buffer allocation failed", Component: "ggml-rpc", Source: rpcC, Example: "[alloc_buffer] device: 0, size: 57.22 GiB -> failed"},
	{Name: "metal-alloc", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `ggml_metal\w*: (?:error: )?failed to (?:allocate|create) (?:'\w+' )?(?:buffer|graph|MTLBuffer|MTLHeap|heap)`,
		Title: "Metal: buffer allocation failed", Component: "ggml-metal", Source: ggmlMetal, Example: "ggml_metal_buffer_init: error: failed to allocate buffer, size = 9216.00 MiB"},
	{Name: "bad-alloc", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `std::bad_alloc|failed to allocate memory for prompt cache`,
		Title: "not enough host memory (std::bad_alloc)", Component: "", Source: "C++ runtime", Example: "0.12.640.754 E srv  update_slots: decode() failed: std::bad_alloc"},
	{Name: "oom-suspected", Class: "infra.oom-kill", In: logs, Level: WaitStatus - 1, WhenLast: true, Pattern: savingPattern,
		Title: "killed while it allocated host memory (prompt cache)", Component: "server prompt cache", Source: "llama.cpp tools/server, prompt_save",
		Example: "srv   prompt_save:  - saving prompt with length 28960, total state size = 3462.850 MiB"},
}

// savingPattern is a host allocation of at least a GiB that is announced before it is made.
const savingPattern = `prompt_save: +- saving prompt with length \d+, total state size = \d{4,}\.`

var loadRules = []Rule{
	{Name: "model-corrupt", Class: "load-fail.model-file", In: logs, Level: LastWords, Pattern: `(?P<what>data is not within the file bounds|model is corrupted or incomplete|invalid magic character|unknown model architecture|missing tensor|found nan value at block|unsupported model architecture|wrong number of tensors|key not found in model|unknown \(magic, version\) combination|bad (?:file )?magic|regenerate your model files|unexpectedly reached end of file|invalid split file|illegal split|unknown pre-tokenizer type|not a valid GGUF|tensor '[^']*' has (?:wrong shape|invalid [a-z ]+)|cannot find tokenizer|wrong shape; expected)`,
		Title: "model file: {what}", Component: "model loader", Source: loader, Example: "llama_model_load: error loading model: tensor 'blk.7.ffn_up.weight' data is not within the file bounds, model is corrupted or incomplete"},
	{Name: "model-load", Class: "load-fail.model-file", In: logs, Level: LastWords, Pattern: `error loading model(?: \w+)?: (?P<text>.*)`,
		Title: "the model cannot be loaded: {text}", Component: "model loader", Source: loader, Example: "llama_model_load: error loading model: error loading model vocabulary: cannot find tokenizer merges in model file"},
	{Name: "model-open", Class: "load-fail.model-file", In: logs, Level: LastWords, Pattern: `gguf_init_from_\w+: (?P<text>.*)|gguf_read\w*: (?P<text2>.*)|GGUFv1 is no longer supported|tensor data binary blob|failed to open GGUF file|failed to open (?:model )?file '|llama_load_model_from_file: failed|error: failed to open '`,
		Title: "the model file cannot be opened<: {text}><: {text2}>", Component: "model loader", Source: "llama.cpp ggml/src/gguf.cpp", Example: "gguf_init_from_file: failed to open GGUF file '/models/model.gguf' (No such file or directory)"},
	{Name: "model-path", Class: "load-fail.model-file", In: logs, Level: LastWords, Pattern: `(?:ValueError|RuntimeError|FileNotFoundError): (?P<text>[Mm]odel (?:path|file) (?:does not exist|not found)|Failed to (?:load model from file|create llama_context))`,
		Title: "the model cannot be loaded: {text}", Component: "model loader", Source: "llama-cpp-python llama_cpp/llama.py and _internals.py", Example: "ValueError: Model path does not exist: /models/model.gguf"},
	{Name: "model-failed", Class: "load-fail.model-file", In: logs, Level: Hint, Pattern: `[Ff]ailed to load (?:the )?(?:draft |multimodal |vision |text |clip )?model\b|exiting due to model loading error|failed to create (?:llama_)?(?:context|create_context) with model|[Cc]ould not load (?:text |the )?model|unable to load (?:clip )?model|failed to (?:load|apply) (?:lora adapter|control vector)|[Ff]ailed to load CLIP model|failed to initialize the context: |exception loading model`,
		Title: "the model cannot be loaded", Component: "model loader", Source: "llama.cpp common/common.cpp", Example: "srv    load_model: failed to load model, 'model.gguf'"},
}

var infraRules = []Rule{
	{Name: "port-bind", Class: "infra.port-bind", In: logs, Level: LastWords, Pattern: `couldn't bind|[Aa]ddress (?:already|is) in use|EADDRINUSE|Failed to create server socket|couldn't start HTTP listener|[Oo]nly one usage of each socket address|port is already (?:allocated|in use)|WinError 100(?:48|13)|(?:[Uu]nable to|[Cc]annot|[Cc]an't|[Ff]ailed to|[Cc]ould not) (?:bind|listen)|bind: permission denied|[Cc]annot assign requested address|exiting due to HTTP server error`,
		Title: "cannot bind its port", Component: "server http", Source: httpMain, Example: "start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8081"},
	{Name: "rpc-connect", Class: "infra.rpc-connect", In: logs, Level: Resource, Drop: true, // before the allocation on the remote that fails for it
		Pattern: `Failed to connect to \S+:\d+|RPC (?:server )?version mismatch|[Rr]pc.*(?:protocol|version) mismatch|Unsupported (?:RPC|rpc) .*version|Expected HELLO command, update client|HELLO request size mismatch|RPC handshake failed|failed to connect to RPC|failed to initialize RPC to|Failed to (?:initialize RPC transport|parse endpoint)|RPC transport initialization failed|Cannot resolve host '|Invalid host address: |[Ff]ailed to get RPC (?:device|server)|no RPC servers specified`,
		Title:   "rpc-server cannot be reached, or is of another version", Component: "ggml-rpc", Source: rpcC, Example: "/src/ggml-rpc.cpp:650: Failed to connect to 127.0.0.1:50999"},
	{Name: "model-download", Class: "infra.model-download", In: logs, Level: LastWords, Once: `loaded meta data with|using cached file|server_?: model loaded|listening on`,
		Pattern: `error from HF API|curl_easy_perform\(\) failed|[Ff]ailed to download|[Dd]ownload failed|error during download|Failed to get (?:Docker )?(?:manifest|registry token)|[Ff]ailed to get manifest|Docker Model download failed|HTTPLIB failed|GET failed \(|Download '.*' failed with status|failed to fetch model metadata|Hugging ?Face.*(?:unreachable|error)|huggingface\.co.*(?:[Ee]rror|[Ff]ail|[Tt]ime)|unable to download|not available in cache \(offline mode\)|no GGUF files found in repository|not found in repository|built without (?:libcurl|SSL|curl)|HTTPS is not supported|[Cc]ould not (?:resolve host: \S*huggingface|establish connection)|pull model manifest: |max retries exceeded: |invalid model_?url`,
		Title:   "the model cannot be downloaded", Component: "common download", Source: download, Example: "error from HF API, response code: 500, data: {}"},
	{Name: "bad-args", Class: "infra.bad-args", In: logs, Level: LastWords,
		Pattern: `^.?error: (?:(?P<what>invalid argument|unknown argument|unknown value|unknown device|invalid device|invalid parameter|unrecognized arguments?|expected value for argument|[a-z-]+ is not supported|unsupported|invalid value|invalid type|--[\w-]+ (?:is required|not supported|can|must|requires))|while (?:handling|parsing) (?:argument|environment variable))|error while (?:handling|parsing) (?:argument|environment)|[Tt]he argument has been removed|^.?error: the argument|: invalid option -- |unrecognized option|^invalid device: |^(?:Unsupported cache type: |invalid (?:value|cpumask|range|boolean value|input format|output format)$|not a directory: |no devices specified|unknown buffer type)|the following arguments are required|^[Ii]nvalid argument: |unexpected argument|unrecognized arguments?: |option '\S+' (?:not recognized|is not allowed)|^unknown argument|preset file does not exist|failed to parse server config|lora-scaled format|^.?error: [\w-]+ (?:must be|is required)`,
		Title:   "command line rejected<: {what}>", Component: "argument parser", Source: argument, Example: "error: invalid argument: --no-such-flag"},
	{Name: "binary", Class: "infra.binary", In: logs, Level: LastWords,
		Pattern: "error while loading shared libraries: (?P<lib>[^:]+)|[Ee]xec format error|cannot execute(?: binary file)?|[Cc]ommand not found|: not found$|version `(?P<version>[^']+)' not found|0x[cC]0000(?:135|138|139|142|022)|0x[cC]000007[bB]|0x[cC]000012[fF]|undefined symbol: (?P<symbol>\\w+)|Library not loaded: (?P<dylib>\\S+)|symbol lookup error|GLIBCXX?_[\\d.]+' not found|no such file or directory: \\S*(?:llama|rpc)-server|(?:llama|rpc)-server\\S*: (?:No such file or directory|[Pp]ermission denied)|executable file not found|fork/exec \\S+: |not recognized as an internal or external command|(?:\\S+\\.dll) was not found|cannot open shared object file|Bad CPU type in executable|exec \\S+: (?:no such file|exec format)|[Uu]nable to start container process|(?:[Ee]xit [Ss]tatus|[Ee]xit [Cc]ode|[Ee]xited with code|status)(?:: ?|=| )127\\b|entry point .* could not be located",
		Title:   "the program cannot be started<: {lib} is missing><: {version} is missing><: {symbol} is missing><: {dylib} is missing>", Component: "ld.so", Source: "glibc elf/dl-load.c, shells",
		Example: "/llama-server: error while loading shared libraries: libcuda.so.1: cannot open shared object file: No such file or directory"},
	{Name: "no-gpu", Class: "benign.fallback", WhenAsked: "infra.device-unavailable", In: logs, Level: LastWords, Pattern: `no usable GPU found|ggml_vulkan: No (?:suitable )?devices? found|No devices found\.|no GPU (?:found|detected)|no (?:CUDA|ROCm) devices? found`,
		Title: "no usable GPU found", Component: "common", Source: argument, Example: "warning: no usable GPU found, --gpu-layers option will be ignored"},
}
