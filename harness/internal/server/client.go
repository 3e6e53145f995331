package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"ctxcliff/harness/internal/awake"
)

// Client speaks to one llama-server. It never retries and follows no redirects: a retry would hide a
// crash. A prompt has no time limit, because it may take an hour, and headers come only when a slot
// is free; questions that no slot has to answer do.
type Client struct {
	URL      string // http://127.0.0.1:39953; may have a path, which goes before that of each question
	http     http.Client
	key      string          // --api-key of the server; "" none
	patience time.Duration   // for questions that no slot has to answer
	life     context.Context // ends at hangUp
	hangUp   context.CancelFunc
}

// patience is for /props, /slots, /v1/models, /tokenize and /apply-template. Tokenising 50 MB took
// 13 s; builds before August 2026 answer only between two batches.
const patience = 2 * time.Minute

// NewClient makes a client whose connections are not kept: the server drops idle ones after 5 s, and
// the EOF of a reused one looks like a crash. No proxy is used, whatever the environment says.
func NewClient(url string) *Client {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	c := &Client{URL: url, patience: patience, http: http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.life, c.hangUp = context.WithCancel(context.Background())
	return c
}

// WithKey makes the client send this API key with every question; "" none.
func (c *Client) WithKey(key string) *Client {
	c.key = key
	return c
}

// HangUp breaks off the requests that are in flight; their callers see the cancellation. No further one
// is sent.
func (c *Client) HangUp() { c.hangUp() }

// begin is ctx for one exchange, ended by the server's Stop too. Whoever calls it calls the function
// when the answer was read.
func (c *Client) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// send posts the body, or gets when it is nil.
func (c *Client) send(ctx context.Context, path string, body []byte) (*http.Response, error) {
	method, reader := http.MethodGet, io.Reader(nil)
	if body != nil {
		method, reader = http.MethodPost, bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.URL+path, reader)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	response, err := c.http.Do(request)
	return response, tidy(err)
}

// maxReply bounds the answers that are read whole. The tokens of a lexicon take some 100 KB.
const maxReply = 256 << 20

// call posts in, or gets when in is nil, and decodes the answer into out.
func (c *Client) call(ctx context.Context, path string, in, out any) error {
	ctx, release := c.begin(ctx)
	defer release()
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode the question for %s: %w", path, err)
		}
	}
	response, err := c.send(ctx, path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return httpError(response)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxReply)).Decode(out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, nonsense(err))
	}
	return nil
}

// ask is call with a limit, for what every living server answers soon.
func (c *Client) ask(ctx context.Context, path string, in, out any) error {
	within, done := awake.Within(ctx, c.patience)
	defer done()
	err := c.call(within, path, in, out)
	if errors.Is(within.Err(), context.DeadlineExceeded) && ctx.Err() == nil && err != nil {
		return fmt.Errorf("%s: no answer within %s", path, c.patience)
	}
	return err
}

// Health is nil when the server says that it is ready. While it loads, the error is an [*HTTPError]
// with status 503. The limit is ctx's alone.
func (c *Client) Health(ctx context.Context) error { return c.call(ctx, "/health", nil, nil) }
