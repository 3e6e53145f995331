package shapes

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Parse reads one shape. Errors name the wrong word and what may have been meant.
func Parse(text string) (Shape, error) {
	if strings.TrimSpace(text) == "" {
		return Shape{}, errors.New("the shape is empty; write a family such as " + strings.Join(familyNames(), ", "))
	}
	var spans []Span
	for part := range strings.SplitSeq(strings.TrimSpace(text), "+") {
		span, err := parseSpan(part)
		if err != nil {
			return Shape{}, fmt.Errorf("shape %q: %w", text, err)
		}
		spans = append(spans, span)
	}
	shape, err := New(spans...)
	if err != nil {
		return Shape{}, fmt.Errorf("shape %q: %w", text, err)
	}
	return shape, nil
}

func parseSpan(text string) (Span, error) {
	head, length, sized := strings.Cut(text, "@")
	if head == "" {
		return Span{}, errors.New("a span without a family; write for example natural@2000+code")
	}
	span, err := parseFamily(head)
	if err != nil {
		return Span{}, err
	}
	if sized {
		if span.Tokens, err = parseTokens(length); err != nil {
			return Span{}, err
		}
	}
	return span, nil
}

// parseFamily reads what stands before the length: a family and its parameters.
func parseFamily(text string) (Span, error) {
	name, parameters, given := strings.Cut(text, ":")
	f, err := familyNamed(name)
	if err != nil {
		return Span{}, err
	}
	span := Span{Family: f.name}
	switch {
	case !given:
		return span, nil
	case parameters == "":
		return Span{}, fmt.Errorf("%q has no parameter after its colon; leave the colon out for the default", text)
	case f.takes == takesParts:
		span.Parts, err = parseParts(parameters)
	default:
		span.Word, err = unescape(parameters)
	}
	return span, err
}

func parseParts(text string) ([]Part, error) {
	var parts []Part
	for field := range strings.SplitSeq(text, ",") {
		head, weight, weighted := strings.Cut(field, "=")
		if !weighted || head == "" {
			return nil, fmt.Errorf("mixed: %q is not a weighted component; write for example natural=3,repeat:foo=1", field)
		}
		component, err := parseFamily(head)
		if err != nil {
			return nil, err
		}
		if len(component.Parts) > 0 {
			return nil, errors.New("a mixed inside a mixed; name its components in the outer one")
		}
		n, err := strconv.Atoi(weight)
		if err != nil {
			return nil, fmt.Errorf("mixed: the weight %q of %s is not a whole number", weight, head)
		}
		parts = append(parts, Part{Family: component.Family, Word: component.Word, Weight: n})
	}
	return parts, nil
}

// parseTokens reads the length of a span: 500, 32k (32000) or 32Ki (32768).
func parseTokens(text string) (int, error) {
	digits, factor := text, 1
	for _, u := range []struct {
		suffix string
		factor int
	}{{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"k", 1000}, {"K", 1000}, {"M", 1000000}} {
		if rest, ok := strings.CutSuffix(text, u.suffix); ok {
			digits, factor = rest, u.factor
			break
		}
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n == 0 || n > maxTokens/uint64(factor) {
		return 0, fmt.Errorf("%q is not the length of a span; write a number of tokens after the @, such as 500, 32k or 32Ki", text)
	}
	return int(n) * factor, nil
}
