package reports

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

var update = flag.Bool("update", false, "write the golden files again")

var dawn = time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC)

// book builds a record the way a screen does: starts in order, each with attempts.
type book struct {
	trial.Record
	t     testing.TB
	clock time.Time
}

func newBook(t testing.TB, m plan.Matrix, s trial.Settings) *book {
	t.Helper()
	if m.Targets == nil {
		m.Targets = []plan.Target{{
			Server: "/usr/bin/llama-server", Model: "/models/Tiny-Llama-UD-Q4_K_XL-00001-of-00002.gguf", Backend: "cpu",
		}}
	}
	m.Reply = 16
	p, err := m.Plan()
	if err != nil {
		t.Fatal(err)
	}
	b := &book{t: t, clock: dawn}
	for _, w := range p.Configurations {
		b.Cells = append(b.Cells, w.Cells...)
	}
	b.Run = trial.Run{
		ID: "20261124-101500-3f2a", Command: "screen", Argv: []string{"screen", "--np", "1,2"}, Version: "0.1.0", Seed: 42,
		Began: dawn, Status: trial.Finished, Settings: s,
		Host:   trial.Host{OS: "linux", Kernel: "6.18.4", Arch: "amd64", CPU: "AMD Ryzen AI Max+ 395", Cores: 32, MemoryMiB: 128000},
		Target: m.Targets[0],
		Server: trial.Binary{Path: "/usr/bin/llama-server", Version: "0.7.0", Commit: "39e4b1dc", Build: 8102},
		Model:  trial.Model{Path: m.Targets[0].Model, Name: "Tiny Llama", Arch: "llama", FileType: "Q4_K_XL", SizeBytes: 3 << 30, TrainedContext: 1048576},
	}
	return b
}

func shapeList(t testing.TB, text string) []shapes.Shape {
	t.Helper()
	list, err := shapes.ParseList(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// start begins one life of the server.
func (b *book) start(c plan.Cell) *trial.Start {
	n := len(b.Starts) + 1
	conf := c.Configuration
	b.Starts = append(b.Starts, trial.Start{
		ID: int64(100 + n), N: n, Configuration: conf.ID(), Began: b.clock, Load: 1500 * time.Millisecond, Requested: true,
		Exit: "signal:SIGTERM", Outcome: trial.Pass, LogFile: fmt.Sprintf("start-%04d.server.log", n),
		Argv:     []string{"/usr/bin/llama-server", "-m", conf.Target.Model, "-c", fmt.Sprint(conf.Ctx), "-np", fmt.Sprint(conf.NP), "--port", fmt.Sprint(40000 + n)},
		ReadBack: trial.ReadBack{Build: "b8102-39e4b1dc", Slots: conf.NP, SlotContext: conf.SlotContext()},
	})
	b.clock = b.clock.Add(2 * time.Second)
	return &b.Starts[n-1]
}

// attempt adds the next attempt of the newest start; change sees its requests.
func (b *book) attempt(c plan.Cell, o trial.Outcome, reason string, took time.Duration, change func(*trial.Request)) *trial.Attempt {
	s := &b.Starts[len(b.Starts)-1]
	a := trial.Attempt{
		ID: int64(len(b.Attempts) + 1), StartID: s.ID, StartN: s.N, CellID: c.ID(), N: 1, Outcome: o, Reason: reason,
		Began: b.clock, Elapsed: took,
	}
	for _, have := range b.Attempts {
		if have.StartID == a.StartID && have.CellID == a.CellID {
			a.N++
		}
	}
	for slot := range c.Configuration.NP {
		r := trial.Request{Slot: slot, Shape: c.Shape.String(), Target: c.Tokens, Form: "ids", Hash: "00ff", Position: -1, ServedBy: slot}
		if change != nil {
			change(&r)
		}
		a.Requests = append(a.Requests, r)
	}
	b.clock = b.clock.Add(took)
	s.Ended, b.Run.Ended = b.clock, b.clock
	b.Attempts = append(b.Attempts, a)
	return &b.Attempts[len(b.Attempts)-1]
}

func answer(tokens, cached int, perToken time.Duration) func(*trial.Request) {
	return func(r *trial.Request) {
		r.HTTPStatus, r.Complete, r.StopType = 200, true, "limit"
		r.PromptTokens, r.CachedTokens, r.ProcessedTokens, r.Position = tokens, cached, tokens-cached, tokens
		r.PromptTime = time.Duration(tokens-cached) * perToken
		r.PredictedTokens, r.PredictedTime = 16, 16*20*perToken
	}
}

const perToken = 110 * time.Microsecond

// pass adds a start with a cold and a cached attempt.
func (b *book) pass(c plan.Cell) {
	b.start(c)
	b.attempt(c, trial.Pass, "", time.Duration(c.Tokens)*perToken+80*time.Millisecond, answer(c.Tokens, 0, perToken))
	b.attempt(c, trial.Pass, "", 90*time.Millisecond, answer(c.Tokens, c.Tokens-1, perToken))
}

func (b *book) refuse(c plan.Cell) {
	b.start(c)
	b.attempt(c, trial.Refused, fmt.Sprintf("%d tokens refused by a slot of %d", c.Tokens, c.Configuration.SlotContext()), 5*time.Millisecond,
		func(r *trial.Request) { r.HTTPStatus, r.ErrorType = 400, "exceed_context_size_error" })
}

func gpuFault(at int) *faults.Fault {
	return &faults.Fault{
		Class: "gpu-fault.memory-access", Category: "gpu-fault", Title: "Memory access fault by GPU node-1",
		Signature: "Memory access fault by GPU node-N", Component: "llama-server libggml-hip.so", Phase: "prompt", Position: at, FirstDeath: "rpc1",
		Excerpt: []string{"Memory access fault by GPU node-1 (Agent handle: 0x55d0) on address 0x7f11. Reason: Page not present.", "Aborted (core dumped)"},
	}
}

func (b *book) crash(c plan.Cell, o trial.Outcome, f *faults.Fault) {
	s := b.start(c)
	s.Exit, s.Requested, s.Outcome = "signal:SIGABRT", false, o
	a := b.attempt(c, o, "the server ended by itself with signal:SIGABRT: "+f.Title, 700*time.Millisecond, func(r *trial.Request) {
		r.Position, r.Error = f.Position, "the stream was cut"
	})
	a.Fault = f
	a.TimeLine = []trial.Moment{{At: a.Began, Source: "ctxcliff", Text: prompts(len(a.Requests), c)}}
	for i := range 9 { // more than a screen shows
		a.TimeLine = append(a.TimeLine, trial.Moment{At: a.Began.Add(time.Duration(i+1) * 70 * time.Millisecond), Source: "server",
			Text: fmt.Sprintf("slot print_timing: id  0 | task 17 | prompt processing, n_tokens = %d", 512*(i+1))})
	}
	for i, line := range f.Excerpt {
		a.TimeLine = append(a.TimeLine, trial.Moment{At: a.Began.Add(time.Duration(690+i) * time.Millisecond), Source: "server", Text: line})
	}
	a.TimeLine = append(a.TimeLine, trial.Moment{At: a.Began.Add(a.Elapsed), Source: "client", Text: "slot 0, after " + fmt.Sprint(max(0, f.Position)) + " prompt tokens: the stream was cut"})
	a.Opinions = []trial.Opinion{{Oracle: "canary", Says: trial.CannotJudge, Reason: "the server is gone"}}
	a.Gauges = []trial.Gauge{{Device: "card0", MemoryBytes: 103079215105 + 5<<30, MemoryBefore: 5 << 30, MemoryTotal: 128 << 30, TempC: 71.5, PowerW: -1, BusyPercent: 99}}
}

func allPass(t testing.TB) trial.Record {
	b := newBook(t, plan.Matrix{NP: []int{1, 2}, PerSlot: []int{16000}, Shapes: shapeList(t, "opt,natural,mixed"), Tokens: []int{1000, 8000}},
		trial.Settings{Starts: 3, Attempts: 2, Isolation: "cell", Reply: 16, Warmup: true})
	for range 3 {
		for _, c := range b.Cells {
			b.pass(c)
		}
	}
	return b.Record
}

// troubled has one of everything.
func troubled(t testing.TB) trial.Record {
	b := newBook(t, plan.Matrix{NP: []int{1, 2}, PerSlot: []int{16000, 32000}, Shapes: shapeList(t, "opt,natural"), Tokens: []int{1000, 8000, 20000}},
		trial.Settings{Starts: 2, Attempts: 2, Isolation: "cell", Reply: 16})
	b.Notes = []string{"np 2: the warm-up of start 3 took 4.5 s"}
	at := func(shape string, np, ps, tokens int) plan.Cell {
		for _, c := range b.Cells {
			if c.Shape.String() == shape && c.Configuration.NP == np && c.Configuration.Ctx == np*ps && c.Tokens == tokens {
				return c
			}
		}
		t.Fatalf("no cell %s %d %d %d", shape, np, ps, tokens)
		return plan.Cell{}
	}
	for _, np := range []int{1, 2} {
		for _, ps := range []int{16000, 32000} {
			b.pass(at("opt", np, ps, 1000))
			b.pass(at("opt", np, ps, 1000))
			b.pass(at("natural", np, ps, 1000))
		}
		b.refuse(at("opt", np, 16000, 20000))
		b.refuse(at("opt", np, 16000, 20000))
	}
	flaky := at("natural", 1, 16000, 8000)
	b.pass(flaky)
	b.crash(flaky, trial.GPUFault, gpuFault(4096))
	broken := at("natural", 2, 32000, 20000)
	b.crash(broken, trial.GPUFault, gpuFault(12288))
	b.crash(broken, trial.Crash, &faults.Fault{
		Class: "crash.assert", Category: "crash", Title: "GGML_ASSERT(n_tokens <= n_batch) failed", Signature: "GGML_ASSERT(n_tokens <= n_batch) failed",
		Component: "llama-server llama-context.cpp:1234", Phase: "prompt", Position: -1, FirstDeath: "server",
	})
	hung := at("opt", 2, 32000, 20000)
	b.start(hung)
	b.attempt(hung, trial.Hang, "no prompt progress and no token for 1m0s while the process lived on", time.Minute, func(r *trial.Request) { r.Position = 2048 }).Files = []string{"attempt-31.hang.txt"}
	small := at("opt", 1, 16000, 8000)
	b.start(small)
	b.attempt(small, trial.Sizing, "slot 0: 8000 tokens were refused by a slot of 16128: too long", time.Millisecond, nil)
	lab := at("opt", 1, 32000, 8000)
	b.start(lab)
	b.attempt(lab, trial.Infra, "port 40020 is in use by another process", time.Millisecond, nil)
	open := at("natural", 2, 32000, 8000)
	b.start(open)
	b.attempt(open, trial.Unknown, "", 0, nil)
	b.Skips = []plan.Skip{{Cell: at("natural", 2, 16000, 20000), Reason: "predicted not to fit: 130 GiB of 128"}}
	rubbish := at("opt", 1, 32000, 20000)
	b.start(rubbish)
	garbage := b.attempt(rubbish, trial.Garbage, "slot 0 repeats \"@\"", time.Second, answer(20000, 0, perToken))
	garbage.Fault = &faults.Fault{Class: "wrong-output.repeat-char", Category: "wrong-output", Title: "llama-server: repeats \"@\"", Signature: "wrong-output.repeat-char|llama-server|repeats @",
		Component: "model output", Phase: "generation", Position: 20000, FirstDeath: "none", Excerpt: []string{"@@@@@@@@@@@@@@@@@@@@"}, Outcome: faults.Lives}
	garbage.Opinions = []trial.Opinion{{Oracle: "degenerate", Says: trial.Corrupt, Reason: "slot 0 ends in 16 times \"@\", the fresh server did not"},
		{Oracle: "nan", Says: trial.CannotJudge, Reason: "the server gives no probabilities"}}
	for i := range b.Starts {
		b.Starts[i].Unobserved = []string{"the kernel log cannot be read: /dev/kmsg: permission denied; join the group systemd-journal or run as root"}
		if i%7 == 0 {
			b.Starts[i].Unobserved = append(b.Starts[i].Unobserved, "the power draw of card0 cannot be read")
		}
	}
	b.Starts[0].Peers = []trial.Peer{{Name: "rpc1", Endpoint: "127.0.0.1:50052", Argv: []string{"rpc-server", "-p", "50052"}, Exit: "signal:SIGTERM", Requested: true, LogFile: "start-0001.rpc1.log"}}
	warm := trial.Attempt{ID: 999, StartID: b.Starts[0].ID, StartN: 1, N: 1, Warmup: true, Outcome: trial.Pass, Elapsed: time.Second}
	b.Attempts = append(b.Attempts, warm)
	return b.Record
}

// manyColumns has more columns than a screen.
func manyColumns(t testing.TB) trial.Record {
	b := newBook(t, plan.Matrix{
		NP: []int{1, 2, 4}, Ctx: []int{131072}, Tokens: []int{1000, 16000},
		Shapes: shapeList(t, "opt,repeat:contexttoken,repeat:contexttoken-again,natural,mixed,code,tools,random,unicode,lines"),
	}, trial.Settings{Starts: 1, Attempts: 2, Isolation: "config", Reply: 16})
	for i, c := range b.Cells {
		switch {
		case i%11 == 7:
			b.crash(c, trial.GPUFault, gpuFault(512))
		default:
			b.pass(c)
		}
	}
	return b.Record
}

const evil = "\x1b[31mred\x1b[0m \x1b]0;title\x07|pipe `tick` </details><script>alert(1)</script>\n# heading\r\n\x00\xff\u202Eevil &amp; *bold* [x](y)"

// hostile has text from elsewhere wherever a record can hold some.
func hostile(t testing.TB) trial.Record {
	b := newBook(t, plan.Matrix{
		Targets: []plan.Target{{
			Server: "/opt/" + evil, Model: "/models/" + evil + ".gguf", Backend: evil, Args: []string{"--chat-template", evil}, Env: []string{"A=" + evil},
			Topology: plan.Topology{Peers: []string{evil}},
		}},
		NP: []int{1, 2}, PerSlot: []int{8000}, Shapes: hostileShapes(t), Tokens: []int{1000},
	}, trial.Settings{Starts: 1, Attempts: 1, Isolation: "cell", Reply: 16})
	b.Run.Host = trial.Host{OS: evil, Kernel: evil, Arch: evil, CPU: evil}
	b.Run.Model = trial.Model{Path: "/models/" + evil, Name: evil, Arch: evil, FileType: evil}
	b.Run.Server = trial.Binary{Path: evil, Version: evil, Commit: evil, Build: 1, Devices: []string{evil}}
	b.Run.Argv, b.Run.Version, b.Notes = []string{evil}, evil, []string{evil}
	defer func() {
		for i := range b.Attempts {
			b.Attempts[i].TimeLine = append(b.Attempts[i].TimeLine, trial.Moment{At: dawn, Source: evil, Text: evil})
			b.Attempts[i].Opinions = []trial.Opinion{{Oracle: evil, Says: trial.Corrupt, Reason: evil}, {Oracle: evil, Says: trial.CannotJudge, Reason: evil}}
			b.Attempts[i].Files = []string{evil}
			b.Starts[i].Unobserved = []string{evil}
		}
	}()
	for i, c := range b.Cells {
		if i%2 == 0 {
			b.crash(c, trial.Crash, &faults.Fault{
				Class: "unknown", Category: "unknown", Title: evil, Signature: evil, Component: evil, Phase: evil, Position: 7, FirstDeath: evil,
				Excerpt: []string{evil, "</pre></details><script>alert(2)</script>", ""}, Alternates: []string{evil},
			})
			continue
		}
		b.start(c)
		b.attempt(c, trial.Infra, evil, time.Second, nil)
	}
	return b.Record
}

// golden compares got with the file, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs (refresh with -update and read the difference)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func hostileShapes(t testing.TB) []shapes.Shape {
	t.Helper()
	s, err := shapes.Parse("repeat:a|b</details><script>`*_%1B[31m%0A")
	if err != nil {
		t.Fatal(err)
	}
	return append(shapeList(t, "opt"), s)
}

// prompts is what the time line of an attempt begins with.
func prompts(n int, c plan.Cell) string {
	if n == 1 {
		return fmt.Sprintf("one prompt of %d tokens (%s)", c.Tokens, c.Shape)
	}
	return fmt.Sprintf("%d prompts of %d tokens (%s), one in each slot", n, c.Tokens, c.Shape)
}
