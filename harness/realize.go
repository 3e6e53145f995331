package harness

import (
	"context"
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
