package server

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
)

// alive is a server of an old or a new build after so much work.
type alive struct {
	build, marker string
	task          int // -1: /slots has had none
	decoded       int // -1: no /metrics
	slotless      bool
}

func (a alive) pulse(t *testing.T) Pulse {
	t.Helper()
	c := fake(t, func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/props":
			say(w, fmt.Sprintf(`{"build_info":%q,"total_slots":1,"media_marker":%q,"default_generation_settings":{"n_ctx":512}}`, a.build, a.marker))
		case path == "/slots" && a.slotless, path == "/metrics" && a.decoded < 0:
			w.WriteHeader(http.StatusNotImplemented)
		case path == "/slots" && a.task < 0:
			say(w, `[{"id":0,"n_ctx":512,"is_processing":false}]`)
		case path == "/slots":
			say(w, fmt.Sprintf(`[{"id":0,"n_ctx":512,"is_processing":false,"id_task":%d}]`, a.task))
		default:
			say(w, fmt.Sprintf("# TYPE llamacpp:n_decode_total counter\nllamacpp:n_decode_total %d\nllamacpp:prompt_tokens_seconds 0\n", a.decoded))
		}
	})
	p, err := c.Feel(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOneLifeIsToldFromTheNext(t *testing.T) {
	const fixed = "<__media__>"
	for name, c := range map[string]struct {
		before, after alive
		other, same   bool
	}{
		"nothing happened":          {alive{"b1-x", fixed, 7, -1, false}, alive{"b1-x", fixed, 7, -1, false}, false, true},
		"it has worked":             {alive{"b1-x", fixed, 7, 20, false}, alive{"b1-x", fixed, 9, 25, false}, false, true},
		"another build":             {alive{"b1-x", fixed, 7, -1, false}, alive{"b2-x", fixed, 9, -1, false}, true, false},
		"tasks from the beginning":  {alive{"b1-x", fixed, 7, -1, false}, alive{"b1-x", fixed, 3, -1, false}, true, false},
		"no task any more":          {alive{"b1-x", fixed, 7, -1, false}, alive{"b1-x", fixed, -1, -1, false}, true, false},
		"counters from zero":        {alive{"b1-x", fixed, 0, 20, true}, alive{"b1-x", fixed, 0, 4, true}, true, false},
		"another process":           {alive{"b1-x", "<__media_a__>", 7, -1, false}, alive{"b1-x", "<__media_b__>", 9, -1, false}, true, false},
		"the same, though idle now": {alive{"b1-x", "<__media_a__>", -1, -1, true}, alive{"b1-x", "<__media_a__>", -1, -1, true}, false, true},
		"nobody can tell":           {alive{"b1-x", fixed, -1, -1, true}, alive{"b1-x", fixed, -1, -1, true}, false, false},
	} {
		before, after := c.before.pulse(t), c.after.pulse(t)
		if why := after.After(before); (why != "") != c.other || after.Continues(before) != c.same {
			t.Errorf("%s: %q, the same: %v", name, why, after.Continues(before))
		}
		if before.Beats() == (c.before.slotless && c.before.decoded < 0 && c.before.marker == fixed) {
			t.Errorf("%s: beats: %v", name, before.Beats())
		}
	}
}

func TestAbsence(t *testing.T) {
	for _, c := range []struct {
		err             error
		absent, loading bool
		refusal, proxy  int
	}{
		{nil, false, false, 0, 0},
		{errors.New("connection refused"), true, false, 0, 0},
		{&HTTPError{Status: 503, Type: "unavailable_error"}, true, true, 0, 0},
		{&HTTPError{Status: 502}, true, false, 0, 502},
		{&HTTPError{Status: 504}, true, false, 0, 504},
		{&HTTPError{Status: 500, Type: "server_error"}, false, false, 0, 0},
		{fmt.Errorf("ask: %w", &HTTPError{Status: 401}), false, false, 401, 0},
		{&HTTPError{Status: 403}, false, false, 403, 0},
	} {
		absent, loading := Absent(c.err)
		if absent != c.absent || loading != c.loading || Refusal(c.err) != c.refusal || Gateway(c.err) != c.proxy {
			t.Errorf("%v: absent %v, loading %v, refusal %d, proxy %d", c.err, absent, loading, Refusal(c.err), Gateway(c.err))
		}
	}
}
