package faults

// smallGPURules are the kernel's words on GPUs of boards, phones and Apple's machines, and of NVIDIA's with the free
// driver.
var smallGPURules = []Rule{
	{Name: "v3d-fault", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Pattern: `v3d .*MMU error from client (?P<client>\w+)`,
		Title: "v3d: GPU page fault: client {client}", Component: "v3d", Example: "v3d fec00000.v3d: MMU error from client L2T (11) at 0x0, pte invalid", Source: "Linux drivers/gpu/drm/v3d/v3d_irq.c"},
	{Name: "v3d-hang", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Pattern: `v3d .*Resetting GPU for hang`,
		Title: "v3d: GPU hang and reset", Component: "v3d", Example: "v3d fec00000.v3d: [drm:v3d_reset [v3d]] *ERROR* Resetting GPU for hang.", Source: "Linux drivers/gpu/drm/v3d/v3d_gem.c"},
	{Name: "mali-fault", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Pattern: `(?:panfrost|panthor|mali) .*(?:Unhandled Page fault|js fault.*(?:TRANSLATION|PERMISSION|MEMATTR)_FAULT)`,
		Title: "Mali: GPU page fault", Component: "panfrost", Example: "panfrost fde60000.gpu: Unhandled Page fault in AS0 at VA 0x0000000000000000", Source: "Linux drivers/gpu/drm/panfrost/panfrost_mmu.c, drivers/gpu/drm/panthor/panthor_mmu.c"},
	{Name: "mali-hang", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Pattern: `(?:panfrost|panthor|mali|lima) .*(?:gpu sched timeout|job timeout|queue_?timeout|CSG slot .*(?:timed out|timeout)|[Ff]irmware watchdog|soft reset timed out|mmu command on .* timed out)`,
		Title: "Mali: GPU hang", Component: "panfrost", Example: "panfrost fde60000.gpu: gpu sched timeout, js=1, config=0x7b00, status=0x8, head=0xa0000, tail=0xa0000, sched_job=1", Source: "Linux drivers/gpu/drm/panfrost/panfrost_job.c, drivers/gpu/drm/panthor"},
	{Name: "adreno-fault", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Pattern: `\*\*\* gpu fault: ttbr0=\S+ iova=\S+ dir=(?P<rw>[A-Z]+) type=(?P<kind>[A-Z]+)|arm-smmu .*Unhandled context fault.*(?:gpu|kgsl)`,
		Title: "Adreno: GPU page fault<: {kind}>< ({rw})>", Component: "msm", Example: "adreno 3d00000.gpu: *** gpu fault: ttbr0=0000000103a5c000 iova=0000000000000000 dir=READ type=TRANSLATION source=CP (0,0,0,1)", Source: "Linux drivers/gpu/drm/msm/adreno"},
	{Name: "adreno-hang", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Pattern: `hangcheck detected gpu lockup|(?:adreno|msm|a\dxx_\w+).*(?:gpu fault ring|hangcheck recover|gpu (?:halt|stuck))|kgsl.*(?:GPU PAGE FAULT|hang detected|gpu fault|ctx \d+ .*timeout)`,
		Title: "Adreno: GPU hang", Component: "msm", Example: "msm_dpu ae01000.display-controller: [drm:hangcheck_handler [msm]] *ERROR* 67.5.10.1: hangcheck detected gpu lockup rb 0!", Source: "Linux drivers/gpu/drm/msm/msm_gpu.c"},
	{Name: "vivante-hang", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Pattern: `etnaviv.*(?:recover hung GPU|hangcheck detected gpu lockup)`,
		Title: "Vivante: GPU hang", Component: "etnaviv", Example: "etnaviv-gpu 130000.gpu: recover hung GPU!", Source: "Linux drivers/gpu/drm/etnaviv/etnaviv_gpu.c"},
	{Name: "apple-gpu", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Pattern: `asahi .*(?:GPU (?:timeout|hang|firmware crash|recovery)|[Ff]irmware (?:crash|panic))`,
		Title: "Apple GPU: timeout or crash of its firmware", Component: "asahi", Example: "asahi 406400000.gpu: GPU timeout nonfatal", Source: "Asahi Linux drivers/gpu/drm/asahi"},
	{Name: "nouveau-fault", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Pattern: `nouveau .*(?:fifo: fault [0-9a-f]{2} \[(?P<kind>\w+)\]|MMU fault|gr: .*(?:TRAP|trap)|gsp: rc .*type:31\b)`,
		Title: "nouveau: GPU page fault or trap<: {kind}>", Component: "nouveau", Example: "nouveau 0000:01:00.0: fifo: fault 00 [VIRT_READ] at 0000000000000000 engine 00 [GR] client 0f [GPC0/PROP_0] reason 02 [PTE] on channel 5 [00ff8e4000 llama-server[4242]]", Source: "Linux drivers/gpu/drm/nouveau/nvkm/engine/fifo"},
	{Name: "nouveau-hang", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Pattern: `nouveau .*(?:CTXSW_TIMEOUT|SCHED_ERROR|channel \d+ killed|job timeout|gsp: rc )`,
		Title: "nouveau: a channel was stopped", Component: "nouveau", Example: "nouveau 0000:01:00.0: fifo: SCHED_ERROR 0a [CTXSW_TIMEOUT]", Source: "Linux drivers/gpu/drm/nouveau/nvkm/engine/fifo"},
	{Name: "tegra-fault", Class: "gpu-fault.memory-access", In: KernelLines, Level: KernelEvent, Pattern: `nvgpu: .*(?:[Mm][Mm][Uu] fault|mmu_fault)`,
		Title: "nvgpu: GPU page fault", Component: "nvgpu", Example: "nvgpu: 17000000.ga10b gv11b_fb_mmu_fault_info_dump:259 [ERR] [MMU FAULT] mmu engine id: 64, ch id: 506", Source: "NVIDIA nvgpu for Tegra"},
	{Name: "tegra-hang", Class: "gpu-fault.hang-reset", In: KernelLines, Level: KernelEvent, Pattern: `nvgpu: .*(?:[Jj]ob on channel \d+ timed out|ch(?:annel)? \d+ timeout|CTXSW_TIMEOUT|sched_error)`,
		Title: "nvgpu: a channel timed out", Component: "nvgpu", Example: "nvgpu: 17000000.ga10b nvgpu_channel_wdt_handler:1700 [ERR] Job on channel 506 timed out", Source: "NVIDIA nvgpu for Tegra"},
}
