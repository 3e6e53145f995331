package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Pulse is what tells one life of a server from the next for somebody who only speaks to it: what it
// says that it is, and counters that never go back while it lives.
type Pulse struct {
	Build, Model       string
	Slots, SlotContext int

	marker   string             // media_marker, which builds since 2026 draw anew in each process; "" there is none
	task     int                // highest id_task of any slot; -1 none yet
	tasks    bool               // /slots was there to tell
	counters map[string]float64 // of /metrics; nil where it is disabled
}

// Feel takes the pulse. Servers without /slots or /metrics are felt all the same: see [Pulse.Beats].
func (c *Client) Feel(ctx context.Context) (Pulse, error) {
	back, err := c.properties(ctx)
	p := Pulse{Build: back.Build, Model: back.Model, Slots: back.Slots, SlotContext: back.SlotContext, marker: back.Marker, task: -1}
	if err != nil {
		return p, err
	}
	slots, err := c.Slots(ctx)
	if !answered(err) {
		return p, fmt.Errorf("read the server's slots: %w", err)
	}
	p.task, p.tasks = latestTask(slots)
	p.counters, err = c.counters(ctx)
	if !answered(err) {
		return p, fmt.Errorf("read the server's counters: %w", err)
	}
	return p, nil
}

// Beats reports whether the server shows anything that counts: without, a restart between two questions
// goes unseen.
func (p Pulse) Beats() bool { return p.tasks || p.counters != nil || p.drawn() }

// drawn reports whether the marker was drawn: older builds have a fixed one.
func (p Pulse) drawn() bool { return p.marker != "" && p.marker != fixedMarker }

const fixedMarker = "<__media__>"

// After says how it shows that this is another life than the one of an earlier pulse, as the rest of a
// sentence about the server; "" when it may be the same.
func (p Pulse) After(earlier Pulse) string {
	switch {
	case p.Build != earlier.Build:
		return fmt.Sprintf("is now build %s and was %s", p.Build, earlier.Build)
	case p.Model != earlier.Model:
		return fmt.Sprintf("has now the model %s and had %s", p.Model, earlier.Model)
	case p.Slots != earlier.Slots, p.SlotContext != earlier.SlotContext:
		return fmt.Sprintf("has now %d slots of %d tokens and had %d of %d", p.Slots, p.SlotContext, earlier.Slots, earlier.SlotContext)
	case p.drawn() && earlier.drawn():
		if p.marker != earlier.marker {
			return "is another process of the same build"
		}
		return ""
	case p.tasks && earlier.tasks && p.task < earlier.task:
		return "counts its tasks from the beginning again"
	}
	for name, before := range earlier.counters {
		if now, there := p.counters[name]; there && now < before {
			return "counts from the beginning again (" + name + ")"
		}
	}
	return ""
}

// Continues reports whether this is surely the life of the earlier pulse: something that had been counted
// then has not been forgotten.
func (p Pulse) Continues(earlier Pulse) bool {
	if p.After(earlier) != "" {
		return false
	}
	if p.drawn() && earlier.drawn() || p.tasks && earlier.tasks && earlier.task >= 0 {
		return true
	}
	for name, before := range earlier.counters {
		if _, there := p.counters[name]; there && before > 0 {
			return true
		}
	}
	return false
}

// latestTask is the highest number of a task that any slot has had; false where no list of slots came.
func latestTask(slots json.RawMessage) (task int, told bool) {
	var list []struct {
		Task *int `json:"id_task"`
	}
	task = -1
	if json.Unmarshal(slots, &list) != nil || len(list) == 0 {
		return task, false
	}
	for _, s := range list {
		if s.Task != nil {
			task = max(task, *s.Task)
		}
	}
	return task, true
}

// counted are counters of llama-server that only grow (tools/server/server-context.cpp, and /metrics of
// all builds since 2023).
var counted = map[string]bool{
	"llamacpp:prompt_tokens_total": true, "llamacpp:tokens_predicted_total": true, "llamacpp:n_decode_total": true,
}

// maxMetrics bounds what is read of /metrics, which takes 4 KB.
const maxMetrics = 1 << 20

// counters reads /metrics; nil where the server does not offer them.
func (c *Client) counters(ctx context.Context) (map[string]float64, error) {
	ctx, release := c.begin(ctx)
	defer release()
	response, err := c.send(ctx, "/metrics", nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, httpError(response)
	}
	values := map[string]float64{}
	lines := bufio.NewScanner(io.LimitReader(response.Body, maxMetrics))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil && counted[name] {
			values[name] = v
		}
	}
	return values, lines.Err()
}

// Absent reports whether err says that no server is there: nobody listens, the connection broke, or a
// proxy has nobody behind it. loading says that one is on its way: it answers 503 while it loads.
func Absent(err error) (absent, loading bool) {
	var answer *HTTPError
	if !errors.As(err, &answer) {
		return err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled), false
	}
	switch answer.Status {
	case http.StatusServiceUnavailable:
		return true, true
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return true, false
	}
	return false, false
}

// Gateway is the status with which a proxy says that it could not carry a question to the server, or its
// answer back; 0 err is none of a proxy's.
func Gateway(err error) int {
	var answer *HTTPError
	if errors.As(err, &answer) && answer.Type == "" && (answer.Status == http.StatusBadGateway || answer.Status == http.StatusGatewayTimeout) {
		return answer.Status
	}
	return 0
}

// Refusal is the status with which err says that the server does not let us in; 0 it does not say so.
func Refusal(err error) int {
	var answer *HTTPError
	if errors.As(err, &answer) && (answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden) {
		return answer.Status
	}
	return 0
}
