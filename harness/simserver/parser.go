package simserver

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parser consumes a profile's text from the left.
type parser struct {
	rest string
}

func (p *parser) profile() (Profile, error) {
	var profile Profile
	for {
		p.space()
		if p.rest == "" {
			return profile, nil
		}
		if p.take(";") {
			continue
		}
		r, err := p.rule()
		if err != nil {
			return Profile{}, err
		}
		profile.Rules = append(profile.Rules, r)
		p.space()
		if p.rest != "" && p.rest[0] != ';' {
			return Profile{}, fmt.Errorf("%q after a rule: separate rules with a semicolon", p.rest)
		}
	}
}

func (p *parser) rule() (Rule, error) {
	name := p.word()
	b, ok := behaviours[name]
	if !ok {
		return Rule{}, fmt.Errorf("no profile and no behaviour is called %q", name)
	}
	r := Rule{Behaviour: name}
	args, err := p.args()
	if err != nil {
		return Rule{}, fmt.Errorf("arguments of %s: %w", name, err)
	}
	if err := r.setArgs(b, args); err != nil {
		return Rule{}, err
	}
	r.When, err = p.conditions()
	return r, err
}

// args reads "(a, b)", or "=a" as a short form of "(a)", or nothing.
func (p *parser) args() ([]argument, error) {
	p.space()
	if p.take("=") {
		text, quoted, err := p.value(" \t\n;")
		return []argument{{text: text, quoted: quoted}}, err
	}
	if !p.take("(") {
		return nil, nil
	}
	var args []argument
	for {
		text, quoted, err := p.value(",)")
		if err != nil {
			return nil, err
		}
		if quoted || text != "" {
			args = append(args, argument{text: text, quoted: quoted})
		}
		p.space()
		switch {
		case p.take(","):
		case p.take(")"):
			return args, nil
		default:
			return nil, errors.New("no closing parenthesis")
		}
	}
}

// argument is one argument as written. A quoted one is never taken for phase=NAME.
type argument struct {
	text   string
	quoted bool
}

// setArgs checks the arguments against what the behaviour takes.
func (r *Rule) setArgs(b behaviour, args []argument) error {
	for _, a := range args {
		if name, ok := strings.CutPrefix(a.text, "phase="); ok && !a.quoted {
			i := slices.Index(phaseNames[1:], name)
			if i < 0 || !slices.Contains(b.phases, Phase(i+1)) {
				return fmt.Errorf("%s cannot happen in phase %q: choose from %v", r.Behaviour, name, b.phases)
			}
			r.Phase = Phase(i + 1)
			continue
		}
		if len(r.Args) == len(b.params) {
			return fmt.Errorf("%s takes at most %d arguments", r.Behaviour, len(b.params))
		}
		if err := b.params[len(r.Args)].check(a.text); err != nil {
			return fmt.Errorf("argument of %s: %w", r.Behaviour, err)
		}
		r.Args = append(r.Args, a.text)
	}
	if len(r.Args) < b.needs {
		return fmt.Errorf("%s needs %d argument(s)", r.Behaviour, b.needs)
	}
	return nil
}

// value reads a quoted string, or bare text up to one of the stop bytes outside of parentheses.
func (p *parser) value(stop string) (text string, quoted bool, err error) {
	p.space()
	if strings.HasPrefix(p.rest, `"`) {
		q, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			return "", false, fmt.Errorf("%s: a string needs a closing quote", p.rest)
		}
		p.rest = p.rest[len(q):]
		text, err = strconv.Unquote(q)
		return text, true, err
	}
	depth, end := 0, len(p.rest)
	for i := 0; i < len(p.rest); i++ {
		c := p.rest[i]
		if depth == 0 && strings.IndexByte(stop, c) >= 0 {
			end = i
			break
		}
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
	text, p.rest = strings.TrimSpace(p.rest[:end]), p.rest[end:]
	return text, false, nil
}

// word reads letters.
func (p *parser) word() string {
	p.space()
	end := strings.IndexFunc(p.rest, func(c rune) bool { return c < 'a' || c > 'z' })
	if end < 0 {
		end = len(p.rest)
	}
	w := p.rest[:end]
	p.rest = p.rest[end:]
	return w
}

func (p *parser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *parser) take(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	if ok {
		p.rest = rest
	}
	return ok
}

// quoteArg writes an argument bare where that reads back, else quoted.
func quoteArg(a string) string {
	if a == "" || a != strings.TrimSpace(a) || strings.ContainsAny(a, "\"(),;=\\") || !printable(a) {
		return strconv.Quote(a)
	}
	return a
}

// quoteWord writes a condition's text bare where that reads back, else quoted.
func quoteWord(a string) string {
	if strings.ContainsAny(a, " \t") {
		return strconv.Quote(a)
	}
	return quoteArg(a)
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return !strconv.IsPrint(c) || c == '�' })
}
