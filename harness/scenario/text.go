package scenario

import (
	"fmt"
	"strconv"
	"strings"
)

// String is the scenario for people: a line for the server, and one for each request, numbered by
// step. It does not parse back; JSON does.
func (s Scenario) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "np %d, ctx %s", s.NP, Count(s.Ctx))
	for _, part := range s.Flags.words() {
		b.WriteString(", " + part)
	}
	for i, step := range s.Steps {
		for k, r := range step.Requests {
			number := strconv.Itoa(i+1) + "."
			if k > 0 {
				number = strings.Repeat(" ", len(number))
			}
			fmt.Fprintf(&b, "\n%s %s", number, r)
		}
	}
	return b.String()
}

func (f Flags) words() []string {
	var words []string
	for _, w := range []struct{ name, value string }{
		{"model", f.Model}, {"batch", positive(f.Batch)}, {"micro-batch", positive(f.MicroBatch)}, {"flash attention", f.FlashAttn},
		{"cache keys", f.CacheK}, {"cache values", f.CacheV}, {"and", strings.Join(f.Other, " ")},
	} {
		if w.value != "" {
			words = append(words, w.name+" "+w.value)
		}
	}
	return words
}

// String is one line.
func (r Request) String() string {
	words := []string{fmt.Sprintf("slot %d: %s", r.Slot, r.Recipe)}
	say := func(yes bool, format string, args ...any) {
		if yes {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	say(true, "reply %d", r.Reply)
	say(r.Grown, "grown from the previous")
	say(r.Cache && !r.Grown, "cache allowed")
	say(r.Delay > 0, "%d ms late", r.Delay)
	say(r.CancelAfter > 0, "cancelled after %s", Count(r.CancelAfter))
	say(r.Endpoint != "", "to %s", r.Endpoint)
	say(r.Form != "", "as %s", r.Form)
	say(r.Params != "", "with %s", r.Params)
	say(r.MayRefuse, "may be refused")
	return strings.Join(words, ", ")
}

// String is what the prompt is made of.
func (r Recipe) String() string {
	text := Count(r.Tokens) + " tokens of "
	live := r.Live()
	switch {
	case r.Filler == "":
		text += r.Shape.String()
	case len(live) == 0 && r.Distinct > 1:
		text += fmt.Sprintf("%s ids of %s in no order", Count(r.Distinct), r.Shape)
	case len(live) == 0:
		text += fmt.Sprintf("%q", r.Filler)
	default:
		text += fmt.Sprintf("%q but for %s", r.Filler, r.Shape)
		for i, x := range live {
			text += fmt.Sprintf("%s %s to %s", []string{" at", " and"}[min(i, 1)], Count(x.From), Count(x.To))
		}
	}
	if r.Period > 0 && len(live) > 0 {
		text += fmt.Sprintf(" repeated after %s", Count(r.Period))
	}
	if r.Distinct > 0 && (r.Filler == "" || len(live) > 0) {
		text += fmt.Sprintf(", at most %s distinct ids", Count(r.Distinct))
	}
	return text
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Count writes a number the way people read it: 5,376.
func Count(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
