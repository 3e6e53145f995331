package harness

import (
	"context"
	"testing"
	"time"

	"ctxcliff/harness/fuzz"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/tinymodel"
)

// hidden are rules that a server dies by, and how soon they are found and how small they get. Nobody tells the
// hunt of them.
var hidden = map[string]struct {
	rule   string
	needs  int // prompt tokens
	np     int
	within int // starts until it is found, shrinking aside
	runs   int // of shrinking, gate and controls included
	most   float64
	long   bool
}{
	"by length":                       {rule: "position=6000", needs: 6000, np: 1, within: 20, runs: 25, most: 1.1},
	"by a period":                     {rule: "position=3000,period=200", needs: 3000, np: 1, within: 150, runs: 40, most: 1.1, long: true},
	"by few distinct tokens":          {rule: "position=4000,shape=few", needs: 4000, np: 1, within: 100, runs: 40, most: 1.1, long: true},
	"by two spans together":           {rule: "position=4000,shape=spans", needs: 4000, np: 1, within: 150, runs: 60, most: 1.1, long: true},
	"by two slots of the same prefix": {rule: "position=2500,prefix=1000", needs: 2500, np: 2, within: 150, runs: 60, most: 1.1, long: true},
	"in three starts of ten":          {rule: "position=5000,tenths=3", needs: 5000, np: 1, within: 40, runs: 70, most: 2, long: true},
}

// TestFuzzFindsHiddenRules: a hunt on a real server finds the one rule by which it dies, as one fault, and shrinks it.
func TestFuzzFindsHiddenRules(t *testing.T) {
	for name, c := range hidden {
		t.Run(name, func(t *testing.T) {
			if c.long && !*long {
				t.Skip("only with -long")
			}
			lab := *realLab(t, tinymodel.Gemma3)
			p, kept := stagedPlayer(t, tampered(t, &lab, c.rule))
			set := fuzz.Settings{Seed: 5, Starts: c.within + c.runs, Share: 1, Scenes: 4, Space: fuzz.Space{NP: []int{1, 2}, Slot: 8192, Reply: 16, APIs: []string{}}}
			hunt, err := fuzz.New(set)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
			defer cancel()
			p.Open(ctx)
			defer p.Close()
			if err := p.Retell(ctx, &untilShrunk{hunt}, kept); err != nil {
				t.Fatal(err)
			}
			kept.lawful(t)
			r := hunt.Result()
			if len(r.Faults) != 1 {
				t.Fatalf("%d faults: %+v", len(r.Faults), r.Faults)
			}
			f := r.Faults[0]
			if f.Shrunk == nil || f.Shrunk.Verdict != minimize.SameBug {
				t.Fatalf("not shrunk: found in start %d of %d, %+v", f.Found, r.Hunted, f.Shrunk)
			}
			small := f.Shrunk.Smallest
			t.Logf("found in start %d, shrunk in %d runs: %s\n%s", f.Found, f.Shrunk.Runs, f.Sentence, small)
			if n := small.LongestPrompt(); n < c.needs || float64(n) > c.most*float64(c.needs) {
				t.Errorf("%d tokens are left where %d are needed", n, c.needs)
			}
			if small.NP != c.np || f.Shrunk.Runs > c.runs || f.Found > c.within {
				t.Errorf("np %d, %d runs, found in start %d", small.NP, f.Shrunk.Runs, f.Found)
			}
		})
	}
}

// untilShrunk ends a hunt once a fault was found and shrunk.
type untilShrunk struct{ *fuzz.Campaign }

func (u *untilShrunk) Next() (minimize.Question, bool) {
	for _, f := range u.Result().Faults {
		if f.Shrunk != nil && f.Shrunk.Runs > 0 && !u.Shrinking() {
			return minimize.Question{}, false
		}
	}
	return u.Campaign.Next()
}
