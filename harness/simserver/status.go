package simserver

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"
)

// defaultSettings is "generation_settings" of a request without parameters, as b11669 prints it.
//
//go:embed settings.json
var defaultSettings []byte

// generationSettings echoes a request's parameters. Only those that change something here follow
// the request; the others are the defaults.
func generationSettings(p params) map[string]any {
	var m map[string]any
	if err := json.Unmarshal(defaultSettings, &m); err != nil {
		return map[string]any{}
	}
	for name := range m {
		if v, ok := p.raw[name]; ok {
			m[name] = v
		}
	}
	m["n_predict"], m["max_tokens"] = p.nPredict, p.nPredict
	m["ignore_eos"], m["stream"], m["n_probs"] = p.ignoreEOS, p.stream, p.nProbs
	m["timings_per_token"], m["post_sampling_probs"] = p.perToken, p.postProbs
	return m
}

// slotSettings are the settings as /slots and /props show them: without what may be long.
func slotSettings(p params) map[string]any {
	m := generationSettings(p)
	for _, name := range []string{"dry_sequence_breakers", "stop", "logit_bias", "grammar", "grammar_lazy", "grammar_triggers", "preserved_tokens"} {
		delete(m, name)
	}
	return m
}

func (s *Server) buildInfo() string { return fmt.Sprintf("b%d-sim", s.setup.build) }

func (s *Server) props() map[string]any {
	defaults := slotSettings(params{nPredict: s.options.NPredict})
	defaults["reasoning_format"] = "none"
	return map[string]any{
		"default_generation_settings": map[string]any{"params": defaults, "n_ctx": s.layout.slotCtx},
		"total_slots":                 s.layout.slots,
		"model_alias":                 s.name, "model_path": s.options.Model, "model_ftype": "(simulated)",
		"modalities": map[string]any{"vision": false, "video": false, "audio": false}, "media_marker": "<__media__>",
		"endpoint_slots": !s.options.NoSlots, "endpoint_props": false, "endpoint_metrics": s.options.Metrics,
		"ui": false, "ui_settings": map[string]any{}, "chat_template": chatTemplate,
		"chat_template_caps": map[string]any{
			"supports_object_arguments": false, "supports_parallel_tool_calls": false, "supports_preserve_reasoning": false,
			"supports_reasoning_effort": false, "supports_string_content": true, "supports_system_role": true,
			"supports_tool_calls": false, "supports_tools": false, "supports_typed_content": false,
		},
		"bos_token": bosPiece, "eos_token": eosPiece, "build_info": s.buildInfo(),
		"is_sleeping": false, "cors_proxy_enabled": false,
	}
}

func (s *Server) models() map[string]any {
	const embedding = 64
	n := len(s.vocab.pieces)
	return map[string]any{
		"object": "list",
		"models": []any{map[string]any{
			"name": s.name, "model": s.name, "modified_at": "", "size": "", "digest": "", "type": "model", "description": "",
			"tags": []string{""}, "capabilities": []string{"completion"}, "parameters": "",
			"details": map[string]any{"parent_model": "", "format": "gguf", "family": "", "families": []string{""}, "parameter_size": "", "quantization_level": ""},
		}},
		"data": []any{map[string]any{
			"id": s.name, "aliases": []string{s.name}, "tags": []string{}, "object": "model", "created": time.Now().Unix(), "owned_by": "llamacpp",
			"architecture": map[string]any{"input_modalities": []string{"text"}, "output_modalities": []string{"text"}},
			"meta": map[string]any{
				"vocab_type": 2, "n_vocab": n, "n_ctx": s.layout.slotCtx, "n_ctx_train": s.trained, "n_embd": embedding,
				"n_params": 2 * embedding * n, "size": 8 * embedding * n, "ftype": "(simulated)",
			},
		}},
	}
}

func (s *Server) serveSlots(w http.ResponseWriter) *apiError {
	if s.options.NoSlots {
		return &apiError{Code: http.StatusNotImplemented, Message: "This server does not support slots endpoint. Start it with `--slots`", Type: typeNotSupported}
	}
	s.mu.Lock()
	list := make([]any, len(s.slots))
	for i, sl := range s.slots {
		list[i] = s.slotJSON(sl)
	}
	s.mu.Unlock()
	return reply(w, list)
}

// slotJSON is one entry of /slots. n_prompt_tokens is what is in the slot so far, not the request's length.
func (s *Server) slotJSON(sl *slot) map[string]any {
	m := map[string]any{"id": sl.id, "n_ctx": s.layout.slotCtx, "speculative": false, "is_processing": sl.task != nil}
	t := sl.last
	if t == nil {
		return m
	}
	next := map[string]any{"has_next_token": false, "has_new_line": false, "n_remain": -1, "n_decoded": 0}
	processed, cached := 0, 0
	if sl.task != nil {
		processed, cached = t.done-t.cached, t.cached
		next["has_next_token"], next["n_decoded"] = true, len(t.generated)
		if t.params.nPredict >= 0 {
			next["n_remain"] = t.params.nPredict - len(t.generated)
		}
	}
	maps.Copy(m, map[string]any{
		"id_task": t.id, "n_prompt_tokens": len(sl.tokens), "n_prompt_tokens_processed": processed,
		"n_prompt_tokens_cache": cached, "params": slotSettings(t.params), "next_token": []any{next},
	})
	return m
}

func (s *Server) serveMetrics(w http.ResponseWriter) *apiError {
	if !s.options.Metrics {
		return &apiError{Code: http.StatusNotImplemented, Message: "This server does not support metrics endpoint. Start it with `--metrics`", Type: typeNotSupported}
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	for _, m := range s.metrics() {
		fmt.Fprintf(w, "# HELP llamacpp:%s %s\n# TYPE llamacpp:%s %s\nllamacpp:%s %v\n", m.name, m.help, m.name, m.kind, m.name, m.value)
	}
	return nil
}

type metric struct {
	kind, name, help string
	value            any
}

func (s *Server) metrics() []metric {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []metric{
		{"counter", "prompt_tokens_total", "Number of prompt tokens processed, excluding cached tokens", s.promptTokens},
		{"counter", "prompt_tokens_cached_total", "Number of prompt tokens reused from the cache", s.cachedTokens},
		{"counter", "prompt_seconds_total", "Total time spent processing prompts", s.promptSeconds},
		{"counter", "tokens_predicted_total", "Number of generation tokens processed", s.predicted},
		{"counter", "tokens_predicted_seconds_total", "Total time spent generating tokens", s.predictSeconds},
		{"counter", "n_decode_total", "Total number of llama_decode() calls, excluding speculative decoding and multimodal decoding", s.decodes},
		{"counter", "n_tokens_max", "Largest observed sequence length (prompt + generation)", s.longest},
		{"counter", "spec_decode_num_draft_tokens_total", "Speculative: Total draft tokens generated", 0},
		{"counter", "spec_decode_num_accepted_tokens_total", "Speculative: Total draft tokens accepted by the target model", 0},
		{"counter", "spec_decode_num_drafts_total", "Speculative: Total speculative decoding verification steps", 0},
		{"gauge", "prompt_tokens_seconds", "Average prompt throughput in tokens/s", perSecond(float64(s.promptTokens), s.promptSeconds)},
		{"gauge", "predicted_tokens_seconds", "Average generation throughput in tokens/s", perSecond(float64(s.predicted), s.predictSeconds)},
		{"gauge", "requests_processing", "Number of requests processing", s.busy()},
		{"gauge", "requests_deferred", "Number of requests deferred", len(s.queue)},
		{"gauge", "n_busy_slots_per_decode", "Average number of busy slots per llama_decode() call", perSecond(float64(s.busyInDecodes), float64(s.decodes))},
	}
}

func perSecond(n, seconds float64) float64 {
	if seconds == 0 {
		return 0
	}
	return n / seconds
}
