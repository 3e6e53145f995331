package faults

const (
	rocr       = "ROCR-Runtime runtime/hsa-runtime/core/runtime/runtime.cpp"
	clr        = "ROCm clr rocclr/device/rocm/rocdevice.cpp, callbackQueue"
	ggmlCUDA   = "llama.cpp ggml/src/ggml-cuda/ggml-cuda.cu, ggml_cuda_error"
	ggmlVulkan = "llama.cpp ggml/src/ggml-vulkan/ggml-vulkan.cpp"
	ggmlSYCL   = "llama.cpp ggml/src/ggml-sycl"
	ggmlMetal  = "llama.cpp ggml/src/ggml-metal"
	hsaLibrary = "libhsa-runtime64"
)

// hsaRules are the AMD runtime's own words. Its fault line says nothing about the place.
var hsaRules = []Rule{
	{Name: "hsa-ecc", Class: "gpu-fault.hardware", In: anywhere, Level: Hardware,
		Pattern: `(?:Memory access fault|HW Exception) by GPU node-\d+.*[Rr]eason ?:.*?(?P<reason>(?:[SD]RAM )?ECC(?: failure)?|poison\w*|RAS\b)`,
		Title:   "GPU memory error: {reason}", Component: hsaLibrary, Source: rocr,
		Example: "Memory access fault by GPU node-1 (Agent handle: 0x55d3) on address 0x7f31. Reason: DRAM ECC failure."},
	{Name: "hsa-memory-access", Class: "gpu-fault.memory-access", In: anywhere, Level: Runtime, PerPhase: true,
		Pattern: `Memory access fault by GPU node-\d+(?:.{0,60}? on address (?P<near>0x[0-9a-fA-F]+|\(nil\)))?(?:.{0,20}?Reason: (?P<reason>[^.]*[^. ]))?`,
		Title:   "GPU memory access fault<: {reason}>< ({near})>", Component: hsaLibrary, Source: rocr,
		Example: "Memory access fault by GPU node-1 (Agent handle: 0x55d3) on address 0x7f31. Reason: Page not present or supervisor privilege."},
	{Name: "hsa-aperture", Class: "gpu-fault.memory-access", In: logs, Level: Runtime, PerPhase: true,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>MEMORY_APERTURE_VIOLATION|MEMORY_FAULT)|aborting with (?:error|status) ?: .*(?:code: )?0x2[9b]\b`,
		Title:   "GPU queue aborted<: {reason}>", Key: "GPU queue aborted: memory", Component: "libamdhip64", Source: clr,
		Example: ":0:rocdevice.cpp :2724: 3563226658 us: Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_MEMORY_APERTURE_VIOLATION: The agent attempted to access memory beyond the largest legal address. code: 0x29"},
	{Name: "hsa-exception", Class: "gpu-fault.kernel-exception", In: logs, Level: Runtime,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>EXCEPTION|ILLEGAL_INSTRUCTION)|aborting with (?:error|status) ?: .*(?:code: )?(?P<code>0x1016|0x2a)\b`,
		Title:   "GPU queue aborted<: {reason}>< (code {code})>", Component: "libamdhip64", Source: clr,
		Example: "Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_EXCEPTION: An HSAIL operation resulted in a hardware exception. code: 0x1016"},
	{Name: "hsa-isa", Class: "gpu-error.unsupported-arch", In: logs, Level: Resource,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>INVALID_ISA(?:_NAME)?|INCOMPATIBLE_ARGUMENTS|INVALID_CODE_OBJECT|INVALID_FILE)|aborting with (?:error|status) ?: .*(?:code: )?(?P<code>0x100f)\b`,
		Title:   "GPU queue aborted<: {reason}>< (code {code}, invalid ISA)>", Key: "GPU queue aborted: invalid ISA", Component: "libamdhip64", Source: clr,
		Example: "Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_INVALID_ISA: The instruction set architecture is invalid. code: 0x100f"},
	{Name: "hsa-init-resources", Class: "infra.device-unavailable", In: logs, Level: Resource,
		Pattern: `hsa_init\S* .*(?:HSA_STATUS_ERROR|[Ff]ail)|HSA Error 4104|hsaKmtOpenKFD|[Uu]nable to open /dev/kfd`,
		Title:   "the GPU runtime cannot start: no access to the device, or it is busy", Component: hsaLibrary, Source: "ROCR-Runtime hsa_init",
		Example: "hsa_init Failed, possibly no supported GPU devices"},
	{Name: "hsa-resources", Class: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>OUT_OF_RESOURCES)|aborting with (?:error|status) ?: .*(?:code: )?(?P<code>0x1008)\b`,
		Title:   "GPU runtime out of resources", Component: hsaLibrary, Source: clr,
		Example: "Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_OUT_OF_RESOURCES: The runtime failed to allocate the necessary resources. code: 0x1008"},
	{Name: "hsa-other", Class: "gpu-error.api", In: logs, Level: Resource,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>[A-Z_]+)|[Cc]allback.* aborting with (?:error|status) ?: .*?(?P<code>0x[0-9a-f]+)`,
		Title:   "GPU queue aborted<: {reason}>< (code {code})>", Component: hsaLibrary, Source: clr,
		Example: "Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_INVALID_PACKET_FORMAT: The AQL packet is malformed. code: 0x1009"},
	{Name: "hsa-hw-exception", Class: "gpu-fault.hang-reset", In: anywhere, Level: Runtime + 1, // broadcast to every process on the device
		Pattern: `HW Exception by GPU node-\d+(?:.*?[Rr]eason ?: ?(?P<reason>[A-Za-z][A-Za-z ]*[a-z]))?`,
		Title:   "GPU hardware exception<: {reason}>", Component: hsaLibrary, Source: rocr,
		Example: "HW Exception by GPU node-1 (Agent handle: 0x5ab1647ddb40) reason :GPU Hang"},
	{Name: "hsa-memory-critical", Class: "gpu-error.host-registration", In: logs, Level: Resource, OnlyFirst: true,
		Pattern: `Memory critical error by agent node-\d+.*Reason: (?P<reason>[^.]*[^. ])`,
		Title:   "host memory freed while the GPU runtime uses it: {reason}", Component: hsaLibrary, Source: rocr,
		Example: "Memory critical error by agent node-0 (Agent handle: 0x551c) on address 0x7f59. Reason: Memory in use. "},
	{Name: "rocblas-library", Class: "gpu-error.unsupported-arch", In: logs, Level: Resource,
		Pattern: `rocBLAS error: (?:Cannot read|Could not (?:load|initialize|find)|No (?:Tensile|hipBLASLt))`,
		Title:   "rocBLAS has no kernels for this GPU", Component: "rocBLAS", Source: "rocBLAS library/src/tensile_host.cpp",
		Example: "rocBLAS error: Cannot read /opt/rocm/lib/rocblas/library/TensileLibrary.dat: Illegal seek for GPU arch : gfx1103"},
	{Name: "rocblas", Class: "gpu-error.blas", In: logs, Level: Resource,
		Pattern: `rocBLAS error: (?P<text>[A-Z][A-Za-z ,]+[a-z])|rocblas_status_(?P<status>[a-z_]+)`,
		Title:   "rocBLAS error<: {text}><: {status}>", Component: "rocBLAS", Source: "rocBLAS library/src/tensile_host.cpp",
		Example: `rocBLAS error: Tensile solution found, but exception thrown for { a_type: "f16_r" }`},
}

// said matches the ways in which CUDA, ROCm and MUSA builds of several years report an API error:
// "CUDA error: text", "CUDA error 716 at ggml-cuda.cu:7546: text".
const said = `(?P<api>CUDA|ROCm|HIP|MUSA|cuda|hip)(?: [Ee]|E)rror(?: \d+ at .{1,300}?:\d+)?(?: in function '?(?P<infn>\w+)'?)?: *(?:\w+: )?`

// called is where the next lines say that an API error was noticed.
var called = []string{"function", "call", "op"}

func cudaRule(name, class string, level Level, texts, example string) Rule {
	return Rule{Name: name, Class: class, In: logs, Level: level, Pattern: said + `(?P<error>` + texts + `)`,
		Title: "{api} error: {error}< in {function}>", Key: "GPU API error: {error}< from {call}>", Component: "<{op} >{function}",
		Follow: called, Example: example, Source: ggmlCUDA}
}

// cudaRules tell API errors apart by their text: the name of the API and the function that noticed
// the error depend on the build and on when it was noticed.
var cudaRules = []Rule{
	cudaRule("cuda-ecc", "gpu-fault.hardware", Hardware, `uncorrectable (?:ECC|NVLink) error[a-z ]*`, "CUDA error: uncorrectable ECC error encountered"),
	cudaRule("cuda-memory-access", "gpu-fault.memory-access", Runtime, `(?:an )?illegal memory access(?: was encountered)?|illegal address`, "CUDA error: an illegal memory access was encountered"),
	cudaRule("cuda-exception", "gpu-fault.kernel-exception", Runtime,
		`unspecified launch (?:failure|error)|misaligned address|an illegal instruction was encountered|device-side assert triggered|hardware stack error|operation not supported on global/shared address space|invalid program counter|unspecified driver error`,
		"ROCm error: unspecified launch failure"),
	cudaRule("cuda-launch-timeout", "gpu-fault.hang-reset", Runtime, `the launch timed out and was terminated|launch timeout`, "CUDA error: the launch timed out and was terminated"),
	cudaRule("cuda-device-lost", "gpu-fault.device-lost", Runtime, `GPU is lost|device (?:is )?lost|no longer available`, "CUDA error: GPU is lost"),
	cudaRule("cuda-device-busy", "infra.device-wedged", Resource, `(?:all )?(?:CUDA-capable|HIP-capable|ROCm-capable) device\(s\) (?:is/)?are busy or unavailable|system not yet initialized|devices? (?:is )?unavailable`,
		"CUDA error: CUDA-capable device(s) is/are busy or unavailable"),
	cudaRule("cuda-no-device", "infra.device-unavailable", Resource, `no (?:CUDA|ROCm|HIP|MUSA)-capable device is detected|(?:CUDA )?driver version is insufficient[a-zA-Z ]*|invalid device ordinal|initialization error`,
		"CUDA error: no CUDA-capable device is detected"),
	cudaRule("cuda-oom", "gpu-oom.runtime", Resource, `out of memory`, "ROCm error: out of memory"),
	cudaRule("cuda-unsupported", "gpu-error.unsupported-arch", Resource,
		`invalid device function|no kernel image is available[a-z ]*|device kernel image is invalid|the provided PTX was compiled with an unsupported toolchain|shared object (?:symbol not found|initialization failed)|named symbol not found|unsupported .*architecture`,
		"ROCm error: invalid device function"),
	cudaRule("cublas", "gpu-error.blas", Resource, `(?:CUBLAS|cuBLAS|HIPBLAS|hipBLAS|MUBLAS)[_A-Za-z]*|(?:the )?(?:library|resource) (?:was not initialized|allocation failed)|an internal operation failed|the requested functionality is not supported|the function (?:requires an architectural feature|failed to launch on the GPU)|an access to GPU memory space failed|an unsupported value or parameter was passed`, "CUDA error: CUBLAS_STATUS_INTERNAL_ERROR"),
	{Name: "cublas-old", Class: "gpu-error.blas", In: logs, Level: Resource, Pattern: `(?:cuBLAS|hipBLAS|CUBLAS) error:? (?:\d+ at [^:]*:\d+: )?(?P<error>[\w ]+)`,
		Title: "BLAS error: {error}", Example: "cuBLAS error 13 at ggml-cuda.cu:6140: the function failed to launch on the GPU", Source: "llama.cpp ggml-cuda.cu of 2023, CUBLAS_CHECK"},
	cudaRule("cuda-other", "gpu-error.api", Resource, `[A-Za-z][A-Za-z0-9_() ,/'-]*[a-z)]`, "CUDA error: operation not permitted when stream is capturing"),
	{Name: "cuda-wrapper", Class: "gpu-error.api", In: logs, Level: Hint, Follow: called,
		Pattern: `(?P<file>[\w.+-]+\.(?:cu|cuh|cpp|hpp|h)):\d+: (?P<api>CUDA|ROCm|HIP|MUSA|SYCL) error\s*$|GGML_ASSERT: .*!"(?P<api2>CUDA|ROCm|HIP|SYCL) error"`,
		Title:   "{api}{api2} error without a text", Component: "{file}", Example: "/app/ggml/src/ggml-cuda/ggml-cuda.cu:115: ROCm error", Source: ggmlCUDA},
	{Name: "cuda-init", Class: "infra.device-unavailable", In: logs, Level: Resource, Pattern: `failed to initialize (?P<api>CUDA|ROCm|HIP|MUSA): (?P<error>.*[a-z)])`,
		Title: "{api} cannot start: {error}", Example: "ggml_cuda_init: failed to initialize ROCm: no ROCm-capable device is detected", Source: ggmlCUDA},
}

var vulkanRules = []Rule{
	{Name: "vulkan-device-lost", Class: "gpu-fault.device-lost", In: logs, Level: Runtime,
		Pattern: `(?:(?P<vkcall>vk::[\w:]+): )?(?:ErrorDeviceLost|VK_ERROR_DEVICE_LOST)|DeviceLostError|device lost on (?P<device>\w+?)\d+`, Follow: []string{"vkcall"},
		Title: "Vulkan device lost< in {vkcall}>", Component: "ggml-vulkan", Source: ggmlVulkan,
		Example: "0.12.640.754 E srv  update_slots: decode() failed: vk::Queue::submit: ErrorDeviceLost"},
	{Name: "radv-cancelled", Class: "gpu-fault.device-lost", In: logs, Level: Hint, Pattern: `The CS has been (?P<what>cancelled|rejected)`, Title: "RADV: command submission {what}, the context is lost",
		Component: "radv", Example: "radv/amdgpu: The CS has been cancelled because the context is lost. This context is innocent.", Source: "Mesa src/amd/vulkan/winsys/amdgpu/radv_amdgpu_cs.c"},
	{Name: "vulkan-alloc", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Follow: []string{"vkreason"},
		Pattern: `(?:Device|Host) memory allocation of size \d+ failed|vk::OutOf(?:Device|Host|Pool)MemoryError`,
		Title:   "Vulkan: device memory allocation failed<: {vkreason}>", Component: "ggml-vulkan", Source: ggmlVulkan,
		Example: "ggml_vulkan: Device memory allocation of size 118497280 failed."},
	{Name: "vulkan-alloc-limit", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `Requested buffer size exceeds device (?P<limit>[a-z ]+ limit)`, Title: "Vulkan: requested buffer size exceeds device {limit}", Component: "ggml-vulkan", Source: ggmlVulkan,
		Example: "ggml_vulkan: Requested buffer size exceeds device memory allocation limit: ErrorOutOfDeviceMemory"},
	{Name: "vulkan-oom", Class: "gpu-oom.runtime", In: logs, Level: Resource + 1,
		Pattern: `(?:(?P<call>vk::[\w:]+): )?(?:Error(?P<which>OutOf(?:Device|Host|Pool)Memory)|VK_ERROR_OUT_OF_(?:DEVICE|HOST)_MEMORY)`,
		Title:   "Vulkan: out of memory< in {call}><: {which}>", Component: "ggml-vulkan", Source: ggmlVulkan,
		Example: "srv update_slots: decode() failed: vk::Queue::submit: ErrorOutOfDeviceMemory"},
	{Name: "vulkan-pipeline", Class: "gpu-error.shader-compile", In: logs, Level: Resource,
		Pattern: `[Cc]ompute pipeline creation failed(?: for (?P<pipeline>\w+))?|vk::Device::create(?:ComputePipelines?|ShaderModule): (?P<error>\w+)|[Ff]ailed to create (?:compute )?(?:pipeline|shader module)(?: (?:for )?(?P<name>\w+))?`,
		Title:   "Vulkan: compute pipeline creation failed<: {pipeline}><: {name}><: {error}>", Component: "ggml-vulkan", Source: ggmlVulkan,
		Example: "ggml_vulkan: Compute pipeline creation failed for mul_mat_vec_q4_k_f32_f32_1"},
	{Name: "vulkan-no-device", Class: "infra.device-unavailable", In: logs, Level: LastWords, Pattern: `vk::createInstance: (?P<error>\w+)|ErrorIncompatibleDriver`,
		Title: "Vulkan cannot start<: {error}>", Component: "ggml-vulkan", Example: "ggml_vulkan: vk::createInstance: ErrorIncompatibleDriver", Source: ggmlVulkan},
	{Name: "vulkan-other", Class: "gpu-error.api", In: logs, Level: Resource + 2, Pattern: `(?P<call>vk::(?:Queue|Device|Buffer|CommandBuffer|PhysicalDevice|Instance)::\w+): (?P<error>Error\w+)`,
		Title: "Vulkan: {error} in {call}", Component: "ggml-vulkan", Example: "decode() failed: vk::Device::waitForFences: ErrorUnknown", Source: ggmlVulkan},
	{Name: "opencl-build", Class: "gpu-error.shader-compile", In: logs, Level: Resource, Pattern: `ggml_opencl: kernel compile error|clBuildProgram.* failed`,
		Title: "OpenCL: kernel compilation failed", Component: "ggml-opencl", Example: "ggml_opencl: kernel compile error:", Source: "llama.cpp ggml/src/ggml-opencl/ggml-opencl.cpp"},
	{Name: "opencl", Class: "gpu-error.api", In: logs, Level: Resource, Pattern: `ggml_opencl: (?P<call>\w+)\(?.*error (?P<code>-?\d+) at`,
		Title: "OpenCL error {code}< in {call}>", Component: "ggml-opencl", Example: "ggml_opencl: clEnqueueNDRangeKernel(queue, kernel) error -54 at ggml-opencl.cpp:5021", Source: "llama.cpp ggml/src/ggml-opencl/ggml-opencl.cpp"},
}

var syclRules = []Rule{
	{Name: "sycl-device-lost", Class: "gpu-fault.device-lost", In: logs, Level: Runtime, Pattern: `(?:UR_RESULT|ZE_RESULT|PI)_ERROR_(?P<error>DEVICE_LOST)|sycl.*device (?:is )?lost`,
		Title: "SYCL device lost", Component: "ggml-sycl", Source: ggmlSYCL,
		Example: "Native API failed. Native API returns: 20 (UR_RESULT_ERROR_DEVICE_LOST)"},
	{Name: "sycl-host-memory", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?P<error>OUT_OF_HOST_MEMORY)`,
		Title: "SYCL: {error}", Component: "ggml-sycl", Source: ggmlSYCL, Example: "Native API failed. Native API returns: -6 (PI_ERROR_OUT_OF_HOST_MEMORY) -6 (PI_ERROR_OUT_OF_HOST_MEMORY)"},
	{Name: "sycl-memory", Class: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?P<error>OUT_OF_RESOURCES|OUT_OF_DEVICE_MEMORY|MEM_OBJECT_ALLOCATION_FAILURE)`,
		Title: "SYCL: {error}", Component: "ggml-sycl", Source: ggmlSYCL, Example: "Native API failed. Native API returns: 40 (UR_RESULT_ERROR_OUT_OF_RESOURCES)"},
	{Name: "sycl-unsupported", Class: "gpu-error.unsupported-arch", In: logs, Level: Resource, Pattern: `(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?P<error>INVALID_BINARY|UNSUPPORTED_FEATURE|UNSUPPORTED_VERSION|INVALID_NATIVE_BINARY|INVALID_KERNEL_NAME)|[Nn]o kernel named .* was found`,
		Title: "SYCL: build and device do not match<: {error}>", Component: "ggml-sycl", Source: ggmlSYCL, Example: "No kernel named _ZTS10mul_mat_q was found -46 (PI_ERROR_INVALID_KERNEL_NAME)"},
	{Name: "sycl-build", Class: "gpu-error.shader-compile", In: logs, Level: Resource, Pattern: `(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?P<error>(?:PROGRAM|MODULE)_(?:BUILD|LINK)_FAILURE|BUILD_PROGRAM_FAILURE)|The program was built for \d+ devices`,
		Title: "SYCL: kernel build failed<: {error}>", Component: "ggml-sycl", Source: ggmlSYCL, Example: "The program was built for 1 devices"},
	{Name: "sycl-no-device", Class: "infra.device-unavailable", In: logs, Level: LastWords, Pattern: `No device of requested type available`,
		Title: "SYCL finds no device", Component: "ggml-sycl", Source: "oneAPI SYCL runtime", Example: "No device of requested type available. -1 (PI_ERROR_DEVICE_NOT_FOUND)"},
	{Name: "sycl-other", Class: "gpu-error.api", In: logs, Level: Resource, Pattern: `Native API failed\.?(?: Native API returns: -?\d+ \((?P<error>\w+)\))?`,
		Title: "SYCL: native API failed<: {error}>", Component: "ggml-sycl", Source: ggmlSYCL, Example: "Native API failed. Native API returns: 45 (UR_RESULT_ERROR_INVALID_ARGUMENT)"},
}

var metalRules = []Rule{
	{Name: "metal-memory-access", Class: "gpu-fault.memory-access", In: anywhere, Level: Runtime, Pattern: `Caused GPU Address Fault|CommandBufferCallbackErrorPageFault|MTLCommandBufferErrorPageFault`,
		Title: "Metal: GPU address fault", Component: "ggml-metal", Source: "Metal command buffer status", Example: "error: Caused GPU Address Fault Error (0000000b:kIOGPUCommandBufferCallbackErrorPageFault)"},
	{Name: "metal-hang", Class: "gpu-fault.hang-reset", In: anywhere, Level: Runtime, Pattern: `Caused GPU (?P<what>Hang|Timeout)|CallbackError(?P<word>Hang|Timeout|ImpactingInteractivity)|(?P<rate>Impacting Interactivity)`,
		Title: "Metal: GPU hang or timeout", Component: "ggml-metal", Source: "Metal command buffer status", Example: "error: Caused GPU Timeout Error (00000002:kIOGPUCommandBufferCallbackErrorTimeout)"},
	{Name: "metal-ignored", Class: "gpu-fault.device-lost", In: anywhere, Level: Runtime, Pattern: `CallbackErrorSubmissionsIgnored|for causing prior/excessive GPU errors`,
		Title: "Metal: submissions ignored after earlier GPU errors", Component: "ggml-metal", Source: "Metal command buffer status",
		Example: "error: Ignored (for causing prior/excessive GPU errors) (00000004:kIOAccelCommandBufferCallbackErrorSubmissionsIgnored)"},
	{Name: "metal-victim", Class: "gpu-fault.device-lost", In: anywhere, Level: Hint, Pattern: `CallbackErrorInnocentVictim|victim of GPU error/recovery`,
		Title: "Metal: victim of another process's GPU error", Component: "ggml-metal", Source: "Metal command buffer status", Example: "error: Discarded (victim of GPU error/recovery) (00000005:kIOGPUCommandBufferCallbackErrorInnocentVictim)"},
	{Name: "metal-oom", Class: "gpu-oom.runtime", In: anywhere, Level: Resource, Pattern: `CommandBufferCallbackErrorOutOfMemory|\bInsufficient Memory\b`,
		Title: "Metal: command buffer failed: Insufficient Memory", Component: "ggml-metal", Source: "Metal command buffer status", Example: "error: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)"},
	{Name: "metal-library", Class: "gpu-error.shader-compile", In: logs, Level: Resource,
		Pattern: `MTLLibraryErrorDomain|failed to (?:create|initialize|compile) (?:the )?(?:Metal )?(?:library|pipeline)(?:: base = '(?P<name>\w+)')?|load pipeline error|AGXMetal\w* Code=|program_source:\d+:\d+: error: (?P<what>.*)`,
		Title:   "Metal: library or pipeline cannot be built<: {name}>", Key: "Metal: library or pipeline cannot be built<: {name}>", Component: "ggml-metal", Source: ggmlMetal,
		Example: `ggml_metal_init: error: Error Domain=MTLLibraryErrorDomain Code=3 "program_source:1:1: error"`},
	{Name: "metal-other", Class: "gpu-error.api", In: logs, Level: Hint, Pattern: `command buffer \d+ failed with status (?P<status>\d+)`,
		Title: "Metal: command buffer failed with status {status}", Component: "ggml-metal", Source: ggmlMetal, Example: "ggml_metal_synchronize: error: command buffer 0 failed with status 5"},
}
