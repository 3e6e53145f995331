package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// CompletionRequest is one prompt for one slot. Answers are greedy.
type CompletionRequest struct {
	Prompt []int32 // token ids, sent as they are, no BOS added; used when Text is empty
	Text   string
	Slot   int
	Reply  int  // tokens to generate; the server generates at least one
	Cache  bool // may the server reuse what the slot holds?
}

// Progress is a sign of life: prompt tokens processed, or tokens generated.
type Progress struct {
	Processed, Total, Cached int // prompt tokens; 0 in events of generation
	Generated                int // tokens of the reply so far
}

// Completion is what came back. It holds what was seen until the error, if there was one.
type Completion struct {
	HTTPStatus      int
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
	Reply           []int32
}

// HTTPError is the server's own error, as a response or inside a stream.
type HTTPError struct {
	Status  int
	Type    string // exceed_context_size_error, invalid_request_error…; "" when the body is no error object
	Message string
}

func (e *HTTPError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("HTTP %d without a reason", e.Status)
	}
	return fmt.Sprintf("HTTP %d: %s", e.Status, e.Message)
}

// responseFields keeps the server from repeating the prompt as text in its last event.
const responseFields = `["index","content","tokens","stop","id_slot","tokens_predicted","tokens_evaluated","truncated","stop_type","timings","error"]`

// encode writes the request's JSON. Ids are appended by hand: 300,000 of them take 3 ms.
func (r CompletionRequest) encode() ([]byte, error) {
	b := make([]byte, 0, 512+len(r.Text)+7*len(r.Prompt))
	b = append(b, `{"prompt":`...)
	if r.Text != "" {
		text, err := json.Marshal(r.Text)
		if err != nil {
			return nil, err
		}
		b = append(b, text...)
	} else {
		separator := byte('[')
		for _, id := range r.Prompt {
			b = strconv.AppendInt(append(b, separator), int64(id), 10)
			separator = ','
		}
		b = append(b, ']')
	}
	b = append(b, `,"stream":true,"return_progress":true,"return_tokens":true,"temperature":0,"ignore_eos":true,"seed":1`...)
	b = strconv.AppendInt(append(b, `,"n_predict":`...), int64(r.Reply), 10)
	b = strconv.AppendInt(append(b, `,"id_slot":`...), int64(r.Slot), 10)
	b = strconv.AppendBool(append(b, `,"cache_prompt":`...), r.Cache)
	b = append(b, `,"response_fields":`+responseFields+"}"...)
	return b, nil
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
		PredictedN  int     `json:"predicted_n"`
		PredictedMS float64 `json:"predicted_ms"`
	} `json:"timings"`
	Error *errorObject `json:"error"`
}

type errorObject struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Type    string `json:"type"`
}

// Complete sends the prompt and follows the stream to its end. onProgress is called for every sign
// of progress, from the same goroutine. There is no time limit but ctx: silence is for the caller to
// judge. An error is an [*HTTPError], [ErrCut], or the transport's; nothing is ever sent twice.
func (c *Client) Complete(ctx context.Context, r CompletionRequest, onProgress func(Progress)) (Completion, error) {
	done := Completion{Slot: -1}
	body, err := r.encode()
	if err != nil {
		return done, fmt.Errorf("encode the prompt: %w", err)
	}
	response, err := c.post(ctx, "/completion", body)
	if err != nil {
		return done, err
	}
	defer response.Body.Close()
	done.HTTPStatus = response.StatusCode
	if response.StatusCode != http.StatusOK {
		return done, httpError(response)
	}
	err = events(response.Body, func(data []byte) error { return done.take(data, onProgress) })
	if err == nil && !done.Complete {
		err = ErrCut
	}
	return done, err
}

var doneMark = []byte("[DONE]")

// take folds one event into the completion.
func (done *Completion) take(data []byte, onProgress func(Progress)) error {
	if bytes.Equal(data, doneMark) {
		return nil
	}
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		return fmt.Errorf("an event of the stream is not JSON: %w", err)
	}
	if e.Error != nil {
		return &HTTPError{Status: e.Error.Code, Type: e.Error.Type, Message: e.Error.Message}
	}
	done.Reply = append(done.Reply, e.Tokens...)
	if e.TokensEvaluated > 0 {
		done.PromptTokens = e.TokensEvaluated
	}
	if e.Slot != nil && *e.Slot >= 0 {
		done.Slot = *e.Slot
	}
	if p := e.PromptProgress; p != nil {
		done.Reply = done.Reply[:0] // the progress events carry a placeholder token
		onProgress(Progress{Processed: p.Processed, Total: p.Total, Cached: p.Cache})
	} else if len(e.Tokens) > 0 {
		onProgress(Progress{Generated: len(done.Reply)})
	}
	if e.Stop {
		done.Complete, done.StopType, done.Truncated = true, e.StopType, e.Truncated
		done.PredictedTokens = e.TokensPredicted
	}
	if t := e.Timings; t != nil {
		done.CachedTokens, done.ProcessedTokens = t.CacheN, t.PromptN
		done.PromptTime, done.PredictedTime = milliseconds(t.PromptMS), milliseconds(t.PredictedMS)
	}
	return nil
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// httpError reads the error object of a response that is no success.
func httpError(r *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var parsed struct {
		Error errorObject `json:"error"`
	}
	if jsonErr := json.Unmarshal(body, &parsed); jsonErr != nil {
		return &HTTPError{Status: r.StatusCode, Message: errors.Join(err, errors.New(firstLine(string(body)))).Error()}
	}
	return &HTTPError{Status: r.StatusCode, Type: parsed.Error.Type, Message: parsed.Error.Message}
}
