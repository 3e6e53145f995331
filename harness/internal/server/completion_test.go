package server

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// followed reads a stream as the answer to a request for that many tokens.
func followed(reply int, eventsData ...string) (Completion, []Progress, error) {
	var seen []Progress
	f := follower{
		Completion: Completion{Slot: -1}, allowance: CompletionRequest{Reply: reply}.allowance(),
		onProgress: func(p Progress) { seen = append(seen, p) },
	}
	err := events(strings.NewReader("data: "+strings.Join(eventsData, "\n\ndata: ")+"\n\n"), maxEvent, f.take)
	return f.Completion, seen, err
}

// The events of build 11669, as they came.
const (
	progress0  = `{"index":0,"content":"","tokens":[0],"stop":false,"id_slot":-1,"tokens_predicted":0,"tokens_evaluated":20,"prompt_progress":{"total":20,"cache":4,"processed":4,"time_ms":0}}`
	progress20 = `{"index":0,"content":"","tokens":[0],"stop":false,"id_slot":-1,"tokens_predicted":0,"tokens_evaluated":20,"prompt_progress":{"total":20,"cache":4,"processed":20,"time_ms":0}}`
	token1     = `{"index":0,"content":"ont","tokens":[918],"stop":false,"id_slot":-1,"tokens_predicted":1,"tokens_evaluated":20}`
	token3     = `{"index":0,"content":"-","tokens":[45],"stop":false,"id_slot":-1,"tokens_predicted":3,"tokens_evaluated":20}`
	final3     = `{"index":0,"content":"","tokens":[],"stop":true,"id_slot":1,"tokens_predicted":3,"tokens_evaluated":20,"truncated":true,"stop_type":"limit","timings":{"cache_n":4,"prompt_n":16,"prompt_ms":0.957,"prompt_per_second":20898.6,"predicted_n":3,"predicted_ms":2.5}}`
)

func TestACompletionIsWhatTheEventsSay(t *testing.T) {
	// Token 2 left the text within a character, so the server sent nothing for it.
	got, seen, err := followed(3, progress0, progress20, token1, token3, final3)
	want := Completion{
		Complete: true, PromptTokens: 20, CachedTokens: 4, ProcessedTokens: 16, PredictedTokens: 3,
		PromptTime: 957 * time.Microsecond, PredictedTime: 2500 * time.Microsecond,
		StopType: "limit", Truncated: true, Slot: 1, Reply: []int32{918, 45}, Text: "ont-",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	signs := []Progress{{Processed: 4, Total: 20, Cached: 4}, {Processed: 20, Total: 20, Cached: 4}, {Generated: 1}, {Generated: 3}}
	if diff := cmp.Diff(signs, seen); diff != "" {
		t.Error(diff)
	}
}

func TestTheTokensOfAReplyAreCountedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		events []string
		want   []int32
	}{
		"progress between tokens takes nothing away": {[]string{token1, progress20, token3}, []int32{918, 45}},
		"a final event repeats them all":             {[]string{token1, token3, `{"stop":true,"tokens":[918,45],"tokens_predicted":2}`}, []int32{918, 45}},
		"only the final event has them":              {[]string{progress20, `{"stop":true,"tokens":[918,45],"tokens_predicted":2}`}, []int32{918, 45}},
		"none at all":                                {[]string{progress0, progress20, `{"stop":true,"tokens":[]}`}, []int32{}},
	} {
		got, _, err := followed(2, c.events...)
		if diff := cmp.Diff(c.want, got.Reply); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// entry is one of completion_probabilities, as build 11669 writes them.
func entry(id, logprob, top string) string {
	return `{"id":` + id + `,"token":"x","bytes":[120],"logprob":` + logprob + `,"top_logprobs":[` + top + `]}`
}

func TestRivalsAreThoseThatWereAllowed(t *testing.T) {
	const us, next, third, null = `{"id":7,"logprob":-0.5}`, `{"id":8,"logprob":-2}`, `{"id":9,"logprob":-3}`, `{"id":8,"logprob":null}`
	for name, c := range map[string]struct {
		entries string
		want    []Probability
	}{
		"as a rule":                  {entry("7", "-0.5", us+","+next), []Probability{{7, -0.5, []Rival{{8, -2}}}}},
		"in any order":               {entry("7", "-0.5", third+","+next+","+us), []Probability{{7, -0.5, []Rival{{8, -2}, {9, -3}}}}},
		"only one was asked for":     {entry("7", "-0.5", us), []Probability{{7, -0.5, nil}}},
		"a likelier one was barred":  {entry("8", "-2", us+","+next+","+third), []Probability{{8, -2, []Rival{{9, -3}}}}},
		"all listed were barred":     {entry("9", "-3", us+","+next), []Probability{{9, -3, nil}}},
		"equals stand before us":     {entry("7", "-0.5", `{"id":3,"logprob":-0.5},`+us), []Probability{{7, -0.5, []Rival{{3, -0.5}}}}},
		"NaN logits":                 {entry("7", "null", null), []Probability{{7, math.NaN(), nil}}},
		"a NaN beside a number":      {entry("7", "-0.5", us+","+null+","+third), []Probability{{7, -0.5, []Rival{{9, -3}}}}},
		"two tokens in one event":    {entry("7", "-0.5", us) + "," + entry("8", "-2", us), []Probability{{7, -0.5, nil}, {8, -2, nil}}},
		"no logprob is no NaN":       {`{"id":7,"prob":0.5,"top_probs":[]}`, nil},
		"builds before 2025":         {`{"content":"x","probs":[{"tok_str":"x","prob":0.5}]}`, nil},
		"nothing but an empty entry": {`{}`, nil},
	} {
		event := `{"content":"ont","tokens":[7],"tokens_predicted":1,"completion_probabilities":[` + c.entries + `]}`
		for _, stream := range [][]string{{event, final3}, {strings.Replace(event, "{", `{"stop":true,`, 1)}} {
			got, _, err := followed(1, stream...)
			if diff := cmp.Diff(c.want, got.Probabilities, cmpopts.EquateNaNs()); err != nil || diff != "" {
				t.Errorf("%s: %v %s", name, err, diff)
			}
		}
	}
	if _, _, err := followed(1, `{"completion_probabilities":[{"id":7,"logprob":"x"}]}`); err == nil {
		t.Error("a logprob of text makes sense")
	}
}

func TestTheTextOfAReplyIsBounded(t *testing.T) {
	event := `{"content":"` + strings.Repeat("é", 200_000) + `","tokens":[1]}`
	got, _, err := followed(16, event, event, event, event, final3)
	if err != nil || len(got.Text) != maxText || !got.Complete {
		t.Errorf("%d bytes of text, %v", len(got.Text), err)
	}
}

func TestRepetitionIsNoProgress(t *testing.T) {
	_, seen, err := followed(1, progress0, progress0, progress0, progress20, progress0, progress20, token3, strings.Replace(token3, "45", "", 1), token3)
	want := []Progress{{Processed: 4, Total: 20, Cached: 4}, {Processed: 20, Total: 20, Cached: 4}, {Generated: 3}}
	if diff := cmp.Diff(want, seen); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestAnEndlessReplyIsGivenUp(t *testing.T) {
	for name, event := range map[string]string{
		"that counts":           token1,
		"without ids or counts": `{"content":"a","stop":false}`,
		"in one huge event":     `{"tokens":[` + strings.Repeat("1,", 1000) + `1]}`,
		"that claims so":        `{"tokens":[1],"tokens_predicted":2147483647}`,
	} {
		many := make([]string, 200)
		for i := range many {
			many[i] = event
		}
		got, seen, err := followed(16, many...)
		if !errors.Is(err, ErrEndless) || got.Complete {
			t.Errorf("%s: %v, complete %v", name, err, got.Complete)
		}
		for _, p := range seen {
			if p.Generated > 2*16+64 {
				t.Errorf("%s: told of %d tokens", name, p.Generated)
			}
		}
	}
	many := make([]string, 17) // one more than asked for is for others to judge
	for i := range many {
		many[i] = token1
	}
	if _, _, err := followed(16, append(many, final3)...); err != nil {
		t.Error(err)
	}
}

func TestErrorsInsideAStream(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		want  HTTPError
	}{
		"llama-server's":       {`{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}`, HTTPError{500, "server_error", "Context size has been exceeded."}},
		"without a code":       {`{"error":{"message":"oh"}}`, HTTPError{500, "", "oh"}},
		"with a code as text":  {`{"error":{"code":"503","message":"oh"}}`, HTTPError{503, "", "oh"}},
		"a mere string":        {`{"error":"upstream died"}`, HTTPError{500, "", "upstream died"}},
		"of a form of its own": {`{"error":[1]}`, HTTPError{500, "", "[1]"}},
		"beside other things":  {`{"tokens":[1],"stop":true,"error":{"code":400,"type":"x"}}`, HTTPError{400, "x", ""}},
	} {
		got, _, err := followed(1, progress0, c.event)
		var e *HTTPError
		if !errors.As(err, &e) || *e != c.want {
			t.Errorf("%s: got %v", name, err)
		}
		if got.Complete || got.PromptTokens != 20 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, _, err := followed(1, `{"error":null,"stop":true}`); err != nil {
		t.Errorf("null is no error: %v", err)
	}
}

func TestEventsThatMakeNoSense(t *testing.T) {
	for _, garbage := range []string{"", "{", "banana", "[1,2]", `"x"`, `{"tokens":"x"}`, `{"tokens":[1e99]}`, "\x00\xff"} {
		got, _, err := followed(1, token1, garbage)
		oneSentence(t, err, "makes no sense")
		if diff := cmp.Diff([]int32{918}, got.Reply); diff != "" {
			t.Errorf("%q: what came before is lost: %s", garbage, diff)
		}
	}
	for _, harmless := range []string{"[DONE]", "{}", "null", `{"new_field":{"a":[1]}}`, `{"id_slot":null,"tokens":null}`, `{"timings":{"prompt_ms":-1,"predicted_ms":1e300}}`} {
		got, _, err := followed(1, token1, harmless, final3)
		if err != nil || !got.Complete || got.PromptTime < 0 || got.PredictedTime < 0 {
			t.Errorf("%q: %v %+v", harmless, err, got)
		}
	}
}

// TestHowMuchReplyIsRead: twice of what was asked for and a little, unless the parameters ask for something else.
func TestHowMuchReplyIsRead(t *testing.T) {
	for params, want := range map[string]int{"": 80, `{"stream":false}`: 80, `{"n_predict":"many"}`: math.MaxInt, `{"max_tokens":3}`: math.MaxInt} {
		if got := (CompletionRequest{Reply: 8, Params: params}).allowance(); got != want {
			t.Errorf("%s: %d, want %d", params, got, want)
		}
	}
}
