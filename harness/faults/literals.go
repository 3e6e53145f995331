package faults

import (
	"regexp/syntax"
	"unicode"
)

// literalsOf returns strings of which at least one stands in every text that the pattern matches,
// the longest such set that can be seen without search; nil when there is none.
func literalsOf(pattern string) []string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return needed(re.Simplify())
}

// maxAlternatives bounds how many spellings of one place are listed.
const maxAlternatives = 48

func needed(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass:
		return exactly(re)
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			one := needed(sub)
			if one == nil {
				return nil
			}
			all = append(all, one...)
		}
		return all
	case syntax.OpConcat:
		return best(re.Sub)
	}
	return nil
}

// best joins neighbours that are exact and takes the set whose shortest member is longest.
func best(parts []*syntax.Regexp) []string {
	parts = flat(parts)
	var chosen, run []string
	take := func(set []string) {
		if set != nil && shortest(set) > shortest(chosen) {
			chosen = set
		}
	}
	for _, part := range parts {
		exact := exactly(part)
		if exact == nil {
			take(run)
			take(needed(part))
			run = nil
			continue
		}
		if joined := products(run, exact); joined != nil {
			run = joined
			continue
		}
		take(run)
		run = exact
	}
	take(run)
	return chosen
}

// flat puts the parts of captured sequences in line with their neighbours.
func flat(parts []*syntax.Regexp) []*syntax.Regexp {
	var all []*syntax.Regexp
	for _, part := range parts {
		if part.Op == syntax.OpCapture && part.Sub[0].Op == syntax.OpConcat {
			all = append(all, flat(part.Sub[0].Sub)...)
		} else {
			all = append(all, part)
		}
	}
	return all
}

// exactly returns all texts that the pattern matches, if they are few.
func exactly(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return []string{string(re.Rune)}
		}
		return inBothCases(re.Rune)
	case syntax.OpCharClass:
		return spelled(re)
	case syntax.OpCapture:
		return exactly(re.Sub[0])
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpBeginText, syntax.OpEndText:
		return []string{""}
	case syntax.OpConcat:
		all := []string{""}
		for _, sub := range re.Sub {
			if all = products(all, exactly(sub)); all == nil {
				return nil
			}
		}
		return all
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			one := exactly(sub)
			if one == nil || len(all)+len(one) > maxAlternatives {
				return nil
			}
			all = append(all, one...)
		}
		return all
	case syntax.OpQuest:
		if one := exactly(re.Sub[0]); one != nil {
			return append([]string{""}, one...)
		}
	}
	return nil
}

// inBothCases spells out a literal in which the parser has folded cases: "[Ee]" is one.
func inBothCases(runes []rune) []string {
	all := []string{""}
	for _, r := range runes {
		cases := []string{string(r)}
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			cases = append(cases, string(other))
		}
		if all = products(all, cases); len(all) > maxCases {
			return nil
		}
	}
	return all
}

// maxCases bounds the spellings of a literal with folded cases.
const maxCases = 8

func products(a, b []string) []string {
	if a == nil {
		return b
	}
	if b == nil || len(a)*len(b) > maxAlternatives {
		return nil
	}
	var all []string
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+y)
		}
	}
	return all
}

func spelled(class *syntax.Regexp) []string {
	var all []string
	for i := 0; i+1 < len(class.Rune); i += 2 {
		for r := class.Rune[i]; r <= class.Rune[i+1]; r++ {
			if len(all) == 4 {
				return nil
			}
			all = append(all, string(r))
		}
	}
	return all
}

func shortest(set []string) int {
	if len(set) == 0 {
		return 0
	}
	n := len(set[0])
	for _, s := range set {
		n = min(n, len(s))
	}
	return n
}
