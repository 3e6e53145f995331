package simserver

import (
	"net/http"
	"strings"
)

// completion serves POST /completion and /completions.
func (s *Server) completion(w http.ResponseWriter, r *http.Request, f fields) *apiError {
	p, err := s.readParams(f)
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
	return s.serve(w, r, p, prompts, &native{s})
}

// readParams reads what all completion endpoints share.
func (s *Server) readParams(f fields) (params, *apiError) {
	p := params{nPredict: s.options.NPredict, idSlot: -1, cache: !s.options.NoCachePrompt, ping: s.options.PingSeconds}
	p.raw = map[string]any{}
	for _, name := range []string{"temperature", "seed", "top_k", "top_p", "min_p"} {
		if raw, ok := f[name]; ok && kindOf(raw) == "number" {
			p.raw[name] = raw
		}
	}
	var options struct {
		Usage bool `json:"include_usage"`
	}
	var ignored float64
	err := first(
		f.integer("max_tokens", &p.nPredict), f.integer("n_predict", &p.nPredict), f.integer("id_slot", &p.idSlot),
		f.integer("n_probs", &p.nProbs), f.integer("sse_ping_interval", &p.ping), f.read("temperature", "number", &ignored),
		f.boolean("cache_prompt", &p.cache), f.boolean("ignore_eos", &p.ignoreEOS), f.boolean("stream", &p.stream),
		f.boolean("return_progress", &p.progress), f.boolean("return_tokens", &p.tokens),
		f.boolean("timings_per_token", &p.perToken), f.boolean("post_sampling_probs", &p.postProbs),
		f.read("response_fields", "array", &p.fields), f.read("stream_options", "object", &options),
	)
	if err == nil && kindOf(f["stop"]) == "array" {
		err = f.read("stop", "array", &p.stop)
	} else if err == nil && kindOf(f["stop"]) == "string" {
		p.stop = []string{""}
		err = f.read("stop", "string", &p.stop[0])
	}
	p.usage = options.Usage
	return p, err
}

// native is the dialect of /completion.
type native struct{ s *Server }

func (n *native) progress(e event) []any {
	m := n.partial(e.task, "", 0, 0)
	m["prompt_progress"] = progressJSON(e)
	if e.task.params.perToken {
		m["timings"] = timings(e.stats)
	}
	return []any{m}
}

func (n *native) token(e event) []any {
	m := n.partial(e.task, e.token.text, e.token.id, e.token.n)
	if e.task.params.nProbs > 0 {
		m["completion_probabilities"] = n.s.probabilities(e.task.params, []token{e.token})
	}
	if e.task.params.perToken {
		m["timings"] = timings(e.token.stats)
	}
	return []any{m}
}

func (n *native) partial(t *task, text string, id, count int) map[string]any {
	return map[string]any{
		"index": t.index, "content": text, "tokens": []int{id}, "stop": false, "id_slot": -1,
		"tokens_predicted": count, "tokens_evaluated": len(t.ids),
	}
}

func (n *native) last(e event) []any { return []any{n.final(e.task, e.stats, nil)} }

func (n *native) done() string { return "" }

func (n *native) whole(replies []whole, several bool) any {
	var list []any
	for _, r := range replies {
		list = append(list, n.final(r.task, r.stats, r.tokens))
	}
	if several {
		return list
	}
	return list[0]
}

// final is the complete object; a streamed one has said its tokens already.
func (n *native) final(t *task, st stats, said []token) any {
	content, ids := "", []int{}
	if !t.params.stream {
		content = t.text
		if t.params.tokens {
			ids = t.generated
		}
	}
	m := map[string]any{
		"index": t.index, "content": content, "tokens": ids, "id_slot": t.slot.id, "stop": true, "model": n.s.name,
		"tokens_predicted": len(t.generated), "tokens_evaluated": len(t.ids), "generation_settings": generationSettings(t.params),
		"prompt": n.s.vocab.decode(t.ids), "has_new_line": strings.Contains(t.text, "\n"), "truncated": t.truncated,
		"stop_type": t.stopType, "stopping_word": t.stopWord, "tokens_cached": len(t.ids) + len(t.generated) - 1, "timings": timings(st),
	}
	if t.params.nProbs > 0 && !t.params.stream {
		m["completion_probabilities"] = n.s.probabilities(t.params, said)
	}
	return trim(m, t.params.fields)
}

// trim keeps the fields asked for; "timings/prompt_n" comes back under that flat name.
func trim(m map[string]any, names []string) any {
	if len(names) == 0 {
		return m
	}
	kept := map[string]any{}
	for _, name := range names {
		var v any = m
		for _, key := range strings.Split(name, "/") {
			inner, _ := v.(map[string]any)
			v = inner[key]
		}
		if v != nil {
			kept[name] = v
		}
	}
	return kept
}

func progressJSON(e event) map[string]any {
	return map[string]any{"total": len(e.task.ids), "cache": e.task.cached, "processed": e.done, "time_ms": int(e.stats.promptMS)}
}

// timings are llama-server's names for stats. A rate is over the tokens after the first, because
// the first comes with the prompt.
func timings(st stats) map[string]any {
	later := float64(max(0, st.predicted-1))
	return map[string]any{
		"cache_n": st.cached, "prompt_n": st.prompt, "prompt_ms": st.promptMS,
		"prompt_per_token_ms": ratio(st.promptMS, float64(st.prompt)), "prompt_per_second": ratio(1000*float64(st.prompt), st.promptMS),
		"predicted_n": st.predicted, "predicted_ms": st.predictedMS,
		"predicted_per_token_ms": ratio(st.predictedMS, later), "predicted_per_second": ratio(1000*later, st.predictedMS),
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// probabilities are made up, but the same for the same token. NaN logits print as null.
func (s *Server) probabilities(p params, said []token) []any {
	list := []any{}
	for _, t := range said {
		top := []any{}
		for k, id := range s.candidates(t.id, p.nProbs) {
			top = append(top, s.probability(p, id, k, t.nan))
		}
		m := s.probability(p, t.id, 0, t.nan)
		m[map[bool]string{true: "top_probs", false: "top_logprobs"}[p.postProbs]] = top
		list = append(list, m)
	}
	return list
}
