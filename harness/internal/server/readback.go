package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ReadBack is what a server says it really does.
type ReadBack struct {
	Build          string // build_info, such as b11669-Debian
	Slots          int
	SlotContext    int // n_ctx of each slot; of the smallest, where they differ
	Model          string
	Vocabulary     int // tokens; 0 unknown
	TrainedContext int // 0 unknown
	SizeBytes      int64
	Marker         string // media_marker; "" unknown
	FileType       string // as the server calls it; "" unknown
	Slotless       bool   // /slots does not answer: whether a slot is busy cannot be known
}

// ReadBack asks for /props, /slots and /v1/models. The slots' own n_ctx wins over that of /props.
// Servers without /slots (--no-slots) or with a /v1/models of another form are read all the same.
func (c *Client) ReadBack(ctx context.Context) (ReadBack, error) {
	back, err := c.properties(ctx)
	if err != nil {
		return ReadBack{}, err
	}
	var slots []struct {
		Ctx int `json:"n_ctx"`
	}
	if err := c.ask(ctx, "/slots", nil, &slots); !answered(err) {
		return back, fmt.Errorf("read the server's slots: %w", err)
	} else if back.Slotless = err != nil || len(slots) == 0; !back.Slotless {
		back.Slots, back.SlotContext = len(slots), slots[0].Ctx
		for _, s := range slots {
			back.SlotContext = min(back.SlotContext, s.Ctx)
		}
	}
	var models struct {
		Data []struct {
			Meta struct {
				Vocabulary int   `json:"n_vocab"`
				Trained    int   `json:"n_ctx_train"`
				Size       int64 `json:"size"`
			} `json:"meta"`
		} `json:"data"`
	}
	if err := c.ask(ctx, "/v1/models", nil, &models); !answered(err) {
		return back, fmt.Errorf("read the server's model: %w", err)
	} else if err == nil && len(models.Data) > 0 {
		meta := models.Data[0].Meta
		back.Vocabulary, back.TrainedContext, back.SizeBytes = meta.Vocabulary, meta.Trained, meta.Size
	}
	return back, nil
}

// properties are what /props says.
func (c *Client) properties(ctx context.Context) (ReadBack, error) {
	var props struct {
		Build    string `json:"build_info"`
		Slots    int    `json:"total_slots"`
		Model    string `json:"model_path"`
		Ftype    string `json:"model_ftype"`
		Marker   string `json:"media_marker"`
		Defaults struct {
			Ctx int `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	if err := c.ask(ctx, "/props", nil, &props); err != nil {
		return ReadBack{}, fmt.Errorf("read the server's properties: %w", err)
	}
	return ReadBack{Build: props.Build, Slots: props.Slots, SlotContext: props.Defaults.Ctx, Model: props.Model, FileType: props.Ftype, Marker: props.Marker}, nil
}

// answered reports whether err is nil or an answer, though not the one hoped for.
func answered(err error) bool {
	var refusal *HTTPError
	var syntax *json.SyntaxError
	var form *json.UnmarshalTypeError
	return err == nil || errors.As(err, &refusal) || errors.As(err, &syntax) || errors.As(err, &form)
}

// Slots is the answer of /slots as it came. The limit is ctx's alone.
func (c *Client) Slots(ctx context.Context) (json.RawMessage, error) {
	var slots json.RawMessage
	err := c.call(ctx, "/slots", nil, &slots)
	return slots, err
}

// Busy reports whether any slot works on something. Builds have told it by is_processing since October
// 2024 (llama.cpp tools/server/server-context.cpp), and by state before.
func Busy(slots json.RawMessage) bool {
	var list []struct {
		Processing *bool `json:"is_processing"`
	}
	if json.Unmarshal(slots, &list) != nil {
		return true
	}
	for _, s := range list {
		if s.Processing == nil || *s.Processing {
			return true
		}
	}
	return len(list) == 0
}

// AwaitIdle returns once no slot works on anything. A server notices that a client has gone within a
// second or at its next progress event, and ends the work at the next batch; it is asked seldom, because
// questions restart the clock by which builds before August 2026 notice.
func (c *Client) AwaitIdle(ctx context.Context) error {
	for pause := 50 * time.Millisecond; ; pause = min(4*pause, 3*time.Second) {
		slots, err := c.Slots(ctx)
		if err == nil && !Busy(slots) {
			return nil
		}
		if err == nil {
			err = errors.New("slots are busy")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until the server is idle: %w", err)
		case <-time.After(pause):
		}
	}
}
