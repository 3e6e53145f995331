package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
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
	// (process_token in llama.cpp tools/server/server-context.cpp). Nothing brings such an id later:
	// not the probabilities of the next event, and the final event of a stream has neither.
	Reply []int32
	// Text is what the tokens say, cut after a mebibyte.
	Text string
	// Probabilities are those of the generated tokens, in their order; nil when none were asked for, or
	// none came. They are as many as Reply unless the server says otherwise.
	Probabilities []Probability
}

// Predicted is how many tokens were generated, as far as anything tells.
func (c Completion) Predicted() int { return max(c.PredictedTokens, len(c.Reply)) }

// Probability is how likely the model found a token that it generated, before any sampling.
type Probability struct {
	ID      int32
	Logprob float64 // natural; NaN where the server says null, which it does of logits that are NaN
	// Rivals are the other listed tokens that are no likelier than this one, likeliest first. Those that
	// are likelier were forbidden: with ignore_eos the ends of a text are, and a model may well want to
	// end. So ask for a few more than are needed.
	Rivals []Rival
}

// Rival is a token that was not generated.
type Rival struct {
	ID      int32
	Logprob float64 // never NaN
}

// maxText bounds the text of a reply: a broken server sends what it likes.
const maxText = 1 << 20

// ErrEndless is a server that goes on generating far beyond what was asked for.
var ErrEndless = errors.New("the reply does not end")

// Complete sends the prompt and follows the stream to its end. onProgress, which may be nil, is
// called for every sign of progress, from the same goroutine. There is no time limit but ctx: silence
// is for the caller to judge. An error is an [*HTTPError], [ErrCut], [ErrEndless], or the
// transport's; nothing is ever sent twice. What happens on the line after the final event is no error
// of the request.
func (c *Client) Complete(ctx context.Context, r CompletionRequest, onProgress func(Progress)) (Completion, error) {
	f := follower{Completion: Completion{Slot: -1}, length: len(r.Prompt), allowance: r.allowance(), onProgress: onProgress, openAI: !native(r.path())}
	body, err := r.encode()
	if err != nil {
		return f.Completion, fmt.Errorf("encode the prompt: %w", err)
	}
	ctx, release := c.begin(ctx)
	defer release()
	response, err := c.sendAndWatch(ctx, r, body, f.tell)
	if err != nil {
		return f.Completion, err
	}
	defer response.Body.Close()
	f.HTTPStatus = response.StatusCode
	if response.StatusCode != http.StatusOK {
		return f.Completion, httpError(response)
	}
	f.complete = func() { time.AfterFunc(linger, release) }
	if r.streams() {
		err = events(response.Body, maxEvent, f.take)
	} else {
		err = f.whole(response.Body, generates(r.path()))
	}
	switch {
	case f.Complete:
		err = nil
	case err == nil:
		err = ErrCut
	}
	if kind := response.Header.Get("Content-Type"); errors.Is(err, ErrCut) && r.streams() && f.heard == 0 && kind != "" && !strings.HasPrefix(kind, streamType) {
		err = fmt.Errorf("%w: it said nothing, and calls itself %s", err, lineOf(kind, 60))
	}
	return f.Completion, tidy(err)
}

// streamType is what a stream of events calls itself.
const streamType = "text/event-stream"

// linger is how long the end of the connection is waited for after the final event. It is worth
// waiting for: a server that dies of the last token does so here.
const linger = 2 * time.Second

// follower folds the events of one stream into a completion.
type follower struct {
	Completion
	allowance  int // tokens of reply
	onProgress func(Progress)
	complete   func() // called at the final event
	openAI     bool   // the events are of the OpenAI kind

	begun     bool // progress of the prompt was seen
	processed int  // the furthest
	length    int  // of the prompt in tokens, as we or the server said first
	heard     int  // events
	said      int  // events of generation
	generated int  // tokens of reply, by whichever count is the largest
	text      strings.Builder
}

// event is the union of what a native stream's events hold.
type event struct {
	Content         string  `json:"content"`
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
		PredictedN  int     `json:"predicted_n"`
		PromptMS    float64 `json:"prompt_ms"`
		PredictedMS float64 `json:"predicted_ms"`
	} `json:"timings"`
	Probabilities []probability   `json:"completion_probabilities"`
	Error         json.RawMessage `json:"error"`
}

var doneMark = []byte("[DONE]")

// take folds one event in.
func (f *follower) take(data []byte) error {
	if bytes.Equal(data, doneMark) {
		if f.openAI {
			f.finish()
		}
		return nil
	}
	f.heard++
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		return fmt.Errorf("an event of the stream makes no sense: %w", nonsense(err))
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
	if f.openAI {
		return f.chunk(data, e)
	}
	f.timed(e)
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

// timed takes in the server's own measurements.
func (f *follower) timed(e event) {
	if t := e.Timings; t != nil {
		f.CachedTokens, f.ProcessedTokens = t.CacheN, t.PromptN
		f.PromptTime, f.PredictedTime = milliseconds(t.PromptMS), milliseconds(t.PredictedMS)
	}
}

func (f *follower) prompt(e event) {
	p := e.PromptProgress
	if !f.begun { // templates and a BOS add to what was sent
		f.length = max(f.length, p.Total)
	}
	if f.length > 0 && p.Processed > f.length { // a server that counts for ever is none that moves
		return
	}
	if !f.begun || p.Processed > f.processed {
		f.begun, f.processed = true, p.Processed
		f.tell(Progress{Processed: p.Processed, Total: p.Total, Cached: p.Cache})
	}
}

func (f *follower) generation(e event) error {
	f.Reply = append(f.Reply, e.Tokens...)
	f.told(e)
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
	f.finish()
	f.StopType, f.Truncated = e.StopType, e.Truncated
	f.PredictedTokens = e.TokensPredicted
	if len(f.Reply) == 0 {
		f.Reply = e.Tokens
		f.told(e)
	}
}

// finish is the end of the answer.
func (f *follower) finish() {
	if !f.Complete && f.complete != nil {
		f.complete()
	}
	f.Complete = true
}

// told adds what an event says of its tokens.
func (f *follower) told(e event) {
	f.text.WriteString(e.Content[:min(maxText-f.text.Len(), len(e.Content))])
	f.Text = f.text.String() // copies nothing
	for _, p := range e.Probabilities {
		if p.Logprob.said {
			f.Probabilities = append(f.Probabilities, p.judged())
		}
	}
}

// probability is one entry of completion_probabilities. Entries without a logprob, such as those of
// builds before 2025, say nothing that we could use.
type probability struct {
	likely
	Top []likely `json:"top_logprobs"`
}

type likely struct {
	ID      int32   `json:"id"`
	Logprob logprob `json:"logprob"`
}

// judged keeps what could have been generated instead.
func (p probability) judged() Probability {
	out := Probability{ID: p.ID, Logprob: p.Logprob.value}
	for _, other := range p.Top {
		if v := other.Logprob; other.ID != p.ID && v.said && v.value <= out.Logprob {
			out.Rivals = append(out.Rivals, Rival{other.ID, v.value})
		}
	}
	slices.SortStableFunc(out.Rivals, func(a, b Rival) int { return cmp.Compare(b.Logprob, a.Logprob) })
	return out
}

// logprob tells null, which is NaN, from a number that is not there.
type logprob struct {
	value float64
	said  bool
}

// UnmarshalJSON is called for null too.
func (l *logprob) UnmarshalJSON(data []byte) error {
	l.value, l.said = math.NaN(), true
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	return json.Unmarshal(data, &l.value)
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
