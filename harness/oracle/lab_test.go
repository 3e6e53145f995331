package oracle_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/oracle"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/simserver"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

var long = flag.Bool("long", false, "meet the real server in many more configurations")

// patient is how long a test waits for what takes seconds.
const patient = 2 * time.Minute

const simArg = "__simserver" // makes this program a simulated server

var models string // directory that all tests share

func TestMain(m *testing.M) {
	process.Guard()
	if len(os.Args) > 1 && os.Args[1] == simArg {
		os.Exit(simserver.Main(os.Args[2:]))
	}
	dir, err := os.MkdirTemp("", "ctxcliff-oracle-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	models = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var probe = sync.OnceValues(func() (server.Capabilities, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	return server.Probe(ctx, []string{serverPath}, nil)
})

var serverPath string

// lab is a real llama-server with a tiny model, and what a harness knows of it.
type lab struct {
	*server.Server
	np, context int // slots, and tokens of each
	ubatch      int
	maker       *prompts.Maker
}

// start runs a server of np slots with ctx tokens in all, until the test ends.
func start(t testing.TB, model tinymodel.Options, np, ctx int, extra ...string) *lab {
	t.Helper()
	serverPath = provisiontest.Server(t)
	caps, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	return launch(t, server.LaunchSpec{
		Command: []string{serverPath}, Capabilities: caps, Env: []string{"GGML_NO_BACKTRACE=1"},
		Options: server.Options{NP: np, Ctx: ctx, Threads: 1, Extra: extra},
	}, model)
}

// simulate runs a simulated server that behaves by rule.
func simulate(t testing.TB, np, ctx int, rules string) *lab {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{simserver.EnvProfile + "=" + rules, "GORACE=atexit_sleep_ms=0"} // or each end takes a second under -race
	within, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	caps, err := server.Probe(within, []string{self, simArg}, env)
	if err != nil {
		t.Fatal(err)
	}
	return launch(t, server.LaunchSpec{
		Command: []string{self, simArg}, Env: env, Capabilities: caps, Options: server.Options{NP: np, Ctx: ctx},
	}, tinymodel.Options{Family: tinymodel.Llama})
}

func launch(t testing.TB, spec server.LaunchSpec, model tinymodel.Options) *lab {
	t.Helper()
	path, err := tinymodel.Cached(models, model)
	if err != nil {
		t.Fatal(err)
	}
	spec.Options.Model, spec.ReadyTimeout = path, patient
	within, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	s, err := server.Launch(within, spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop(context.Background(), 5*time.Second) })
	ordinary := make([]int32, 2000) // control tokens stand behind
	for i := range ordinary {
		ordinary[i] = int32(i)
	}
	np := spec.Options.NP
	return &lab{Server: s, np: np, context: spec.Options.Ctx / np / 256 * 256, maker: prompts.NewMaker(s.Tokenizer("tiny", ordinary))}
}

// question is one prompt for one slot.
type question struct {
	shape         string
	seed          uint64
	tokens, reply int
	slot, probs   int
	cache         bool
	nonce         string
	others        []string
}

var noise = map[string]bool{"random": true, "unicode": true}

// ask gives the answer as a harness would hand it to the oracles.
func (l *lab) ask(t testing.TB, q question) oracle.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	shape, err := shapes.Parse(q.shape)
	if err != nil {
		t.Error(err)
		return oracle.Answer{}
	}
	p, err := l.maker.Make(ctx, prompts.Recipe{Shape: shape, Seed: q.seed, Tokens: q.tokens, Nonce: q.nonce, Form: prompts.IDs})
	if err != nil {
		t.Error(err)
		return oracle.Answer{}
	}
	c, err := l.Complete(ctx, server.CompletionRequest{Prompt: p.IDs, Slot: q.slot, Reply: q.reply, Cache: q.cache, Probs: q.probs}, nil)
	if err != nil {
		t.Errorf("%s of %d tokens in slot %d: %v", q.shape, q.tokens, q.slot, err)
	}
	a := oracle.Answer{
		Slot: q.slot, Asked: q.reply, Sent: len(p.IDs), Context: l.context,
		Tail: p.IDs[max(0, len(p.IDs)-oracle.TailTokens):], Noise: noise[q.shape],
		Counted: c.PromptTokens, Cached: c.CachedTokens, Processed: c.ProcessedTokens, Predicted: c.PredictedTokens,
		Stop: c.StopType, Truncated: c.Truncated, Complete: c.Complete,
		Text: c.Text, Tokens: c.Reply, Nonce: q.nonce, Others: q.others,
	}
	for _, p := range c.Probabilities {
		a.Logprobs = append(a.Logprobs, p.Logprob)
		var rivals []oracle.Rival
		for _, r := range p.Rivals {
			rivals = append(rivals, oracle.Rival(r))
		}
		a.Rivals = append(a.Rivals, rivals)
	}
	return a
}

// canary asks both fixed prompts.
func (l *lab) canary(t testing.TB, slot int) oracle.Canary {
	t.Helper()
	q := question{shape: "natural", seed: 1, tokens: oracle.CanaryShort, reply: oracle.CanaryReply, slot: slot, probs: oracle.CanaryProbs}
	c := oracle.Canary{Short: l.ask(t, q)}
	if q.tokens = oracle.CanaryLong(l.ubatch, l.context); q.tokens > 0 {
		c.Long = l.ask(t, q)
	}
	return c
}

// wave asks all slots at once, as a screen does, and leaves out those in except.
func (l *lab) wave(t testing.TB, shape string, seed uint64, tokens, reply int, cache bool, except ...int) []oracle.Answer {
	nonces := make([]string, l.np)
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range nonces {
		nonces[i] = fmt.Sprintf("%012x", rng.Uint64()>>16)
	}
	answers := make([]oracle.Answer, l.np)
	var sending sync.WaitGroup
	for slot := range l.np {
		if len(except) > 0 && except[0] == slot {
			continue
		}
		q := question{shape: shape, seed: seed + uint64(slot), tokens: tokens, reply: reply, slot: slot, probs: 1, cache: cache, nonce: nonces[slot]}
		for i, n := range nonces {
			if i != slot {
				q.others = append(q.others, n)
			}
		}
		sending.Go(func() { answers[slot] = l.ask(t, q) })
	}
	sending.Wait()
	return answers
}
