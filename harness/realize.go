package harness

import (
	"context"
	"strings"
	"time"

	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/prompts"
)

// Argument is a flag of llama-server's command line with its value.
type Argument = server.Argument

// Arguments are what the server of a scenario is started with, part by part: peers, and whatever a bundle's
// reader chooses, are among them.
func (lab *Lab) Arguments(s scenario.Scenario) []Argument {
	c := configurationFor(lab.Target, s)
	return lab.caps.Arguments(lab.options(c, 0))
}

// Body is the JSON that a request of a scenario is sent as, but for its prompt, which stands between the two
// parts: an array of token ids, or a text.
type Body struct {
	Path          string
	Before, After string
	Prompt        bool // false: the request's parameters say what else is sent in place of it; all is in Before
	Text          bool // the prompt travels as text: what the server's /detokenize makes of the ids
	Streams       bool // the answer comes as a stream of events
}

// BodyOf is how a request is sent by a player with its canary on.
func BodyOf(r scenario.Request) (Body, error) {
	const mark = "\uE000prompt\uE000" // private use: JSON leaves it as it is
	ask := server.CompletionRequest{Text: mark, Slot: r.Slot, Reply: r.Reply, Cache: r.Cache || r.Grown, Probs: 1, Path: r.Endpoint, Params: r.Params}
	whole, err := ask.Encode()
	if err != nil {
		return Body{}, err
	}
	b := Body{Path: ask.Endpoint(), Text: r.AsText(), Streams: ask.Streams()}
	b.Before, b.After, b.Prompt = strings.Cut(string(whole), `"`+mark+`"`)
	return b, nil
}

// Prompts makes all prompts of a scenario real, in the order of its places, and names the ids that random
// may draw. The server is started once for it, with a small context, because only it knows its vocabulary.
// Grown prompts are as long as they are to become: what they begin with depends on replies.
func (lab *Lab) Prompts(ctx context.Context, s scenario.Scenario, limit time.Duration) (made []prompts.Prompt, ordinary []int32, err error) {
	spec := lab.launchSpec(plan.Configuration{Target: lab.Target, NP: 1, Ctx: 512, Reply: 1}, 0, 1)
	spec.ReadyTimeout = limit
	srv, err := server.Launch(ctx, spec)
	if err != nil {
		return nil, nil, err
	}
	defer srv.Stop(context.WithoutCancel(ctx), DefaultLimits.Grace)
	rig := &Rig{bound: stallBound{floor: DefaultLimits.Stall}}
	rig.maker = prompts.NewMaker(&rig.tokenizer)
	rig.tokenizer.now = srv.Tokenizer(lab.tokens, lab.ordinary)
	l := &life{Rig: rig, lab: lab}
	for _, place := range s.Places() {
		p, err := l.recipe(ctx, s.At(place).Recipe)
		if err != nil {
			return nil, nil, err
		}
		made = append(made, p)
	}
	return made, lab.ordinary, nil
}

// Tokenizer names the model's vocabulary: models that cut every text into the same tokens have the same.
func (lab *Lab) Tokenizer() string { return lab.tokens }
