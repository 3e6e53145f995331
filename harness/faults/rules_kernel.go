package faults

const (
	gmc       = "Linux drivers/gpu/drm/amd/amdgpu/gmc_v*.c"
	amdgpuJob = "Linux drivers/gpu/drm/amd/amdgpu/amdgpu_job.c"
	kfd       = "Linux drivers/gpu/drm/amd/amdkfd"
	i915      = "Linux drivers/gpu/drm/i915"
	xe        = "Linux drivers/gpu/drm/xe"
	xidList   = "NVIDIA Xid errors, NVRM lines of the kernel log"
)

// recovery is what the driver says after it gave up on a job.
var recovery = []string{"comm", "pid", "draws", "reset", "ended", "vram", "mes"}

// pageFault is what stands in the lines of one AMD page fault.
var pageFault = []string{"comm", "pid", "draws", "client", "ihclient", "perm", "rw"}

var amdgpuRules = []Rule{
	{Name: "amdgpu-ras", Class: "gpu-fault.hardware", In: KernelLines, Level: Hardware,
		Pattern: `amdgpu.*(?:\b[1-9]\d* uncorrectable (?:hardware )?errors?|[Uu]ncorrectable hardware error|poison (?:is )?(?:consumed|consumption|created)|RAS (?:poison|Intr triggered)|sq_intr: ecc error|GPU HW C(?:ritical Temperature Fault|TF)|\(SW CTF\) detected|uncorrectable ECC|CP (?:EDC/)?ECC (?:ERROR|error)|Mem Ecc Status: 0x0*[1-9a-f]|(?:GCEA|SDMA|RLC) .*(?:err detected|FED IRQ)|GPU is in BAD status|RAS records:\d+ exceeds? threshold|bad pages \d+ reaches threshold|Poison message fifo is full)`,
		Title:   "amdgpu: uncorrectable memory or hardware error, or too hot", Component: "amdgpu ras", Example: "amdgpu 0000:c3:00.0: amdgpu: 1 uncorrectable hardware errors detected in umc block", Source: "Linux drivers/gpu/drm/amd/amdgpu/amdgpu_ras.c"},
	{Name: "amdgpu-off-bus", Class: "gpu-fault.device-lost", In: KernelLines, Level: Hardware, Pattern: `amdgpu.*device lost from bus`,
		Title: "amdgpu: device lost from the bus", Component: "amdgpu", Example: "amdgpu 0000:08:00.0: device lost from bus!", Source: "Linux drivers/gpu/drm/amd/amdgpu"},
	{Name: "amdgpu-page-fault", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Follow: pageFault,
		Pattern: `\[(?P<hub>gfxhub\d*|mmhub\d*|vmhub\d*)\] (?P<kind>(?:no-)?retry |VMC )?page fault(?:.*for process (?P<comm>\S+) pid (?P<pid>\d+))?`,
		Title:   "amdgpu [{hub}] {kind} page fault<: client {client}><, permission faults {perm}><, {rw}>", Component: "amdgpu gmc ({hub})", Source: gmc,
		Example: "kernel: amdgpu 0000:c3:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:24 vmid:8 pasid:32794)"},
	{Name: "amdgpu-vm-fault-old", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Follow: pageFault, Pattern: `GPU fault detected: \d+ 0x|VM_CONTEXT\d_PROTECTION_FAULT_STATUS|VM fault \(0x\w+, vmid|Sending SIGSEGV to (?:HSA )?[Pp]rocess`,
		Title: "amdgpu: VM protection fault< (process {comm})>", Key: "amdgpu: VM protection fault", Component: "amdgpu gmc", Source: gmc, Example: "amdgpu 0000:01:00.0: GPU fault detected: 147 0x0a704801 for process llama-server pid 4242"},
	{Name: "amdgpu-fault-status", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Follow: pageFault, Pattern: `(?:GC|MM)?VM_L2_PROTECTION_FAULT_STATUS:0x0*[1-9A-Fa-f]|amdgpu \S+: AMD-Vi: Event logged \[(?P<iommu>IO_PAGE_FAULT)`,
		Title: "amdgpu: page fault< seen by the IOMMU ({iommu})><: client {client}><, permission faults {perm}><, {rw}>", Component: "amdgpu gmc", Source: gmc + ", whose first line is missing; drivers/iommu/amd/iommu.c", Example: "amdgpu 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000f address=0x6bfbb000 flags=0x0000]"},
	{Name: "amdgpu-illegal", Class: "gpu-fault.kernel-exception", In: KernelLines, Level: KernelEvent, Pattern: `Illegal (?P<what>instruction|opcode|register access) in command stream|sq_intr: (?P<sq>error)`,
		Title: "amdgpu: <illegal {what} in a command stream><shader trap ({sq})>", Component: "amdgpu gfx", Example: "[drm:gfx_v9_0_priv_inst_irq [amdgpu]] *ERROR* Illegal instruction in command stream", Source: "Linux drivers/gpu/drm/amd/amdgpu/gfx_v*.c, amdkfd/kfd_int_process_v*.c"},
	{Name: "amdgpu-ring-timeout", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Follow: recovery,
		Pattern: `ring (?P<ring>[a-z]+)[\w.]* timeout(?P<soft>, but soft recovered)?`, Title: "amdgpu ring {ring} timeout<{soft}><, {reset}>< {ended}><, {vram}><, {mes}>", Component: "amdgpu scheduler", Source: amdgpuJob,
		Example: "kernel: amdgpu 0000:c2:00.0: ring gfx_0.0.0 timeout, signaled seq=166926, emitted seq=166928"},
	{Name: "amdgpu-kfd-preemption", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Follow: []string{"reset", "ended"},
		Pattern: `[Pp]reemption (?:time ?out|failed)|unsuccessful queues? preemption`, Title: "KFD queue preemption timeout<, {reset}>< {ended}>", Component: "amdkfd", Source: kfd,
		Example: "amdgpu: HIQ MQD's queue_doorbell_id0 is not 0, Queue preemption time out"},
	{Name: "amdgpu-kfd-fence", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Follow: []string{"reset", "ended"},
		Pattern: `qcm fence wait loop timeout expired|fence wait loop timeout`, Title: "KFD fence wait timeout<, {reset}>< {ended}>", Component: "amdkfd (HWS)", Source: kfd,
		Example: "kernel: amdgpu: qcm fence wait loop timeout expired"},
	{Name: "amdgpu-kfd-evict", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Follow: []string{"reset", "ended"},
		Pattern: `Failed to (?:evict (?:process )?queues?|quiesce KFD|suspend (?:process|all processes))|remove_all_(?:kfd_)?queues_mes|cp might be in an unrecoverable state|Resetting wave fronts`, Title: "KFD queues cannot be evicted<, {reset}>< {ended}>", Component: "amdkfd", Source: kfd,
		Example: "kernel: amdgpu: Failed to evict process queues"},
	{Name: "amdgpu-mes", Class: "gpu-fault.firmware", In: KernelLines, Level: KernelEvent,
		Pattern: `MES(?:\(\d+\))? (?:failed to respon(?:d|se)(?: to)?(?: msg=(?P<msg>\w+))?|(?:ring buffer|scheduler).*(?:full|hang|hung))|MES might be in unrecoverable state|failed to (?:add hardware queue to|(?:suspend|resume) (?:all )?gangs? (?:from|to|in)) MES`,
		Title:   "amdgpu MES failed to respond<: {msg}>", Component: "amdgpu mes", Source: "Linux drivers/gpu/drm/amd/amdgpu/mes_v11_0.c",
		Example: "amdgpu 0000:c3:00.0: amdgpu: MES failed to respond to msg=REMOVE_QUEUE"},
	{Name: "amdgpu-smu", Class: "gpu-fault.firmware", In: KernelLines, Level: KernelEvent,
		Pattern: `SMU (?:is in hanged state|engine is not correctly up)|SM[CU] (?:engine is not correctly up|is not ready)|SMU: (?:I'm not done with your previous command|No response|response:0xFFFFFFFF|bus error)|(?:PSP|psp) (?:load|firmware|gfx command) .*fail|PSP Not ready|[Bb]ootloader wait timed out|failed to wait rlc autoload|Failed to (?:wait for \w+ \w* ?ready for ring|get response from firmware after reset)`,
		Title:   "amdgpu SMU or PSP does not answer", Component: "amdgpu smu", Source: "Linux drivers/gpu/drm/amd/pm/swsmu/smu_cmn.c",
		Example: "amdgpu 0000:c3:00.0: amdgpu: SMU: I'm not done with your previous command: SMN_C2PMSG_66:0x00000006"},
	{Name: "amdgpu-reset", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Follow: recovery,
		Pattern: `GPU reset begin|GPU reset(?:\(\d+\))? (?:succeeded|failed)|GPU reset end with ret|GPU Recovery Failed|device wedged|(?:gfx|compute|sdma) hang detected|Starting \S+ ring reset|IP block:\S+ is hung|ring \d+ stalled for more than|GPU lockup|Waiting for fences timed out|IB test failed on|ring \S+ (?:ib )?test failed|ib ring test failed|VRAM is lost due to GPU reset|(?:[Mm]ode\d|MODE\d|[Aa][Ss][Ii][Cc]|pre asic) [Rr]eset failed|resume of IP block <\w+> failed|amdgpu_device_ip_resume(?:_phase\d)? failed|K[CGI]Q (?:enable|disable) failed|KIQ failed to set resources|[Tt]imeout waiting for (?:kiq fence|VM flush|sem acquire)|failed to write reg \w+ wait reg|TLB flush failed for PASID|timeout to preempt ib|failed to (?:be )?preempt(?:ed)?(?: ib)?$|failed to (?:un)?halt cp|[Ww]ait for M?[GM]?M?C idle timed ?out|couldn.t schedule ib on ring|[Ee]rror scheduling IBs`,
		Title:   "amdgpu GPU reset<, {reset}>< {ended}><, {vram}>", Component: "amdgpu", Source: "Linux drivers/gpu/drm/amd/amdgpu/amdgpu_device.c",
		Example: "amdgpu 0000:08:00.0: amdgpu: GPU reset begin!"},
	{Name: "amdgpu-init", Class: "infra.device-unavailable", In: KernelLines, Level: Resource, Pattern: `(?:hw_init|sw_init|early_init|late_init) of IP block <\w+> failed|amdgpu_device_ip_(?:early_|late_)?init failed|Fatal error during GPU init|gpu post error|asic (?:atom init|reset on init) failed|amdgpu asic init failed|probe with driver (?:amdgpu|xe|i915|nvidia) failed|(?:amdgpu|xe|i915|nvidia): probe of \S+ failed`,
		Title: "amdgpu: the driver cannot start the device", Component: "amdgpu", Source: "Linux drivers/gpu/drm/amd/amdgpu/amdgpu_device.c", Example: "amdgpu 0000:03:00.0: amdgpu: hw_init of IP block <gfx_v11_0> failed -22"},
	{Name: "amdgpu-submit-memory", Class: "gpu-oom.runtime", In: anywhere, Level: Resource, Pattern: `Not enough memory for command submission`,
		Title: "amdgpu: not enough memory for a command submission", Component: "amdgpu", Source: "Linux drivers/gpu/drm/amd/amdgpu/amdgpu_cs.c; Mesa src/amd/vulkan/winsys", Example: "[drm:amdgpu_cs_ioctl [amdgpu]] *ERROR* Not enough memory for command submission!"},
	{Name: "amdgpu-kfd-queue", Class: "gpu-error.api", In: KernelLines, Level: Resource, Pattern: `No more (?P<kind>\w+) queue to allocate|DQM create queue (?:type \d+ )?failed`,
		Title: "KFD: queue creation failed<, out of {kind} queues>", Component: "amdkfd", Source: kfd, Example: "amdgpu: No more SDMA queue to allocate"},
}

var intelRules = []Rule{
	{Name: "i915-page-fault", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Pattern: `i915 .*(?:[Uu]nexpected fault|[Cc]atastrophic fault|[Pp]age fault|CAT error)`,
		Title: "i915: GPU page fault", Component: "i915", Source: i915, Example: "i915 0000:00:02.0: [drm] Unexpected fault Addr: 0x00000000"},
	{Name: "i915-hang", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Follow: []string{"i915", "chip", "comm", "pid"},
		Pattern: `GPU HANG: ecode (?P<ecode>\d+:[0-9a-f]+)|i915 .*(?:[Rr]eset request timed out|Resetting (?:chip|[a-z]+\d) for|[Ee]ngine reset failed|[Gg]PU [Hh]ang|[Ff]ence expiration time out|context reset due to|stopped heartbeat)|Asynchronous wait on fence .*timed out|Fence expiration time ?out|i915 .*(?:declaring it wedged|resumed still in error|Failed to restart [a-z]+\d)`,
		Title:   "i915 GPU hang<, {i915}><, {chip}>", Component: "i915", Source: i915 + "/i915_gpu_error.c",
		Example: "kernel: i915 0000:00:02.0: [drm] GPU HANG: ecode 12:1:0020fffe, in llama-server [4242]"},
	{Name: "xe-page-fault", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Pattern: `xe .*(?:[Ff]ault response: [Uu]nsuccessful|CAT error|[Pp]age ?fault|Faulted Address: )(?:.*engine_class=(?P<engine>\w+))?`,
		Title: "xe: GPU page fault<, engine {engine}>", Component: "xe", Source: xe + "/xe_gt_pagefault.c, xe_guc_submit.c", Example: "xe 0000:03:00.0: [drm] Tile0: GT0: Engine memory CAT error [15]: class=ccs, logical_mask: 0x1, guc_id=0"},
	{Name: "xe-timeout", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Follow: []string{"engine", "comm", "pid"},
		Pattern: `xe .*(?:[Ee]ngine reset|Timedout job|[Jj]ob timed ?out|Schedule (?:en|dis)able failed|GT reset|reset (?:queued|started|failed)|trying reset|TLB invalidation fence timeout|Suspend fence, .*failed to respond|declared (?:device )?.*wedged)`,
		Title:   "xe: job timed out, engine reset<, engine {engine}>", Component: "xe guc", Source: xe + "/xe_guc_submit.c",
		Example: "xe 0000:0b:00.0: [drm] Tile0: GT0: Engine reset: engine_class=ccs, logical_mask: 0x1, guc_id=2, state=0x3"},
	{Name: "guc-firmware", Class: "gpu-fault.firmware", In: KernelLines, Level: KernelEvent, Pattern: `(?:xe|i915) .*(?:G[Uu]C (?:load failed|mmio request .*(?:fail|error)|CT.*dead|CTB? .*(?:fail|stall)|init failed|firmware .*(?:not found|fail))|GUC: .*(?:fail|timed out)|HuC.*failed|CT (?:dead|is dead)|CTB? .*(?:no response|timed out)|Timed out wait for G2H|[GH]2[GH] (?:channel broken|request .* failed)|CT (?:dequeue failed|communication channel stopped)|GuC (?:PC query task state failed|reset timed out)|Force wake domain .* failed to ack|mmio request .*(?:no reply|unexpected reply)|(?:[Cc]rash dump|[Ee]xception) notification)`,
		Title: "Intel GPU firmware does not answer", Component: "guc", Source: xe + "/xe_guc.c", Example: "xe 0000:03:00.0: [drm] *ERROR* GT0: GuC mmio request 0x4100: failure"},
}

// xidRule is a rule for some of NVIDIA's event numbers, also where a later event names them as its
// cause.
func xidRule(name, class string, level Level, numbers, example string) Rule {
	return Rule{Name: "xid-" + name, Class: class, In: anywhere, Level: level, Follow: []string{"xidtext"},
		Pattern: `(?:NVRM: Xid \([^)]*\): |caused by previous Xid )(?P<xid>` + numbers + `)\b(?:, pid=(?P<pid>\d+), name=(?P<comm>[^<,][^,]*))?`,
		Title:   "NVRM Xid {xid}<: {xidtext}>", Component: "NVRM", Example: example, Source: xidList}
}

var nvidiaRules = []Rule{
	xidRule("hardware", "gpu-fault.hardware", Hardware, `48|58|63|64|74|92|93|94|95|12[1-5]|13[67]|14\d|15[0-3]|15[5-7]|159|16[0-8]|17[0-36]`, "NVRM: Xid (PCI:0000:9b:00): 94, pid=4242, name=python3, Contained ECC error"),
	xidRule("off-bus", "gpu-fault.device-lost", Hardware, `79`, "NVRM: Xid (PCI:0000:01:00): 79, pid=4242, GPU has fallen off the bus."),
	{Name: "nvidia-off-bus", Class: "gpu-fault.device-lost", In: KernelLines, Level: Hardware, Pattern: `NVRM: .*fallen off the bus`, Title: "NVRM Xid 79: GPU has fallen off the bus", Component: "NVRM", Example: "NVRM: GPU at PCI:0000:01:00: GPU has fallen off the bus", Source: xidList},
	{Name: "nvidia-lost", Class: "gpu-fault.device-lost", In: anywhere, Level: Hardware, Pattern: `(?:NVRM|nvidia)\S*:? .*(?:GPU lost from the bus|NV_ERR_GPU_IS_LOST|GPU is lost|uvm encountered global fatal error)|Unable to determine the device handle for GPU.*GPU is lost`, Title: "NVRM: GPU lost from the bus", Component: "NVRM", Example: "NVRM: nvAssertFailedNoLog: GPU lost from the bus [NV_ERR_GPU_IS_LOST]", Source: xidList},
	xidRule("memory", "gpu-fault.memory-access", KernelEvent, `31`, "NVRM: Xid (PCI:0000:01:00): 31, pid=4242, name=llama-server, Ch 00000008, intr 00000000. MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_0 faulted @ 0x7f5a_00000000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ"),
	xidRule("exception", "gpu-fault.kernel-exception", KernelEvent, `13|32|39|4[0-24]|6[89]|7[0-25-7]|85|12[6-9]|13[0-5]`, "NVRM: Xid (PCI:0000:cb:00): 13, pid=4242, name=llama-server, Graphics SM Warp Exception on (GPC 7, TPC 7, SM 0): Illegal Instruction Parameter"),
	xidRule("hang", "gpu-fault.hang-reset", KernelEvent, `8|109|16|46|158`, "NVRM: Xid (PCI:0000:cb:00): 109, pid=4242, name=llama-server, Ch 00000008, errorString CTX SWITCH TIMEOUT, Info 0x58005"),
	xidRule("firmware", "gpu-fault.firmware", KernelEvent, `38|59|60|61|62|110|119|120|169`, "NVRM: Xid (PCI:0000:48:00): 119, pid=4242, name=llama-server, Timeout after 6s of waiting for RPC response from GPU0 GSP!"),
	{Name: "nvidia-watchdog", Class: "gpu-fault.hang-reset", In: anywhere, Level: KernelEvent, Pattern: `RC watchdog: GPU is probably locked|nvidia-modeset: .*(?:Idling display engine timed out|Error while waiting for GPU progress)|(?:nvlddmkm|amdwddmg|amdkmdap|igfxn?)\S* stopped responding|LiveKernelEvent`,
		Title: "the driver's watchdog says that the GPU hangs", Component: "driver watchdog", Example: "NVRM: krcWatchdog_IMPL: RC watchdog: GPU is probably locked!  Notify Timeout Seconds: 7", Source: "open-gpu-kernel-modules src/nvidia/src/kernel/gpu/rc/kernel_rc_watchdog.c, Windows event log"},
	{Name: "nvidia-gsp", Class: "gpu-fault.firmware", In: KernelLines, Level: KernelEvent, Pattern: `NVRM: .*(?:GSP RPC timeout|rpcRecvPoll timed ?out|[Tt]imeout .*waiting for RPC .*GSP|G[Ss][Pp].*(?:[Cc]rash|[Hh]alt|[Ee]rror|exception|timed out)|[Hh]eartbeat timed out|PMU has halted)`,
		Title: "NVIDIA GSP firmware does not answer", Component: "NVRM GSP", Example: "NVRM: _issueRpcAndWait: rpcRecvPoll timedout for fn 76 sequence 4100!", Source: "open-gpu-kernel-modules src/nvidia/src/kernel/vgpu/rpc.c"},
	xidRule("stopped", "gpu-fault.kernel-exception", Hint, `43`, "NVRM: Xid (PCI:0000:01:00): 43, pid=4242, name=llama-server, Ch 00000008"),
	{Name: "nvidia-wedged", Class: "infra.device-wedged", In: anywhere, Level: Resource, Pattern: `NV_ERR_RESET_REQUIRED|RmInitAdapter failed|rm_init_adapter failed|GPU recovery action changed from 0x[1-9a-f]|GPU requires reset|Unable to determine the device handle for GPU[^.]*: Unknown Error|[Ii]n [Ss]urvivability [Mm]ode`,
		Title: "the NVIDIA GPU needs a reset", Component: "NVRM", Example: "NVRM: GPU 0000:0b:00.0: RmInitAdapter failed! (0x62:0x40:2018)", Source: xidList},
	{Name: "xid-cleanup", Class: "benign.driver-info", In: anywhere, Level: Harmless, Drop: true, Pattern: `NVRM: Xid \([^)]*\): 45,(?: pid=[^,]*, name=[^,]*,)? (?:Ch|channel) [0-9a-fx]+(?:, engmask.*)?\s*$`,
		Title: "NVRM Xid 45: channel torn down", Component: "NVRM", Example: "NVRM: Xid (PCI:0000:48:00): 45, pid=4242, name=llama-server, channel 0x0000000a", Source: xidList},
	xidRule("other", "gpu-error.api", Hint+1, `\d+`, "NVRM: Xid (PCI:0000:48:00): 6, PE0001"),
}
