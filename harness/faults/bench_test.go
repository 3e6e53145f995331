package faults

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
)

// cleanLog writes n bytes of what llama-server 0.7.0 (build 11669) logs at -lv 4 while it serves: the
// lines are those of a real run with the tiny model, numbers go on.
func cleanLog(n int) []byte {
	var out bytes.Buffer
	stamp := func(i int) string {
		return fmt.Sprintf("%d.%02d.%03d.%03d", i/60000000, i/1000000%60, i/1000%1000, i%1000)
	}
	for _, l := range cleanStart {
		fmt.Fprintf(&out, "%s I %s\n", stamp(len(l)*100), l)
	}
	for task, at := 0, 232400; out.Len() < n; task++ {
		for _, l := range cleanRequest {
			at += 7
			fmt.Fprintf(&out, "%s I ", stamp(at))
			fmt.Fprintf(&out, l, task)
			out.WriteByte('\n')
		}
		out.WriteString("\trepeat_last_n = 64, repeat_penalty = 1.000, frequency_penalty = 0.000, presence_penalty = 0.000\n")
	}
	return out.Bytes()[:n]
}

var cleanStart = []string{
	"srv  llama_server: initializing ...",
	"load_backend: loaded RPC backend from /usr/lib/libggml-rpc.so",
	"cmn  common_param: common_params_print_info: verbosity = 4 (adjust with the `-lv N` CLI arg)",
	"srv  llama_server: security: no API key is set and CORS allows all origins (see https://github.com/ggml-org/llama.cpp/pull/25655)",
	"cmn  common_init_: fitting params to device memory ...",
	"cmn  common_init_: (for bugs during this step try to reproduce them with -fit off, or provide --verbose logs if the bug only occurs with -fit on)",
	"common_fit_params: successfully fit params to free device memory",
	"llama_model_loader: - kv  24:                    tokenizer.chat_template str              = {%- for message in messages -%}{{- '<...",
	"llama_context: n_ctx_seq (2048) < n_ctx_train (1048576) -- the full capacity of the model will not be utilized",
	"cmn  common_init_: added <|endoftext|> logit bias = -inf",
	"llama_kv_cache: size =    0.09 MiB (   768 cells,   1 layers,  2/2 seqs), K (f16):    0.05 MiB, V (f16):    0.05 MiB",
	"cmn  common_init_: warming up the model with an empty run - please wait ... (--no-warmup to disable)",
	"srv          init: init: chat template, example_format: '<|im_start|>system\nYou are a helpful assistant<|im_end|>\n<|im_start|>assistant\n'",
	"srv  llama_server: listening on http://127.0.0.1:56133",
	"srv  update_slots: all slots are idle",
}

var cleanRequest = []string{
	"srv  server_strea: conv_id= (empty=%d)",
	"slot get_availabl: id  0 | task -1 | selected slot by LRU, n_tokens = %d, t_last = -1",
	"srv   prompt_save:  - saving prompt with length 71, total state size = 0.006 MiB (draft: 0.000 MiB) %d",
	"srv        update:    - prompt 0x5555595f36a0:      71 tokens, checkpoints:  1,     0.010 MiB %d",
	"slot launch_slot_: id  0 | task %d | sampler chain: logits -> ?penalties -> ?dry -> ?top-n-sigma -> top-k -> ?typical -> top-p -> min-p -> ?xtc -> temp-ext -> dist",
	"slot   operator(): id  0 | task %d | new prompt, n_ctx_slot = 2048, n_keep = 0, task.n_tokens = 66",
	"slot   operator(): id  0 | task %d | cached n_tokens = 0, memory_seq_rm [0, end)",
	"slot print_timing: id  0 | task %d | prompt processing, n_tokens =  1024, progress = 0.53, t = 2.15 s / 476.28 tokens per second",
	"slot print_timing: id  0 | task %d | prompt processing, n_tokens =  2048, progress = 0.98, t = 4.30 s / 476.28 tokens per second",
	"slot create_check: id  0 | task %d | created context checkpoint 1 of 32 (pos_min = 0, pos_max = 61, n_tokens = 62, size = 0.005 MiB)",
	"slot print_timing: id  0 | task %d | prompt eval time =       1.33 ms /    66 tokens (    0.02 ms per token, 49773.76 tokens per second)",
	"slot print_timing: id  0 | task %d |        eval time =       0.57 ms /     6 tokens (    0.11 ms per token,  8802.82 tokens per second)",
	"slot      release: id  0 | task %d | stop processing: n_tokens = 71, truncated = 0",
	"srv  update_slots: all slots are idle after %d",
	"srv  log_server_r: done request: POST /completion 127.0.0.1 200 %d",
}

// BenchmarkClassify200MB reads 200 MB of a clean log in pieces, as a pipe delivers them.
func BenchmarkClassify200MB(b *testing.B) {
	const size, piece = 200 << 20, 64 << 10
	block := cleanLog(8 << 20)
	block = block[:bytes.LastIndexByte(block, '\n')+1]
	theEngine()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.SetBytes(size)
	for b.Loop() {
		s := NewScanner(ServerLog)
		for read := 0; read < size; {
			for at := 0; at < len(block) && read < size; at += piece {
				n, _ := s.Write(block[at:min(at+piece, len(block))])
				read += n
			}
		}
		if f := Classify(Evidence{Processes: []Process{{Name: "server", Exit: "running", Scanner: s}}}); f.Bad() {
			b.Fatalf("a clean log became %s: %s", f.Class, f.Title)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Sys)/(1<<20), "MB-from-OS")
}
