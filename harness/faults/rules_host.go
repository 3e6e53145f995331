package faults

import "fmt"

// coredumpRule is a rule for what systemd says of a signal.
func coredumpRule(name, class, signal, said string) Rule {
	return Rule{Name: "coredump-" + name, Class: class, In: anywhere, Signal: signal, Level: WaitStatus, Title: "ended by " + signal, Source: "systemd src/coredump",
		Pattern: `Process (?P<pid>\d+) \((?P<comm>[^)]+)\) of user \d+ terminated abnormally with signal ` + said,
		Example: "systemd-coredump[4300]: Process 4242 (llama-server) of user 1000 terminated abnormally with signal " + said + ", processing..."}
}

// auditRule is a rule for what the kernel's audit says of a signal.
func auditRule(name, class, signal string, number int) Rule {
	return Rule{Name: "audit-" + name, Class: class, In: anywhere, Signal: signal, Level: WaitStatus, Title: "ended by " + signal, Source: "Linux kernel/auditsc.c, ANOM_ABEND",
		Pattern: fmt.Sprintf(`type=(?:1701|ANOM_ABEND) .*pid=(?P<pid>\d+) comm="(?P<comm>[^"]+)".* sig=%d\b`, number),
		Example: fmt.Sprintf(`audit: type=1701 audit(1700000000.123:45): auid=1000 uid=1000 gid=1000 ses=3 pid=4242 comm="llama-server" exe="/usr/bin/llama-server" sig=%d res=1`, number)}
}

// oom matches the OOM killer's words of several kernels.
const oom = `(?:(?:[Oo]ut of memory: )?Kill(?:ed)? process (?P<pid>\d+) \((?P<comm>[^)]+)\)|oom_reaper: reaped process (?P<pid2>\d+) \((?P<comm2>[^)]+)\)|oom-kill:constraint=.*task=(?P<comm3>[^,]+),pid=(?P<pid3>\d+)|(?P<comm4>[^\s:]+) invoked oom-killer)`

// hostKernelRules are what the kernel, its audit and systemd say of processes and of the machine.
var hostKernelRules = []Rule{
	{Name: "hung-task", Class: "hang.uninterruptible", In: KernelLines, Level: Hint, Pattern: `task (?P<comm>[^\s:]+):(?P<pid>\d+) (?:blocked for more than|is blocked on)|soft lockup - CPU#\d+ stuck for \d+s! \[(?P<comm2>[^\s:]+):(?P<pid2>\d+)\]`,
		Title: "a process hangs in the kernel", Component: "kernel", Example: "INFO: task llama-server:4242 blocked for more than 122 seconds.", Source: "Linux kernel/hung_task.c, kernel/watchdog.c"},
	{Name: "pcie-uncorrected", Class: "gpu-fault.hardware", In: KernelLines, Level: Hardware, Pattern: `PCIe Bus Error: severity=Uncorrect\w+|AER: (?:Multiple )?Uncorrect\w+ \((?:Non-)?Fatal\)|\[Hardware Error\]:.*[Uu]ncorrect(?:ed|able)|\[Hardware Error\]: Tile\d+ reported (?:NON)?FATAL|Machine Check Exception: |EDAC .*: \d+ UE |hardware memory corruption`,
		Title: "uncorrected PCIe or machine check error", Component: "pcie", Example: "pcieport 0000:00:01.1: PCIe Bus Error: severity=Uncorrectable (Fatal), type=Transaction Layer", Source: "Linux drivers/pci/pcie/aer.c"},
	{Name: "oom-kill", Class: "infra.oom-kill", In: anywhere, Level: KernelEvent, Pattern: oom, Title: "killed for lack of memory<: {unsure}>", Key: "killed for lack of memory", Component: "kernel OOM killer",
		Example: "kernel: Out of memory: Killed process 4242 (llama-server) total-vm:11892kB, anon-rss:4292kB", Source: "Linux mm/oom_kill.c"},
	{Name: "device-state-snapshot", Class: "gpu-fault.hang-reset", In: KernelLines, Level: Runtime + 5, Pattern: `device state snapshot (?P<dump>devcd\d+) of (?P<driver>\S+) \S+ appeared`,
		Title: "{driver} took a state snapshot of its device, as drivers do when they reset it", Key: "state snapshot by {driver}", Component: "{driver}", Example: "ctxcliff: device state snapshot devcd1 of amdgpu 0000:c3:00.0 appeared", Source: "Linux drivers/base/devcoredump.c, seen in /sys/class/devcoredump"},
	{Name: "oomd-kill-app", Class: "benign.other-process", In: anywhere, Level: Harmless, Drop: true, Pattern: `[Kk]illed /\S*/app-(?:gnome-|flatpak-|dbus-|org[.\w]*?\.)*(?:[Ff]irefox|[Cc]hrom\w*|[Bb]rave|[Vv]ivaldi|code|[Dd]iscord|[Ss]lack|[Ss]team|[Tt]hunderbird|[Ss]potify|[Ss]ignal|[Tt]eams)`,
		Title: "an application of the desktop was killed for lack of memory", Component: "systemd-oomd", Example: "systemd-oomd[700]: Killed /user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4242.scope due to memory pressure", Source: "systemd src/oom/oomd-manager.c"},
	{Name: "oom-kill-unit", Class: "infra.oom-kill", In: anywhere, Level: KernelEvent, Pattern: `killed by the OOM killer|[Ff]ailed with result 'oom-kill'|Result=oom-kill|"?OOMKilled"?[:=] ?"?true|[Rr]eason: +OOMKilled|systemd-oomd\S* .*[Kk]illed|oom_kill [1-9]|killed as a result of limit of|memorystatus: killing\w* .*(?:llama|rpc-server)|earlyoom\S*: (?:sending|low memory)`,
		Title: "killed for lack of memory (as the service manager says)", Component: "systemd or container engine", Example: "systemd[1]: ollama.service: A process of this unit has been killed by the OOM killer.", Source: "systemd src/core/unit.c"},
	{Name: "kernel-segfault", Class: "crash.segv", In: anywhere, Signal: "SIGSEGV", Level: Hint, Follow: nil,
		Pattern: `(?P<comm>[^\s\[]+)\[(?P<pid>\d+)\]: segfault at (?P<near>[0-9a-f]+) ip (?P<ip>[0-9a-f]+) sp (?P<sp>[0-9a-f]+) error \w+(?: in (?P<lib>[^\[\s]+)\[(?:(?P<offset>[0-9a-f]+),)?(?P<base>[0-9a-f]+)\+(?P<size>[0-9a-f]+)\])?`,
		Title:   "{death}< in {lib}>< at offset {site}>", Component: "<{lib}>", Example: "llama-server[4242]: segfault at 29c ip 0000758b20614d2c sp 0000758b000fe2e0 error 6 in libllama.so[758b20612000+6000]", Source: "Linux arch/x86/mm/fault.c"},
	{Name: "kernel-gp-fault", Class: "crash.segv", In: anywhere, Signal: "SIGSEGV", Level: Hint, Pattern: `(?P<comm>[^\s\[]+)\[(?P<pid>\d+)\]:? general protection(?: fault)? ip:(?P<ip>[0-9a-f]+)(?:.* in (?P<lib>[^\[\s]+)\[(?:(?P<offset>[0-9a-f]+),)?(?P<base>[0-9a-f]+)\+(?P<size>[0-9a-f]+)\])?`,
		Title: "general protection fault< in {lib}>< at offset {offset}>", Component: "<{lib}>", Example: "traps: llama-server[4242] general protection fault ip:7f3c sp:7ffc error:0 in libggml-base.so[7f30+1000]", Source: "Linux arch/x86/kernel/traps.c"},
	{Name: "kernel-invalid-opcode", Class: "crash.ill", In: anywhere, Signal: "SIGILL", Level: Hint, Pattern: `(?P<comm>[^\s\[]+)\[(?P<pid>\d+)\]:? trap invalid opcode ip:(?P<ip>[0-9a-f]+)(?:.* in (?P<lib>[^\[\s]+)\[(?:(?P<offset>[0-9a-f]+),)?(?P<base>[0-9a-f]+)\+(?P<size>[0-9a-f]+)\])?`,
		Title: "illegal instruction< in {lib}>< at offset {offset}>", Component: "<{lib}>", Example: "traps: llama-server[4242] trap invalid opcode ip:55d3c1a2 sp:7ffe error:0 in llama-server[55d3c000+200000]", Source: "Linux arch/x86/kernel/traps.c"},
	{Name: "kernel-arithmetic", Class: "unknown", In: anywhere, Signal: "SIGFPE", Level: Hint, Pattern: `traps: (?P<comm>[^\s\[]+)\[(?P<pid>\d+)\]:? trap (?P<trap>divide error|simd exception|fp exception) ip:(?P<ip>[0-9a-f]+)(?:.* in (?P<lib>[^\[\s]+)\[(?:(?P<offset>[0-9a-f]+),)?(?P<base>[0-9a-f]+)\+(?P<size>[0-9a-f]+)\])?`,
		Title: "trap: {trap}< in {lib}>< at offset {offset}>", Component: "<{lib}>", Example: "traps: llama-server[4242] trap divide error ip:55d3c1a2 sp:7ffe error:0 in libggml-base.so[55d3c000+200000]", Source: "Linux arch/x86/kernel/traps.c"},
	{Name: "kernel-trap", Class: "unknown", In: anywhere, Signal: "SIGTRAP", Level: Hint, Pattern: `traps: (?P<comm>[^\s\[]+)\[(?P<pid>\d+)\]:? trap (?P<trap>int3|debug|bounds|overflow)[a-z0-9 ]* ip:`,
		Title: "trap: {trap}", Component: "", Example: "traps: llama-server[4242] trap int3 ip:55d3c1a2 sp:7ffe error:0 in libggml-base.so[55d3c000+200000]", Source: "Linux arch/x86/kernel/traps.c"},
	{Name: "coredump-segv", Class: "crash.segv", In: anywhere, Signal: "SIGSEGV", Level: WaitStatus, Pattern: `Process (?P<pid>\d+) \((?P<comm>[^)]+)\) of user \d+ terminated abnormally with signal 11/SEGV`,
		Title: "ended by SIGSEGV", Component: "", Example: "systemd-coredump[4300]: Process 4242 (llama-server) of user 1000 terminated abnormally with signal 11/SEGV, processing...", Source: "systemd src/coredump"},
	{Name: "coredump", Class: "crash.segv", In: anywhere, Level: WaitStatus + 1, Pattern: `Process (?P<pid>\d+) \((?P<comm>[^)]+)\) of user \d+ dumped core`, // names no signal; one that ends without a word is mostly this one
		Title: "dumped core", Component: "", Example: "systemd-coredump[4300]: Process 4242 (llama-server) of user 1000 dumped core.", Source: "systemd src/coredump"},
	coredumpRule("ill", "crash.ill", "SIGILL", `4/ILL`),
	coredumpRule("bus", "crash.bus", "SIGBUS", `7/BUS`),
	auditRule("segv", "crash.segv", "SIGSEGV", 11),
	auditRule("abort", "crash.abort", "SIGABRT", 6),
	auditRule("ill", "crash.ill", "SIGILL", 4),
	auditRule("bus", "crash.bus", "SIGBUS", 7),
	{Name: "kernel-fault-arm", Class: "crash.segv", In: anywhere, Signal: "SIGSEGV", Level: Hint, Pattern: `(?P<comm>[^\s\[]+)\[(?P<pid>\d+)\]: unhandled (?:signal 11|level \d \w+ fault|alignment fault|exception: ESR)(?:.* in (?P<lib>[^\[\s]+)\[(?:(?P<offset>[0-9a-f]+),)?(?P<base>[0-9a-f]+)\+(?P<size>[0-9a-f]+)\])?`,
		Title: "segmentation fault< in {lib}>< at offset {offset}>", Component: "<{lib}>", Example: "llama-server[4242]: unhandled level 2 translation fault (11) at 0x00000018, esr 0x92000006", Source: "Linux arch/arm64/mm/fault.c, arch/riscv"},
	{Name: "coredump-abort", Class: "crash.abort", In: anywhere, Signal: "SIGABRT", Level: WaitStatus, Pattern: `Process (?P<pid>\d+) \((?P<comm>[^)]+)\) of user \d+ terminated abnormally with signal 6/ABRT`,
		Title: "ended by SIGABRT", Component: "", Example: "systemd-coredump[4300]: Process 4242 (llama-server) of user 0 terminated abnormally with signal 6/ABRT, processing...", Source: "systemd src/coredump"},
}
