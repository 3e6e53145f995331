package reports

// meanings says for each class of faults, in one sentence, what it means and, where it is not obvious,
// what follows. They are those of the fault taxonomy that harness/faults works by.
var meanings = map[string]string{
	"gpu-fault.memory-access":    "A GPU thread touched an address that it may not.",
	"gpu-fault.kernel-exception": "A kernel on the GPU trapped, but not over memory that it may not touch.",
	"gpu-fault.hang-reset":       "The device stopped and was reset, or was to be.",
	"gpu-fault.device-lost":      "The program only learned that the device is gone; the kernel log may have the cause.",
	"gpu-fault.firmware":         "The GPU's management firmware died first.",
	"gpu-fault.hardware":         "The hardware reported an error of memory or link: blame the machine, not the program.",

	"gpu-oom.runtime":             "Memory ran out after the server had been ready.",
	"gpu-error.unsupported-arch":  "Build, driver and GPU do not match; this says nothing about stability.",
	"gpu-error.blas":              "The GPU's linear algebra library failed.",
	"gpu-error.shader-compile":    "A shader or compute pipeline could not be created.",
	"gpu-error.host-registration": "Registering host memory with the GPU failed.",
	"gpu-error.api":               "A call of the GPU's programming interface failed.",

	"crash.assert":             "The program found itself in a state that its authors ruled out, and stopped.",
	"crash.abort":              "The program aborted itself and left no better word than that.",
	"crash.uncaught-exception": "An exception was thrown that nothing caught.",
	"crash.segv":               "The program touched memory that it may not; often nothing is logged.",
	"crash.ill":                "The processor does not know an instruction: often a build for another processor.",
	"crash.bus":                "A memory access failed below the program: often a model file that was cut short, or a lost mount.",
	"crash.heap-corruption":    "The C library found the heap damaged; the damage was done earlier.",
	"rpc.remote-crashed":       "A client saw an rpc-server's connection close. That is a symptom: look at the rpc-server's own log and exit status.",

	"reject.context-size": "The prompt is longer than the context: a limit, not a crash.",
	"reject.kv-full":      "The cache of the context was full: a limit, not a crash.",
	"reject.template":     "The chat template or its parser cannot be built for this request.",

	"server-error.decode-invalid":  "The server made a batch that it refused itself; it lived on.",
	"server-error.decode-aborted":  "Decoding was aborted without the client asking for it; the server lived on.",
	"server-error.slot-state":      "A request was turned down that its own size does not explain; the server lived on.",
	"server-error.grammar-ignored": "The grammar was not understood, and the answer came without it.",
	"server-error.output-parse":    "The server did not understand its own model's output.",

	"server-error.incomplete-answer": "An answer ended before it was complete; the server lived on.",
	"server-error.token-count":       "The server counted other tokens than were sent, or than it said before.",

	"hang.load":            "Loading stopped moving.",
	"hang.decode":          "A request was under way and no token came; /health may have answered all the same.",
	"hang.livelock":        "Lines or tokens kept coming and nothing was achieved.",
	"hang.slot-leak":       "A client waited for ever while the slots were idle, or one was busy for ever.",
	"hang.http":            "The process lived and nobody answered its port.",
	"hang.shutdown":        "The server did not end when it was asked to.",
	"hang.uninterruptible": "The process outlived SIGKILL: nothing more can be measured on that machine until it is booted again.",

	"wrong-output.repeat-char":  "The answer ends in one character over and over.",
	"wrong-output.repeat-token": "The answer ends in one word or token over and over.",
	"wrong-output.incoherent":   "The answer is not what the same server gave before.",
	"wrong-output.nan-logits":   "The model's numbers are not numbers any more.",
	"wrong-output.leak":         "Text of another slot came back.",

	"load-fail.alloc":      "Memory ran out while the model was loaded.",
	"load-fail.fit":        "Model and context do not fit into the memory that there is.",
	"load-fail.model-file": "The model file is damaged, incomplete, or of a kind that this build does not know.",

	"infra.oom-kill":           "The kernel or the container ended the process because memory ran out.",
	"infra.port-bind":          "The port was taken.",
	"infra.rpc-connect":        "An rpc-server was not reachable, or of another version: the run measures something else.",
	"infra.model-download":     "The model could not be downloaded.",
	"infra.bad-args":           "The command line was not understood.",
	"infra.binary":             "The program, or a library of it, is missing.",
	"infra.device-unavailable": "No GPU was there although one was asked for.",
	"infra.device-wedged":      "An earlier run left the device broken: reset it and repeat.",

	"benign.noise":         "Lines that sound bad and are harmless.",
	"benign.startup":       "Ordinary remarks at the start.",
	"benign.fallback":      "Something was not possible, and another way was taken.",
	"benign.driver-info":   "The driver speaks of ordinary things.",
	"benign.other-process": "The complaint is about a process that is not ours.",
	"benign.client-cancel": "A client gave up its request.",
	"benign.http-4xx":      "A request was wrong, and the server said so.",
	"benign.teardown":      "Noise of a process that was asked to end.",

	"none":    "Nothing in it tells of a fault.",
	"unknown": "Something ended, and nothing in it says why.",
}
