package fuzz

import (
	"ctxcliff/harness/scenario"
)

// grammar draws scenes.
type grammar struct{ space Space }

// scene is a pattern of requests. It needs nothing of what came before it.
type scene []scenario.Step

// size is the bucket of its longest prompt.
func (s scene) size() string {
	tokens := 0
	for _, step := range s {
		tokens = max(tokens, longestOf(step))
	}
	return sizeOf(tokens)
}

// pattern makes a scene for a server of np slots.
type pattern struct {
	name  string
	slots int // that it needs
	draw  func(g *grammar, d dice, np int) scene
}

// patterns are all of them.
var patterns = []pattern{
	{"alone", 1, func(g *grammar, d dice, np int) scene { return scene{step(g.request(d, d.IntN(np)))} }},
	{"all", 2, func(g *grammar, d dice, np int) scene { return scene{g.wave(d, np)} }},
	{"staggered", 2, staggered},
	{"long-short", 2, longShort},
	{"cancel", 1, cancelled},
	{"prefix", 2, samePrefix},
	{"extend", 1, extended},
	{"shorten", 1, shortened},
	{"again", 1, again},
	{"many", 1, many},
	{"refuse", 1, refused},
}

func step(requests ...scenario.Request) scenario.Step { return scenario.Step{Requests: requests} }

// scene draws one for a server of np slots.
func (g *grammar) scene(d dice, np int) scene {
	for {
		if p := pick(d, patterns); p.slots <= np {
			return p.draw(g, d, np)
		}
	}
}

// request draws one, to a slot.
func (g *grammar) request(d dice, slot int) scenario.Request {
	r := scenario.Request{Slot: slot, Recipe: g.recipe(d), Reply: g.reply(d)}
	if len(g.space.APIs) > 0 && d.chance(0.35) {
		a, _ := apiNamed(pick(d, g.space.APIs))
		a.dress(d, &r)
	}
	return r
}

// reply draws a length: mostly short, sometimes up to the most.
func (g *grammar) reply(d dice) int {
	if d.chance(0.5) {
		return min(g.space.Reply, d.between(1, 8))
	}
	return g.anySize(d, g.space.Reply)
}

// wave is a request to each slot at once: mostly alike, else each of its own kind.
func (g *grammar) wave(d dice, np int) scenario.Step {
	var s scenario.Step
	first := g.request(d, 0)
	alike := d.chance(0.6)
	for slot := range np {
		r := g.request(d, slot)
		if alike {
			seed, nonce := r.Recipe.Seed, r.Recipe.Nonce
			r = first
			r.Slot, r.Recipe.Seed, r.Recipe.Nonce = slot, seed, nonce
		}
		s.Requests = append(s.Requests, r)
	}
	return s
}

// staggered is a wave whose requests come one after the other.
func staggered(g *grammar, d dice, np int) scene {
	s := g.wave(d, np)
	pause := pick(d, []int{2, 20, 150})
	for i := range s.Requests {
		s.Requests[i].Delay = i * pause
	}
	return scene{s}
}

// longShort is one long prompt with short ones beside it, which may come later.
func longShort(g *grammar, d dice, np int) scene {
	s, long := g.wave(d, np), d.IntN(np)
	for i := range s.Requests {
		r := &s.Requests[i]
		if i == long {
			r.Recipe.Tokens = max(r.Recipe.Tokens, g.space.Longest/2)
			continue
		}
		r.Recipe.Tokens = min(r.Recipe.Tokens, 1+d.IntN(64))
		if d.chance(0.5) {
			r.Delay = pick(d, []int{1, 10, 50})
		}
	}
	return scene{s}
}

// cancelled is a wave with a client that goes away midway, and what its slot is asked then.
func cancelled(g *grammar, d dice, np int) scene {
	s := g.wave(d, d.between(1, np))
	r := &s.Requests[d.IntN(len(s.Requests))]
	r.Endpoint, r.Form, r.Params, r.MayRefuse = "", "", "", false // it must be seen to be midway
	r.Recipe.Tokens = max(r.Recipe.Tokens, min(g.space.Longest, g.space.Batch+2))
	r.CancelAfter = d.between(1, r.Recipe.Tokens-1)
	next := *r
	next.CancelAfter, next.Cache = 0, d.chance(0.7)
	if d.chance(0.3) {
		next = g.request(d, r.Slot)
	}
	return scene{s, step(next)}
}

// samePrefix is one prompt in two slots, of two lengths, at once or one after the other.
func samePrefix(g *grammar, d dice, np int) scene {
	a := g.request(d, 0)
	b := a
	b.Slot, b.Recipe.Tokens = 1+d.IntN(np-1), g.near(d, a.Recipe.Tokens)
	a.Cache = d.chance(0.5)
	b.Cache = d.chance(0.5)
	if d.chance(0.6) {
		return scene{step(a, b)}
	}
	return scene{step(a), step(b)}
}

// near is a size that has something to do with another.
func (g *grammar) near(d dice, n int) int {
	switch x := d.Float64(); {
	case x < 0.3:
	case x < 0.5:
		n += pick(d, []int{-1, 1, g.space.MicroBatch, g.space.Batch})
	case x < 0.75:
		n = 1 + d.IntN(n)
	default:
		n += g.anySize(d, n)
	}
	return min(max(1, n), g.space.Longest)
}

// extended is a prompt that grows, by the reply as well, or without it.
func extended(g *grammar, d dice, np int) scene {
	r := g.request(d, d.IntN(np))
	r.Recipe.Tokens = max(1, r.Recipe.Tokens/2)
	all := scene{step(r)}
	for range d.between(1, 3) {
		r.Cache, r.Grown = true, d.chance(0.6)
		r.Recipe.Tokens = min(g.space.Longest, r.Recipe.Tokens+g.anySize(d, max(2, g.space.Longest/4)))
		all = append(all, step(r))
	}
	return all
}

// shortened is a prompt of which the server has more in its cache than it is asked.
func shortened(g *grammar, d dice, np int) scene {
	r := g.request(d, d.IntN(np))
	all := scene{step(r)}
	for range d.between(1, 3) {
		r.Cache = true
		r.Recipe.Tokens = max(1, r.Recipe.Tokens-pick(d, []int{1, 1 + r.Recipe.Tokens/100, 1 + r.Recipe.Tokens/2}))
		all = append(all, step(r))
	}
	return all
}

// again is the same prompt as before.
func again(g *grammar, d dice, np int) scene {
	r := g.request(d, d.IntN(np))
	all := scene{step(r)}
	for range d.between(1, 3) {
		r.Cache = true
		if d.chance(0.3) {
			r.Slot = d.IntN(np)
		}
		all = append(all, step(r))
	}
	return all
}

// many are short requests in a row.
func many(g *grammar, d dice, np int) scene {
	var all scene
	for range d.between(4, 12) {
		r := g.request(d, d.IntN(np))
		r.Recipe.Tokens, r.Reply = min(r.Recipe.Tokens, 256), min(r.Reply, 8)
		r.Cache = d.chance(0.5)
		all = append(all, step(r))
	}
	return all
}

// refused is a request that must be refused, with others beside and after it.
func refused(g *grammar, d dice, np int) scene {
	bad := g.request(d, d.IntN(np))
	bad.MayRefuse = true
	if d.chance(0.5) {
		bad.Endpoint, bad.Form, bad.Params = "", "", ""
		bad.Recipe.Tokens = g.space.Slot + pick(d, []int{0, 1, g.space.Batch, g.space.Slot})
	} else {
		bad.Endpoint, bad.Form, bad.Params = "", "", pick(d, hopeless)
	}
	s := step(bad)
	for slot := range np {
		if slot != bad.Slot && d.chance(0.5) {
			s.Requests = append(s.Requests, g.request(d, slot))
		}
	}
	return scene{s, step(g.request(d, bad.Slot))}
}
