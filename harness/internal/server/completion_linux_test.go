package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/tinymodel"
)

func TestWavesOnTheRealServer(t *testing.T) {
	for _, np := range []int{1, 2} {
		s := launched(t, realSpec(t, tinymodel.Mamba, np, 8192*np))
		for _, reply := range []int{1, 16} {
			for _, cached := range []bool{false, true} {
				var wave sync.WaitGroup
				for slot := range np {
					wave.Go(func() {
						what := fmt.Sprintf("np %d, reply %d, cached %v, slot %d", np, reply, cached, slot)
						var seen []Progress
						got, err := s.Complete(within(t), CompletionRequest{Prompt: ids(5000), Slot: slot, Reply: reply, Cache: cached},
							func(p Progress) { seen = append(seen, p) })
						if err != nil || !got.Complete || got.HTTPStatus != 200 || got.PromptTokens != 5000 || got.Slot != slot || got.StopType != "limit" || got.Truncated {
							t.Errorf("%s: %v %+v", what, err, got)
						}
						if got.PredictedTokens != reply || len(got.Reply) != reply {
							t.Errorf("%s: %d tokens predicted, %d came", what, got.PredictedTokens, len(got.Reply))
						}
						if got.CachedTokens+got.ProcessedTokens != 5000 || !cached && got.CachedTokens != 0 || got.PromptTime <= 0 {
							t.Errorf("%s: %+v", what, got)
						}
						checkProgress(t, what, seen, 5000, reply)
					})
				}
				wave.Wait()
			}
		}
	}
}

// checkProgress holds every sign of life to the one before it.
func checkProgress(t *testing.T, what string, seen []Progress, prompt, reply int) {
	t.Helper()
	var last Progress
	processed, generated := 0, 0
	for i, p := range seen {
		switch {
		case p.Generated > 0:
			if p.Processed != 0 || p.Generated != last.Generated+1 {
				t.Errorf("%s: %+v after %+v", what, p, last)
			}
			generated = p.Generated
		case p.Total != prompt || i > 0 && p.Processed <= last.Processed || last.Generated > 0:
			t.Errorf("%s: %+v after %+v", what, p, last)
		default:
			processed = p.Processed
		}
		last = p
	}
	if processed != prompt || generated != reply {
		t.Errorf("%s: ended at %d processed, %d generated", what, processed, generated)
	}
}

func TestTheEdgeOfTheContextOnTheRealServer(t *testing.T) {
	s := launched(t, realSpec(t, tinymodel.Llama, 1, 512))
	got, err := s.Complete(within(t), CompletionRequest{Prompt: ids(511), Reply: 4}, nil)
	if err != nil || !got.Complete || !got.Truncated || got.PredictedTokens != 1 || len(got.Reply) != 1 {
		t.Errorf("n_ctx - 1: %v %+v", err, got)
	}
	for name, c := range map[string]struct {
		request CompletionRequest
		kind    string
		says    string
	}{
		"n_ctx":         {CompletionRequest{Prompt: ids(512), Reply: 4}, "exceed_context_size_error", "request (512 tokens) exceeds the available context size (512 tokens)"},
		"far more":      {CompletionRequest{Prompt: ids(300_000), Reply: 4}, "exceed_context_size_error", "request (300000 tokens)"},
		"nothing":       {CompletionRequest{}, "invalid_request_error", "must not be empty"},
		"no such token": {CompletionRequest{Prompt: []int32{1, 1 << 30}}, "invalid_request_error", "invalid tokens"},
	} {
		got, err := s.Complete(within(t), c.request, nil)
		var refusal *HTTPError
		if !errors.As(err, &refusal) || refusal.Status != 400 || refusal.Type != c.kind || !strings.Contains(refusal.Message, c.says) || got.HTTPStatus != 400 {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
	if got, err := s.Complete(within(t), CompletionRequest{Text: "hello é☃😀 \"\\\n<|im_start|>", Reply: 2}, nil); err != nil || len(got.Reply) != 2 {
		t.Errorf("text: %v %+v", err, got)
	}
}

func TestProbabilitiesOnTheRealServer(t *testing.T) {
	s := launched(t, realSpec(t, tinymodel.Llama, 2, 2048))
	for _, probs := range []int{0, 1, 2, 8} {
		got, err := s.Complete(within(t), CompletionRequest{Prompt: ids(100), Reply: 16, Slot: 1, Probs: probs}, nil)
		if err != nil || len(got.Reply) != 16 || got.Text == "" {
			t.Fatalf("%d: %v %+v", probs, err, got)
		}
		if want := 16 * min(probs, 1); len(got.Probabilities) != want {
			t.Fatalf("%d asked for: %d entries, want %d", probs, len(got.Probabilities), want)
		}
		for i, p := range got.Probabilities {
			if p.ID != got.Reply[i] || !(p.Logprob < 0) || len(p.Rivals) != probs-1 {
				t.Errorf("%d asked for: token %d is %+v", probs, got.Reply[i], p)
			}
			for k, r := range p.Rivals {
				if r.ID == p.ID || r.Logprob > p.Logprob || k > 0 && r.Logprob > p.Rivals[k-1].Logprob {
					t.Errorf("rival %d of %+v", k, p)
				}
			}
		}
	}
}

// The server sends nothing for tokens that leave the text within a character, and says so in no event,
// not even where probabilities were asked for.
func TestTokensThatTheServerHoldsBack(t *testing.T) {
	s := launched(t, realSpec(t, tinymodel.Llama, 1, 512))
	for name, c := range map[string]struct {
		grammar   string
		predicted int
		most      int
	}{
		"a character of three tokens": {`root ::= "☃☃"`, 6, 5},
		"half a character":            {`root ::= "☃☃"`, 2, 1},
	} {
		body, err := json.Marshal(map[string]any{
			"prompt": ids(10), "stream": true, "return_progress": true, "return_tokens": true, "temperature": 0,
			"n_predict": c.predicted, "grammar": c.grammar, "id_slot": 0, "cache_prompt": false, "seed": 1, "n_probs": 2,
		})
		if err != nil {
			t.Fatal(err)
		}
		response, err := s.send(within(t), "/completion", body)
		if err != nil {
			t.Fatal(err)
		}
		f := follower{allowance: 100}
		err = events(response.Body, maxEvent, f.take)
		response.Body.Close()
		if err != nil || !f.Complete || f.PredictedTokens != c.predicted || len(f.Reply) > c.most || len(f.Probabilities) != len(f.Reply) {
			t.Errorf("%s: %v, %d predicted, reply %v", name, err, f.PredictedTokens, f.Reply)
		}
	}
}

// asking sends a prompt that takes seconds, and calls midway once its prompt is under way.
func asking(t *testing.T, s *Server, ctx context.Context, midway func()) (Completion, error) {
	t.Helper()
	var once sync.Once
	return s.Complete(ctx, CompletionRequest{Prompt: ids(60_000), Reply: 1}, func(p Progress) {
		if p.Processed > 0 {
			once.Do(midway)
		}
	})
}

// slow is a server on which a prompt of 60,000 tokens takes half a minute.
func slow(t *testing.T) *Server { return launched(t, realSpec(t, tinymodel.Llama, 1, 65_536)) }

func TestAServerThatIsKilledMidway(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"signal:SIGKILL": syscall.SIGKILL, "signal:SIGABRT": syscall.SIGABRT, "signal:SIGSEGV": syscall.SIGSEGV} {
		s := slow(t)
		got, err := asking(t, s, within(t), func() { _ = syscall.Kill(s.PID(), sig) })
		if !errors.Is(err, ErrCut) || got.Complete || got.HTTPStatus != 200 || got.PromptTokens != 60_000 {
			t.Errorf("%s: %v %+v", name, err, got)
		}
		select {
		case <-s.Done():
		case <-time.After(patient):
			t.Fatal("the end is not seen")
		}
		if exit, ended := s.Exit(); !ended || !s.Exited() || exit.String() != name || exit.Requested {
			t.Errorf("%s: %s, requested %v", name, exit, exit.Requested)
		}
		if err := s.Health(within(t)); err == nil {
			t.Error("a dead server is well")
		}
		if exit := s.Stop(context.Background(), time.Second); exit.String() != name || exit.Requested {
			t.Errorf("after stop: %s, requested %v", exit, exit.Requested)
		}
		gone(t, s)
	}
}

func TestAServerThatFreezesMidwayIsLeftAndEnded(t *testing.T) {
	s := slow(t)
	ctx, cancel := context.WithCancel(within(t))
	_, err := asking(t, s, ctx, func() {
		freeze(t, s.PID())
		cancel()
	})
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrCut) {
		t.Errorf("got %v", err)
	}
	if s.Exited() {
		t.Error("it has ended")
	}
	s.patience = 50 * time.Millisecond
	for ctx := within(t); err == nil || errors.Is(err, context.Canceled); _, err = s.ReadBack(ctx) {
		// SIGSTOP takes its time to reach all threads
	}
	oneSentence(t, err, "no answer within 50ms")
	began := time.Now()
	if exit := s.Stop(context.Background(), 200*time.Millisecond); exit.String() != "signal:SIGKILL" || !exit.Requested || time.Since(began) > 5*time.Second {
		t.Errorf("%s after %s", exit, time.Since(began))
	}
	gone(t, s)
}

// freeze stops a process and waits until its every thread stands still: the signal takes its time.
func freeze(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(patient); !still(pid); {
		if time.Now().After(deadline) {
			t.Error("it does not stand still")
			return
		}
	}
}

func still(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, thread := range threads {
		data, err := os.ReadFile(thread)
		if _, rest, _ := strings.Cut(string(data), ") "); err == nil && !strings.HasPrefix(rest, "T") {
			return false
		}
	}
	return len(threads) > 0
}

func TestACancelledPromptLeavesAServerThatWorks(t *testing.T) {
	s := slow(t)
	ctx, cancel := context.WithCancel(within(t))
	if _, err := asking(t, s, ctx, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	got, err := s.Complete(within(t), CompletionRequest{Prompt: ids(100), Reply: 1}, nil)
	if err != nil || !got.Complete || got.PromptTokens != 100 || got.CachedTokens != 0 {
		t.Errorf("afterwards: %v %+v", err, got)
	}
}

func TestStoppingBreaksOffWhatIsInFlight(t *testing.T) {
	s := slow(t)
	stopped := make(chan process.Exit, 1)
	_, err := asking(t, s, within(t), func() { go func() { stopped <- s.Stop(context.Background(), 20*time.Second) }() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// With its client gone the server obeys TERM, so that nothing has to be killed.
	if exit := <-stopped; exit.String() != "code:0" || exit.Killed {
		t.Errorf("%s, killed %v", exit, exit.Killed)
	}
	gone(t, s)
	if left := process.Descendants(os.Getpid()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTheRealTokenizer(t *testing.T) {
	s := launched(t, realSpec(t, tinymodel.Llama, 1, 512))
	tokenizer := s.Tokenizer("tiny", nil)
	pieces := []string{"", "a", "", " the", "<|im_start|>", "-1", "é☃😀", "<|im_end|>\n", "\x00", strings.Repeat("word ", 2000), ""}
	got, err := tokenizer.TokenizePieces(within(t), pieces)
	if err != nil || tokenizer.Calls() != 1 {
		t.Fatal(err)
	}
	for i, p := range pieces {
		alone, err := tokenizer.TokenizePieces(within(t), []string{p})
		if err != nil || len(alone) != 1 || fmt.Sprint(alone[0]) != fmt.Sprint(got[i]) {
			t.Errorf("piece %d: %v alone, %v among others (%v)", i, alone, got[i], err)
		}
		if len(got[i]) == 0 && p != "" || len(got[i]) > len(p) {
			t.Errorf("piece %d: %d tokens of %d bytes", i, len(got[i]), len(p))
		}
	}
	if len(got[4]) < 2 {
		t.Errorf("a control token's text became the token: %v", got[4])
	}
	text := "hello the world <|im_start|>"
	n, err := tokenizer.Count(within(t), text)
	answer, completeErr := s.Complete(within(t), CompletionRequest{Text: text, Reply: 1}, nil)
	if err := errors.Join(err, completeErr); err != nil || n != answer.PromptTokens {
		t.Errorf("counted %d, the server %d: %v", n, answer.PromptTokens, err)
	}
	chat, err := tokenizer.CountChat(within(t), "hi")
	short, shortErr := tokenizer.Count(within(t), "hi")
	if err := errors.Join(err, shortErr); err != nil || chat <= short {
		t.Errorf("a chat of %d tokens, its text has %d: %v", chat, short, err)
	}
}

// BenchmarkRequest shows what a request costs beyond the server's own work, which is next to none.
func BenchmarkRequest(b *testing.B) {
	s := launched(b, realSpec(b, tinymodel.Mamba, 1, 512))
	var servers time.Duration
	for b.Loop() {
		got, err := s.Complete(context.Background(), CompletionRequest{Prompt: ids(10), Reply: 1}, nil)
		if err != nil {
			b.Fatal(err)
		}
		servers += got.PromptTime + got.PredictedTime
	}
	b.ReportMetric(float64(servers.Microseconds())/float64(b.N)/1000, "ms-server/op")
}

// BenchmarkTokenise cuts a lexicon of 20,000 words into tokens on the real server, in one question.
func BenchmarkTokenise(b *testing.B) {
	s := launched(b, realSpec(b, tinymodel.Gemma3, 1, 512))
	var pieces []string
	size := 0
	for i := range 20_000 {
		pieces = append(pieces, fmt.Sprintf(" word%d", i))
		size += len(pieces[i])
	}
	tokenizer := s.Tokenizer("tiny", nil)
	for b.Loop() {
		if cut, err := tokenizer.TokenizePieces(context.Background(), pieces); err != nil || len(cut) != len(pieces) {
			b.Fatal(len(cut), err)
		}
	}
	b.SetBytes(int64(size))
	b.ReportMetric(float64(tokenizer.Calls())/float64(b.N), "questions/op")
}
