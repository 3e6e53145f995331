package shapes

import (
	"strings"
	"testing"
)

func TestCanonicalText(t *testing.T) {
	for text, want := range map[string]string{
		"opt":                      "opt",
		" natural ":                "natural",
		"repeat":                   "repeat:contexttoken",
		"repeat:contexttoken":      "repeat:contexttoken",
		"repeat:a%20b":             "repeat:a%20b",
		"repeat:%c3%a9":            "repeat:é",
		"repeat:%25":               "repeat:%25",
		"mixed":                    "mixed",
		"mixed:natural=3,repeat=1": "mixed:natural=3,repeat:contexttoken=1",
		"mixed:natural=1,repeat=1,code=1,lines=1": "mixed",
		"natural@2000+repeat:opt@500+code":        "natural@2000+repeat:opt@500+code",
		"natural@2k+opt@32Ki":                     "natural@2000+opt@32768",
		"mixed:opt=1,repeat:foo=2@1M+natural":     "mixed:opt=1,repeat:foo=2@1000000+natural",
	} {
		shape, err := Parse(text)
		if err != nil || shape.String() != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", text, shape, err, want)
		}
	}
}

func TestLists(t *testing.T) {
	for text, want := range map[string]string{
		"opt,repeat:x,mixed:natural=3,repeat=1,code": "opt | repeat:x | mixed:natural=3,repeat:contexttoken=1 | code",
		"opt, opt ,natural":                          "opt | natural",
		"mixed:opt=1@500+code,mixed:code=1,opt=2":    "mixed:opt=1@500+code | mixed:code=1,opt=2",
		"natural@100+mixed:opt=1,code=2,unicode":     "natural@100+mixed:opt=1,code=2 | unicode",
		"repeat:a%3Db,opt":                           "repeat:a%3Db | opt",
		"repeat:foo,all":                             "repeat:foo | opt | repeat:contexttoken | natural | mixed | code | tools | random | unicode | lines",
	} {
		list, err := ParseList(text)
		var texts []string
		for _, s := range list {
			texts = append(texts, s.String())
		}
		if got := strings.Join(texts, " | "); err != nil || got != want {
			t.Errorf("ParseList(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestErrorsNameTheWrongWord(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "the list of shapes is empty",
		"opt,,code":         "nothing between two commas",
		"naturl":            `"naturl" is not a family of shapes; did you mean "natural"?`,
		"OPT":               `did you mean "opt"?`,
		"banana":            `"banana" is not a family of shapes; the families are opt, repeat`,
		"opt:foo":           "opt takes no parameter",
		"repeat:":           "no parameter after its colon",
		"repeat:a b":        "write it as %20",
		"repeat:a:b":        "write it as %3A",
		"repeat:%zz":        "two hexadecimal digits",
		"repeat:%FF":        "not valid UTF-8",
		"opt@":              `"" is not the length of a span`,
		"opt@0":             `"0" is not the length of a span`,
		"opt@-5":            `"-5" is not the length of a span`,
		"opt@3000M":         `"3000M" is not the length of a span`,
		"opt@5@6":           `"5@6" is not the length of a span`,
		"opt+code":          `"opt" would run to the end and leave no room for "code"`,
		"opt@5+":            "a span without a family",
		"natural=3":         "follows no mixed; write mixed:natural=3",
		"opt,natural=3":     "follows no mixed",
		"mixed:natural":     `"natural" is not a weighted component`,
		"mixed:natural=x":   `the weight "x" of natural is not a whole number`,
		"mixed:natural=0":   "the weight 0 of natural is not between 1 and 1000",
		"mixed:opt=1,opt=2": "mixed names opt twice",
		"mixed:mixed=1":     "a mixed inside a mixed",
		"mixed:naturel=3":   `did you mean "natural"?`,
	} {
		list, err := ParseList(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("ParseList(%q) = %v, %v; want an error with %q", text, list, err, want)
		}
	}
}

func TestASpanThatIsNotValidGivesNothing(t *testing.T) {
	s := Span{Family: "banana"}
	if n := s.Stream(1).Fill(make([]Symbol, 9)); n != 0 || len(s.Lexicon()) != 0 {
		t.Errorf("a family that does not exist filled %d symbols from %d pieces", n, len(s.Lexicon()))
	}
}
