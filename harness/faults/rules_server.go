package faults

const (
	serverContext = "llama.cpp tools/server/server-context.cpp"
	// achieved is what a server logs when a batch or a request got somewhere.
	achieved = `run slots completed|prompt (?:processing|eval)|print_timing|n_decoded|n_gen = |next token`
)

// serverRules are errors that the server answered with and survived, and refusals.
var serverRules = []Rule{
	{Name: "decode-device", Class: "gpu-error.api", In: logs, Level: Hint, Pattern: `graph_compute_async failed with error (?P<code>-\d+)`,
		Title: "graph computation failed (error {code})", Component: "ggml-backend", Source: llamaCtx, Example: "llama_graph_compute: ggml_backend_sched_graph_compute_async failed with error -1"},
	{Name: "decode-aborted", Class: "server-error.decode-aborted", In: logs, Level: Survived, Pattern: `failed to decode, ret = (?P<ret>-3|2)\b|Decode process is cancelled by user|ret = (?P<ret2>-3)\b`,
		Title: "decode aborted (ret = -3)", Component: "llama_decode", Source: llamaCtx, Example: "llama_decode: failed to decode, ret = -3"},
	{Name: "decode-invalid", Class: "server-error.decode-invalid", In: logs | Answers, Level: Survived,
		Pattern: `Invalid input batch|failed to (?:initialize|decode)(?: the)? batch.*ret = -1|failed to decode, ret = -1|inconsistent sequence positions|the (?:last|tokens?) positions? .* (?:is|are) not (?:sequential|consecutive)|(?:failed to|could not) initialize batch|sequence \d+ positions are (?:decreasing|not continuous)|sequence \d+ (?:is coupled to|belongs to incompatible)|invalid (?:token\[\d+\]|seq_id\[\d+\])`,
		Title:   "invalid input batch (ret = -1)", Component: "llama_decode", Source: serverContext, Example: "srv    send_error: task id = 12, error: Invalid input batch."},
	{Name: "compute-error", Class: "unknown", In: logs | Answers, Level: Survived, Pattern: `error: Compute error\.|decode\(\) failed: (?P<text>.*)|failed to (?:decode|encode) mtmd|graph_compute: .*failed|failed to compute graph|compute failed while preparing`, Title: "decoding failed<: {text}>", Component: "server update_slots", Source: serverContext,
		Example: "srv    send_error: task id = 12, error: Compute error."},
	{Name: "output-parse", Class: "server-error.output-parse", In: logs | Answers, Level: Survived, Pattern: `[Ff]ailed to parse input at pos|The model produced output that does not match the expected|Invalid diff: |[Ff]ailed to parse (?:tool call|arguments: \[json|functionary|hermes|JSON: unexpected end)|[Ee]rror parsing tool call|tool call parsing failed|[Uu]nexpected content at end of input|Failed to parse (?:model )?output`,
		Title: "the model's own output cannot be parsed", Component: "common chat", Source: "llama.cpp common/chat.cpp", Example: "srv    operator(): got exception: Failed to parse input at pos 0: <|channel|>"},
	{Name: "context-shift", Class: "reject.context-size", WhenFits: "server-error.slot-state", In: logs | Answers, Level: Refusal, Pattern: `context shift is disabled`,
		Title: "context shift is disabled", Component: "server slots", Source: serverContext, Example: "srv    send_error: task id = 40, error: context shift is disabled"},
	{Name: "context-size", Class: "reject.context-size", WhenFits: "server-error.slot-state", In: logs | Answers, Level: Refusal, Pattern: `exceeds? the available context size|exceed_context_size_error|larger than the max(?:imum)? context size|length exceeds (?:the |maximum )?(?:available |model.?s )?context|exceeded max context length|[Rr]equested tokens \(\d+\) exceed context window|prompt is too long|[Ii]nput (?:prompt )?is too big compared to KV size|maximum context length is \d+|Trying to keep the first \d+ tokens when context`,
		Title: "request exceeds the context size", Component: "server", Source: serverContext, Example: "srv    send_error: task id = 18, error: request (10002 tokens) exceeds the available context size (2048 tokens), try increasing it"},
	{Name: "kv-full", Class: "reject.kv-full", In: logs | Answers, Level: Refusal, Pattern: `failed to decode the batch|increasing context size or reducing parallel|Context size has been exceeded|n_batch = 1, (?:ret|.*KV)`,
		Title: "KV cache full", Component: "server update_slots", Source: serverContext, Example: "srv  update_slots: failed to decode the batch: KV cache is full - try increasing it via the context size, i = 0, n_batch = 1, ret = 1"},
	{Name: "kv-ladder-hybrid", Class: "reject.kv-full", In: logs, Level: Refusal, Once: achieved, Pattern: `init_batch: failed to prepare (?P<what>attention|recurrent)`,
		Title: "no memory slot for the batch ({what} ubatches)", Component: "llama-memory init_batch", Source: llamaKV, Example: "0.12.616.154 E init_batch: failed to prepare attention ubatches"},
	{Name: "kv-ladder", Class: "reject.kv-full", In: logs, Level: Refusal, Once: achieved, Pattern: `failed to find free space in the KV cache|failed to find a memory slot for batch|failed to find (?:\d+ )?available cells in kv cache|failed to find a slot for \d+ tokens`,
		Title: "KV cache full", Component: "server update_slots", Source: serverContext, Example: "srv  update_slots: failed to find free space in the KV cache, retrying with smaller batch size, i = 0, n_batch = 512, ret = 1"},
	{Name: "template", Class: "reject.template", In: logs | Answers, Level: Refusal, Pattern: `[Uu]nable to generate parser for this template|Automatic parser generation failed|this custom template is not supported|[Ff]ailed to apply (?:chat )?template|Jinja Exception|HTTP error \d+ .* at row \d+, column \d+|While executing \w+ at line \d+, column \d+|[Cc]hat template .*(?:not supported|error|failed)|Failed to format input`,
		Title: "no parser or prompt can be made from the template for this request", Component: "common chat", Source: "llama.cpp common/chat.cpp", Example: "Unable to generate parser for this template. Automatic parser generation failed"},
	{Name: "template-start", Class: "benign.fallback", WhenDied: "load-fail.model-file", In: logs, Level: Harmless, Drop: true, Pattern: `[Cc]hat template parsing error`, // until 2025 the server went on with chatml
		Title: "the model's chat template cannot be parsed", Component: "common chat", Source: serverContext, Example: "srv    load_model: chat template parsing error: Unexpected token"},
	{Name: "grammar", Class: "benign.http-4xx", In: logs | Answers, Level: Harmless, Pattern: `failed to parse grammar|[Ff]ailed to initialize (?:samplers|sampling subsystem)|error parsing grammar`,
		Title: "failed to parse grammar", Component: "llama-grammar", Source: "llama.cpp src/llama-grammar.cpp", Example: "llama_sampling_init: failed to parse grammar"},
	{Name: "http-4xx", Class: "benign.http-4xx", In: logs | Answers, Level: Harmless,
		Pattern: `HTTP error 4\d\d|invalid_request_error|"code": ?4\d\d|Invalid API Key|input (?:\(\d+ tokens\) )?is too (?:large|long) to process|send_error: .*(?:cannot be used|not supported|does not (?:support|logits)|no slot available)|error: (?:Cannot|Invalid|Unsupported|"?\w+"? (?:is required|must be))|not_supported_error|task \d+ - error: internal_error|HTTP error 501|got exception: .*(?:parse error|type_error)`,
		Title:   "a request was turned down", Component: "server http", Source: "llama.cpp tools/server/server-common.cpp", Example: `got exception: {"code":400,"message":"x","type":"invalid_request_error"}`},
	{Name: "invalid-500", Class: "benign.http-4xx", In: Answers, Level: Harmless,
		Pattern: `HTTP error 500 \w*: .*(?:(?:is|are) not (?:supported|allowed)|is required|must (?:be|contain)|requires --[a-z]|Cannot (?:use|have|set|specify)|Expected '|Missing |[Uu]nsupported |Invalid (?:'|tool_choice|base64)|json\.exception|Unrecognized schema|Failed to (?:parse (?:messages|tools)|load image)|This feature is not supported)`,
		Title:   "a request was turned down, with 500", Component: "server http", Source: "llama.cpp tools/server/utils.hpp, oaicompat_chat_params_parse; until 2025 what it threw became a 500", Example: "HTTP error 500 server_error: tools param requires --jinja flag"},
	{Name: "request-4xx", Class: "benign.http-4xx", In: logs, Level: Harmless, Pattern: `request: \w+ \S+ \S+ (?:4\d\d|501)\b`, // begins with its literal: such a line is logged for every request
		Title: "a request was turned down", Component: "server http", Source: httpMain + ", log_server_request", Example: "srv  log_server_r: request: POST /v1/chat/completions 127.0.0.1 400"},
	{Name: "loading", Class: "benign.startup", In: Answers, Level: Harmless, Pattern: `HTTP error 503|Loading model`,
		Title: "still loading", Component: "server http", Source: "llama.cpp tools/server/server-http.cpp", Example: "HTTP error 503 unavailable_error: Loading model"},
	{Name: "connection-lost", Class: "unknown", In: Answers, Level: Symptom, Pattern: `Empty reply from server|[Cc]ould(?:n't| not) connect|ECONN(?:REFUSED|RESET)|[Ss]erver disconnected|RemoteDisconnected|[Cc]onnection (?:(?:was )?(?:reset|refused|closed)|error)|unexpected EOF|: EOF$|^EOF$|\((?:52|56|18|7)\) |transfer closed|[Bb]roken pipe|socket hang up`,
		Title: "connection lost", Component: "", Source: "curl, Go net/http", Example: "curl: (52) Empty reply from server"},
	{Name: "client-cancel", Class: "benign.client-cancel", In: logs, Level: Harmless,
		Pattern: `(?:stop|cancel_tasks): cancel task|due to should_stop condition|no response headers received \(request cancelled|client (?:disconnected|closed)|[Cc]onnection (?:handling canceled|closed by (?:client|peer))|aborting completion request due to client|context canceled|request cancelled|\| 499 \|`,
		Title:   "a client went away", Component: "server queue", Source: "llama.cpp tools/server/server-queue.cpp", Example: "2.00.125.411 W srv          stop: cancel task, id_task = 2"},
}
