package faults

import "fmt"

const (
	ggmlH  = "llama.cpp ggml/include/ggml.h, GGML_ASSERT; ggml/src/ggml.c, ggml_abort"
	glibc  = "glibc malloc/malloc.c"
	wasOf  = "what the parent process says of the wait status"
	source = `(?P<file>[\w.+-]+\.(?:c|cc|cpp|cxx|cu|cuh|h|hpp|m|mm|cl|comp|metal)):(?P<line>\d+)`
)

// place is the file of a rule; the line moves every day and stays out of titles.
const place = "{file}:{line}"

// lastWordRules are what a program says when it ends itself.
var lastWordRules = []Rule{
	{Name: "nan-logits", Class: "wrong-output.nan-logits", In: logs, Level: LastWords - 2,
		Pattern: `(?P<said>Failed to sample token|all(?: candidate)? logits (?:are )?-?[Nn]a[Nn]|\b(?:found|[Ff]ound|[Dd]etected|[Ee]ncountered|[Gg]ot|[Pp]roduced) (?:a )?-?(?:nan|NaN|NAN)\b|\b(?:nan|NaN|NAN) (?:detected|found|at index|encountered)|PPL = -?nan|\b(?:logits?|probs?|sum|sump|loss|nll|NMSE) = -?nan|LOGITS: all NaN|\bmax = -?nan\b|\[\d+\]-?nan,|[Ll]ogits? (?:contains?|are|is) (?:all )?(?:NaN|nan)|\bsums? to -?[Nn]a[Nn]\b|probability tensor contains either|NaN (?:detected )?in (?:the )?logits)`,
		Title:   "NaN logits: {said}", Component: "sampling", Source: "forks' src/llama-sampling.cpp; llama.cpp tools/perplexity", Example: "Failed to sample token"},
	{Name: "rpc-status-assert", Class: "rpc.remote-crashed", In: logs, Level: Symptom, Drop: true,
		Pattern: `ggml-rpc\.cpp:\d+: GGML_ASSERT\(status\) failed`, Title: "Remote RPC server crashed (GGML_ASSERT(status))", Component: "ggml-rpc.cpp", Source: rpcC + " before mid-2025",
		Example: "/src/llama.cpp/ggml/src/ggml-rpc/ggml-rpc.cpp:764: GGML_ASSERT(status) failed"},
	{Name: "assert", Class: "crash.assert", In: logs, Level: LastWords, Pattern: source + `: ?GGML_ASSERT\((?P<expr>.*)\) failed`,
		Title: "GGML_ASSERT({expr})", Key: "GGML_ASSERT({expr}) in {file}", Component: place, Source: ggmlH, Example: "./src/ggml-backend.cpp:345: GGML_ASSERT(buffer) failed"},
	{Name: "assert-cited", Class: "crash.assert", In: logs, Level: LastWords + 1, Pattern: `GGML_ASSERT\((?P<expr>.+)\) failed|` + source + `: ?GGML_ASSERT\((?P<begun>[^)]*)$`, // by a parent process, without its place; or cut by a terminal
		Title: "GGML_ASSERT({expr}{begun})", Component: "", Source: ggmlH, Example: `error="llama runner process has terminated: GGML_ASSERT(tensor->op == GGML_OP_UNARY) failed"`},
	{Name: "assert-old", Class: "crash.assert", In: logs, Level: LastWords, Pattern: `GGML_ASSERT: (?:\S*[\\/])?` + source + `: (?P<expr>.*[^\s])`,
		Title: "GGML_ASSERT({expr})", Key: "GGML_ASSERT({expr}) in {file}", Component: place, Source: "llama.cpp ggml.h before mid-2024", Example: "GGML_ASSERT: ggml/src/ggml.c:20602: 0 <= info->type && info->type < GGML_TYPE_COUNT"},
	{Name: "assert-libc", Class: "crash.assert", In: logs, Level: LastWords, Pattern: `(?P<file>[\w.+-]+):(?P<line>\d+): (?P<func>.{0,400}?): Assertion ['` + "`" + `](?P<expr>.*)' failed`,
		Title: "Assertion {expr}", Key: "Assertion {expr} in {file}", Component: place, Source: "glibc assert/assert.c, libstdc++ _GLIBCXX_ASSERTIONS",
		Example: "llama-server: /src/llama-kv-cache.cpp:1740: bool llama_kv_cache_context::apply(): Assertion `status == LLAMA_MEMORY_STATUS_SUCCESS' failed."},
	{Name: "assert-plain", Class: "crash.assert", In: logs, Level: LastWords, Pattern: source + `: assert\((?P<expr>.*?)\) failed`,
		Title: "Assertion {expr}", Key: "Assertion {expr} in {file}", Component: place, Source: "Cosmopolitan libc assert (llamafile)", Example: "./llama.cpp/json.h:21450: assert(it != m_data.m_value.object->end()) failed (cosmoaddr2line)"},
	{Name: "assert-other-libc", Class: "crash.assert", In: logs, Level: LastWords, Pattern: `Assertion failed: \(?(?P<expr>.*?)\)?(?:, function \w+, file |, file | \()(?:\S*[\\/])?(?P<file>[\w.+-]+\.\w+)`,
		Title: "Assertion {expr}", Key: "Assertion {expr} in {file}", Component: "{file}", Source: "assert of macOS, musl and MSVC", Example: "Assertion failed: (n > 0), function decode, file llama-batch.cpp, line 12."},
	{Name: "assert-apple", Class: "crash.assert", In: logs, Level: LastWords, Pattern: `(?P<func>[\w:]*)\]?:\d+: failed assertion ['` + "`" + `](?P<expr>[^']*)`,
		Title: "Assertion {expr}", Key: "Assertion {expr} in {func}", Component: "Metal", Source: "Apple's Metal and IOGPU frameworks", Example: "-[MTLComputePipelineDescriptorInternal setComputeFunction:withType:]:722: failed assertion `computeFunction must not be nil.'"},
	{Name: "abort", Class: "crash.abort", In: logs, Level: LastWords, Follow: []string{"frame"}, Pattern: `^.{0,3}(?:\S*[\\/])?` + source + `: (?P<text>[Ff]atal error\S*.*)`,
		Title: "{text}<, in {frame}>", Key: "abort in {file}<, {frame}>< {text}>", Component: place, Source: ggmlH, Example: "/src/llama.cpp/ggml/src/ggml-metal/ggml-metal-context.m:235: fatal error"},
	{Name: "abort-text", Class: "crash.abort", In: logs, Level: Hint, Follow: []string{"frame"}, Pattern: `^(?:\S*[\\/])?` + source + `: (?P<text>[A-Za-z_"'].*)`,
		Title: "{text}<, in {frame}>", Key: "abort in {file}: {text}", Component: place, Source: ggmlH, Example: "/src/ggml/src/ggml-cpu/ops.cpp:4522: unsupported type: q4_0"},
	{Name: "uncaught", Class: "crash.uncaught-exception", In: logs, Level: LastWords, Follow: []string{"what"}, Pattern: `terminate called after throwing an instance of '(?P<type>[^']+)'|[Tt]erminating (?:due to|with) (?:uncaught|unexpected) (?:foreign )?exception(?: 0x[0-9a-f]+)?(?: of type (?P<type2>[\w:<>]+))?(?:: (?P<what>.*))?|terminating due to (?P<type3>std::\w+)(?:: (?P<what2>.*))?`,
		Title: "uncaught {type}{type2}{type3}<: {what}><: {what2}>", Component: "", Source: "libstdc++ and libc++ terminate handlers", Example: "terminate called after throwing an instance of 'std::runtime_error'"},
	{Name: "uncaught-cosmo", Class: "crash.uncaught-exception", In: logs, Level: LastWords, Follow: []string{"what"}, Pattern: `^.{0,3}\w+: error in (?:\S*[\\/])?` + source + ` \(function (?P<func>\w+)\)`,
		Title: "uncaught exception in {func}<: {what}>", Key: "uncaught exception in {func}", Component: place, Source: "llamafile's json.h and server, which end the program where others throw", Example: "llamafile: error in llama.cpp/server/json.h:77 (function at)"},
	{Name: "uncaught-frame", Class: "crash.uncaught-exception", In: logs, Level: Hint, Follow: []string{"frame"}, Pattern: `ggml_uncaught_exception|terminate called (?:without an active exception|recursively)|_ZSt10unexpectedv|_ZSt9terminatev|__cxa_(?:re)?throw|in std::terminate`,
		Title: "uncaught exception< in {frame}>", Component: "", Source: "llama.cpp ggml/src/ggml.cpp", Example: "#2  0x000070f29b20ad8d in ggml_uncaught_exception() () from /opt/llama/libggml-base.so.0"},
	{Name: "panic", Class: "crash.uncaught-exception", In: logs, Level: LastWords, Pattern: `^panic: (?P<what>.*[^\s])|thread '[^']*' (?:\(\d+\) )?panicked at (?P<what2>.*)`,
		Title: "panic: {what}{what2}", Component: "", Source: "Go runtime/panic.go, Rust std::panicking: programs with llama.cpp in them", Example: "panic: failed to decode batch: could not find a kv cache slot (length: 6656)"},
	{Name: "pure-virtual", Class: "crash.abort", In: logs, Level: LastWords, Pattern: `[Pp]ure virtual (?:method|function) called`,
		Title: "pure virtual method called", Component: "", Source: "libstdc++ libsupc++/pure.cc, libc++abi", Example: "pure virtual method called"},
	{Name: "heap", Class: "crash.heap-corruption", In: logs, Level: LastWords,
		Pattern: `(?P<what>free\(\): (?:invalid|double|corrupt)[\w /()-]*|double free or corruption|malloc\(\): [a-z][a-z ]*|malloc_consolidate\(\): [a-z ]+|realloc\(\): invalid [a-z ]+|munmap_chunk\(\): [a-z ]+|corrupted (?:size vs\. prev_size|double-linked list)|stack smashing detected|AddressSanitizer: (?:heap|stack|global)-\S+|AddressSanitizer: attempting double-free|0x[cC]0000374)`,
		Title:   "heap corruption: {what}", Component: "libc", Source: glibc, Example: "free(): invalid pointer"},
	{Name: "heap-macos", Class: "crash.heap-corruption", In: logs, Level: LastWords, Pattern: `(?P<comm>[\w.-]+)\((?P<pid>\d+),0x[0-9a-f]+\) malloc: (?:\*\*\* error for object 0x[0-9a-f]+: )?(?P<what>[A-Za-z][A-Za-z -]*[a-z])`,
		Title: "heap corruption: {what}", Component: "libmalloc", Source: "macOS libmalloc", Example: "llama-server(4242,0x1f0a0d750) malloc: Incorrect checksum for freed object 0x135637100: probably modified after being freed."},
	{Name: "mac-bus", Class: "crash.bus", In: logs, Level: Hint - 1, Pattern: `EXC_BAD_ACCESS \(SIGBUS\)|KERN_MEMORY_ERROR|Uncaught SIGBUS|SIGBUS: bus error`,
		Title: "bus error", Component: "", Source: "macOS crash reports, Cosmopolitan libc, Go", Example: "Exception Type:        EXC_BAD_ACCESS (SIGBUS)"},
	{Name: "asan-segv", Class: "crash.segv", In: logs, Level: Hint, Pattern: `AddressSanitizer: SEGV|received signal SIGSEGV|signal SIGSEGV|SIGSEGV: segmentation violation|EXC_BAD_ACCESS|Signal: Segmentation fault \(11\)|[Aa]ccess violation (?:reading|writing|executing|at)|EXCEPTION_ACCESS_VIOLATION|System\.AccessViolationException|Exception 0xc0000005`,
		Title: "segmentation fault", Component: "", Source: "AddressSanitizer, gdb, Go", Example: "Thread 1 received signal SIGSEGV, Segmentation fault."},
	{Name: "valgrind", Class: "crash.segv", In: logs, Level: Hint, Follow: []string{"frame"}, Pattern: `==\d+== (?:Invalid (?:read|write) of size|Process terminating with default action of signal 11)`,
		Title: "invalid memory access< in {frame}>", Component: "", Source: "valgrind memcheck", Example: "==4242== Invalid read of size 8"},
	{Name: "abort-frame", Class: "crash.abort", In: logs, Level: WaitStatus, Follow: []string{"frame"}, Pattern: `\bggml_abort\b|in (?:raise|abort|pthread_kill|__pthread_kill_implementation|__GI_abort) \(`,
		Title: "aborted< in {frame}>", Component: "", Source: ggmlH, Example: "#5  0x00007f in ggml_abort () from /opt/llama/libggml-base.so.0"},
}

// saidOf finds the wait status that names a signal: words that only one of them has, its name with SIG,
// its number as services say it, and the exit code, which is 128 more, the negative number, or what
// Windows says.
func saidOf(words, name string, number, code int, windows string) string {
	const ended = `(?:[Ee]xit [Cc]ode|[Ee]xit [Ss]tatus|exited with(?: code)?|Exited \(|exit_code|[Rr]eturn ?code)(?: ?= ?|: *| |)`
	return fmt.Sprintf(`%s|\bSIG%s\b|status=%d/%s|\bsignal=%s\b|%s"?(?:%d|-%d|%s)\b|(?:[Cc]aught|by|with|received) signal:? %d\b`, words, name, number, name, name, ended, code, number, windows, number)
}

// shellRules read the wait status in the words of a shell, a container engine or a Go parent.
var shellRules = []Rule{
	{Name: "said-segv", Class: "crash.segv", In: logs, Level: WaitStatus, Pattern: saidOf(`[Ss]egmentation fault|0x[cC]0000005|0x[cC]00000[fF][dD]|ACCESS_VIOLATION`, "SEGV", 11, 139, "-1073741819|3221225477|-1073741571|18446744072635(?:809797|810000)"), Title: "ended by SIGSEGV", Source: wasOf, Example: "Segmentation fault (core dumped)"},
	{Name: "said-ill", Class: "crash.ill", In: logs, Level: WaitStatus, Pattern: saidOf(`[Ii]llegal (?:hardware )?instruction|0x[cC]000001[dD]|EXC_BAD_INSTRUCTION|ILLEGAL_INSTRUCTION`, "ILL", 4, 132, "-1073741795|3221225501"), Title: "ended by SIGILL", Source: wasOf, Example: "/start.sh: line 3: 10 Illegal instruction (core dumped) /llm/llama-server"},
	{Name: "said-bus", Class: "crash.bus", In: logs, Level: WaitStatus, Pattern: saidOf(`[Bb]us error|0x[cC]0000006|STATUS_IN_PAGE_ERROR`, "BUS", 7, 135, "-1073741818|3221225478"), Title: "ended by SIGBUS", Source: wasOf, Example: "Bus error (core dumped)"},
	{Name: "said-exception", Class: "crash.uncaught-exception", In: logs, Level: WaitStatus, Pattern: saidOf(`0x[eE]06[dD]7363`, "CXX", 529697949, 3765269347, "18446744073179853(?:667|000)"), Title: "ended by an exception of C++", Source: wasOf + ", of Windows; LM Studio rounds its code", Example: "Process exited with code 0xe06d7363"},
	{Name: "said-fpe", Class: "unknown", In: logs, Level: WaitStatus, Pattern: saidOf(`[Ff]loating point exception|0x[cC]000009[45]|0x[cC]000008[eE]|STATUS_INTEGER_DIVIDE_BY_ZERO`, "FPE", 8, 136, "-1073741676|3221225620"), Title: "ended by SIGFPE", Source: wasOf, Example: "Floating point exception (core dumped)"},
	{Name: "said-abort", Class: "crash.abort", In: logs, Level: WaitStatus, Pattern: saidOf(`Aborted \(core dumped\)|signal: aborted|Abort trap: 6|zsh: abort |abort\(\) has been called|Fatal Python error: Aborted|0x[cC]0000409|^\S*:? ?(?:line \d+: +\d+ )?Aborted\b|\d+ abort {2}|IOT instruction`, "ABRT", 6, 134, "-1073740791|3221226505|18446744072635(?:810825|812000)"), Title: "ended by SIGABRT", Source: wasOf, Example: "Aborted (core dumped)"},
}

var rpcRules = []Rule{
	{Name: "rpc-remote", Class: "rpc.remote-crashed", In: logs, Level: Symptom, Drop: true, Pattern: `Remote RPC server crashed or returned malformed response`,
		Title: "Remote RPC server crashed or returned malformed response", Component: "ggml-rpc.cpp", Source: rpcC,
		Example: "/src/llama.cpp/ggml/src/ggml-rpc/ggml-rpc.cpp:782: Remote RPC server crashed or returned malformed response"},
	{Name: "rpc-transport", Class: "rpc.remote-crashed", In: ServerLog, Level: Symptom + 1, Pattern: `(?:recv|send) failed \(bytes_(?:recv|sent)=`,
		Title: "the connection to the rpc-server broke", Component: "ggml-rpc transport", Source: "llama.cpp ggml/src/ggml-rpc/transport.cpp", Example: "send failed (bytes_sent=-1, size_to_send=8)"},
	{Name: "rpc-refused-input", Class: "rpc.remote-crashed", In: logs, Level: Survived,
		Pattern: `Expected HELLO command, update client|HELLO request size mismatch|Unknown command: \d+|\[\w+\] buffer not found|\[deserialize_tensor\] (?:invalid|error)|invalid tensor type received|out of (?:buffer|tensor) bounds|\[\w+\] (?:invalid data ptr|ggml_new_tensor_4d failed|out-of-bounds write|tensor data before buffer start|failed to create view_src)|\[create_node\] failed|\[graph_compute\] failed|\[\w+\] error deserializing tensors?|failed to create (?:graph|source) node|Unsuccessful graph computations are not supported`,
		Title:   "rpc-server closed the connection over bad input", Component: "ggml-rpc", Source: rpcC, Example: "[deserialize_tensor] invalid tensor type received: 77"},
}
