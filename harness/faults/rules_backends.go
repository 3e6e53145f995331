package faults

const (
	ggmlVulkan = "llama.cpp ggml/src/ggml-vulkan/ggml-vulkan.cpp"
	ggmlSYCL   = "llama.cpp ggml/src/ggml-sycl"
	ggmlMetal  = "llama.cpp ggml/src/ggml-metal"
)

var vulkanRules = []Rule{
	{Name: "vulkan-device-lost", Class: "gpu-fault.device-lost", In: logs, Level: Runtime,
		Pattern: `(?:(?P<vkcall>vk::[\w:]+): )?(?:ErrorDeviceLost|VK_ERROR_DEVICE_LOST)|DeviceLostError|device lost on (?P<device>\w+?)\d+|DXGI_ERROR_DEVICE_(?:REMOVED|HUNG|RESET)|vk_device_set_lost`, Follow: []string{"vkcall"},
		Title: "Vulkan device lost< in {vkcall}>", Component: "ggml-vulkan", Source: ggmlVulkan,
		Example: "0.12.640.754 E srv  update_slots: decode() failed: vk::Queue::submit: ErrorDeviceLost"},
	{Name: "vulkan-device-fault", Class: "gpu-fault.memory-access", In: logs, Level: Runtime - 1, // comes with the lost device and knows more
		Pattern: `address fault \d+: type=[1-6]\b|GPUVM fault detected`, Title: "Vulkan: the device reports an address fault", Component: "ggml-vulkan",
		Example: "  address fault 0: type=1 address=0x7f31 precision=0x1000", Source: ggmlVulkan + ", VK_EXT_device_fault; Mesa src/amd/vulkan"},
	{Name: "radv-cancelled", Class: "gpu-fault.device-lost", In: logs, Level: Hint, Pattern: `The CS has been (?P<what>cancelled|rejected)`, Title: "RADV: command submission {what}, the context is lost",
		Component: "radv", Example: "radv/amdgpu: The CS has been cancelled because the context is lost. This context is innocent.", Source: "Mesa src/amd/vulkan/winsys/amdgpu/radv_amdgpu_cs.c"},
	{Name: "vulkan-alloc", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Follow: []string{"vkreason"},
		Pattern: `(?:Device|Host) memory allocation of size \d+ failed|ggml_vulkan: Memory allocation of size \d+ failed|vk::OutOf(?:Device|Host|Pool)MemoryError`,
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
	{Name: "vulkan-unsupported", Class: "gpu-error.unsupported-arch", In: logs, Level: Resource, Pattern: `ggml_vulkan: (?:[Dd]evice \S+ does not support|Error: (?:Vulkan [\d.]+ required|Shared memory size too small|device does not))|No suitable queue family index found`,
		Title: "Vulkan: the device lacks a feature", Component: "ggml-vulkan", Example: "ggml_vulkan: device Vulkan0 does not support 16-bit storage.", Source: ggmlVulkan},
	{Name: "vulkan-no-device", Class: "infra.device-unavailable", In: logs, Level: LastWords, Pattern: `vk::createInstance: (?P<error>\w+)|ErrorIncompatibleDriver|VK_ERROR_INCOMPATIBLE_DRIVER|ErrorInitializationFailed|ggml_vulkan: (?:Device with index \d+ does not exist|Invalid device index)`,
		Title: "Vulkan cannot start<: {error}>", Component: "ggml-vulkan", Example: "ggml_vulkan: vk::createInstance: ErrorIncompatibleDriver", Source: ggmlVulkan},
	{Name: "vulkan-other", Class: "gpu-error.api", In: logs, Level: Resource + 2, Pattern: `(?P<call>vk::(?:Queue|Device|Buffer|CommandBuffer|PhysicalDevice|Instance)::\w+): (?P<error>Error\w+)`,
		Title: "Vulkan: {error} in {call}", Component: "ggml-vulkan", Example: "decode() failed: vk::Device::waitForFences: ErrorUnknown", Source: ggmlVulkan},
	{Name: "opencl-build", Class: "gpu-error.shader-compile", In: logs, Level: Resource, Pattern: `kernel compile error|clBuildProgram.* (?:failed|error)`,
		Title: "OpenCL: kernel compilation failed", Component: "ggml-opencl", Example: "ggml_opencl: kernel compile error:", Source: "llama.cpp ggml/src/ggml-opencl/ggml-opencl.cpp"},
	{Name: "opencl-memory", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `ggml_opencl: (?P<call>\w+)\(?.*error -(?P<code>4|5|6) at`, // CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES, CL_OUT_OF_HOST_MEMORY
		Title: "OpenCL: out of memory (error -{code})< in {call}>", Component: "ggml-opencl", Example: "ggml_opencl: clCreateBuffer(context, flags, size, NULL, &err) error -4 at ggml-opencl.cpp:3021", Source: "llama.cpp ggml/src/ggml-opencl/ggml-opencl.cpp, CL_CHECK"},
	{Name: "opencl", Class: "gpu-error.api", In: logs, Level: Resource, Pattern: `ggml_opencl: (?P<call>\w+)\(?.*error (?P<code>-?\d+) at|OpenCL error: (?P<call2>cl\w+): (?P<code2>-\d+)`,
		Title: "OpenCL error {code}{code2}< in {call}>< in {call2}>", Component: "ggml-opencl", Example: "ggml_opencl: clEnqueueNDRangeKernel(queue, kernel) error -54 at ggml-opencl.cpp:5021", Source: "llama.cpp ggml/src/ggml-opencl/ggml-opencl.cpp"},
}

var syclRules = []Rule{
	{Name: "sycl-device-lost", Class: "gpu-fault.device-lost", In: logs, Level: Runtime, Pattern: `(?:UR_RESULT|ZE_RESULT|PI)_ERROR_(?P<error>DEVICE_LOST)|sycl.*device (?:is )?lost`,
		Title: "SYCL device lost", Component: "ggml-sycl", Source: ggmlSYCL,
		Example: "Native API failed. Native API returns: 20 (UR_RESULT_ERROR_DEVICE_LOST)"},
	{Name: "sycl-host-memory", Class: "load-fail.alloc", WhenReady: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?P<error>OUT_OF_HOST_MEMORY)`,
		Title: "SYCL: {error}", Component: "ggml-sycl", Source: ggmlSYCL, Example: "Native API failed. Native API returns: -6 (PI_ERROR_OUT_OF_HOST_MEMORY) -6 (PI_ERROR_OUT_OF_HOST_MEMORY)"},
	{Name: "sycl-memory", Class: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?P<error>OUT_OF_RESOURCES|OUT_OF_DEVICE_MEMORY|MEM_OBJECT_ALLOCATION_FAILURE)`,
		Title: "SYCL: {error}", Component: "ggml-sycl", Source: ggmlSYCL, Example: "Native API failed. Native API returns: 40 (UR_RESULT_ERROR_OUT_OF_RESOURCES)"},
	{Name: "sycl-unsupported", Class: "gpu-error.unsupported-arch", In: logs, Level: Resource, Pattern: `(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?P<error>INVALID_BINARY|UNSUPPORTED_FEATURE|UNSUPPORTED_VERSION|INVALID_NATIVE_BINARY|INVALID_KERNEL_NAME)|[Nn]o kernel named .* was found|Required aspect (?P<aspect>\w+) is not supported`,
		Title: "SYCL: build and device do not match<: {error}>", Component: "ggml-sycl", Source: ggmlSYCL, Example: "No kernel named _ZTS10mul_mat_q was found -46 (PI_ERROR_INVALID_KERNEL_NAME)"},
	{Name: "sycl-build", Class: "gpu-error.shader-compile", In: logs, Level: Resource, Pattern: `(?:UR_RESULT|PI|ZE_RESULT)_ERROR_(?P<error>(?:PROGRAM|MODULE)_(?:BUILD|LINK)_FAILURE|BUILD_PROGRAM_FAILURE)|The program was built for \d+ devices`,
		Title: "SYCL: kernel build failed<: {error}>", Component: "ggml-sycl", Source: ggmlSYCL, Example: "The program was built for 1 devices"},
	{Name: "sycl-no-device", Class: "infra.device-unavailable", In: logs, Level: LastWords, Pattern: `No device of requested type available`,
		Title: "SYCL finds no device", Component: "ggml-sycl", Source: "oneAPI SYCL runtime", Example: "No device of requested type available. -1 (PI_ERROR_DEVICE_NOT_FOUND)"},
	{Name: "sycl-other", Class: "gpu-error.api", In: logs, Level: Resource, Pattern: `(?:Native API failed|[a-z_]+ backend failed with error)[.:]?(?: (?:Native API returns: )?-?\d+ \((?P<error>\w+)\))?`,
		Title: "SYCL: native API failed<: {error}>", Component: "ggml-sycl", Source: ggmlSYCL, Example: "Native API failed. Native API returns: 45 (UR_RESULT_ERROR_INVALID_ARGUMENT)"},
}

// syclExit is what ggml-sycl's handler prints before it calls exit(1), whatever was thrown.
var syclExit = []Rule{
	{Name: "sycl-exit", Class: "gpu-error.api", In: logs, Level: Hint, Pattern: `Exception caught (?:at file:|in this line of code)|SYCL error: |can(?:'t|not) get device memory|failed to get device memory size`,
		Title: "SYCL: an exception ended the program", Component: "ggml-sycl", Source: ggmlSYCL + "/common.hpp, CHECK_TRY_ERROR", Example: "Exception caught at file:/src/ggml-sycl.cpp, line:3560"},
}

var metalRules = []Rule{
	{Name: "metal-memory-access", Class: "gpu-fault.memory-access", In: anywhere, Level: Runtime, Pattern: `Caused GPU Address Fault|CallbackErrorPageFault|MTLCommandBufferErrorPageFault`,
		Title: "Metal: GPU address fault", Component: "ggml-metal", Source: "Metal command buffer status", Example: "error: Caused GPU Address Fault Error (0000000b:kIOGPUCommandBufferCallbackErrorPageFault)"},
	{Name: "metal-hang", Class: "gpu-fault.hang-reset", In: anywhere, Level: Runtime, Pattern: `Caused GPU (?P<what>Hang|Timeout)|CallbackError(?P<word>Hang|Timeout|ImpactingInteractivity)|(?P<rate>Impacting Interactivity)|MTLCommandBufferError(?P<mtl>Timeout)`,
		Title: "Metal: GPU hang or timeout", Component: "ggml-metal", Source: "Metal command buffer status", Example: "error: Caused GPU Timeout Error (00000002:kIOGPUCommandBufferCallbackErrorTimeout)"},
	{Name: "metal-ignored", Class: "gpu-fault.device-lost", In: anywhere, Level: Runtime, Pattern: `CallbackErrorSubmissionsIgnored|for causing prior/excessive GPU errors`,
		Title: "Metal: submissions ignored after earlier GPU errors", Component: "ggml-metal", Source: "Metal command buffer status",
		Example: "error: Ignored (for causing prior/excessive GPU errors) (00000004:kIOAccelCommandBufferCallbackErrorSubmissionsIgnored)"},
	{Name: "metal-victim", Class: "gpu-fault.device-lost", In: anywhere, Level: Hint, Pattern: `CallbackErrorInnocentVictim|victim of GPU error/recovery`,
		Title: "Metal: victim of another process's GPU error", Component: "ggml-metal", Source: "Metal command buffer status", Example: "error: Discarded (victim of GPU error/recovery) (00000005:kIOGPUCommandBufferCallbackErrorInnocentVictim)"},
	{Name: "metal-oom", Class: "gpu-oom.runtime", In: anywhere, Level: Resource, Pattern: `CommandBufferCallbackErrorOutOfMemory|MTLCommandBufferErrorOutOfMemory|\bInsufficient Memory\b`,
		Title: "Metal: command buffer failed: Insufficient Memory", Component: "ggml-metal", Source: "Metal command buffer status", Example: "error: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)"},
	{Name: "metal-oom-bare", Class: "gpu-oom.runtime", In: logs, Level: Resource, Pattern: `^.{0,3}(?:error: )?[Oo]ut of memory.{0,3}$`,
		Title: "Metal: command buffer failed: out of memory", Component: "ggml-metal", Source: ggmlMetal + " of spring 2024, names of MTLCommandBufferError", Example: "out of memory"},
	{Name: "metal-library", Class: "gpu-error.shader-compile", In: logs, Level: Resource,
		Pattern: `MTLLibraryErrorDomain|failed to (?:create|initialize|compile) (?:the )?(?:Metal )?(?:library|pipeline)(?:: base = '(?P<name>\w+)')?|load pipeline error|error compiling source|source is NULL|AGXMetal\w* Code=|program_source:\d+:\d+: error: (?P<what>.*)`,
		Title:   "Metal: library or pipeline cannot be built<: {name}>", Key: "Metal: library or pipeline cannot be built<: {name}>", Component: "ggml-metal", Source: ggmlMetal,
		Example: `ggml_metal_init: error: Error Domain=MTLLibraryErrorDomain Code=3 "program_source:1:1: error"`},
	{Name: "metal-other", Class: "gpu-error.api", In: logs, Level: Hint, Pattern: `command buffer \d+ failed with status (?P<status>\d+)|CommandBufferCallbackError\w+|MTLCommandBufferError\w+|backend is in error state from a previous command buffer failure|ggml_metal_get_buffer: error: .*buffer is nil`,
		Title: "Metal: command buffer failed< with status {status}>", Component: "ggml-metal", Source: ggmlMetal, Example: "ggml_metal_synchronize: error: command buffer 0 failed with status 5"},
}
