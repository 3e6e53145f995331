package simserver

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Condition is one test of a rule.
type Condition struct {
	Field string  // tokens, position, distinct, period, np, busy, slot, attempt, start, shape, contains, chance, cold, cached
	Op    string  // >=, <=, !=, =, < or >; empty for cold and cached
	Mod   int     // the divisor of start%Mod=N; 0 where there is none
	N     int     // right side of a number field
	Text  string  // right side of shape and contains
	P     float64 // right side of chance, 0 to 1
}

// situation is everything that a condition can look at. What is not known yet is -1 or nil, and a
// condition over it does not hold.
type situation struct {
	prompt   *facts // nil while loading
	position int    // tokens in the slot when the coming batch is done
	np       int    // slots configured
	busy     int    // slots at work
	slot     int
	attempt  int // completion requests that slots have taken in this life, this one included
	start    int // which life this is, from 1
	seed     uint64
	cached   int // prompt tokens that came from the cache
}

var (
	operators    = []string{">=", "<=", "!=", "=", "<", ">"} // longest first
	numberFields = []string{"tokens", "position", "distinct", "period", "np", "busy", "slot", "attempt", "start"}
	textFields   = []string{"shape", "contains"}
	flagFields   = []string{"cold", "cached"}
)

// conditions reads "when C and C…", or nothing.
func (p *parser) conditions() ([]Condition, error) {
	var all []Condition
	for _, lead := 0, "when"; ; lead = "and" {
		p.space()
		if !p.take(lead) {
			return all, nil
		}
		c, err := p.condition()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
}

func (p *parser) condition() (Condition, error) {
	c := Condition{Field: p.word()}
	if slices.Contains(flagFields, c.Field) {
		return c, nil
	}
	if c.Field == "start" && p.take("%") {
		n := 0
		for p.rest != "" && p.rest[0] >= '0' && p.rest[0] <= '9' && n < 1_000_000 {
			n = n*10 + int(p.rest[0]-'0')
			p.rest = p.rest[1:]
		}
		if c.Mod = n; n == 0 {
			return c, errors.New("start% needs a divisor above 0, as in start%3=0")
		}
	}
	p.space()
	i := slices.IndexFunc(operators, p.take)
	if i < 0 {
		return c, fmt.Errorf("condition %q needs a comparison, as in tokens>=3000", c.Field)
	}
	c.Op = operators[i]
	value, _, err := p.value(" \t\r\n;")
	if err != nil {
		return c, err
	}
	return c, c.setValue(value)
}

func (c *Condition) setValue(value string) (err error) {
	switch {
	case slices.Contains(numberFields, c.Field):
		c.N, err = parseCount(value)
	case slices.Contains(textFields, c.Field):
		if c.Op != "=" && c.Op != "!=" {
			return fmt.Errorf("%s is compared with = or !=, not %s", c.Field, c.Op)
		}
		c.Text = value
		if c.Field == "shape" && !slices.Contains(shapeNames(), value) {
			return fmt.Errorf("no shape is called %q: use one of %s", value, strings.Join(shapeNames(), ", "))
		}
	case c.Field == "chance":
		c.P, err = strconv.ParseFloat(value, 64)
		if err != nil || !(c.P >= 0 && c.P <= 1) || c.Op != "=" {
			return fmt.Errorf("chance%s%s: write chance=0.3, a number from 0 to 1", c.Op, value)
		}
	default:
		return fmt.Errorf("no condition is called %q: use one of %s", c.Field,
			strings.Join(slices.Concat(numberFields, textFields, flagFields, []string{"chance"}), ", "))
	}
	return err
}

// parseCount reads 3000, 70k (70,000) or 32Ki (32,768).
func parseCount(text string) (int, error) {
	digits, unit := text, 1
	if d, ok := strings.CutSuffix(text, "Ki"); ok {
		digits, unit = d, 1024
	} else if d, ok := strings.CutSuffix(text, "k"); ok {
		digits, unit = d, 1000
	}
	n, err := strconv.ParseUint(digits, 10, 40)
	if err != nil {
		return 0, fmt.Errorf("%q is not a count: write 3000, 70k or 32Ki", text)
	}
	return int(n) * unit, nil
}

// String is the condition as ParseProfile reads it.
func (c Condition) String() string {
	switch {
	case c.Op == "":
		return c.Field
	case c.Mod > 0:
		return fmt.Sprintf("%s%%%d%s%d", c.Field, c.Mod, c.Op, c.N)
	case slices.Contains(textFields, c.Field):
		return c.Field + c.Op + quoteWord(c.Text)
	case c.Field == "chance":
		return c.Field + c.Op + strconv.FormatFloat(c.P, 'g', -1, 64)
	}
	return fmt.Sprintf("%s%s%d", c.Field, c.Op, c.N)
}

// holds reports whether the condition is true of the situation.
func (c Condition) holds(s situation, r Rule) bool {
	switch c.Field {
	case "np":
		return compare(s.np, c.Op, c.N)
	case "start":
		if c.Mod > 0 {
			return compare(s.start%c.Mod, c.Op, c.N)
		}
		return compare(s.start, c.Op, c.N)
	case "chance":
		return r.luck(s.seed, s.start) < c.P
	}
	if s.prompt == nil {
		return false
	}
	switch c.Field {
	case "tokens":
		return compare(len(s.prompt.ids), c.Op, c.N)
	case "position":
		return compare(s.position, c.Op, c.N)
	case "distinct":
		return compare(s.prompt.distinct(), c.Op, c.N)
	case "period":
		period := s.prompt.period()
		return period > 0 && compare(period, c.Op, c.N)
	case "busy":
		return compare(s.busy, c.Op, c.N)
	case "slot":
		return compare(s.slot, c.Op, c.N)
	case "attempt":
		return compare(s.attempt, c.Op, c.N)
	case "shape":
		return s.prompt.isShape(c.Text) == (c.Op == "=")
	case "contains":
		return s.prompt.contains(c.Text) == (c.Op == "=")
	case "cold":
		return 2*s.cached < len(s.prompt.ids)
	case "cached":
		return 2*s.cached >= len(s.prompt.ids)
	}
	return false
}

func compare(left int, op string, right int) bool {
	switch op {
	case ">=":
		return left >= right
	case "<=":
		return left <= right
	case "!=":
		return left != right
	case "<":
		return left < right
	case ">":
		return left > right
	}
	return left == right
}
