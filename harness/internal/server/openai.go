package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// chunk is what an event, or a whole answer, of the OpenAI kind holds beyond what [event] knows.
type chunk struct {
	Choices []struct {
		Text    string `json:"text"`
		Delta   speech `json:"delta"`
		Message speech `json:"message"`
		Finish  string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Details    struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	} `json:"usage"`
}

type speech struct {
	Content   string          `json:"content"`
	Reasoning string          `json:"reasoning_content"`
	Tools     json.RawMessage `json:"tool_calls"`
}

// text is all that was said, calls of tools included.
func (s speech) text() string {
	if string(s.Tools) == "null" {
		return s.Content + s.Reasoning
	}
	return s.Content + s.Reasoning + string(s.Tools)
}

// chunk folds an event of the OpenAI kind in. The end of the stream is a mark of its own.
func (f *follower) chunk(data []byte, e event) error {
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("an event of the stream makes no sense: %w", nonsense(err))
	}
	f.timed(e)
	f.used(e, c)
	if e.PromptProgress != nil {
		f.prompt(e)
		return nil
	}
	for _, choice := range c.Choices {
		if choice.Finish != "" {
			f.StopType = stopTypes[choice.Finish]
		}
		if said := choice.Text + choice.Delta.text(); said != "" {
			if err := f.generation(event{Content: said}); err != nil {
				return err
			}
		}
	}
	return nil
}

// stopTypes are the reasons to finish in llama-server's own words, as far as they say as much.
var stopTypes = map[string]string{"length": "limit", "stop": "eos"}

// used takes in the counts, from wherever they are.
func (f *follower) used(e event, c chunk) {
	if t := e.Timings; t != nil {
		f.PromptTokens, f.PredictedTokens = max(f.PromptTokens, t.CacheN+t.PromptN), max(f.PredictedTokens, t.PredictedN)
	}
	if u := c.Usage; u != nil {
		f.PromptTokens, f.PredictedTokens = max(f.PromptTokens, u.Prompt), max(f.PredictedTokens, u.Completion)
		f.CachedTokens = max(f.CachedTokens, u.Details.Cached)
	}
}

// whole takes an answer that comes in one piece. One that generates nothing may be any JSON.
func (f *follower) whole(from io.Reader, generates bool) error {
	data, err := io.ReadAll(io.LimitReader(from, maxReply))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	if !json.Valid(data) {
		return fmt.Errorf("the answer makes no sense: it is no JSON: %s", firstLine(string(data[:min(len(data), 200)])))
	}
	if !generates {
		f.finish()
		return nil
	}
	if !f.openAI {
		return f.take(data)
	}
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		return fmt.Errorf("the answer makes no sense: %w", nonsense(err))
	}
	if err := streamError(e.Error); err != nil {
		return err
	}
	f.timed(e)
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("the answer makes no sense: %w", nonsense(err))
	}
	f.used(e, c)
	for _, choice := range c.Choices {
		f.StopType = stopTypes[choice.Finish]
		f.text.WriteString(choice.Text + choice.Message.text())
	}
	f.Text = f.text.String()
	f.finish()
	return nil
}

// glance is how often a server is looked at that answers in one piece. More often would keep it from
// noticing that a client has gone (notes of llama-server's contract, trap 8).
const glance = 3 * time.Second

// sendAndWatch is send. While an answer that comes in one piece is waited for, a slot that moves on is a
// sign of life, which onProgress is told of from here.
func (c *Client) sendAndWatch(ctx context.Context, r CompletionRequest, body []byte, onProgress func(Progress)) (*http.Response, error) {
	if r.streams() {
		return c.send(ctx, r.path(), body)
	}
	type answer struct {
		response *http.Response
		err      error
	}
	answered := make(chan answer, 1)
	go func() {
		response, err := c.send(ctx, r.path(), body)
		answered <- answer{response, err}
	}()
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	last := -1
	for {
		select {
		case a := <-answered:
			return a.response, a.err
		case <-ticker.C:
			if slots, err := c.Slots(ctx); err == nil {
				if now := worked(slots); now != last {
					last = now
					onProgress(Progress{})
				}
			}
		}
	}
}

// worked is a number that changes whenever a slot has processed or generated anything.
func worked(slots json.RawMessage) (sum int) {
	var list []struct {
		Prompt int `json:"n_prompt_tokens"`
		Next   []struct {
			Decoded int `json:"n_decoded"`
		} `json:"next_token"`
	}
	_ = json.Unmarshal(slots, &list) // what cannot be read shows no life
	for _, s := range list {
		sum += s.Prompt
		for _, n := range s.Next {
			sum += n.Decoded
		}
	}
	return sum
}
