package shapes

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// rules are a grammar without recursion: each name has alternatives, and «name» within one stands for
// any of them. To make an alternative likelier, write it twice.
type rules map[string][]string

// words are one-word alternatives.
func words(text string) []string { return strings.Fields(text) }

// lines are the alternatives of a block of text, one a line; `\n` and `\t` are a line break and a tab.
func lines(text string) []string {
	text = strings.TrimSpace(text)
	var alternatives []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimLeft(line, "\t")
		alternatives = append(alternatives, strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(line))
	}
	return alternatives
}

// grammar is rules compiled over a lexicon.
type grammar struct {
	rules
	lexicon *lexicon
	classes map[string]*class
}

// class is a compiled name: what may stand there.
type class struct{ alternatives [][]item }

// item is a symbol, or a place where a class stands.
type item struct {
	symbol Symbol
	class  *class // nil: a symbol
}

func newGrammar(l *lexicon, r rules) *grammar {
	return &grammar{rules: r, lexicon: l, classes: map[string]*class{}}
}

// class compiles a name with a prefix: the space or mark before it belongs to its first piece, as
// in " word" and "(word".
func (g *grammar) class(name, prefix string) *class {
	key := prefix + "«" + name
	if c := g.classes[key]; c != nil {
		return c
	}
	alternatives, known := g.rules[name]
	if !known {
		panic(fmt.Sprintf("shapes: a grammar has no rule %q", name)) // in our own tables, found by any test
	}
	c := &class{}
	g.classes[key] = c
	for _, text := range alternatives {
		c.alternatives = append(c.alternatives, g.compile(prefix+text))
	}
	return c
}

func (g *grammar) compile(text string) []item {
	var items []item
	for {
		literal, rest, more := strings.Cut(text, "«")
		prefix := ""
		if more {
			literal, prefix = cutPrefix(literal)
		}
		for _, s := range g.lexicon.addText(nil, literal) {
			items = append(items, item{symbol: s})
		}
		if !more {
			return items
		}
		name, after, _ := strings.Cut(rest, "»")
		items = append(items, item{class: g.class(name, prefix)})
		text = after
	}
}

// cutPrefix takes from the end of a literal the character that a pre-tokeniser would join with the
// word that follows: white space, or a mark that stands alone.
func cutPrefix(literal string) (rest, prefix string) {
	last, size := utf8.DecodeLastRuneInString(literal)
	rest = literal[:len(literal)-size]
	before, _ := utf8.DecodeLastRuneInString(rest)
	switch {
	case literal == "":
		return "", ""
	case last == ' ' || last == '\t':
		return rest, literal[len(rest):]
	case isMark(last) && (rest == "" || isLetter(before) || isDigit(before) || isNewline(before)):
		return rest, literal[len(rest):]
	}
	return literal, ""
}

// expand appends one random expansion of the class.
func (c *class) expand(r *rng, dst []Symbol) []Symbol {
	alternative := c.alternatives[0]
	if n := len(c.alternatives); n > 1 {
		alternative = c.alternatives[r.below(n)]
	}
	for i := range alternative {
		if in := alternative[i].class; in != nil {
			dst = in.expand(r, dst)
		} else {
			dst = append(dst, alternative[i].symbol)
		}
	}
	return dst
}
