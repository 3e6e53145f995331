package harness

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ctxcliff/harness/internal/awake"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

// Player plays scenarios, each against a server that has served nothing yet. Whoever makes one calls
// Open first and Close last.
type Player struct {
	Rig
	Target plan.Target            // what the scenarios are played on; their flags are added to its own
	Models map[string]plan.Target // what those that name another model are played on
	Builds map[string]plan.Target // what questions that name a build are played on
	Plan   interface {
		Knows(plan.Cell) bool
		Extend(context.Context, plan.Plan) error
	}
	Loading bool // the bug comes while the server loads: one that never becomes ready broke, and is not unfit
	Starts  int  // launched before, by an earlier session of the same run

	pace map[string][]float64 // prompt tokens per second that attempts showed, by setup
}

// Open makes the player ready.
func (p *Player) Open(ctx context.Context) {
	p.prepare(ctx)
	p.starts = p.Starts
}

// Close gives back what Open took.
func (p *Player) Close() { p.pack() }

// Played is what came of a scenario.
type Played struct {
	Attempts []trial.Attempt // one for each step that was begun
	Unfit    string          // why the scenario cannot be played on this target at all; "" it can
}

// Last is the attempt that ended it.
func (p Played) Last() (trial.Attempt, bool) {
	if len(p.Attempts) == 0 {
		return trial.Attempt{}, false
	}
	return p.Attempts[len(p.Attempts)-1], true
}

// Play starts a server and sends the scenario's steps, until one breaks or all are answered; then the
// server is ended. number tells the attempts which question they belong to. The error is trouble that makes
// going on pointless, or ctx's; findings are not errors.
func (p *Player) Play(ctx context.Context, s scenario.Scenario, number int) (played Played, err error) {
	if why := p.unplayable(s); why != "" {
		return Played{Unfit: why}, nil
	}
	l, err := p.newLife(p.configuration(s))
	if err != nil {
		return Played{}, err
	}
	defer func() {
		err = also(err, l.end(ctx))
		if n := len(played.Attempts); n > 0 && l.last != nil { // the end may have told more of it
			played.Attempts[n-1] = *l.last
		}
	}()
	stage := stage{player: p, life: l, planned: p.planned(s), held: map[int][]int32{}}
	for i, step := range s.Steps {
		a, err := stage.play(ctx, step, i, number, i == len(s.Steps)-1)
		if a != nil {
			played.Attempts = append(played.Attempts, *a)
		}
		if err != nil || !passed(*a) {
			return played, err
		}
	}
	return played, nil
}

// unplayable says what of a scenario cannot be had here.
func (p *Player) unplayable(s scenario.Scenario) string {
	if _, known := p.Models[s.Flags.Model]; s.Flags.Model != "" && !known {
		return "it has a model called " + s.Flags.Model + ", which is not at hand"
	}
	return ""
}

// configuration is what a scenario needs a server start for.
func (p *Player) configuration(s scenario.Scenario) plan.Configuration {
	return configurationFor(p.planned(s).Target, s)
}

func configurationFor(t plan.Target, s scenario.Scenario) plan.Configuration {
	t.Args = append(slices.Clone(t.Args), flagArgs(s.Flags)...)
	return plan.Configuration{Target: t, NP: s.NP, Ctx: s.Ctx, Reply: 1}
}

// planned is the configuration as the plan has it: without the scenario's flags, of which ids say nothing. The
// journal and the start's command line have them.
func (p *Player) planned(s scenario.Scenario) plan.Configuration {
	t := p.Target
	if m, ok := p.Models[s.Flags.Model]; ok {
		t = m
	}
	return plan.Configuration{Target: t, NP: s.NP, Ctx: s.Ctx, Reply: 1}
}

// flagArgs are the arguments of a scenario's flags. llama.cpp lets a later argument win.
func flagArgs(f scenario.Flags) []string {
	var args []string
	add := func(flag, value string) {
		if value != "" && value != "0" {
			args = append(args, flag, value)
		}
	}
	add("-b", strconv.Itoa(f.Batch))
	add("-ub", strconv.Itoa(f.MicroBatch))
	add("-fa", f.FlashAttn)
	add("-ctk", f.CacheK)
	add("-ctv", f.CacheV)
	return append(args, f.Other...)
}

// stage is a scenario being played: what each slot holds of it.
type stage struct {
	player  *Player
	life    *life
	planned plan.Configuration
	held    map[int][]int32
}

func (g *stage) play(ctx context.Context, step scenario.Step, n, number int, last bool) (*trial.Attempt, error) {
	cell := cellOf(g.planned, step)
	if !g.player.Plan.Knows(cell) {
		more := plan.Plan{Configurations: []plan.Work{{Configuration: cell.Configuration, Cells: []plan.Cell{cell}}}}
		if err := g.player.Plan.Extend(context.WithoutCancel(ctx), more); err != nil {
			return nil, err
		}
	}
	var sent []prompts.Prompt
	a, err := g.life.attempt(ctx, shot{
		cell: cell, n: n + 1, probe: number, last: last,
		requests: func() []trial.Request { return requestsOf(step) },
		make: func(ctx context.Context, requests []trial.Request) (made []prompts.Prompt, err error) {
			sent, err = g.prompts(ctx, step, requests)
			return sent, err
		},
	})
	if a == nil || sent == nil {
		return a, err
	}
	for i, r := range a.Requests {
		if g.held[r.Slot] = sent[i].IDs; sent[i].Text != "" {
			g.held[r.Slot] = nil // as which ids the server holds it is not known
		}
		if g.held[r.Slot] != nil && len(r.Reply) == r.PredictedTokens {
			g.held[r.Slot] = append(slices.Clip(g.held[r.Slot]), r.Reply...)
		}
	}
	return a, err
}

// cellOf is what a step's attempt counts for: the shape of its longest prompt, at that length.
func cellOf(c plan.Configuration, step scenario.Step) plan.Cell {
	longest := slices.MaxFunc(step.Requests, func(a, b scenario.Request) int { return a.Recipe.Tokens - b.Recipe.Tokens })
	return plan.Cell{Configuration: c, Shape: longest.Recipe.Shape, Tokens: longest.Recipe.Tokens}
}

// requestsOf are a step's requests in the words of a trial.
func requestsOf(step scenario.Step) []trial.Request {
	list := make([]trial.Request, len(step.Requests))
	for i, r := range step.Requests {
		list[i] = trial.Request{
			Slot: r.Slot, Shape: r.Recipe.Shape.String(), Seed: r.Recipe.Seed, Target: r.Recipe.Tokens, Nonce: r.Recipe.Nonce,
			Form: prompts.IDs.String(), Asked: r.Reply, MayReuse: r.Cache || r.Grown,
			Delay: time.Duration(r.Delay) * time.Millisecond, CancelAt: r.CancelAfter, Position: -1, ServedBy: -1,
			Endpoint: r.Endpoint, Params: r.Params, MayRefuse: r.MayRefuse,
		}
		switch {
		case r.Form == scenario.Solid:
			list[i].Form = scenario.Solid
		case r.AsText():
			list[i].Form = prompts.Text.String()
		case r.Grown:
			list[i].Form = trial.Grown
		}
	}
	return list
}

// prompts makes the recipes of a step real.
func (g *stage) prompts(ctx context.Context, step scenario.Step, requests []trial.Request) ([]prompts.Prompt, error) {
	made := make([]prompts.Prompt, len(requests))
	for i, r := range step.Requests {
		p, err := g.life.recipe(ctx, r.Recipe)
		if err != nil {
			return nil, err
		}
		if held := g.held[r.Slot]; r.Grown && len(held) > 0 && len(held) < len(p.IDs) {
			p = p.After(held, len(p.IDs))
		}
		if r.AsText() {
			if p, err = g.life.said(ctx, p, r.Form == scenario.Solid); err != nil {
				return nil, err
			}
		}
		requests[i].Hash, requests[i].Vocabulary = p.Hash, p.Recipe.Vocabulary
		made[i] = p
	}
	return made, nil
}

// recipe makes a recipe real, what it replaces included.
func (l *life) recipe(ctx context.Context, r scenario.Recipe) (prompts.Prompt, error) {
	ctx, done := awake.Within(ctx, l.bound.limit(0))
	defer done()
	p, err := l.maker.Make(ctx, prompts.Recipe{Shape: r.Shape, Seed: r.Seed, Tokens: r.Tokens, Nonce: r.Nonce, Form: prompts.IDs})
	if err != nil || r.Filler == "" && r.Distinct == 0 && r.Period == 0 {
		return p, err
	}
	filler, err := l.filler(ctx, r.Filler)
	if err != nil {
		return p, err
	}
	return p.Changed(r.Apply(p.IDs, p.NonceTokens, filler)), nil
}

// said turns the ids of a prompt into text, without any white space where it is to be solid. A tokenizer that does not answer is given up after the stall bound.
func (l *life) said(ctx context.Context, p prompts.Prompt, solid bool) (prompts.Prompt, error) {
	ctx, done := awake.Within(ctx, l.bound.limit(0))
	defer done()
	text, err := l.tokenizer.Text(ctx, p.IDs)
	if solid {
		text = strings.Join(strings.Fields(text), "")
	}
	return p.Said(text), err
}

// fillerSample is more tokens than any word has.
const fillerSample = 256

// filler are the token ids of the word that replaces what does not matter: one period of it, repeated.
func (l *life) filler(ctx context.Context, word string) ([]int32, error) {
	if word == "" {
		return nil, nil
	}
	shape, err := shapes.New(shapes.Span{Family: "repeat", Word: word})
	if err != nil {
		return nil, fmt.Errorf("the filler %q: %w", word, err)
	}
	p, err := l.maker.Make(ctx, prompts.Recipe{Shape: shape, Seed: 1, Tokens: fillerSample, Form: prompts.IDs})
	if err != nil {
		return nil, err
	}
	return p.IDs[:period(p.IDs)], nil
}

// period is the length after which ids repeat.
func period(ids []int32) int {
	for n := 1; n < len(ids); n++ {
		if slices.Equal(ids[n:], ids[:len(ids)-n]) {
			return n
		}
	}
	return len(ids)
}
