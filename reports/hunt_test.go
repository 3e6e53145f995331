package reports

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// hunted is a bisection of four lines: one that only the context ends, one that dies at a position, one
// that dies once, one that runs out of memory. Rules decide, as a server's would.
func hunted(t testing.TB, set search.Settings) trial.Record {
	b := newBook(t, plan.Matrix{NP: []int{2}, PerSlot: []int{16000}, Shapes: shapeList(t, "opt,natural,mixed,code"), Tokens: []int{1}},
		trial.Settings{Starts: 1, Attempts: 1, Isolation: "config", Reply: 16})
	lines := b.Cells
	b.Cells, b.Run.Command = nil, "bisect"
	j := search.Journal{Settings: set.WithDefaults()}
	byKey := map[string]plan.Line{}
	for _, c := range lines {
		l := plan.Line{Configuration: c.Configuration, Shape: c.Shape}
		byKey[l.ID()] = l
		j.Cells = append(j.Cells, search.Cell{Key: l.ID(), Config: c.Configuration.ID(), Shape: c.Shape.String(), NP: 2, Ctx: 32000, Ceiling: 16128, Accepts: 16127})
	}
	campaign, err := j.Campaign()
	if err != nil {
		t.Fatal(err)
	}
	elapsed, once := 0.0, false
	for next := campaign.Next(); !next.Done; next = campaign.Next() {
		q := next.Probe
		cell := byKey[q.Cell].At(q.Tokens)
		if next.Start {
			b.start(cell)
		}
		a := search.Answer{Outcome: search.Passed, Starts: len(b.Starts), Seconds: float64(q.Tokens) / 2000, Reached: q.Tokens, Cached: 0}
		if q.Path == search.Chain {
			a.Previous, a.Cached = q.Tokens-300, q.Tokens-300
		}
		shape := cell.Shape.String()
		switch {
		case q.Limit:
			a = search.Answer{Outcome: search.Refused, Limit: 16128, Starts: len(b.Starts), Cached: -1}
			b.attempt(cell, trial.Refused, "16128 tokens refused by a slot of 16128", time.Millisecond, nil)
		case shape == "natural" && q.Tokens > 9000, shape == "mixed" && q.Path == search.Chain && q.Tokens > 12000 && !once:
			once = once || shape == "mixed"
			b.Starts = b.Starts[:len(b.Starts):len(b.Starts)]
			b.crash(cell, trial.GPUFault, gpuFault(8192))
			b.Starts = b.Starts[:len(b.Starts)-1] // it was that start's
			last := &b.Attempts[len(b.Attempts)-1]
			last.StartID, last.StartN = b.Starts[len(b.Starts)-1].ID, len(b.Starts)
			a = search.Answer{Outcome: search.Fault, Signature: last.Fault.Signature, Title: last.Fault.Title, Ref: strconv.FormatInt(last.ID, 10),
				Phase: search.Prefill, Position: 8192, Reached: 8000, Asked: min(q.Tokens, 9300), Starts: len(b.Starts), Seconds: 4.1, Cached: 7900, Previous: 7900}
		case shape == "code" && q.Tokens > 5000:
			a = search.Answer{Outcome: search.Memory, Phase: search.Prefill, Position: 4096, Starts: len(b.Starts), Cached: -1, Asked: q.Tokens}
			b.attempt(cell, trial.OOM, "slot 0: std::bad_alloc", time.Second, nil)
		default:
			b.attempt(cell, trial.Pass, "", time.Duration(a.Seconds*float64(time.Second)), answer(q.Tokens, a.Cached, perToken))
		}
		b.Attempts[len(b.Attempts)-1].Probe = q.Seq
		b.Cells = append(b.Cells, cell)
		elapsed += a.Seconds + 1
		a.Elapsed = elapsed
		j.Entries = append(j.Entries, search.Entry{Probe: q, Answer: &a})
		if err := campaign.Tell(q, a); err != nil {
			t.Fatal(err)
		}
	}
	b.Record.Search = &j
	return b.Record
}

func TestGoldenEdges(t *testing.T) {
	s := Summarize(hunted(t, search.Settings{}))
	for _, format := range Formats() {
		golden(t, "edges."+format, []byte(render(t, format, s, TextOptions{Glyphs: true, Width: 80})))
	}
	golden(t, "edges.letters.text", []byte(render(t, "text", s, TextOptions{})))
	if s.Exit() != Failures {
		t.Errorf("a bisection with failures ends as %v", s.Exit())
	}
}

// The keys of DESIGN section 4 that scripts rely on.
func TestStableKeysOfEdges(t *testing.T) {
	var d struct {
		Run   map[string]any
		Edges []map[string]any
	}
	if err := json.Unmarshal([]byte(render(t, "json", Summarize(hunted(t, search.Settings{})), TextOptions{})), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Edges) != 4 || d.Run["id"] == nil || d.Run["command"] != "bisect" {
		t.Fatalf("%d edges of run %v", len(d.Edges), d.Run["id"])
	}
	for _, e := range d.Edges {
		for _, key := range strings.Fields("shape np ctx safe_tokens unsafe_tokens limit exposures failures rate_upper95 status flags probes fault") {
			if _, ok := e[key]; !ok {
				t.Errorf("an edge lacks %s", key)
			}
		}
		if fault, ok := e["fault"].(map[string]any); (e["failures"].(float64) > 0) != ok || ok && fault["signature"] == "" {
			t.Errorf("%s: %v failures, fault %v", e["shape"], e["failures"], e["fault"])
		}
		for _, never := range []string{"safe ", "Safe"} {
			if strings.Contains(e["why"].(string), never) {
				t.Errorf("%q", e["why"])
			}
		}
	}
}

func TestAnEdgeThatWasNotFinishedIsInconclusive(t *testing.T) {
	r := hunted(t, search.Settings{})
	calm := r
	calm.Search = &search.Journal{Settings: r.Search.Settings, Cells: r.Search.Cells[:1], Entries: r.Search.Entries[:1]}
	s := Summarize(calm)
	if got := s.Exit(); got != Inconclusive {
		t.Errorf("one clean probe of a longer search ends as %v", got)
	}
	if e := s.Edges[0]; e.Status != search.Inconclusive || !strings.Contains(render(t, "text", s, TextOptions{}), "unfinished") {
		t.Errorf("%s: %s", e.Status, e.Why)
	}
	broken := r
	broken.Search = &search.Journal{Settings: r.Search.Settings, Cells: r.Search.Cells, Entries: r.Search.Entries[1:]}
	if s := Summarize(broken); s.Hunt != nil || !strings.Contains(strings.Join(s.Notes, " "), "the edges cannot be computed") {
		t.Errorf("a journal with a hole gives %d edges; notes %q", len(s.Edges), s.Notes)
	}
}

// TestProgressOfABisection: on a terminal only what broke stays on the screen; in a log every probe is a
// line, and says what is known by then.
func TestProgressOfABisection(t *testing.T) {
	r := hunted(t, search.Settings{})
	lines := map[string]plan.Line{}
	for _, c := range r.Cells {
		l := plan.Line{Configuration: c.Configuration, Shape: c.Shape}
		lines[l.ID()] = l
	}
	for _, terminal := range []bool{false, true} {
		var b strings.Builder
		now := dawn
		p := NewProgress(&b, terminal, 120, func() time.Time { return now })
		p.Observe(trial.RunBegan{Run: r.Run})
		campaign, err := search.Journal{Settings: r.Search.Settings, Cells: r.Search.Cells}.Campaign()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Search.Entries {
			line := lines[e.Probe.Cell]
			p.Observe(trial.ProbeBegan{Probe: e.Probe, Line: line, Expected: seconds(campaign.Predict(e.Probe)), Progress: campaign.Progress()})
			p.Observe(trial.AttemptBegan{Cell: r.Cells[0], Attempt: trial.Attempt{N: 1, Probe: e.Probe.Seq}})
			now = now.Add(seconds(e.Answer.Seconds))
			p.Observe(trial.AttemptEnded{Cell: r.Cells[0], Attempt: trial.Attempt{N: 1, Probe: e.Probe.Seq, Outcome: trial.Pass}})
			if err := campaign.Tell(e.Probe, *e.Answer); err != nil {
				t.Fatal(err)
			}
			edge, _ := campaign.Edge(e.Probe.Cell)
			p.Observe(trial.ProbeEnded{Probe: e.Probe, Line: line, Answer: *e.Answer, Edge: edge, Progress: campaign.Progress()})
		}
		p.Observe(trial.RunEnded{Run: r.Run})
		name := "edges.progress.text"
		if terminal {
			name = "edges.progress.terminal"
		}
		golden(t, name, []byte(b.String()))
	}
}
