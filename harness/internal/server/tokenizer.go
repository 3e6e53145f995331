package server

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
)

// Tokenizer counts and cuts text with the server's own vocabulary.
type Tokenizer struct {
	client   *Client
	name     string
	ordinary []int32
	calls    atomic.Int64
}

// Tokenizer makes one. The name identifies the vocabulary; ordinary are the ids that are no control
// tokens.
func (c *Client) Tokenizer(name string, ordinary []int32) *Tokenizer {
	return &Tokenizer{client: c, name: name, ordinary: ordinary}
}

func (t *Tokenizer) Name() string { return t.name }

// Calls is how many tokenising round trips were made.
func (t *Tokenizer) Calls() int { return int(t.calls.Load()) }

// Ordinary are the ids that may be drawn freely.
func (t *Tokenizer) Ordinary(context.Context) ([]int32, error) {
	if len(t.ordinary) == 0 {
		return nil, fmt.Errorf("the ids of the model's ordinary tokens are not known: its file was not read")
	}
	return t.ordinary, nil
}

// between separates the pieces of one request. /tokenize passes integers of a mixed array through
// unseen (tokenize_mixed in llama.cpp tools/server/server-common.cpp), and no token has this id.
const between = -1

// TokenizePieces tokenises each piece alone, without BOS, in one round trip.
func (t *Tokenizer) TokenizePieces(ctx context.Context, pieces []string) ([][]int32, error) {
	content := make([]any, 0, 2*len(pieces)+1)
	content = append(content, between) // a first string would be the one that gets special treatment
	for _, p := range pieces {
		content = append(content, p, between)
	}
	flat, err := t.tokenize(ctx, map[string]any{"content": content, "add_special": false, "parse_special": false})
	if err != nil {
		return nil, err
	}
	out := make([][]int32, 0, len(pieces))
	from := -1
	for i, id := range flat {
		if id != between {
			continue
		}
		if from >= 0 {
			out = append(out, flat[from:i:i])
		}
		from = i + 1
	}
	if len(out) != len(pieces) {
		return nil, fmt.Errorf("tokenise: %d pieces were sent, %d came back", len(pieces), len(out))
	}
	return out, nil
}

func (t *Tokenizer) tokenize(ctx context.Context, request map[string]any) ([]int32, error) {
	t.calls.Add(1)
	var reply struct {
		Tokens []int32 `json:"tokens"`
	}
	if err := t.client.ask(ctx, "/tokenize", request, &reply); err != nil {
		return nil, fmt.Errorf("tokenise: %w", err)
	}
	return reply.Tokens, nil
}

// Text is what ids say. What is no whole character of UTF-8 becomes U+FFFD.
func (t *Tokenizer) Text(ctx context.Context, ids []int32) (string, error) {
	var reply struct {
		Content string `json:"content"`
	}
	if err := t.client.ask(ctx, "/detokenize", map[string]any{"tokens": ids}, &reply); err != nil {
		return "", fmt.Errorf("turn token ids into text: %w", err)
	}
	return strings.ToValidUTF8(reply.Content, "\ufffd"), nil
}

// Count is how many tokens /completion makes of the text, BOS included where the model adds one.
func (t *Tokenizer) Count(ctx context.Context, text string) (int, error) {
	ids, err := t.tokenize(ctx, map[string]any{"content": text, "add_special": true, "parse_special": true})
	return len(ids), err
}

// CountChat is how many tokens a chat with this one user message has, template included.
func (t *Tokenizer) CountChat(ctx context.Context, text string) (int, error) {
	var reply struct {
		Prompt string `json:"prompt"`
	}
	request := map[string]any{"messages": []map[string]string{{"role": "user", "content": text}}}
	if err := t.client.ask(ctx, "/apply-template", request, &reply); err != nil {
		return 0, fmt.Errorf("apply the chat template: %w", err)
	}
	return t.Count(ctx, reply.Prompt)
}
