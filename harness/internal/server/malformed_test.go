package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// rawServer answers every question with bytes of the test's choice, and hangs up, unless they are to hold the line.
func rawServer(t testing.TB, answer func(path string) (text []byte, hold bool)) *Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				q, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, q.Body)
				text, hold := answer(q.URL.Path)
				_, _ = c.Write(text)
				if hold {
					_, _ = in.ReadByte() // until the client goes
				}
			}()
		}
	}()
	return NewClient("http://" + l.Addr().String())
}

// reply is an answer of HTTP.
func reply(head, body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n" + head + "\r\n" + body
}

// TestMalformedAnswersToPrompts: each ends in one sentence, at once, or is as good as a whole one.
func TestMalformedAnswersToPrompts(t *testing.T) {
	whole := "data: " + token1 + "\n\ndata: " + final3 + "\n\n"
	chunk := func(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
	for name, c := range map[string]struct {
		answer, want string // want "": it is taken for whole
	}{
		"no status line":                       {"hello there\r\n\r\n", "malformed HTTP"},
		"nothing":                              {"", "EOF"},
		"half a status line":                   {"HTTP/1.1 2", "malformed HTTP"},
		"a status of words":                    {"HTTP/1.1 OK yes\r\n\r\n", "malformed HTTP status code"},
		"a header without a colon":             {"HTTP/1.1 200 OK\r\nx\x1b[31m\x00" + strings.Repeat("y", 5000) + "\r\n\r\n", "malformed MIME header"},
		"1 MB of header":                       {reply("X: "+strings.Repeat("x", 1<<20)+"\r\n", whole), ""},
		"20 MB of header":                      {reply("X: "+strings.Repeat("x", 20<<20)+"\r\n", whole), "exceeded"},
		"100,000 headers":                      {reply(strings.Repeat("X: y\r\n", 100_000), whole), ""},
		"100-continue, and no more":            {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), "EOF"},
		"a length that is too large":           {reply("Content-Length: 99999\r\n", whole), ""},
		"a length that is too large, and cut":  {reply("Content-Length: 99999\r\n", "data: "+token1+"\n\n"), "cut before its final event"},
		"a length that is too small":           {reply("Content-Length: 20\r\n", whole), "cut before its final event"},
		"a negative length":                    {reply("Content-Length: -5\r\n", whole), "bad Content-Length"},
		"two lengths":                          {reply("Content-Length: 5\r\nContent-Length: 6\r\n", whole), "Content-Length"},
		"chunks that are cut off":              {reply("Transfer-Encoding: chunked\r\n", chunk("data: "+token1+"\n\n")+"ffff\r\ndata"), "cut before its final event"},
		"chunks of no size":                    {reply("Transfer-Encoding: chunked\r\n", "zz\r\n"), "invalid byte in chunk length"},
		"a chunk of 2^64 bytes":                {reply("Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\n"), "chunk length too large"},
		"whole, in chunks without an end":      {reply("Transfer-Encoding: chunked\r\n", chunk(whole)), ""},
		"gzip that nobody asked for":           {reply("Content-Encoding: gzip\r\n", "\x1f\x8b\x08\x00garbage\n\n"), "cut before its final event"},
		"204":                                  {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP 204"},
		"a redirect to itself":                 {"HTTP/1.1 301 Moved\r\nLocation: /completion\r\nContent-Length: 0\r\n\r\n", "HTTP 301"},
		"another protocol":                     {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "HTTP 101"},
		"a page":                               {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>\nhello", "calls itself text/html"},
		"CRLF":                                 {reply("", strings.ReplaceAll(whole, "\n", "\r\n")), ""},
		"two events without a blank line":      {reply("", "data: "+token1+"\ndata: "+final3+"\n\n"), "it is no JSON"},
		"cut in a character":                   {reply("", "data: {\"content\":\"\xe6\x97"), "cut before its final event"},
		"half a character":                     {reply("", "data: {\"content\":\"\xe6\x97\"}\n\n"+whole), ""},
		"NUL bytes":                            {reply("", "data: {\"content\":\"a\x00b\"}\n\n"), "it is no JSON"},
		"NUL bytes between":                    {reply("", "\x00\x00\n\n"+whole), ""},
		"garbage":                              {reply("", "data: \x1b[2J}{\n\n"), "it is no JSON"},
		"a line of 70 MB":                      {reply("", "data: "+strings.Repeat("x", 70<<20)), "larger than"},
		"a text that is a number":              {reply("", "data: {\"content\":5}\n\n"), "content is a number"},
		"tokens that are words":                {reply("", "data: {\"tokens\":[\"a\"]}\n\n"), "tokens is a string"},
		"a token of 2^40":                      {reply("", "data: {\"tokens\":[1099511627776]}\n\n"), "tokens is a number 1099511627776"},
		"a huge number":                        {reply("", "data: {\"tokens_predicted\":1e400}\n\n"), "tokens_predicted is a number 1e400"},
		"10,000 brackets":                      {reply("", "data: {\"x\":"+strings.Repeat("[", 20_000)+"\n\n"), "exceeded max depth"},
		"an array":                             {reply("", "data: []\n\n"), "it is a array"},
		"null":                                 {reply("", "data: null\n\n"+whole), ""},
		"a key twice":                          {reply("", "data: {\"stop\":true,\"stop\":false}\n\n"+whole), ""},
		"an error of no kind":                  {reply("", "data: {\"error\":[1,{\"\\u001b\":2}]}\n\n"), "HTTP 500"},
		"progress that runs over its end":      {reply("", "data: {\"prompt_progress\":{\"total\":3,\"processed\":4611686018427387904}}\n\n"+whole), ""},
		"counts below zero":                    {reply("", "data: {\"tokens_evaluated\":-5,\"id_slot\":-9,\"prompt_progress\":{\"total\":-1,\"processed\":-1}}\n\n"+whole), ""},
		"times that are none":                  {reply("", "data: {\"stop\":true,\"timings\":{\"prompt_ms\":-1e300,\"predicted_ms\":1e300,\"prompt_n\":-1}}\n\n"), ""},
		"a byte order mark and lone CRs":       {reply("", "\ufeff\r\r\r\n"+whole), ""},
		"tokens that go on":                    {reply("", strings.Repeat("data: "+token1+"\n\n", 5000)), "the reply does not end"},
		"one event with more tokens than that": {reply("", "data: {\"tokens\":["+strings.Repeat("1,", 5000)+"1]}\n\n"), "the reply does not end"},
	} {
		t.Run(name, func(t *testing.T) {
			client := rawServer(t, func(string) ([]byte, bool) { return []byte(c.answer), false })
			got, err := client.Complete(within(t), CompletionRequest{Prompt: ids(3), Reply: 2}, func(p Progress) {
				if p.Processed > 20_000 {
					t.Errorf("progress %+v", p)
				}
			})
			if c.want == "" && (err != nil || !got.Complete) {
				t.Errorf("%v %+v", err, got)
			}
			if c.want != "" {
				oneSentence(t, err, c.want)
				presentable(t, err)
			}
			if got.PromptTime < 0 || got.PredictedTime < 0 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// presentable checks what a user will read, or a database keep.
func presentable(t interface{ Errorf(string, ...any) }, err error) {
	if text := err.Error(); len(text) > 1000 || strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) >= 0 {
		t.Errorf("%d bytes: %.300q", len(text), text)
	}
}

// questions are all that a client asks besides prompts.
var questions = map[string]func(context.Context, *Client) error{
	"/props":   func(ctx context.Context, c *Client) error { _, err := c.ReadBack(ctx); return err },
	"/slots":   func(ctx context.Context, c *Client) error { s, err := c.Slots(ctx); Busy(s); return err },
	"/metrics": func(ctx context.Context, c *Client) error { p, err := c.Feel(ctx); p.After(p); return err },
	"/health":  func(ctx context.Context, c *Client) error { return c.Health(ctx) },
	"/tokenize": func(ctx context.Context, c *Client) error {
		_, err := c.Tokenizer("v", nil).TokenizePieces(ctx, []string{"a", "b"})
		return err
	},
	"/detokenize": func(ctx context.Context, c *Client) error {
		_, err := c.Tokenizer("v", nil).Text(ctx, ids(3))
		return err
	},
	"/apply-template": func(ctx context.Context, c *Client) error {
		_, err := c.Tokenizer("v", nil).CountChat(ctx, "a")
		return err
	},
	"/completion": func(ctx context.Context, c *Client) error {
		_, err := c.Complete(ctx, CompletionRequest{Prompt: ids(3), Reply: 2}, func(Progress) {})
		return err
	},
	"/v1/chat/completions": func(ctx context.Context, c *Client) error {
		_, err := c.Complete(ctx, CompletionRequest{Text: "a", Path: "/v1/chat/completions", Reply: 2}, nil)
		return err
	},
	"/infill": func(ctx context.Context, c *Client) error {
		_, err := c.Complete(ctx, CompletionRequest{Text: "a", Path: "/infill", Reply: 2, Params: `{"stream":false}`}, nil)
		return err
	},
}

// TestMalformedAnswersToQuestions: one sentence, at once.
func TestMalformedAnswersToQuestions(t *testing.T) {
	for name, c := range map[string]struct{ path, body, want string }{
		"props that are words":     {"/props", `{"total_slots":"two"}`, "read the server's properties: read the answer of /props: total_slots is a string, which it cannot be"},
		"props that are a list":    {"/props", `[]`, "it is a array"},
		"props of 2^70 slots":      {"/props", `{"total_slots":1180591620717411303424}`, "total_slots is a number"},
		"props with half a slot":   {"/props", `{"total_slots":1.5}`, "total_slots is a number 1.5"},
		"props nested deeply":      {"/props", `{"x":` + strings.Repeat(`{"x":`, 20_000), "exceeded max depth"},
		"props that are no JSON":   {"/props", "<html>\n\x1b[31m", "it is no JSON"},
		"props that are empty":     {"/props", "", "it is empty"},
		"props that are cut":       {"/props", `{"total_slots":1,`, "unexpected EOF"},
		"tokens that are words":    {"/tokenize", `{"tokens":["a"]}`, "tokens is a string"},
		"tokens in an object":      {"/tokenize", `{"tokens":{"a":1}}`, "tokens is a object"},
		"other tokens":             {"/tokenize", `{"tokens":[1,2,3]}`, "2 pieces were sent, 0 came back"},
		"tokens that are null":     {"/tokenize", `{"tokens":null}`, "0 came back"},
		"a text that is a number":  {"/detokenize", `{"content":7}`, "content is a number"},
		"a template that is a map": {"/apply-template", `{"prompt":{}}`, "prompt is a object"},
		"an answer that is no map": {"/v1/chat/completions", `7`, "cut before its final event"},
		"one whole answer, cut":    {"/infill", `{"content":"a"`, "it is no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			client := rawServer(t, func(string) ([]byte, bool) {
				return []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + c.body), false
			})
			err := questions[c.path](within(t), client)
			oneSentence(t, err, c.want)
			presentable(t, err)
		})
	}
}

// answers are valid ones, by path.
func answers() map[string]string {
	json := func(body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	stream := "data: " + progress0 + "\n\ndata: " + progress20 + "\n\n:\n\ndata: " + token1 + "\n\ndata: " + final3 + "\n\n"
	openAI := "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"
	return map[string]string{
		"/props":               json(`{"build_info":"b8146-f20469d91","total_slots":2,"model_path":"m.gguf","media_marker":"<x>","default_generation_settings":{"n_ctx":512}}`),
		"/slots":               json(`[{"id":0,"n_ctx":256,"id_task":7,"is_processing":false},{"id":1,"n_ctx":256,"id_task":-1,"is_processing":false}]`),
		"/v1/models":           json(`{"data":[{"meta":{"n_vocab":9,"n_ctx_train":7,"size":5}}]}`),
		"/metrics":             json("llamacpp:prompt_tokens_total 5\nllamacpp:n_decode_total 1e3\n"),
		"/health":              json(`{"status":"ok"}`),
		"/tokenize":            json(`{"tokens":[-1,5,6,-1,7,-1]}`),
		"/detokenize":          json(`{"content":"abc"}`),
		"/apply-template":      json(`{"prompt":"<|user|>a"}`),
		"/completion":          reply("", stream),
		"/v1/chat/completions": reply("Transfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(openAI), openAI)),
		"/infill":              json(final3),
	}
}

// TestAnyAnswerEnds: whatever becomes of a valid answer on its way, whoever asked has an answer or an error within the
// bound, in one line, and nothing panics.
func TestAnyAnswerEnds(t *testing.T) {
	valid := answers()
	for path, ask := range questions {
		client := rawServer(t, func(p string) ([]byte, bool) { return []byte(valid[p]), false })
		if err := ask(within(t), client); err != nil {
			t.Fatalf("%s, untouched: %v", path, err)
		}
	}
	shreds := rapid.SampledFrom([]string{"\x00", "\xff", "\n", "\r\n", "\r\n\r\n", "{", "}", "[", "\"", "-", "9", "e9", "null", ":", ",", "data: ", "1e400", "true", "\x1b[2J", "HTTP/1.1 200 OK\r\n", "99999999999999999999", strings.Repeat("[", 500), strings.Repeat("x", 9000)})
	rapid.Check(t, func(rt *rapid.T) {
		path := rapid.SampledFrom([]string{"/props", "/slots", "/metrics", "/health", "/tokenize", "/detokenize", "/apply-template", "/completion", "/v1/chat/completions", "/infill"}).Draw(rt, "path")
		victim := path
		if path == "/props" {
			victim = rapid.SampledFrom([]string{"/props", "/slots", "/v1/models"}).Draw(rt, "victim")
		}
		text := []byte(valid[victim])
		for range rapid.IntRange(1, 4).Draw(rt, "changes") {
			at := rapid.IntRange(0, len(text)).Draw(rt, "at")
			to := min(len(text), at+rapid.SampledFrom([]int{0, 1, 1, 5, 50, 5000}).Draw(rt, "cut"))
			text = bytes.Join([][]byte{text[:at], []byte(shreds.Draw(rt, "shred")), text[to:]}, nil)
		}
		hold := rapid.IntRange(0, 9).Draw(rt, "hold") == 0
		client := rawServer(t, func(p string) ([]byte, bool) {
			if p == victim {
				return text, hold
			}
			return []byte(valid[p]), false
		})
		client.patience = 50 * time.Millisecond
		ctx, done := context.WithTimeout(within(t), 100*time.Millisecond)
		defer done()
		began := time.Now()
		err := questions[path](ctx, client)
		if took := time.Since(began); took > 10*time.Second {
			rt.Errorf("%s after %s", victim, took)
		}
		if err != nil {
			presentable(rt, err)
		}
	})
}
