package simserver

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestProfileReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Profile{Rules: rapid.SliceOfN(rapid.Custom(drawRule), 0, 4).Draw(t, "rules")}
		if len(p.Rules) == 0 {
			p.Rules = nil
		}
		got, err := ParseProfile(p.String())
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		if !reflect.DeepEqual(p, got) {
			t.Fatalf("%#v\nprints as %s\nand reads back as %#v", p, p, got)
		}
		if got.String() != p.String() {
			t.Fatalf("%s prints as %s", p, got)
		}
	})
}

func drawRule(t *rapid.T) Rule {
	r := Rule{Behaviour: rapid.SampledFrom(Behaviours()).Draw(t, "behaviour")}
	b := behaviours[r.Behaviour]
	for i := range rapid.IntRange(b.needs, len(b.params)).Draw(t, "args") {
		r.Args = append(r.Args, map[param]*rapid.Generator[string]{
			text: rapid.String(), count: rapid.SampledFrom([]string{"0", "17", "70k", "32Ki"}),
			seconds:  rapid.SampledFrom([]string{"5ms", "2s", "1m30s", "0"}),
			fraction: rapid.SampledFrom([]string{"3.185e-3", "0", "1.5"}),
		}[b.params[i]].Draw(t, "arg"))
	}
	if rapid.Bool().Draw(t, "phased") {
		r.Phase = rapid.SampledFrom(b.phases).Draw(t, "phase")
	}
	r.When = rapid.SliceOfN(rapid.Custom(drawCondition), 0, 3).Draw(t, "when")
	if len(r.When) == 0 {
		r.When = nil
	}
	return r
}

func drawCondition(t *rapid.T) Condition {
	fields := slices.Concat(numberFields, textFields, flagFields, []string{"chance"})
	c := Condition{Field: rapid.SampledFrom(fields).Draw(t, "field")}
	equality := rapid.SampledFrom([]string{"=", "!="})
	switch {
	case slices.Contains(flagFields, c.Field):
	case c.Field == "chance":
		c.Op, c.P = "=", rapid.Float64Range(0, 1).Draw(t, "p")
	case c.Field == "shape":
		c.Op, c.Text = equality.Draw(t, "op"), rapid.SampledFrom(shapeNames()).Draw(t, "shape")
	case c.Field == "contains":
		c.Op, c.Text = equality.Draw(t, "op"), rapid.String().Draw(t, "word")
	default:
		c.Op, c.N = rapid.SampledFrom(operators).Draw(t, "op"), rapid.IntRange(0, 1<<30).Draw(t, "n")
		if c.Field == "start" && rapid.Bool().Draw(t, "modulo") {
			c.Mod = rapid.IntRange(1, 100).Draw(t, "mod")
		}
	}
	return c
}

func TestAnyTextIsReadOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.SampledFrom([]string{"abort", "(", ")", "when", "and", "tokens", ">=", "=", "3", ";", `"`, "x", " ", "phase=decode", "start%", "\\", ","}))
		if p, err := ParseProfile(strings.Join(words.Draw(t, "words"), "")); err == nil {
			if _, err := ParseProfile(p.String()); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
		}
	})
}

func TestWrongProfilesAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"explode":                      `no profile and no behaviour is called "explode"`,
		"abort when":                   `condition "" needs a comparison`,
		"abort when tokens":            "as in tokens>=3000",
		"abort when tokens>=many":      "write 3000, 70k or 32Ki",
		"abort when colour=red":        `no condition is called "colour"`,
		"abort when shape=triangle":    `no shape is called "triangle"`,
		"abort when shape>=opt":        "compared with = or !=",
		"abort when chance=2":          "write chance=0.3",
		"abort when start%0=1":         "start% needs a divisor above 0",
		"abort(phase=lunch)":           `abort cannot happen in phase "lunch"`,
		"refuse(phase=reply)":          "refuse cannot happen in phase",
		"slowload":                     "slowload needs 1 argument",
		"slowload(fast)":               "write 5ms or 2s",
		"segfault(now)":                "segfault takes at most 0 arguments",
		"abort(x":                      "no closing parenthesis",
		`say("x)`:                      "closing quote",
		"abort kill":                   "separate rules with a semicolon",
		"flood(-3)":                    "is not a count",
		"abort when contains=a kill":   "separate rules with a semicolon",
		"abort when slot=1 and":        "needs a comparison",
		"abort when tokens>=3 or cold": "separate rules with a semicolon",
	} {
		if _, err := ParseProfile(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", text, err, want)
		}
	}
}

func TestShortForms(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		" ; abort ; ": "abort",
		"delay=5ms":   "delay(5ms)",
		"abort(\"two words\") when tokens >= 70k and shape = opt": "abort(two words) when tokens>=70000 and shape=opt",
		"abort(GGML_ASSERT(x) failed)":                            `abort("GGML_ASSERT(x) failed")`,
		"hang( phase=decode )":                                    "hang(phase=decode)",
	} {
		p, err := ParseProfile(text)
		if err != nil || p.String() != want {
			t.Errorf("%q: %q (%v), want %q", text, p, err, want)
		}
	}
}

func TestEveryShippedProfileIsReadableAndExplained(t *testing.T) {
	for _, name := range Profiles() {
		if _, err := ParseProfile(name); err != nil || ProfileDoc(name) == "" {
			t.Errorf("%s: %v, %q", name, err, ProfileDoc(name))
		}
	}
	for _, name := range Behaviours() {
		if Describe(name) == "" {
			t.Errorf("%s is not explained", name)
		}
	}
}

// TestManual: whatever a rule may say is in the manual.
func TestManual(t *testing.T) {
	manual := Manual()
	for _, word := range slices.Concat(Profiles(), Behaviours(), numberFields, textFields, flagFields, []string{"chance"}) {
		if !strings.Contains(manual, word) {
			t.Errorf("the manual does not know %s", word)
		}
	}
}
