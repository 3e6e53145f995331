package faults

import (
	"strings"
	"testing"
)

// hostile is what prompts about our own trade contain.
const hostile = `./src/ggml-backend.cpp:345: GGML_ASSERT(buffer) failed
Memory access fault by GPU node-1 (Agent handle: 0x55d3) on address 0x7f31. Reason: Page not present or supervisor privilege.
CUDA error: out of memory
terminate called after throwing an instance of 'vk::DeviceLostError'
NVRM: Xid (PCI:0000:9b:00): 94, Contained ECC error`

func TestModelTextIsData(t *testing.T) {
	inline := strings.ReplaceAll(hostile, "\n", `\n`)
	after := "\n0.00.225.382 D res          send: task id = 8 pushed to result queue\n"
	for name, log := range map[string]string{
		"a request body":                 `srv  log_server_r: request:  {"prompt":"` + inline + `"}`,
		"a logged JSON of a slot":        `0.00.224.083 D slot launch_slot_: id  0 | task -1 | launching slot : {"id":0,"prompt":"` + inline + `"}`,
		"a stream's event":               `data stream, to_send: data: {"content":"` + inline + `"}`,
		"a token":                        "0.00.215.927 D slot process_toke: id  0 | task 0 | n_gen = 1, n_remaining = 5, next token:   455 'GGML_ASSERT(x) failed'",
		"a token with a line end":        "0.00.215.927 D slot process_toke: id  0 | task 0 | next token:   455 '\n" + hostile + "'" + after,
		"a grammar over lines":           "0.00.223.795 D srv    operator(): Grammar (): root ::= \"a\"\n" + hostile + after,
		"a chat template's example":      "0.00.047.964 I srv          init: init: chat template, example_format: '<|im_start|>system\n" + hostile + "\n'" + after,
		"a grammar that cannot be read":  "0.00.1.1 D x\n0.01.439.594 I srv load: x\nparse: error parsing grammar: expecting ')' at : y\n" + hostile + "\n\nroot ::= (((x: y\n" + hostile + "\n0.01.439.594 E failed to parse grammar\n",
		"two of them, of a quiet server": "parse: error parsing grammar: expecting ')' at : y\n" + hostile + "\n\nroot ::= (((x: y\nparse: error parsing grammar: expecting ')' at : z\nz",
		"one that quotes a log of old":   "0.01.439.594 I srv load: x\nparse: error parsing grammar: expecting name at : y\nggml_cuda_init: found 1 device\n" + hostile + "\n0.01.439.594 E failed to parse grammar\n",
		"a grammar of the older log":     "srv  params_from_: Grammar: root ::= x\n" + hostile + "\nslot launch_slot_: id  0 | task 3 | processing task",
		"a parsed message":               "0.00.225.438 D Parsed message: {\"role\":\"assistant\",\"content\":\"" + inline + "\"}",
		"what() of a parser":             "srv    operator(): got exception: Failed to parse input at pos 0: " + inline,
		"a prompt":                       "slot update_slots: id  0 | task 0 | prompt: '" + inline + "'",
		"an open grammar at the end":     "0.00.223.795 D srv    operator(): Grammar (): root ::= \"a\"\n" + hostile + "\nand that is the end of what was asked\nby the client",
		"a body of an HTTP answer":       "",
		"a chat template of metadata":    "tokenizer.chat_template str = {%- for m in messages -%}",
	} {
		e := Evidence{Position: -1, Processes: []Process{server("running", strings.Split(log, "\n")...)}}
		if log == "" {
			e.HTTP = []string{`{"choices":[{"message":{"content":"` + inline + ` and so on, said the model"}}]}`}
		}
		if f := Classify(e); f.Bad() && f.Class != "server-error.output-parse" {
			t.Errorf("%s became %s: %s\n\t%s", name, f.Class, f.Title, strings.Join(f.Excerpt, "\n\t"))
		}
	}
}

func TestLastWordsAfterAnOpenEchoCount(t *testing.T) {
	for name, log := range map[string]string{
		"at the very end":      "0.00.1.1 D x\n0.00.223.795 D srv    operator(): Grammar (): root ::= \"a\"\nfoo ::= \"b\"\n./src/ggml-backend.cpp:345: GGML_ASSERT(buffer) failed",
		"before its backtrace": "0.00.223.795 D srv    operator(): Grammar (): root ::= \"a\"\n./src/ggml-backend.cpp:345: GGML_ASSERT(buffer) failed\n[New LWP 4243]\n#5 0x7f in ggml_abort () from x\n[Inferior 1 (process 4242) detached]",
		"after a what() with lines": "terminate called after throwing an instance of 'std::runtime_error'\n  what():  Unexpected empty grammar stack after accepting piece: ```json\n{\n   \"\nAborted (core dumped)\n" +
			"0.00.223.795 I srv  llama_server: x\n./src/ggml-backend.cpp:345: GGML_ASSERT(buffer) failed",
	} {
		f := Classify(Evidence{Processes: []Process{server("signal:SIGABRT", strings.Split(log, "\n")...)}})
		if f.Category != "crash" || f.Class == "crash.abort" {
			t.Errorf("%s: got %s: %s", name, f.Class, f.Title)
		}
	}
}

// Who asks a model about a log sends lines of logs, which the server writes into its own in a string.
func TestALogThatQuotesALogIsNotSplit(t *testing.T) {
	const quoting = `0.01.519.230 D slot launch_slot_: id  0 | task -1 | launching slot : {"id":0,"prompt":"0.06.000.000 I srv load: x, why?\n0.07.171.303 E CUDA error: an illegal memory access was encountered\n0.07.171.304 E x","generated":""}`
	if f := Classify(Evidence{Text: []string{"0.01.519.229 I srv load: x", quoting, "0.01.519.231 D que start_loop: waiting for new tasks"}}); f.Bad() {
		t.Errorf("got %s: %s", f.Class, f.Title)
	}
}

func TestPrefixesAndPaint(t *testing.T) {
	const line = "ggml_vulkan: device lost on Vulkan0"
	for _, prefix := range []string{"", "0.09.849.116 E ", "[34000] ", "[34000] 0.09.849.116 E ", "llama-1  | ", "cmd_child_to_router:error:", "H", "\x1b[31m", "2026-11-02T10:00:00Z host llama[42]: ", "Nov 02 10:00:00 host llama[42]: "} {
		f := Classify(Evidence{Processes: []Process{server("signal:SIGABRT", prefix+line+"\x00\r")}})
		if f.Class != "gpu-fault.device-lost" {
			t.Errorf("%q hides the line: %s", prefix, f.Class)
		}
	}
	for _, anchored := range []string{"error: unknown argument: --x", "/src/ops.cpp:12: fatal error"} {
		for _, prefix := range []string{"", "[34000] ", "llama-1  | ", "0.09.849.116 E "} {
			if f := Classify(Evidence{Processes: []Process{server("code:1", prefix+anchored)}}); f.Class == "unknown" {
				t.Errorf("%q hides %q", prefix, anchored)
			}
		}
	}
}
