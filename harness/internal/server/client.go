package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Client speaks to one llama-server. It never retries: a retry would hide a crash. It has no time
// limits of its own: a prompt may take an hour, and headers come only when a slot is free.
type Client struct {
	URL  string // http://127.0.0.1:39953
	http http.Client
}

// NewClient makes a client whose connections are not kept: the server drops idle ones after 5 s, and
// the EOF of a reused one looks like a crash.
func NewClient(url string) *Client {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	return &Client{URL: url, http: http.Client{Transport: &http.Transport{
		DialContext: dialer.DialContext, DisableKeepAlives: true, DisableCompression: true,
	}}}
}

func (c *Client) post(ctx context.Context, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	return c.http.Do(request)
}

// maxReply bounds the answers that are read whole. The tokens of a lexicon take some 100 KB.
const maxReply = 256 << 20

// call posts in, or gets when in is nil, and decodes the answer into out.
func (c *Client) call(ctx context.Context, path string, in, out any) error {
	var response *http.Response
	if in == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path, nil)
		if err != nil {
			return err
		}
		if response, err = c.http.Do(request); err != nil {
			return err
		}
	} else {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		if response, err = c.post(ctx, path, body); err != nil {
			return err
		}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return httpError(response)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxReply)).Decode(out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

// Health is nil when the server says that it is ready. While it loads, the error is an HTTPError
// with status 503.
func (c *Client) Health(ctx context.Context) error { return c.call(ctx, "/health", nil, nil) }

// ReadBack is what a server says it really does.
type ReadBack struct {
	Build          string // build_info, such as b11669-Debian
	Slots          int
	SlotContext    int // n_ctx of each slot
	Model          string
	Vocabulary     int // tokens; 0 unknown
	TrainedContext int // 0 unknown
}

// ReadBack asks for /props, /slots and /v1/models. The slots' own n_ctx wins over that of /props.
func (c *Client) ReadBack(ctx context.Context) (ReadBack, error) {
	var props struct {
		Build    string `json:"build_info"`
		Slots    int    `json:"total_slots"`
		Model    string `json:"model_path"`
		Defaults struct {
			Ctx int `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	if err := c.call(ctx, "/props", nil, &props); err != nil {
		return ReadBack{}, fmt.Errorf("read /props: %w", err)
	}
	back := ReadBack{Build: props.Build, Slots: props.Slots, SlotContext: props.Defaults.Ctx, Model: props.Model}
	var slots []struct {
		Ctx int `json:"n_ctx"`
	}
	if err := c.call(ctx, "/slots", nil, &slots); err == nil && len(slots) > 0 {
		back.Slots, back.SlotContext = len(slots), slots[0].Ctx
		for _, s := range slots {
			back.SlotContext = min(back.SlotContext, s.Ctx)
		}
	}
	var models struct {
		Data []struct {
			Meta struct {
				Vocabulary int `json:"n_vocab"`
				Trained    int `json:"n_ctx_train"`
			} `json:"meta"`
		} `json:"data"`
	}
	if err := c.call(ctx, "/v1/models", nil, &models); err == nil && len(models.Data) > 0 {
		back.Vocabulary, back.TrainedContext = models.Data[0].Meta.Vocabulary, models.Data[0].Meta.Trained
	}
	return back, nil
}
