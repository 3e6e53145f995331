package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Progress is a sign of life: the prompt moved on, or the reply did. What merely repeats itself, as
// bytes on the line of a hung server may, is none.
type Progress struct {
	Processed, Total, Cached int // prompt tokens; 0 in events of generation
	Generated                int // tokens of the reply so far; 0 in events of the prompt
}

// Completion is what came back. It holds what was seen until the error, if there was one.
type Completion struct {
	HTTPStatus      int  // 0 when no answer came
	Complete        bool // the final event arrived
	PromptTokens    int  // as the server counted them
	CachedTokens    int
	ProcessedTokens int
	PredictedTokens int
	PromptTime      time.Duration
	PredictedTime   time.Duration
	StopType        string
	Truncated       bool
	Slot            int // that served it; -1 unknown
	// Reply is the ids of the generated tokens. It can be shorter than PredictedTokens: the server
	// sends nothing for a token that leaves its text in the middle of a UTF-8 character
	// (process_token in llama.cpp tools/server/server-context.cpp).
	Reply []int32
}

// ErrEndless is a server that goes on generating far beyond what was asked for.
var ErrEndless = errors.New("the reply does not end")

// Complete sends the prompt and follows the stream to its end. onProgress, which may be nil, is
// called for every sign of progress, from the same goroutine. There is no time limit but ctx: silence
// is for the caller to judge. An error is an [*HTTPError], [ErrCut], [ErrEndless], or the
// transport's; nothing is ever sent twice. What happens on the line after the final event is no error
// of the request.
func (c *Client) Complete(ctx context.Context, r CompletionRequest, onProgress func(Progress)) (Completion, error) {
	f := follower{Completion: Completion{Slot: -1}, allowance: r.allowance(), onProgress: onProgress}
	body, err := r.encode()
	if err != nil {
		return f.Completion, fmt.Errorf("encode the prompt: %w", err)
	}
	ctx, release := c.begin(ctx)
	defer release()
	response, err := c.send(ctx, "/completion", body)
	if err != nil {
		return f.Completion, err
	}
	defer response.Body.Close()
	f.HTTPStatus = response.StatusCode
	if response.StatusCode != http.StatusOK {
		return f.Completion, httpError(response)
	}
	f.complete = func() { time.AfterFunc(linger, release) }
	err = events(response.Body, maxEvent, f.take)
	switch {
	case f.Complete:
		err = nil
	case err == nil:
		err = ErrCut
	}
	return f.Completion, err
}

// linger is how long the end of the connection is waited for after the final event. It is worth
// waiting for: a server that dies of the last token does so here.
const linger = 2 * time.Second

// follower folds the events of one stream into a completion.
type follower struct {
	Completion
	allowance  int // tokens of reply
	onProgress func(Progress)
	complete   func() // called at the final event

	begun     bool // progress of the prompt was seen
	processed int  // the furthest
	said      int  // events of generation
	generated int  // tokens of reply, by whichever count is the largest
}

// event is the union of what a native stream's events hold.
type event struct {
	Tokens          []int32 `json:"tokens"`
	Stop            bool    `json:"stop"`
	Slot            *int    `json:"id_slot"`
	TokensPredicted int     `json:"tokens_predicted"`
	TokensEvaluated int     `json:"tokens_evaluated"`
	Truncated       bool    `json:"truncated"`
	StopType        string  `json:"stop_type"`
	PromptProgress  *struct {
		Total     int `json:"total"`
		Cache     int `json:"cache"`
		Processed int `json:"processed"`
	} `json:"prompt_progress"`
	Timings *struct {
		CacheN      int     `json:"cache_n"`
		PromptN     int     `json:"prompt_n"`
		PromptMS    float64 `json:"prompt_ms"`
		PredictedMS float64 `json:"predicted_ms"`
	} `json:"timings"`
	Error json.RawMessage `json:"error"`
}

var doneMark = []byte("[DONE]")

// take folds one event in.
func (f *follower) take(data []byte) error {
	if bytes.Equal(data, doneMark) {
		return nil
	}
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		return fmt.Errorf("an event of the stream makes no sense: %w", err)
	}
	if err := streamError(e.Error); err != nil {
		return err
	}
	if e.TokensEvaluated > 0 {
		f.PromptTokens = e.TokensEvaluated
	}
	if e.Slot != nil && *e.Slot >= 0 {
		f.Slot = *e.Slot
	}
	if t := e.Timings; t != nil {
		f.CachedTokens, f.ProcessedTokens = t.CacheN, t.PromptN
		f.PromptTime, f.PredictedTime = milliseconds(t.PromptMS), milliseconds(t.PredictedMS)
	}
	switch {
	case e.Stop:
		f.end(e)
		return nil
	case e.PromptProgress != nil: // with a placeholder among the tokens
		f.prompt(e)
		return nil
	}
	return f.generation(e)
}

func (f *follower) prompt(e event) {
	p := e.PromptProgress
	if !f.begun || p.Processed > f.processed {
		f.begun, f.processed = true, p.Processed
		f.tell(Progress{Processed: p.Processed, Total: p.Total, Cached: p.Cache})
	}
}

func (f *follower) generation(e event) error {
	f.Reply = append(f.Reply, e.Tokens...)
	f.said++
	n := max(e.TokensPredicted, len(f.Reply), f.said)
	if n > f.allowance {
		return fmt.Errorf("%w: %d tokens came", ErrEndless, n)
	}
	if n > f.generated {
		f.generated = n
		f.tell(Progress{Generated: n})
	}
	return nil
}

// end takes the final event. Its tokens are the whole reply where the stream gave none; llama-server
// leaves them empty.
func (f *follower) end(e event) {
	if !f.Complete && f.complete != nil {
		f.complete()
	}
	f.Complete, f.StopType, f.Truncated = true, e.StopType, e.Truncated
	f.PredictedTokens = e.TokensPredicted
	if len(f.Reply) == 0 {
		f.Reply = e.Tokens
	}
}

func (f *follower) tell(p Progress) {
	if f.onProgress != nil {
		f.onProgress(p)
	}
}

// milliseconds is 0 for what is no time.
func milliseconds(ms float64) time.Duration {
	if !(ms >= 0 && ms < 1e12) {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}
