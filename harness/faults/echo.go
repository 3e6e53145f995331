package faults

import "bytes"

// echo is a place where the server prints what a model or a client wrote. What comes after it is
// data, on this line and, where the text may hold line ends, on the following ones up to the next
// line of the logger.
type echo struct {
	pattern string // ends where the foreign text begins
	open    string // foreign text that ends with this ends on the same line; "" it may always go on
	single  bool   // never goes on
	source  string
}

var echoes = []echo{
	{pattern: `next token: +-?\d+ '`, open: `'`, source: "llama.cpp tools/server, process_token"},
	{pattern: `Grammar(?: \([^)]*\))?: `, source: "llama.cpp tools/server, Grammar of a request"},
	{pattern: `example_format: '`, open: `'`, source: "llama.cpp tools/server, init"},
	{pattern: `chat[_ ]template(?: is|,|:|=)? ?['"{]`, source: "llama.cpp common/chat.cpp"},
	{pattern: `generated parser:`, source: "llama.cpp common/chat.cpp"},
	{pattern: `(?:Parsed message|Parsing input[^:]*|Parsing chat message|Partial parse|Input|Output): `, source: "llama.cpp common/chat-parser.cpp"},
	{pattern: `[Rr]equest: ?["{\[]`, open: `}`, source: "llama.cpp tools/server, log_server_request"},
	{pattern: `[Rr]esponse: ?["{\[]`, open: `}`, source: "llama.cpp tools/server, log_server_request"},
	{pattern: `[Bb]ody: ?["{\[]`, open: `}`, source: "llama.cpp tools/server, log_server_request"},
	{pattern: `to_send: ?["{\[]`, open: `}`, source: "llama.cpp tools/server, log_server_request"},
	{pattern: `params: ?["{\[]`, open: `}`, source: "llama.cpp tools/server, log_server_request"},
	{pattern: `data: ?["{\[]`, open: `}`, source: "llama.cpp tools/server, log_server_request"},
	{pattern: `data stream, to_send: `, source: "llama.cpp tools/server"},
	{pattern: `launching slot : \{`, open: `}`, source: "llama.cpp tools/server, launch_slot_with_task"},
	{pattern: `[Pp]rompt(?: string| text)?: ['"<]`, open: `'`, source: "llama.cpp tools/server, verbose"},
	{pattern: `formatted (?:chat|prompt)[^:]*: `, source: "llama.cpp common"},
	{pattern: `generation prompt: `, source: "llama.cpp common/chat.cpp"},
	{pattern: `"(?:prompt|content|messages|grammar|text|delta|chat_template|generated_text)" ?: ?["\[{]`, open: `}`, source: "JSON of a request or an answer"},
	{pattern: `error parsing grammar: `, source: "llama.cpp src/llama-grammar.cpp; the parser prints what it was given, past the logger"},
	{pattern: `error initializing grammar sampler for grammar:`, source: "llama.cpp common/sampling.cpp"},
	{pattern: `output triggering error:`, source: "llama.cpp common/chat.cpp"},
	{pattern: `[Ff]ailed to parse input at pos \d+: `, source: "llama.cpp common/chat.cpp"},
	{pattern: `after accepting piece: `, open: `)`, source: "llama.cpp src/llama-grammar.cpp"},
	{pattern: `saved as last prompt: `, source: "forks of the server"},
	{pattern: `token_to_piece[^']*'`, open: `'`, single: true, source: "llama.cpp src"},
}

// crashy is what may stand between last words without being any: frames and a debugger's remarks.
func crashy(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	switch {
	case len(line) == 0:
		return true
	case line[0] == '#' && len(line) > 1 && line[1] >= '0' && line[1] <= '9':
		return true
	}
	for _, mark := range crashMarks {
		if bytes.Contains(line, mark) {
			return true
		}
	}
	return false
}

var crashMarks = [][]byte{
	[]byte("(+0x"), []byte("+0x"), []byte("[New LWP"), []byte("[Inferior "), []byte("[Thread debugging"),
	[]byte("Using host libthread_db"), []byte("ptrace"), []byte("current device: "), []byte("in function "),
	[]byte("__wait4"), []byte(".dylib "), []byte("(core dumped)"), []byte("GPU core"), []byte("backtrace"),
	[]byte("GGML_BACKTRACE"), []byte("what():"),
}
