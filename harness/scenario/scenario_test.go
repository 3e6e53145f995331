package scenario

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ctxcliff/shapes"
)

// anyRecipe is valid, and often odd.
func anyRecipe(t *rapid.T) Recipe {
	r := Recipe{
		Shape:  shapes.Sample(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shape"), 1))),
		Seed:   rapid.Uint64().Draw(t, "seed"),
		Tokens: rapid.IntRange(1, 300).Draw(t, "tokens"),
		Nonce:  rapid.SampledFrom([]string{"", "00ff00ff00ff"}).Draw(t, "nonce"),
		Filler: rapid.SampledFrom([]string{"", " the", "é"}).Draw(t, "filler"),
	}
	r.Period = rapid.SampledFrom([]int{0, 0, 1, 7, 1 << 20}).Draw(t, "period")
	r.Distinct = rapid.SampledFrom([]int{0, 0, 1, 2, 17, 1 << 20}).Draw(t, "distinct")
	if r.Filler == "" {
		return r
	}
	for at := 0; at < r.Tokens && rapid.IntRange(0, 3).Draw(t, "more") > 0; {
		from := rapid.IntRange(at, r.Tokens-1).Draw(t, "from")
		at = rapid.IntRange(from+1, r.Tokens).Draw(t, "to")
		r.Keep = append(r.Keep, Range{from, at})
	}
	return r
}

func anyScenario(t *rapid.T) Scenario {
	s := Scenario{NP: rapid.IntRange(1, 4).Draw(t, "np"), Ctx: rapid.IntRange(4, 1<<20).Draw(t, "ctx")}
	s.Flags = Flags{
		Batch:     rapid.SampledFrom([]int{0, 512, 2048}).Draw(t, "batch"),
		FlashAttn: rapid.SampledFrom([]string{"", "on", "off", "auto"}).Draw(t, "fa"),
		Other:     rapid.SampledFrom([][]string{nil, {}, {"--jinja"}}).Draw(t, "other"),
	}
	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		var step Step
		for slot := range rapid.IntRange(1, s.NP).Draw(t, "requests") {
			step.Requests = append(step.Requests, Request{
				Slot: slot, Recipe: anyRecipe(t), Reply: rapid.IntRange(1, 99).Draw(t, "reply"),
				Cache: rapid.Bool().Draw(t, "cache"), Grown: rapid.Bool().Draw(t, "grown"),
				Delay:       rapid.SampledFrom([]int{0, 40}).Draw(t, "delay"),
				CancelAfter: rapid.SampledFrom([]int{0, 1 << 20}).Draw(t, "cancel"),
				Form:        rapid.SampledFrom([]string{"", Text, Solid}).Draw(t, "form"),
				MayRefuse:   rapid.Bool().Draw(t, "may refuse"),
				Endpoint:    rapid.SampledFrom([]string{"", "/completion", "/infill"}).Draw(t, "endpoint"),
				Params:      rapid.SampledFrom([]string{"", "{}", `{"b":12345678901234567890, "a":1}`}).Draw(t, "params"),
			})
		}
		s.Steps = append(s.Steps, step)
	}
	return s.Each(func(_ Place, r *Request) { *r = r.Cut(r.Recipe.Tokens) }) // cancels within the prompt
}

func TestAScenarioComesBackFromJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario(t).Canonical()
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back Scenario
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, back, cmp.Comparer(func(a, b shapes.Shape) bool { return a.String() == b.String() })); diff != "" {
			t.Fatalf("(-sent +back):\n%s", diff)
		}
	})
}

func TestTheCanonicalFormIsStableAndMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario(t)
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		once := s.Canonical()
		if err := once.Validate(); err != nil {
			t.Fatalf("the canonical form is not valid: %v", err)
		}
		if once.Key() != s.Key() || once.Canonical().Key() != once.Key() {
			t.Fatalf("keys differ:\n%s\n%s", s.Key(), once.Key())
		}
		other := s.Clone()
		if other.At(Place{}).Reply++; other.Key() == s.Key() {
			t.Fatal("another reply length, the same key")
		}
		for _, p := range s.Places() {
			a, b := s.At(p).Recipe, s.At(p).Recipe.canonical()
			if diff := cmp.Diff(made(a), made(b)); diff != "" {
				t.Fatalf("%s is not the same prompt in its canonical form:\n%s", a, diff)
			}
		}
	})
}

// made makes the recipe with a vocabulary of its own: each piece of the stream is one token. The
// nonce is two tokens.
func made(r Recipe) []int32 {
	span := r.Shape.Spans()[0]
	symbols := make([]shapes.Symbol, r.Tokens)
	span.Stream(r.Seed).Fill(symbols)
	ids := make([]int32, r.Tokens)
	for i, s := range symbols {
		ids[i] = 100 + int32(s)
	}
	head := min(len(r.Nonce)/6, r.Tokens)
	for i := range head {
		ids[i] = 1
	}
	return r.Apply(ids, head, []int32{7, 8}[:max(1, len(r.Filler)/4)])
}

// No field is left out of the key: of two canonical scenarios either all of it is equal or the keys differ.
func TestTheKeyHasEveryField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyScenario(t).Canonical()
		b := a.Clone()
		change := rapid.SampledFrom(changes).Draw(t, "change")
		change(&b)
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b.Canonical())
		if (string(x) == string(y)) != (a.Key() == b.Key()) {
			t.Fatalf("keys equal: %v, scenarios:\n%s\n%s", a.Key() == b.Key(), x, y)
		}
	})
}

var changes = []func(*Scenario){
	func(s *Scenario) { s.NP++ }, func(s *Scenario) { s.Ctx++ }, func(s *Scenario) { s.Flags.Batch++ },
	func(s *Scenario) { s.Flags.MicroBatch++ }, func(s *Scenario) { s.Flags.FlashAttn += "n" },
	func(s *Scenario) { s.Flags.CacheK += "k" }, func(s *Scenario) { s.Flags.CacheV += "k" },
	func(s *Scenario) { s.Flags.Other = append(s.Flags.Other, "x") },
	func(s *Scenario) { s.Steps = append(s.Steps, s.Steps[0]) },
	func(s *Scenario) { s.At(Place{}).Slot++ }, func(s *Scenario) { s.At(Place{}).Reply++ },
	func(s *Scenario) { s.At(Place{}).Cache = !s.At(Place{}).Cache }, func(s *Scenario) { s.At(Place{}).Grown = true },
	func(s *Scenario) { s.At(Place{}).Delay++ }, func(s *Scenario) { s.At(Place{}).CancelAfter++ },
	func(s *Scenario) { s.At(Place{}).Endpoint += "x" }, func(s *Scenario) { s.At(Place{}).Params = `{"q":1}` },
	func(s *Scenario) { s.At(Place{}).Recipe.Tokens++ }, func(s *Scenario) { s.At(Place{}).Recipe.Seed++ },
	func(s *Scenario) { s.At(Place{}).Recipe.Nonce += "0" }, func(s *Scenario) { s.At(Place{}).Recipe.Distinct++ },
	func(s *Scenario) { s.At(Place{}).Recipe.Filler += "x" },
	func(s *Scenario) { s.At(Place{}).Recipe.Keep = append(s.At(Place{}).Recipe.Keep, Range{0, 1}) },
	func(s *Scenario) { s.At(Place{}).Recipe.Shape, _ = shapes.Parse("repeat:other") },
}

func TestAppliedRecipesKeepTheirLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRecipe(t)
		ids := made(r)
		if diff := cmp.Diff(ids, made(r)); diff != "" {
			t.Fatalf("made twice, two prompts:\n%s", diff)
		}
		plain := r
		plain.Filler, plain.Keep, plain.Distinct = "", nil, 0
		whole, head := made(plain), min(len(r.Nonce)/6, r.Tokens)
		if len(ids) != r.Tokens || cmp.Diff(ids[:head], whole[:head]) != "" {
			t.Fatalf("%d ids of %d, head %v", len(ids), r.Tokens, ids[:head])
		}
		if different := len(distinct(ids[head:], len(ids)+1)); r.Distinct > 0 && different > r.Distinct {
			t.Fatalf("%d distinct ids in %s", different, r)
		}
		if r.Distinct > 0 {
			return
		}
		for _, x := range r.Live() {
			for i := max(head, x.From); i < x.To; i++ {
				if ids[i] != whole[i] {
					t.Fatalf("id %d is live and not as it was", i)
				}
			}
		}
	})
}

func TestAShorterPromptIsTheHeadOfTheLonger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRecipe(t)
		r.Distinct = 0
		n := rapid.IntRange(1, r.Tokens).Draw(t, "n")
		if diff := cmp.Diff(made(r)[:n], made(r.Cut(n))); diff != "" {
			t.Fatalf("cut at %d:\n%s", n, diff)
		}
	})
}

// Everything that takes something away leaves a valid scenario that is in no respect larger.
func TestLessIsNeverLarger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario(t)
		places := s.Places()
		some := places[rapid.IntRange(0, len(places)-1).Draw(t, "from"):]
		cut := rapid.IntRange(1, 300).Draw(t, "cut")
		for name, less := range map[string]Scenario{
			"only some": s.Only(some...),
			"serial":    s.Serial(),
			"one slot":  s.Serial().OnSlots(1),
			"canonical": s.Canonical(),
			"cut":       s.Each(func(_ Place, r *Request) { *r = r.Cut(cut) }),
			"filled":    s.Each(func(_ Place, r *Request) { r.Recipe = r.Recipe.Filled("x", 1) }),
		} {
			if err := less.Validate(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !less.Canonical().Size().NoLarger(s.Canonical().Size()) {
				t.Fatalf("%s: %+v is larger than %+v", name, less.Size(), s.Size())
			}
		}
	})
}

func TestScenariosReadWell(t *testing.T) {
	natural, _ := shapes.Parse("natural")
	s := Scenario{NP: 2, Ctx: 65536, Flags: Flags{FlashAttn: "on", Batch: 512}, Steps: []Step{
		{[]Request{{Recipe: Recipe{Shape: natural, Tokens: 30000}, Reply: 16}}},
		{[]Request{
			{Recipe: Recipe{Shape: natural, Tokens: 30100}.Kept(" opt", []Range{{2048, 4096}, {8192, 9000}}), Reply: 1, Grown: true},
			{Slot: 1, Recipe: Recipe{Shape: natural, Tokens: 500}.Filled(" opt", 40), Reply: 1, Cache: true, CancelAfter: 100, Delay: 20},
		}},
	}}
	want := `np 2, ctx 65,536, batch 512, flash attention on
1. slot 0: 30,000 tokens of natural, reply 16
2. slot 0: 30,100 tokens of " opt" but for natural at 2,048 to 4,096 and 8,192 to 9,000, reply 1, grown from the previous
   slot 1: 500 tokens of 40 ids of natural in no order, reply 1, cache allowed, 20 ms late, cancelled after 100`
	if diff := cmp.Diff(want, s.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongIsSaidInOneSentence(t *testing.T) {
	natural, _ := shapes.Parse("natural")
	good := Scenario{NP: 1, Ctx: 4096, Steps: []Step{{[]Request{{Recipe: Recipe{Shape: natural, Tokens: 9}, Reply: 1}}}}}
	for name, c := range map[string]struct {
		change func(*Scenario)
		want   string
	}{
		"no slot":            {func(s *Scenario) { s.NP = 0 }, "0 slots"},
		"no step":            {func(s *Scenario) { s.Steps = nil }, "without a request"},
		"empty step":         {func(s *Scenario) { s.Steps[0].Requests = nil }, "step 1 has no request"},
		"slot beyond np":     {func(s *Scenario) { s.At(Place{}).Slot = 1 }, "slot 1 does not exist"},
		"no reply":           {func(s *Scenario) { s.At(Place{}).Reply = 0 }, "reply of 0"},
		"no shape":           {func(s *Scenario) { s.At(Place{}).Recipe.Shape = shapes.Shape{} }, "without a shape"},
		"empty prompt":       {func(s *Scenario) { s.At(Place{}).Recipe.Tokens = 0 }, "0 tokens"},
		"keep, no filler":    {func(s *Scenario) { s.At(Place{}).Recipe.Keep = []Range{{0, 1}} }, "without a filler"},
		"keep too long":      {func(s *Scenario) { s.At(Place{}).Recipe = s.At(Place{}).Recipe.Kept("x", []Range{{0, 10}}) }, "does not fit"},
		"parameters no JSON": {func(s *Scenario) { s.At(Place{}).Params = "n=1" }, "not a JSON object"},
		"cancelled too late": {func(s *Scenario) { s.At(Place{}).CancelAfter = 9 }, "never happens"},
		"two to one slot":    {func(s *Scenario) { s.Steps[0].Requests = append(s.Steps[0].Requests, *s.At(Place{})) }, "two requests at once"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good.Clone()
			c.change(&s)
			if err := s.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
