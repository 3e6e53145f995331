package labfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/spelling"
	"ctxcliff/shapes"
)

// kind is what may stand under a key.
type kind struct {
	form   form
	check  func(text string) error // of one text, or of one element; nil takes any
	expand bool                    // ${NAME} is replaced by a variable of the environment
	path   bool                    // relative to the file's folder
	schema map[string]any          // of one text, or of one element
	hint   string                  // how one is written, in a few words
}

// form is how texts of a kind are written.
type form uint8

const (
	one   form = iota // a scalar
	many              // a YAML list, or the flags' form with commas
	argv              // a YAML list of words, or one text that is split as a shell would
	pairs             // a mapping from names to texts; each becomes NAME=VALUE
)

var (
	anyText   = map[string]any{"type": "string", "minLength": 1}
	anyScalar = map[string]any{"type": []string{"string", "number"}}
)

func number(least, most int) func(string) error {
	return func(text string) error {
		n, err := strconv.Atoi(text)
		switch {
		case err != nil:
			return fmt.Errorf("%q is not a whole number; write one from %d on", text, least)
		case n < least:
			return fmt.Errorf("%d is too small; write %d or more", n, least)
		case n > most:
			return fmt.Errorf("%d is too large; write %d at the most", n, most)
		}
		return nil
	}
}

func discard[T any](parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		_, err := parse(text)
		return err
	}
}

// each checks what stands between commas.
func each(check func(string) error) func(string) error {
	return func(text string) error {
		for part := range strings.SplitSeq(text, ",") {
			if err := check(strings.TrimSpace(part)); err != nil {
				return err
			}
		}
		return nil
	}
}

func choice(words ...string) kind {
	return kind{
		schema: map[string]any{"enum": words}, hint: strings.Join(words, ", "),
		check: func(text string) error {
			for _, w := range words {
				if text == w {
					return nil
				}
			}
			if meant := spelling.Near(text, words); meant != "" {
				return fmt.Errorf("%q is not known; did you mean %q?", text, meant)
			}
			return fmt.Errorf("%q is not known; write %s", text, strings.Join(words, ", "))
		},
	}
}

// some are several of these words.
func some(words ...string) kind {
	one := choice(words...)
	one.form, one.check = many, each(one.check)
	return one
}

func positiveDuration(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a span of time; write one such as 90s, 15m or 8h30m", text)
	}
	return nil
}

func notEmpty(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("it is empty; write a name, or leave the key out")
	}
	return nil
}

func count(least, most int) kind {
	return kind{check: number(least, most), schema: map[string]any{"type": "integer", "minimum": least, "maximum": most}, hint: "a number"}
}

const largest = 1<<31 - 1

var (
	label    = kind{check: notEmpty, schema: anyText, hint: "a name"}
	size     = kind{check: discard(plan.ParseSize), schema: anyScalar, hint: "a size such as 5010, 32k or 32Ki"}
	sizes    = kind{form: many, check: each(size.check), schema: anyScalar, hint: "sizes such as 5010, 32k or 32Ki"}
	shares   = kind{form: many, check: each(discard(plan.ParseFill)), schema: anyScalar, hint: "shares such as 50%"}
	share    = kind{schema: anyScalar, hint: "a share such as 5%"}
	slots    = kind{form: many, check: each(number(1, 256)), schema: map[string]any{"type": "integer", "minimum": 1, "maximum": 256}, hint: "numbers of slots"}
	shapeSet = kind{form: many, check: discard(shapes.ParseList), schema: anyText, hint: "prompt shapes such as opt, natural"}
	peers    = kind{form: many, check: func(text string) error { _, err := plan.ParsePeers([]string{text}); return err }, schema: anyText, hint: "local, or the HOST:PORT of an rpc-server"}
	toggle   = kind{schema: map[string]any{"type": "boolean"}, hint: "true or false", check: func(text string) error {
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		return nil
	}}
	duration = kind{check: positiveDuration, schema: map[string]any{"type": "string", "pattern": `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`}, hint: "a span of time such as 8h30m"}
	file     = kind{check: notEmpty, expand: true, path: true, schema: anyText, hint: "the path of a file"}
	program  = kind{check: notEmpty, expand: true, path: true, schema: anyText, hint: "a program: a path, or a name that is found on PATH"}
	args     = kind{form: argv, expand: true, schema: anyScalar, hint: "arguments"}
	env      = kind{form: pairs, expand: true, schema: map[string]any{"type": []string{"string", "number", "boolean"}}, hint: "a mapping of names to values"}
	seed     = kind{schema: map[string]any{"type": "integer", "minimum": 0}, hint: "a number", check: func(text string) error {
		if _, err := strconv.ParseUint(text, 10, 64); err != nil {
			return fmt.Errorf("%q is not a seed; write a whole number from 0 on", text)
		}
		return nil
	}}
)
