package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// CompletionRequest is one prompt for one slot. Answers are greedy and do not end before Reply
// tokens, unless the slot is full or Params say otherwise.
type CompletionRequest struct {
	Prompt []int32 // token ids, sent as they are, no BOS added; used when Text is empty
	Text   string  // valid UTF-8
	Slot   int
	Reply  int  // tokens to generate; the server generates at least one
	Cache  bool // may the server reuse what the slot holds?
	// Probs is how many likely tokens to list beside each generated one; 0 asks for no probabilities.
	Probs int

	Path   string // of another endpoint, such as /v1/chat/completions; "" /completion
	Params string // further fields of the body: a JSON object. They win over ours; "" none
}

// responseFields keeps the server from repeating the prompt as text in its last event. The list is
// left open: probabilities are added where they are asked for.
const responseFields = `["index","content","tokens","stop","id_slot","tokens_predicted","tokens_evaluated","truncated","stop_type","timings","error"`

// path is that of the endpoint.
func (r CompletionRequest) path() string { return cmp.Or(r.Path, "/completion") }

// encode writes the request's JSON. Ids are appended by hand: 300,000 of them take 3 ms. They come last: the server
// keeps an object as a list that it copies, prompt and all, whenever fields behind it make it grow, which takes it
// 2 ms for 20,000 ids.
func (r CompletionRequest) encode() ([]byte, error) {
	params := map[string]json.RawMessage{}
	if r.Params != "" {
		if err := json.Unmarshal([]byte(r.Params), &params); err != nil {
			return nil, fmt.Errorf("the parameters are no JSON object: %w", err)
		}
	}
	b := body{bytes: append(make([]byte, 0, 512+len(r.Text)+7*len(r.Prompt)), '{'), but: params}
	if generates(r.path()) {
		r.generation(&b)
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		b.put(name, params[name])
	}
	if err := r.prompt(&b); err != nil {
		return nil, err
	}
	return append(b.bytes, '}'), nil
}

// body is a JSON object being written.
type body struct {
	bytes []byte
	but   map[string]json.RawMessage // fields that are written in the end
}

// add writes a field, unless it comes in the end.
func (b *body) add(name, value string) {
	if _, later := b.but[name]; !later {
		b.put(name, []byte(value))
	}
}

func (b *body) put(name string, value []byte) {
	if len(b.bytes) > 1 {
		b.bytes = append(b.bytes, ',')
	}
	b.bytes = append(strconv.AppendQuote(b.bytes, name), ':')
	b.bytes = append(b.bytes, value...)
}

// prompt writes the prompt in the field that the endpoint wants it in.
func (r CompletionRequest) prompt(b *body) error {
	text, err := r.text()
	if err != nil {
		return err
	}
	switch r.path() {
	case "/v1/chat/completions", "/apply-template":
		b.add("messages", `[{"role":"user","content":`+text+`}]`)
	case "/infill":
		b.add("input_prefix", text)
		b.add("input_suffix", `"\n"`)
	case "/tokenize":
		b.add("content", text)
	case "/v1/embeddings", "/embeddings":
		b.add("input", text)
	default:
		b.add("prompt", text)
	}
	return nil
}

// text is the prompt as JSON.
func (r CompletionRequest) text() (string, error) {
	switch {
	case r.Text == "":
		return string(appendIDs(make([]byte, 0, 2+7*len(r.Prompt)), r.Prompt)), nil
	case !utf8.ValidString(r.Text): // the encoder would quietly send another prompt
		return "", errors.New("the text is not valid UTF-8, and JSON carries nothing else; send token ids")
	}
	text, err := json.Marshal(r.Text)
	return string(text), err
}

func appendIDs(b []byte, ids []int32) []byte {
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return append(b, ']')
}

// generation writes what is asked of the reply. The endpoints of the OpenAI kind take llama-server's own
// fields as well, and tell the counts only on request.
func (r CompletionRequest) generation(b *body) {
	b.add("stream", "true")
	b.add("return_progress", "true")
	b.add("return_tokens", "true")
	b.add("temperature", "0")
	if !r.constrained(b) {
		b.add("ignore_eos", "true")
	}
	b.add("seed", "1")
	b.add("n_predict", strconv.Itoa(r.reply()))
	b.add("id_slot", strconv.Itoa(r.Slot))
	b.add("cache_prompt", strconv.FormatBool(r.Cache))
	if !native(r.path()) {
		if _, whole := b.but["stream"]; !whole {
			b.add("stream_options", `{"include_usage":true}`)
		}
		return
	}
	fields := responseFields
	if r.Probs > 0 {
		fields += `,"completion_probabilities"`
		b.add("n_probs", strconv.Itoa(r.Probs))
	}
	b.add("response_fields", fields+"]")
}

// constrained reports whether something says when a reply has to end: forbidden to, a server has nothing left to
// say, which is an error.
func (r CompletionRequest) constrained(b *body) bool {
	for _, name := range []string{"grammar", "json_schema", "response_format", "tools"} {
		if _, ok := b.but[name]; ok {
			return true
		}
	}
	return false
}

// native reports whether an endpoint answers in llama-server's own words.
func native(path string) bool {
	return path == "/completion" || path == "/completions" || path == "/infill"
}

// generates reports whether an endpoint generates tokens.
func generates(path string) bool {
	return native(path) || path == "/v1/completions" || path == "/v1/chat/completions"
}

// streams reports whether the answer comes as a stream of events.
func (r CompletionRequest) streams() bool {
	var params struct {
		Stream *bool `json:"stream"`
	}
	_ = json.Unmarshal([]byte(r.Params), &params) // what is no bool is the server's to refuse
	return generates(r.path()) && (params.Stream == nil || *params.Stream)
}

// reply is how many tokens the server will generate. To llama-server 0 means 1, and -1 no end.
func (r CompletionRequest) reply() int { return max(r.Reply, 1) }

// allowance is how many tokens of reply are read before the server counts as one that never stops:
// far more than asked for, because a few too many are for others to judge. Where Params ask for another length it is
// the server's to end: b7283 takes what is no number for no limit.
func (r CompletionRequest) allowance() int {
	var params map[string]json.RawMessage
	_ = json.Unmarshal([]byte(r.Params), &params)
	for _, name := range []string{"n_predict", "max_tokens", "max_completion_tokens"} {
		if _, theirs := params[name]; theirs {
			return math.MaxInt
		}
	}
	return 2*r.reply() + 64
}
