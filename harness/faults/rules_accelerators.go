package faults

const (
	ascend   = "Ascend CANN runtime, device_error_proc.cc and error_message_manage.cc; printed by llama.cpp ggml/src/ggml-cann"
	ggmlHex  = "llama.cpp ggml/src/ggml-hexagon/ggml-hexagon.cpp"
	ggmlWGPU = "llama.cpp ggml/src/ggml-webgpu/ggml-webgpu.cpp"
)

// acceleratorRules are the words of backends that are no GPU, or none of the four large ones: Huawei's and Qualcomm's
// NPUs, WebGPU.
var acceleratorRules = []Rule{
	{Name: "cann-memory-access", Class: "gpu-fault.memory-access", In: logs, Level: Runtime, Pattern: `(?P<what>(?:DDR|UB|L0[ABC]|L1|MPU|read|write) address (?:of the MTE instruction |access )?is (?:out of range|invalid))`,
		Title: "CANN: the {what}", Component: "ggml-cann", Source: ascend, Example: "errorStr: The DDR address of the MTE instruction is out of range.[FUNC:PrintCoreInfo]"},
	{Name: "cann-exception", Class: "gpu-fault.kernel-exception", In: logs, Level: Runtime + 1, // the memory access that it may name says more
		Pattern: `there is an? (?:exception of )?(?:fftsplus )?(?P<core>ai[cv]\w*|aicpu|vector core) (?:error|exception)(?:.*errorStr: (?P<what>[A-Z][^,.\[]*))?`,
		Title:   "CANN: exception on the device ({core})<: {what}>", Component: "ggml-cann", Source: ascend,
		Example: "EZ9999: The error from device(0), serial number is 3, there is an aivec error, core id is 0, error code = 0x10, errorStr: Illegal instruction, which is usually caused by unaligned UUB addresses."},
	{Name: "cann-timeout", Class: "gpu-fault.hang-reset", In: logs, Level: Runtime, Pattern: `(?P<core>aicore|aicpu|vector core|fftsplus|[Ss]tream sync\w*) (?:task |execut\w* )?time ?out|device(?:\(\d+\))? (?:lost heartbeat|heartbeat lost)`,
		Title: "CANN: the device does not finish<: {core} timeout>", Component: "ggml-cann", Source: ascend, Example: "EE9999: aicore timeout, stream_id=2, task_id=17[FUNC:ReportCallError]"},
	{Name: "cann-alloc", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `CANN error: EL0004|aclrtMalloc\w* failed|EL0004: .*[Ff]ailed to allocate memory`,
		Title: "CANN: device memory allocation failed", Component: "ggml-cann", Source: ascend, Example: "CANN error: EL0004: [PID: 4242] 2025-10-17-11:53:32.738.425 Failed to allocate memory."},
	{Name: "cann", Class: "gpu-error.api", In: logs, Level: Resource + 1, Follow: called,
		Pattern: `CANN error: (?:(?P<code>E[A-Z0-9]\d{4}): )?(?:\[PID: \d+\] )?(?:[\d.:-]{12,} +)?(?P<error>[A-Z][^.\[]*)?`,
		Title:   "CANN error<: {error}>< in {function}>", Key: "CANN error< {code}>< from {call}>", Component: "<{op} >{function}", Source: ascend,
		Example: "CANN error: EE1001: [PID: 4242] 2025-10-17-11:53:32.738.425 The argument is invalid.Reason: rtMemGetInfoEx execute failed"},

	{Name: "hexagon-session", Class: "infra.device-unavailable", In: logs, Level: Resource,
		Pattern: `ggml-hex: (?:\S+ )?(?:failed to (?P<what>(?:open|reserve new|start) session|create device/session|get CDSP domain|load \S+|dlsym)|unable to get domain struct|Failed to open \w+)`,
		Title:   "Hexagon: no session with the NPU<: failed to {what}>", Key: "Hexagon: no session with the NPU", Component: "ggml-hexagon", Source: ggmlHex, Example: "ggml-hex: failed to open session 0 : error 0x80000406"},
	{Name: "hexagon-memory", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `ggml-hex: (?:\S+ )?(?:failed to allocate buffer|buffer mapping failed|rpcmem_alloc failed|fastrpc_mmap failed)`,
		Title:   "Hexagon: not enough memory", Component: "ggml-hexagon", Source: ggmlHex, Example: "ggml-hex: HTP0 failed to allocate buffer : size 1073741824"},
	{Name: "hexagon-queue", Class: "gpu-error.api", In: logs, Level: Resource, Pattern: `ggml-hex: (?:\S+ )?(?P<call>dspqueue_\w+|dspcall|htp_iface_\w+|rpcmem_\w+)(?: ?:? (?:failed|bad response|dsp-rsp)|\s*$)`,
		Title: "Hexagon: {call} failed", Component: "ggml-hexagon", Source: ggmlHex, Example: "/src/ggml-hexagon.cpp:1819: ggml-hex: dspqueue_read failed: 0x0000002e"},
	{Name: "hexagon-crash", Class: "gpu-fault.kernel-exception", In: anywhere, Level: Runtime, Pattern: `Process on [a-z]DSP CRASHED`,
		Title: "Hexagon: the process on the DSP crashed", Component: "adsprpc", Source: "Qualcomm FastRPC, log of the DSP", Example: "adsprpc:dsp: CDSP:platform_qdi_driver.c:792:0x191:1: ##### Process on cDSP CRASHED!!!!!!! #####"},
	{Name: "fastrpc", Class: "gpu-error.api", In: anywhere, Level: Resource + 1, Pattern: `fastrpc_\w+\.c:\d+: [Ee]rror 0x[0-9a-f]+: (?P<call>\w+) failed`,
		Title: "FastRPC: {call} failed", Component: "adsprpc", Source: "Qualcomm FastRPC src/fastrpc_apps_user.c", Example: "adsprpc/src/fastrpc_apps_user.c:1469: Error 0x2c: remote_handle64_invoke failed for handle 0x0"},

	{Name: "webgpu-lost", Class: "gpu-fault.device-lost", In: logs, Level: Runtime, Pattern: `ggml_webgpu: Device lost!`,
		Title: "WebGPU device lost", Component: "ggml-webgpu", Source: ggmlWGPU, Example: "ggml_webgpu: Device lost! Reason: 1, Message: A valid external Instance reference no longer exists."},
	{Name: "webgpu-timeout", Class: "gpu-fault.hang-reset", In: logs, Level: Runtime, Pattern: `ggml_webgpu: (?P<what>\w[\w ]*) timed out after \d+ ms`,
		Title: "WebGPU: {what} timed out", Component: "ggml-webgpu", Source: ggmlWGPU, Example: "/src/ggml-webgpu.cpp:512: ggml_webgpu: queue work timed out after 30000 ms"},
	{Name: "webgpu-none", Class: "infra.device-unavailable", In: logs, Level: Resource, Pattern: `ggml_webgpu: Failed to get (?:an adapter|a device)`,
		Title: "WebGPU finds no device", Component: "ggml-webgpu", Source: ggmlWGPU, Example: "ggml_webgpu: Failed to get an adapter: No supported adapters"},
	{Name: "webgpu-memory", Class: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `ggml_webgpu: Device error! Reason: (?:3|OutOfMemory)\b`,
		Title: "WebGPU: out of memory", Component: "ggml-webgpu", Source: ggmlWGPU, Example: "ggml_webgpu: Device error! Reason: 3, Message: Failed to allocate memory for buffer mapping"},
	{Name: "webgpu", Class: "gpu-error.api", In: logs, Level: Resource, Pattern: `ggml_webgpu: (?:Device error! Reason: \d+, Message: (?P<text>.*)|(?P<what>\w[\w ]*) failed(?: with status (?P<code>\d+))?)`,
		Title: "WebGPU error<: {text}><: {what} failed>", Component: "ggml-webgpu", Source: ggmlWGPU, Example: "ggml_webgpu: Device error! Reason: 2, Message: [Buffer] usage doesn't include BufferUsage::CopyDst."},
}
