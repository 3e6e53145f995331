package plan

import (
	"strconv"
	"strings"

	"ctxcliff/shapes"
)

// Configuration is a target at one -np and -c: what needs a server start to change.
type Configuration struct {
	Target Target
	NP     int // slots, passed as -np; at least 1
	Ctx    int // total context in tokens, passed as -c; the server rounds each slot up to 256
	Reply  int // tokens asked for in each reply
}

// ctxPad is the granularity of a slot's context: llama.cpp pads n_ctx_seq upwards to a multiple
// of 256 (GGML_PAD in llama_context's constructor, src/llama-context.cpp), although its log says
// "rounding down".
const ctxPad = 256

// SlotContext is the context that one slot has without a unified cache: Ctx/NP padded up to 256.
// The server may cap it at the model's trained context; read the truth back from /props.
func (c Configuration) SlotContext() int {
	if c.Target.URL != "" { // what it has was read from it
		return c.Ctx / c.NP
	}
	return (c.Ctx/c.NP + ctxPad - 1) / ctxPad * ctxPad
}

// ID names the configuration: model__backend__topology__np2_ps100k. The per-slot size is what was
// asked for (Ctx/NP), not what the server pads it to.
func (c Configuration) ID() string {
	return c.Target.ID() + "__np" + itoa(c.NP) + "_ps" + Label(c.Ctx/c.NP)
}

// Line is the cells of one configuration and shape, which differ in size alone. Where along it things
// break is its edge.
type Line struct {
	Configuration Configuration
	Shape         shapes.Shape
}

// ID is that of its cells, without the size.
func (l Line) ID() string { return l.Configuration.ID() + "__" + shapeTag(l.Shape) }

// At is the cell of that many tokens.
func (l Line) At(tokens int) Cell { return Cell{l.Configuration, l.Shape, tokens} }

// Cell is one square of the matrix: a configuration, a shape, a prompt size.
type Cell struct {
	Configuration Configuration
	Shape         shapes.Shape
	Tokens        int // prompt tokens per slot, as the server is to count them, template and BOS included
}

// ID is stable across runs and machines: the configuration's id, the shape and the size, joined by
// double underscores.
func (c Cell) ID() string {
	return Line{c.Configuration, c.Shape}.ID() + "__" + Label(c.Tokens)
}

// Expected says what a well-behaved server does with the cell's prompts, given the context that a
// slot really has: a prompt of n_ctx tokens or more is refused, n_ctx-1 is served (observed on
// builds from b8146 to b11669; tools/server/server-context.cpp).
func (c Cell) Expected(slotContext int) Expectation {
	if c.Tokens >= slotContext {
		return ExpectRefusal
	}
	return ExpectAnswer
}

// Expectation is what a server owes a prompt of a given size.
type Expectation uint8

const (
	ExpectUnknown Expectation = iota
	ExpectAnswer              // the prompt fits: anything but an answer is a finding
	ExpectRefusal             // the prompt does not fit: a clean refusal is right
)

// shapeTag is the shape's text form with the separators of ids kept out of it.
func shapeTag(s shapes.Shape) string {
	return strings.ReplaceAll(s.String(), "__", "_%5F")
}

func itoa(n int) string { return strconv.Itoa(n) }
