package simserver

import (
	"fmt"
	"maps"
	"net/http"
	"time"
)

// completionOAI serves POST /v1/completions.
func (s *Server) completionOAI(w http.ResponseWriter, r *http.Request, f fields) *apiError {
	p, err := s.readParams(f)
	if err == nil {
		err = f.integer("logprobs", &p.nProbs)
	}
	if err != nil {
		return err
	}
	if _, ok := f["prompt"]; !ok {
		return invalid("[json.exception.out_of_range.403] key 'prompt' not found")
	}
	prompts, several, err := s.prompts(f["prompt"])
	if err != nil {
		return err
	}
	p.rawPrompts = several
	return s.serve(w, r, p, prompts, &openAI{s: s, id: s.completionID(), object: "text_completion"})
}

// chat serves POST /v1/chat/completions.
func (s *Server) chat(w http.ResponseWriter, r *http.Request, f fields) *apiError {
	prompt, err := renderChat(f)
	if err != nil {
		return err
	}
	p, err := s.readParams(f)
	if err != nil {
		return err
	}
	var probs bool
	if err := first(f.boolean("logprobs", &probs), f.integer("max_completion_tokens", &p.nPredict)); err != nil {
		return err
	}
	if probs {
		p.nProbs = 1
		if err := f.integer("top_logprobs", &p.nProbs); err != nil {
			return err
		}
	}
	ids := append([]int{s.vocab.bos()}, s.vocab.encode(prompt, true)...)
	d := &openAI{s: s, id: s.completionID(), object: "chat.completion", chat: true}
	if p.stream {
		d.object += ".chunk"
	}
	return s.serve(w, r, p, [][]int{ids}, d)
}

func (s *Server) completionID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("chatcmpl-%016x%016x", mix(s.options.Seed+uint64(s.nextID)), mix(uint64(s.options.Start)))
}

// openAI is the dialect of /v1/completions and /v1/chat/completions.
type openAI struct {
	s      *Server
	id     string
	object string
	chat   bool
	spoke  bool // the chunk that says who speaks is out
}

// chunk is the frame of every object; extra goes beside the choices.
func (o *openAI) chunk(choices []any, extra map[string]any) map[string]any {
	m := map[string]any{
		"choices": choices, "created": time.Now().Unix(), "model": o.s.name, "system_fingerprint": o.s.buildInfo(),
		"object": o.object, "id": o.id,
	}
	maps.Copy(m, extra)
	return m
}

// delta is one streamed choice; finish is nil until the end.
func (o *openAI) delta(index int, text any, finish any) map[string]any {
	if !o.chat {
		if text == nil {
			text = ""
		}
		return map[string]any{"text": text, "index": index, "logprobs": nil, "finish_reason": finish}
	}
	d := map[string]any{}
	if finish == nil {
		d["content"] = text
		if text == nil {
			d["role"] = "assistant"
		}
	}
	return map[string]any{"finish_reason": finish, "index": index, "delta": d}
}

func (o *openAI) progress(e event) []any {
	return []any{o.chunk([]any{o.delta(e.task.index, nil, nil)}, map[string]any{"prompt_progress": progressJSON(e)})}
}

func (o *openAI) token(e event) []any {
	var said []any
	if o.chat && !o.spoke {
		o.spoke = true
		said = append(said, o.chunk([]any{o.delta(e.task.index, nil, nil)}, nil))
	}
	choice := o.delta(e.task.index, e.token.text, nil)
	if e.task.params.nProbs > 0 {
		choice["logprobs"] = map[string]any{"content": o.s.probabilities(e.task.params, []token{e.token})}
	}
	var extra map[string]any
	if e.task.params.perToken {
		extra = map[string]any{"timings": timings(e.token.stats)}
	}
	return append(said, o.chunk([]any{choice}, extra))
}

// last is the end of a stream: a chat says its usage in a chunk of its own, if it was asked for.
func (o *openAI) last(e event) []any {
	end := o.delta(e.task.index, nil, finishReason(e.task))
	numbers := map[string]any{"timings": timings(e.stats)}
	if !o.chat || e.task.params.usage {
		numbers["usage"] = usage([]whole{{task: e.task, stats: e.stats}})
	}
	if !o.chat || !e.task.params.usage {
		return []any{o.chunk([]any{end}, numbers)}
	}
	return []any{o.chunk([]any{end}, nil), o.chunk([]any{}, numbers)}
}

func (o *openAI) done() string { return "[DONE]" }

func (o *openAI) whole(replies []whole, _ bool) any {
	var choices []any
	for _, r := range replies {
		choice := map[string]any{"index": r.task.index, "finish_reason": finishReason(r.task)}
		if o.chat {
			choice["message"] = map[string]any{"role": "assistant", "content": r.task.text}
		} else {
			choice["text"], choice["logprobs"] = r.task.text, nil
		}
		if r.task.params.nProbs > 0 {
			choice["logprobs"] = map[string]any{"content": o.s.probabilities(r.task.params, r.tokens)}
		}
		choices = append(choices, choice)
	}
	return o.chunk(choices, map[string]any{"usage": usage(replies), "timings": timings(replies[0].stats)})
}

func finishReason(t *task) string {
	if t.stopType == "limit" {
		return "length"
	}
	return "stop"
}

// usage adds up what the replies took.
func usage(replies []whole) map[string]any {
	prompt, completion, cached := 0, 0, 0
	for _, r := range replies {
		prompt += len(r.task.ids)
		completion += len(r.task.generated)
		cached += r.stats.cached
	}
	return map[string]any{
		"completion_tokens": completion, "prompt_tokens": prompt, "total_tokens": prompt + completion,
		"prompt_tokens_details": map[string]any{"cached_tokens": cached},
	}
}
