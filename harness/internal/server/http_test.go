package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fake is a client of a server that answers as told.
func fake(t testing.TB, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// llama-server reads requests to their end too; net/http sees hang-ups only after that.
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return NewClient(s.URL)
}

// say writes to the client at once.
func say(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text)
	w.(http.Flusher).Flush()
}

func TestSlowHeadersAreWaitedFor(t *testing.T) {
	arrived, answer := make(chan struct{}), make(chan struct{})
	c := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-answer
		say(w, "data: "+progress20+"\n\n")
		say(w, "data: "+token1+"\n\ndata: "+final3+"\n\n\n")
	})
	go func() { <-arrived; close(answer) }()
	got, err := c.Complete(within(t), CompletionRequest{Prompt: ids(20), Reply: 1}, nil)
	if err != nil || !got.Complete || got.HTTPStatus != 200 || got.Slot != 1 {
		t.Errorf("%v %+v", err, got)
	}
}

func TestLoadingThenReady(t *testing.T) {
	var asked atomic.Int32
	c := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(503)
			say(w, `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}`)
			return
		}
		say(w, `{"status":"ok"}`)
	})
	var e *HTTPError
	if err := c.Health(within(t)); !errors.As(err, &e) || *e != (HTTPError{503, "unavailable_error", "Loading model"}) {
		t.Errorf("got %v", err)
	}
	if err := c.Health(within(t)); err != nil {
		t.Error(err)
	}
}

const exceeds = `{"error":{"code":400,"message":"request (5000 tokens) exceeds the available context size (2048 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":2048}}`

func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		status int
		body   string
		want   HTTPError
	}{
		"a prompt that does not fit":     {400, exceeds, HTTPError{400, "exceed_context_size_error", "request (5000 tokens) exceeds the available context size (2048 tokens), try increasing it"}},
		"an empty 413":                   {413, "", HTTPError{413, "", ""}},
		"a proxy's page":                 {502, "<html>\n<title>Bad gateway</title>", HTTPError{502, "", "<html>"}},
		"an object without error":        {500, `{"detail":"no"}`, HTTPError{500, "", `{"detail":"no"}`}},
		"an error that is a string":      {401, `{"error":"no key"}`, HTTPError{401, "", "no key"}},
		"another code in the body":       {502, `{"error":{"code":500,"message":"m","type":"t"}}`, HTTPError{502, "t", "m"}},
		"a huge body":                    {500, long + long, HTTPError{500, "", long[:maxFirstLine] + "…"}},
		"a redirect, which is no answer": {307, "", HTTPError{307, "", ""}},
	} {
		client := fake(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				t.Errorf("%s: was followed", name)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			say(w, c.body)
		})
		got, err := client.Complete(within(t), CompletionRequest{Prompt: ids(3)}, nil)
		var e *HTTPError
		if !errors.As(err, &e) || *e != c.want || got.HTTPStatus != c.status || got.Complete {
			t.Errorf("%s: got %v, %+v", name, err, got)
		}
	}
	oneSentence(t, &HTTPError{Status: 413}, "HTTP 413 without a reason")
}

func TestAnErrorsBodyThatIsCut(t *testing.T) {
	c := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(500)
		say(w, exceeds[:39])
		panic(http.ErrAbortHandler)
	})
	_, err := c.Complete(within(t), CompletionRequest{}, nil)
	oneSentence(t, err, "HTTP 500: "+exceeds[:39]+" (cut: unexpected EOF)")
}

func TestAStreamThatIsCut(t *testing.T) {
	for name, c := range map[string]struct {
		said     string
		abort    bool
		want     error
		complete bool
	}{
		"before any event":                  {"", false, ErrCut, false},
		"cleanly, before the final event":   {"data: " + token1 + "\n\n", false, ErrCut, false},
		"by a broken connection":            {"data: " + token1 + "\n\n", true, ErrCut, false},
		"within an event":                   {"data: " + token1 + "\n\ndata: {\"st", true, ErrCut, false},
		"after the final event":             {"data: " + token1 + "\n\ndata: " + final3 + "\n\n", true, nil, true},
		"within something after the final":  {"data: " + token1 + "\n\ndata: " + final3 + "\n\ndata: {", true, nil, true},
		"not, but garbage follows at last":  {"data: " + token1 + "\n\ndata: " + final3 + "\n\ndata: !\n\n", false, nil, true},
		"not, it ends as OpenAI's would do": {"data: " + token1 + "\n\ndata: " + final3 + "\n\ndata: [DONE]\n\n", false, nil, true},
	} {
		client := fake(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			say(w, c.said)
			if c.abort {
				panic(http.ErrAbortHandler)
			}
		})
		got, err := client.Complete(within(t), CompletionRequest{Prompt: ids(20), Reply: 2}, nil)
		if !errors.Is(err, c.want) || c.want == nil && err != nil || got.Complete != c.complete || got.HTTPStatus != 200 {
			t.Errorf("%s: %v %+v", name, err, got)
		}
		if c.said != "" && !cmp.Equal(got.Reply, []int32{918}) {
			t.Errorf("%s: reply %v", name, got.Reply)
		}
	}
}

func TestACompleteAnswerDoesNotWaitForEverForTheConnectionToEnd(t *testing.T) {
	t.Parallel()
	c := fake(t, func(w http.ResponseWriter, r *http.Request) {
		say(w, "data: "+final3+"\n\n")
		<-r.Context().Done()
	})
	began := time.Now()
	got, err := c.Complete(within(t), CompletionRequest{Prompt: ids(3)}, nil)
	if err != nil || !got.Complete || time.Since(began) > 10*linger {
		t.Errorf("%v %+v after %s", err, got, time.Since(began))
	}
}

func TestAnEndlessServerIsLeft(t *testing.T) {
	left := make(chan struct{})
	c := fake(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		for r.Context().Err() == nil {
			if _, err := fmt.Fprintf(w, "data: %s\n\n", token1); err != nil {
				return
			}
		}
	})
	_, err := c.Complete(within(t), CompletionRequest{Prompt: ids(3), Reply: 16}, nil)
	if !errors.Is(err, ErrEndless) {
		t.Error(err)
	}
	<-left
}

func TestCancellationIsSeenAtOnce(t *testing.T) {
	for _, name := range []string{"before the headers", "in the stream"} {
		ctx, cancel := context.WithCancel(within(t))
		gone := make(chan struct{})
		c := fake(t, func(w http.ResponseWriter, r *http.Request) {
			defer close(gone)
			if name == "in the stream" {
				say(w, "data: "+progress0+"\n\n")
			} else {
				cancel()
			}
			<-r.Context().Done()
		})
		_, err := c.Complete(ctx, CompletionRequest{Prompt: ids(3)}, func(Progress) { cancel() })
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrCut) {
			t.Errorf("%s: %v", name, err)
		}
		<-gone
	}
}

func TestQuestionsThatNoSlotAnswersHaveALimit(t *testing.T) {
	c := fake(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})
	c.patience = 20 * time.Millisecond
	_, err := c.ReadBack(within(t))
	oneSentence(t, err, "read the server's properties: /props: no answer within 20ms")
	_, err = c.Tokenizer("v", nil).Count(within(t), "hello")
	oneSentence(t, err, "/tokenize: no answer within 20ms")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = c.ReadBack(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestReadBackOfServersThatSayLess(t *testing.T) {
	const props = `{"build_info":"b8146-f20469d91","total_slots":2,"model_path":"m.gguf","default_generation_settings":{"n_ctx":512}}`
	for name, c := range map[string]struct {
		slots, models string
		want          ReadBack
	}{
		"everything":                   {`[{"n_ctx":256},{"n_ctx":128}]`, `{"data":[{"meta":{"n_vocab":9,"n_ctx_train":7}}]}`, ReadBack{Build: "b8146-f20469d91", Slots: 2, SlotContext: 128, Model: "m.gguf", Vocabulary: 9, TrainedContext: 7}},
		"no slots endpoint":            {"", `{"data":[]}`, ReadBack{Build: "b8146-f20469d91", Slots: 2, SlotContext: 512, Model: "m.gguf", Slotless: true}},
		"a slots endpoint that is cut": {"[", "", ReadBack{}},
		"nonsense":                     {`{"a":1}`, `[]`, ReadBack{Build: "b8146-f20469d91", Slots: 2, SlotContext: 512, Model: "m.gguf", Slotless: true}},
		"a null meta":                  {`[]`, `{"data":[{"meta":null}]}`, ReadBack{Build: "b8146-f20469d91", Slots: 2, SlotContext: 512, Model: "m.gguf", Slotless: true}},
	} {
		client := fake(t, func(w http.ResponseWriter, r *http.Request) {
			answer := map[string]string{"/props": props, "/slots": c.slots, "/v1/models": c.models}[r.URL.Path]
			if answer == "" {
				w.WriteHeader(501)
			}
			say(w, answer)
		})
		got, err := client.ReadBack(within(t))
		if c.want == (ReadBack{}) {
			oneSentence(t, err, "read the server's slots: read the answer of /slots: unexpected EOF")
			continue
		}
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestTheKeyIsSent(t *testing.T) {
	c := fake(t, func(_ http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer secret" {
			t.Errorf("%s got %q", r.URL.Path, got)
		}
	})
	c.key = "secret"
	if err := c.Health(within(t)); err != nil {
		t.Error(err)
	}
	_, _ = c.Complete(within(t), CompletionRequest{}, nil)
}

func BenchmarkHealth(b *testing.B) {
	c := fake(b, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"ok"}`) })
	for b.Loop() {
		if err := c.Health(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
