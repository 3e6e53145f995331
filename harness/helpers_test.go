package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// memory is a Recorder that keeps everything in memory and watches over the order of the calls.
type memory struct {
	fail  func(call string, n int) error // n counts the calls of that name, from 1; nil never fails
	watch func(call string)              // called first

	mu       sync.Mutex
	counts   map[string]int
	calls    []string // acknowledged ones, in order
	broken   []string // rules that were broken
	starts   []trial.Start
	attempts []trial.Attempt
	open     map[int64]bool // attempts
	notes    []string
}

// call counts a call and reports the error that it is to fail with.
func (m *memory) call(name string) error {
	if m.watch != nil {
		m.watch(name)
	}
	if m.counts == nil {
		m.counts, m.open = map[string]int{}, map[int64]bool{}
	}
	m.counts[name]++
	if m.fail != nil {
		if err := m.fail(name, m.counts[name]); err != nil {
			return err
		}
	}
	m.calls = append(m.calls, name)
	return nil
}

func (m *memory) rule(holds bool, format string, args ...any) {
	if !holds {
		m.broken = append(m.broken, fmt.Sprintf(format, args...))
	}
}

func (m *memory) running() bool {
	return len(m.starts) > 0 && m.starts[len(m.starts)-1].Ended.IsZero()
}

func (m *memory) BeginStart(ctx context.Context, s trial.Start) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.call("BeginStart")); err != nil {
		return 0, err
	}
	m.rule(!m.running(), "start %d begins while another is open", s.N)
	m.rule(len(m.open) == 0, "start %d begins while %d attempts are open", s.N, len(m.open))
	m.rule(s.N == len(m.starts)+1, "start %d comes after %d others", s.N, len(m.starts))
	s.ID = int64(100 + s.N)
	m.starts = append(m.starts, s)
	return s.ID, nil
}

func (m *memory) StartReady(ctx context.Context, s trial.Start) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.call("StartReady")); err != nil {
		return err
	}
	m.rule(m.running() && m.starts[len(m.starts)-1].ID == s.ID, "start %d is ready and not open", s.N)
	m.starts[len(m.starts)-1] = s
	return nil
}

func (m *memory) EndStart(ctx context.Context, s trial.Start) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.call("EndStart")); err != nil {
		return err
	}
	m.rule(m.running() && m.starts[len(m.starts)-1].ID == s.ID, "start %d ends and is not open", s.N)
	m.rule(!s.Ended.IsZero() && s.Outcome != trial.Unknown, "start %d ends without a time or an outcome", s.N)
	m.starts[len(m.starts)-1] = s
	return nil
}

func (m *memory) BeginAttempt(ctx context.Context, a trial.Attempt) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.call("BeginAttempt")); err != nil {
		return 0, err
	}
	m.rule(m.running() && m.starts[len(m.starts)-1].ID == a.StartID, "an attempt begins outside of its start")
	m.rule(a.Warmup || len(m.open) == 0, "an attempt begins while another is open")
	a.ID = int64(1000 + len(m.attempts))
	m.attempts = append(m.attempts, clone(a))
	m.open[a.ID] = true
	return a.ID, nil
}

func (m *memory) EndAttempt(ctx context.Context, a trial.Attempt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.call("EndAttempt")); err != nil {
		return err
	}
	i := slices.IndexFunc(m.attempts, func(b trial.Attempt) bool { return b.ID == a.ID })
	if m.rule(i >= 0, "an attempt ends that never began"); i < 0 {
		return nil
	}
	m.rule(m.running() && m.starts[len(m.starts)-1].ID == a.StartID, "an attempt ends outside of its start")
	m.rule(a.Outcome != trial.Unknown, "an attempt ends without an outcome")
	m.attempts[i] = clone(a)
	delete(m.open, a.ID)
	return nil
}

func (m *memory) Note(ctx context.Context, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.call("Note")); err != nil {
		return err
	}
	m.notes = append(m.notes, text)
	return nil
}

// port is the one that the latest server listens on.
func (m *memory) port() string {
	argv := m.starts[len(m.starts)-1].Argv
	return argv[slices.Index(argv, "--port")+1]
}

func clone(a trial.Attempt) trial.Attempt {
	a.Requests = slices.Clone(a.Requests)
	return a
}

// lawful fails the test if a rule was broken or something begun was not ended.
func (m *memory) lawful(t testing.TB) {
	t.Helper()
	if m.running() {
		m.broken = append(m.broken, "the last start was never ended")
	}
	if len(m.open) > 0 {
		m.broken = append(m.broken, fmt.Sprintf("%d attempts were never ended", len(m.open)))
	}
	if len(m.broken) > 0 {
		t.Errorf("rules broken: %s\ncalls: %v", strings.Join(m.broken, "; "), m.calls)
	}
}

// counted are the attempts without the warm-ups.
func (m *memory) counted() []trial.Attempt {
	return slices.DeleteFunc(slices.Clone(m.attempts), func(a trial.Attempt) bool { return a.Warmup })
}

// ear is a Listener that keeps everything, and calls on for each event.
type ear struct {
	on     func(trial.Event)
	events []trial.Event
}

func (e *ear) Observe(event trial.Event) {
	e.events = append(e.events, event)
	if e.on != nil {
		e.on(event)
	}
}

func (e *ear) judgements() map[string]trial.Judgement {
	last := map[string]trial.Judgement{}
	for _, event := range e.events {
		if j, ok := event.(trial.CellJudged); ok {
			last[j.Cell.ID()] = j.Judgement
		}
	}
	return last
}

var (
	sharedDir string // holds what all tests share; removed at the end
	sharing   sync.Mutex
	models    = map[tinymodel.Family]string{}
)

// tiny is the path of a tiny model of the family.
func tiny(t testing.TB, family tinymodel.Family) string {
	t.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	if models[family] != "" {
		return models[family]
	}
	if sharedDir == "" {
		dir, err := os.MkdirTemp("", "harness-test-")
		if err != nil {
			t.Fatal(err)
		}
		sharedDir = dir
	}
	path := filepath.Join(sharedDir, string(family)+".gguf")
	if err := tinymodel.WriteFile(path, tinymodel.Options{Family: family, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	models[family] = path
	return path
}

func survey(t testing.TB, target plan.Target) *Lab {
	t.Helper()
	lab, err := Survey(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

var simulated = sync.OnceValues(func() (*Lab, error) {
	return Survey(context.Background(), plan.Target{Server: "sim", Model: models[tinymodel.Gemma3]})
})

// simLab is the simulated server with these rules. The binary is asked for its flags once only.
func simLab(t testing.TB, profile string) *Lab {
	t.Helper()
	tiny(t, tinymodel.Gemma3)
	shared, err := simulated()
	if err != nil {
		t.Fatal(err)
	}
	lab := *shared
	lab.Target.Server = "sim:" + profile
	lab.env = []string{SimProfileEnv + "=" + profile}
	return &lab
}

// wrapped makes the lab start its server by a shell script, in which "$@" is the server with all its
// arguments.
func wrapped(t testing.TB, lab *Lab, script string) *Lab {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wrapper")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	lab.command = append([]string{path}, lab.command...)
	return lab
}

// matrix is what a test walks; zero fields have simple values.
type matrix struct {
	np, ps     int
	tokens     []int
	shapes     string
	starts     int
	attempts   int
	isolation  string
	warmup     bool
	serverArgs []string
}

// screen is a Screen over the lab, with limits for a server that answers at once.
func (m matrix) screen(t testing.TB, lab *Lab) (*Screen, *memory, *ear) {
	t.Helper()
	if m.np == 0 {
		m.np = 1
	}
	if m.ps == 0 {
		m.ps = 8192
	}
	if m.tokens == nil {
		m.tokens = []int{6000}
	}
	if m.shapes == "" {
		m.shapes = "opt"
	}
	if m.isolation == "" {
		m.isolation = "cell"
	}
	target := lab.Target
	target.Args = m.serverArgs
	list, err := shapes.ParseList(m.shapes)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Matrix{
		Targets: []plan.Target{target}, NP: []int{m.np}, PerSlot: []int{m.ps}, Shapes: list, Tokens: m.tokens, Reply: 4,
	}.Plan()
	if err != nil {
		t.Fatal(err)
	}
	recorder, listener := &memory{}, &ear{}
	return &Screen{
		Plan: p, Rig: Rig{
			Seed: 7, Labs: Labs{lab}, LogDir: t.TempDir(), Recorder: recorder, Listener: listener,
			Settings: trial.Settings{Starts: max(1, m.starts), Attempts: max(1, m.attempts), Isolation: m.isolation, Reply: 4, Warmup: m.warmup},
			Limits:   Limits{Ready: 10 * time.Second, Stall: 5 * time.Second, Peers: 10 * time.Second, Grace: 2 * time.Second, Dying: 5 * time.Second, Late: 10 * time.Millisecond},
		},
	}, recorder, listener
}

// run fails the test when Run takes longer than any of this should.
func run(t testing.TB, ctx context.Context, s *Screen) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	err := s.Run(ctx)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatal("the screen did not end within a minute")
	}
	return err
}

// outcomes are those of the attempts, as text.
func outcomes(list []trial.Attempt) string {
	var words []string
	for _, a := range list {
		words = append(words, a.Outcome.String())
	}
	return strings.Join(words, " ")
}

// journal makes a memory keep a bisection's journal, too.
type journal struct {
	*memory
	entries []search.Entry
	cells   map[string]bool
}

func (j *journal) Knows(c plan.Cell) bool { return j.cells[c.ID()] }

func (j *journal) Extend(_ context.Context, p plan.Plan) error {
	if err := j.call("Extend"); err != nil {
		return err
	}
	for _, w := range p.Configurations {
		for _, c := range w.Cells {
			j.rule(!j.cells[c.ID()], "the plan is extended twice by %s", c.ID())
			j.cells[c.ID()] = true
		}
	}
	return nil
}

func (j *journal) BeginProbe(_ context.Context, p search.Probe) error {
	if err := j.call("BeginProbe"); err != nil {
		return err
	}
	j.rule(p.Seq == len(j.entries)+1, "probe %d begins after %d others", p.Seq, len(j.entries))
	j.rule(len(j.entries) == 0 || j.entries[len(j.entries)-1].Answer != nil, "probe %d begins before the one before is answered", p.Seq)
	j.entries = append(j.entries, search.Entry{Probe: p})
	return nil
}

func (j *journal) EndProbe(_ context.Context, p search.Probe, a search.Answer) error {
	if err := j.call("EndProbe"); err != nil {
		return err
	}
	last := &j.entries[len(j.entries)-1]
	j.rule(last.Probe.Seq == p.Seq && last.Answer == nil, "probe %d is answered and not open", p.Seq)
	last.Answer = &a
	return nil
}
