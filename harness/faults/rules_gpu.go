package faults

import "strings"

const (
	rocr       = "ROCR-Runtime runtime/hsa-runtime/core/runtime/runtime.cpp"
	clr        = "ROCm clr rocclr/device/rocm/rocdevice.cpp, callbackQueue"
	ggmlCUDA   = "llama.cpp ggml/src/ggml-cuda/ggml-cuda.cu, ggml_cuda_error"
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
		Pattern: `HSA_STATUS_ERROR_(?P<reason>MEMORY_APERTURE_VIOLATION|MEMORY_FAULT)|attempted to access memory beyond the largest legal address|[Aa]borting with (?:error|status) ?: .*0x2[9b]\b`,
		Title:   "GPU queue aborted<: {reason}>", Key: "GPU queue aborted: memory", Component: "libamdhip64", Source: clr,
		Example: ":0:rocdevice.cpp :2724: 3563226658 us: Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_MEMORY_APERTURE_VIOLATION: The agent attempted to access memory beyond the largest legal address. code: 0x29"},
	{Name: "hsa-exception", Class: "gpu-fault.kernel-exception", In: logs, Level: Runtime,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>EXCEPTION|ILLEGAL_INSTRUCTION)|HSAIL operation resulted in a hardware exception|attempted to execute an illegal shader instruction|[Aa]borting with (?:error|status) ?: .*?(?P<code>0x1016|0x2a)\b`,
		Title:   "GPU queue aborted<: {reason}>< (code {code})>", Component: "libamdhip64", Source: clr,
		Example: "Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_EXCEPTION: An HSAIL operation resulted in a hardware exception. code: 0x1016"},
	{Name: "hsa-isa", Class: "gpu-error.unsupported-arch", In: logs, Level: Resource,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>INVALID_ISA(?:_NAME)?|INCOMPATIBLE_ARGUMENTS|INVALID_CODE_OBJECT|INVALID_FILE)|[Aa]borting with (?:error|status) ?: .*?(?P<code>0x100f)\b|hipErrorNoBinaryForGpu`,
		Title:   "GPU queue aborted<: {reason}>< (code {code}, invalid ISA)>", Key: "GPU queue aborted: invalid ISA", Component: "libamdhip64", Source: clr,
		Example: "Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_INVALID_ISA: The instruction set architecture is invalid. code: 0x100f"},
	{Name: "hip-no-code", Class: "benign.fallback", WhenDied: "gpu-error.unsupported-arch", In: logs, Level: Harmless, Pattern: `No compatible code objects found for: \w+`, // for one device of several it is no harm
		Title: "the program has no code for this GPU", Component: "libamdhip64", Source: "ROCm clr hipamd/src/hip_fatbin.cpp", Example: ":1:hip_fatbin.cpp           :687 : 114369963532 us:  No compatible code objects found for: gfx1152, value of HIP_FORCE_SPIRV_CODEOBJECT: 0"},
	{Name: "hsa-init-resources", Class: "infra.device-unavailable", In: logs, Level: Resource,
		Pattern: `hsa_init\S* .*(?:HSA_STATUS_ERROR|[Ff]ail)|HSA Error 4104|hsaKmtOpenKFD|[Uu]nable to open /dev/kfd|hsa api call failure at|ROCk module is NOT loaded`,
		Title:   "the GPU runtime cannot start: no access to the device, or it is busy", Component: hsaLibrary, Source: "ROCR-Runtime hsa_init",
		Example: "hsa_init Failed, possibly no supported GPU devices"},
	{Name: "hsa-resources", Class: "gpu-oom.runtime", In: logs, Level: Resource,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>OUT_OF_RESOURCES)|[Aa]borting with (?:error|status) ?: .*?(?P<code>0x1008)\b`,
		Title:   "GPU runtime out of resources", Component: hsaLibrary, Source: clr,
		Example: "Callback: Queue 0x7f5c00000000 aborting with error : HSA_STATUS_ERROR_OUT_OF_RESOURCES: The runtime failed to allocate the necessary resources. code: 0x1008"},
	{Name: "hsa-other", Class: "gpu-error.api", In: logs, Level: Resource,
		Pattern: `HSA_STATUS_ERROR_(?P<reason>[A-Z_]+)|[Cc]allback.* [Aa]borting with (?:error|status) ?: .*?(?P<code>0x[0-9a-f]+)`,
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
	{Name: "rocblas-no-device", Class: "infra.device-unavailable", In: logs, Level: Resource, Pattern: `Could not initialize Tensile host: No devices found`,
		Title: "rocBLAS finds no device", Component: "rocBLAS", Source: "rocBLAS library/src/tensile_host.cpp", Example: "rocBLAS error: Could not initialize Tensile host: No devices found"},
	{Name: "rocblas-library", Class: "gpu-error.unsupported-arch", In: logs, Level: Resource,
		Pattern: `rocBLAS error: (?:Cannot read|Could not (?:load|initialize|find)|No (?:Tensile|hipBLASLt|paths matched))|Could not (?:load|find) \S*TensileLibrary`,
		Title:   "rocBLAS has no kernels for this GPU", Component: "rocBLAS", Source: "rocBLAS library/src/tensile_host.cpp",
		Example: "rocBLAS error: Cannot read /opt/rocm/lib/rocblas/library/TensileLibrary.dat: Illegal seek for GPU arch : gfx1103"},
	{Name: "rocblas", Class: "gpu-error.blas", In: logs, Level: Resource,
		Pattern: `rocBLAS error: (?P<text>[A-Z][A-Za-z ,]+[a-z])|rocblas_status_(?P<status>[a-z_]+)`,
		Title:   "rocBLAS error<: {text}><: {status}>", Component: "rocBLAS", Source: "rocBLAS library/src/tensile_host.cpp",
		Example: `rocBLAS error: Tensile solution found, but exception thrown for { a_type: "f16_r" }`},
}

// said matches the ways in which CUDA, ROCm and MUSA builds of several years report an API error:
// "CUDA error: text", "CUDA error 716 at ggml-cuda.cu:7546: text".
const said = `(?P<api>CUDA|ROCm|HIP|MUSA|Cuda|Hip|cuda|hip)(?: [Ee]|E)rror(?: \d+ at .{1,300}?:\d+)?(?: in function '?(?P<infn>\w+)'?)?: *(?:\w+: |.{1,200} failed with error: )?`

// called is where the next lines say that an API error was noticed.
var called = []string{"function", "call", "op"}

func cudaRule(name, class string, level Level, texts, example string) Rule {
	return Rule{Name: name, Class: class, In: logs, Level: level, Pattern: said + `(?P<error>` + texts + `)`,
		Title: "{api} error: {error}< in {function}>", Key: "GPU API error: {error}< from {call}>", Component: "<{op} >{function}",
		Follow: called, Example: example, Source: ggmlCUDA}
}

// nameRule is a rule for errors that are called by their name in the API, as programs other than ggml do. A library
// may say of a call that it returned one, and go on.
func nameRule(name, class string, level Level, names string) Rule {
	example, _, _ := strings.Cut(names, "|")
	return Rule{Name: name + "-name", Class: class, In: logs, Level: level, Pattern: `(?:^|[^d ] ?)\b(?:(?:hip|cuda)Error|(?:CUDA|HIP)_ERROR_)(?P<error>` + names + `)\b`,
		Title: "GPU API error: {error}", Component: "", Example: "RuntimeError: hipError" + example, Source: "CUDA and HIP, names of cudaError_t, CUresult and hipError_t"}
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
	cudaRule("cuda-device-busy", "infra.device-wedged", Resource, `(?:all )?(?:CUDA-capable|HIP-capable|ROCm-capable) devices?(?:\(s\))? (?:is/)?are busy or unavailable|system not yet initialized|devices? (?:is )?unavailable`,
		"CUDA error: CUDA-capable device(s) is/are busy or unavailable"),
	cudaRule("cuda-no-device", "infra.device-unavailable", Resource, `no (?:CUDA|ROCm|HIP|MUSA)-capable device is detected|(?:CUDA )?driver version is insufficient[a-zA-Z ]*|invalid device ordinal|initialization error`,
		"CUDA error: no CUDA-capable device is detected"),
	cudaRule("cuda-oom", "gpu-oom.runtime", Resource, `out of memory`, "ROCm error: out of memory"),
	cudaRule("cuda-unsupported", "gpu-error.unsupported-arch", Resource,
		`invalid device function|no kernel image is available[a-z ]*|device kernel image is invalid|the provided PTX was compiled with an unsupported toolchain|shared object (?:symbol not found|initialization failed)|named symbol not found|unsupported .*architecture`,
		"ROCm error: invalid device function"),
	{Name: "no-device-code", Class: "gpu-error.unsupported-arch", In: logs, Level: Runtime - 1, // the trap that follows is an exception only for the runtime
		Pattern: `(?:CUDA|HIP|MUSA) kernel (?P<kernel>\w+) has no device code compatible|not compiled with (?:any )?(?:CUDA|HIP) arch`,
		Title:   "no device code for this GPU<: kernel {kernel}>", Key: "no device code for this GPU", Component: "ggml-cuda", Source: "llama.cpp ggml/src/ggml-cuda/common.cuh, no_device_code",
		Example: "/src/ggml-cuda/mmq.cuh:2599: ERROR: CUDA kernel mul_mat_q has no device code compatible with CUDA arch 500. ggml-cuda.cu was compiled for: 520,610,700"},
	cudaRule("cublas", "gpu-error.blas", Resource, `(?:CUBLAS|cuBLAS|HIPBLAS|hipBLAS|MUBLAS)[_A-Za-z]*|(?:the )?(?:library|resource) (?:was not initialized|allocation failed)|an internal operation failed|the requested functionality is not supported|the function (?:requires an architectural feature|failed to launch on the GPU)|an access to GPU memory space failed|an unsupported value or parameter was passed`, "CUDA error: CUBLAS_STATUS_INTERNAL_ERROR"),
	{Name: "cuda-sanitizer", Class: "gpu-fault.memory-access", In: logs, Level: Runtime, Pattern: `={5,} +Invalid __(?P<space>\w+?)__ (?P<what>read|write|atomic)`,
		Title: "compute-sanitizer: invalid {space} {what}", Component: "ggml-cuda", Source: "NVIDIA compute-sanitizer memcheck", Example: "========= Invalid __global__ write of size 4 bytes"},
	nameRule("cuda-memory-access", "gpu-fault.memory-access", Runtime, `IllegalAddress|ILLEGAL_ADDRESS`),
	nameRule("cuda-exception", "gpu-fault.kernel-exception", Runtime, `LaunchFailure|LAUNCH_FAILED|MisalignedAddress|MISALIGNED_ADDRESS|IllegalInstruction|ILLEGAL_INSTRUCTION|HardwareStackError|HARDWARE_STACK_ERROR|Assert|ASSERT|InvalidPc|INVALID_PC|InvalidAddressSpace|INVALID_ADDRESS_SPACE`),
	nameRule("cuda-launch-timeout", "gpu-fault.hang-reset", Runtime, `LaunchTimeout|LAUNCH_TIMEOUT`),
	nameRule("cuda-ecc", "gpu-fault.hardware", Hardware, `ECCUncorrectable|ECC_UNCORRECTABLE|ECCNotCorrectable|NvlinkUncorrectable|NVLINK_UNCORRECTABLE`),
	nameRule("cuda-oom", "gpu-oom.runtime", Resource+1, `MemoryAllocation|OutOfMemory|OUT_OF_MEMORY`),
	nameRule("cuda-unsupported", "gpu-error.unsupported-arch", Resource, `InvalidDeviceFunction|NoKernelImageForDevice|NoBinaryForGpu|NO_BINARY_FOR_GPU|UnsupportedPtxVersion|UNSUPPORTED_PTX_VERSION|InvalidKernelImage|InvalidImage|INVALID_IMAGE|InvalidSource`),
	nameRule("cuda-no-device", "infra.device-unavailable", Resource, `NoDevice|NO_DEVICE|InsufficientDriver|SystemDriverMismatch|SYSTEM_DRIVER_MISMATCH`),
	{Name: "cublas-old", Class: "gpu-error.blas", In: logs, Level: Resource, Pattern: `(?:cuBLAS|hipBLAS|CUBLAS) error:? (?:\d+ at [^:]*:\d+: )?(?P<error>[\w ]+)`,
		Title: "BLAS error: {error}", Example: "cuBLAS error 13 at ggml-cuda.cu:6140: the function failed to launch on the GPU", Source: "llama.cpp ggml-cuda.cu of 2023, CUBLAS_CHECK"},
	cudaRule("cuda-other", "gpu-error.api", Resource, `[A-Za-z][A-Za-z0-9_() ,/'-]*[a-z)]`, "CUDA error: operation not permitted when stream is capturing"),
	{Name: "cuda-wrapper", Class: "gpu-error.api", In: logs, Level: Hint, Follow: called,
		Pattern: `(?P<file>[\w.+-]+\.(?:cu|cuh|cpp|hpp|h)):\d+: (?P<api>CUDA|ROCm|HIP|MUSA|SYCL|CANN) error\s*$|GGML_ASSERT: .*!"(?P<api2>CUDA|ROCm|HIP|SYCL) error"`,
		Title:   "{api}{api2} error without a text", Component: "{file}", Example: "/app/ggml/src/ggml-cuda/ggml-cuda.cu:115: ROCm error", Source: ggmlCUDA},
	{Name: "cuda-init", Class: "infra.device-unavailable", In: logs, Level: Resource, Pattern: `failed to initialize (?P<api>CUDA|ROCm|HIP|MUSA|CANN): (?P<error>.*[a-z)])|(?:Failed to initialize NVML|nvidia-container-cli: initialization error|NVIDIA-SMI has failed|nvml error): ?(?P<nvml>.*)|NVIDIA-SMI has failed|could not select device driver|invalid value for main_gpu: \d+ \(available devices: 0\)`,
		Title: "<{api} cannot start: {error}><the driver cannot be reached: {nvml}>", Key: "<{api} cannot start: {error}>", Example: "ggml_cuda_init: failed to initialize ROCm: no ROCm-capable device is detected", Source: ggmlCUDA},
}
