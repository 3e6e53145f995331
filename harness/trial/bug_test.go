package trial

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ctxcliff/harness/faults"
)

var when = time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC)

// drawSightings draws attempts that saw faults of few signatures, some of which are known to be others'.
func drawSightings(t *rapid.T) []Sighting {
	signatures := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"})
	var all []Sighting
	for i := range rapid.IntRange(0, 30).Draw(t, "n") {
		s := Sighting{
			RunID: rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "run"), AttemptID: int64(i + 1), N: 1,
			At:    when.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "minute")) * time.Minute),
			Build: rapid.SampledFrom([]string{"", "b1", "b2"}).Draw(t, "build"),
			Shape: rapid.SampledFrom([]string{"opt", "natural"}).Draw(t, "shape"), NP: rapid.IntRange(1, 2).Draw(t, "np"),
			Tokens: rapid.IntRange(1, 9).Draw(t, "tokens") * 1000, MicroBatch: rapid.SampledFrom([]int{0, 512}).Draw(t, "ub"),
			Cache:   rapid.SampledFrom([]Cache{ColdProven, CachedProven, ColdFirst, CachedMaybe}).Draw(t, "cache"),
			Outcome: rapid.SampledFrom([]Outcome{Crash, GPUFault}).Draw(t, "outcome"),
			Fault: faults.Fault{
				Signature: signatures.Draw(t, "signature"), Title: fmt.Sprint("title ", i), Position: rapid.IntRange(-1, 9000).Draw(t, "position"),
				Alternates: rapid.SliceOfN(rapid.OneOf(signatures, rapid.Just("never seen")), 0, 1).Draw(t, "alternates"),
				FirstDeath: rapid.SampledFrom([]string{"server", "rpc1"}).Draw(t, "death"), Phase: "prompt",
			},
		}
		if s.Warmup = rapid.IntRange(0, 4).Draw(t, "warm-up") == 0; !s.Warmup {
			s.CellID = fmt.Sprintf("%s %d %d", s.Shape, s.NP, s.Tokens)
		}
		all = append(all, s)
	}
	return all
}

func sum[T int | string](list []Tally[T]) (n int) {
	for _, t := range list {
		n += t.Count
	}
	return n
}

// A server that dies in its warm-up is seen by the warm-up, and by the attempt that was never made.
func TestADeathInTheWarmUpIsCountedOnce(t *testing.T) {
	fault := faults.Fault{Class: "crash.segv", Category: "crash", Signature: "s"}
	for name, c := range map[string]struct {
		list           []Sighting
		count, warmups int
	}{
		"as its attempt's": {[]Sighting{{RunID: "a", StartN: 1, Warmup: true, Fault: fault}, {RunID: "a", StartN: 1, CellID: "x", Fault: fault}}, 1, 0},
		"if nobody else":   {[]Sighting{{RunID: "a", StartN: 1, Warmup: true, Fault: fault}}, 1, 1},
		"of another start": {[]Sighting{{RunID: "a", StartN: 1, Warmup: true, Fault: fault}, {RunID: "a", StartN: 2, CellID: "x", Fault: fault}}, 2, 1},
		"of another run":   {[]Sighting{{RunID: "a", StartN: 1, Warmup: true, Fault: fault}, {RunID: "b", StartN: 1, CellID: "x", Fault: fault}}, 2, 1},
	} {
		if bugs := Bugs(c.list); len(bugs) != 1 || bugs[0].Count != c.count || bugs[0].Warmups != c.warmups {
			t.Errorf("%s: %+v", name, bugs)
		}
	}
}

func TestBugsCountEverySightingOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sightings := events(drawSightings(rt))
		bugs := Bugs(sightings)
		of := map[string]int{} // signature -> index of its bug
		total := 0
		for i, b := range bugs {
			total += b.Count
			for _, signature := range append([]string{b.Signature}, b.Others...) {
				if j, twice := of[signature]; twice {
					rt.Fatalf("%s is of the bugs %d and %d", signature, j, i)
				}
				of[signature] = i
			}
		}
		if total != len(sightings) {
			rt.Fatalf("%d sightings of %d are counted", total, len(sightings))
		}
		seen := map[int][]Sighting{}
		for _, s := range sightings {
			i, ok := of[s.Fault.Signature]
			if !ok {
				rt.Fatalf("%s has no bug", s.Fault.Signature)
			}
			seen[i] = append(seen[i], s)
			for _, a := range s.Fault.Alternates {
				if j, ok := of[a]; ok && j != i {
					rt.Fatalf("%s and its alternate %s are two bugs", s.Fault.Signature, a)
				}
			}
		}
		for i, b := range bugs {
			checkBug(rt, b, seen[i])
		}
	})
}

// checkBug compares a bug with the sightings that it was made of.
func checkBug(rt *rapid.T, b Bug, seen []Sighting) {
	known := func(of func(Sighting) bool) (n int) {
		for _, s := range seen {
			if of(s) {
				n++
			}
		}
		return n
	}
	cells := 0
	for _, c := range b.Cells {
		cells += c.Count
	}
	for name, c := range map[string]struct{ got, want int }{
		"count": {b.Count, len(seen)}, "runs": {sum(b.Runs), len(seen)}, "outcomes": {sum(b.Outcomes), len(seen)},
		"deaths": {sum(b.Deaths), len(seen)}, "np": {sum(b.NP), len(seen)}, "shapes": {sum(b.Shapes), len(seen)}, "caches": {sum(b.Caches), len(seen)},
		"builds":    {sum(b.Builds), known(func(s Sighting) bool { return s.Build != "" })},
		"positions": {sum(b.Positions), known(func(s Sighting) bool { return s.Fault.Position >= 0 })},
		"offsets":   {sum(b.Offsets), known(func(s Sighting) bool { return s.Fault.Position >= 0 && s.MicroBatch > 0 })},
		"cells":     {cells, known(func(s Sighting) bool { return !s.Warmup })},
		"warm-ups":  {b.Warmups, known(func(s Sighting) bool { return s.Warmup })},
	} {
		if c.got != c.want {
			rt.Fatalf("%s: %s add up to %d, want %d", b.ID, name, c.got, c.want)
		}
	}
	for _, s := range seen {
		if s.At.Before(b.First) || s.At.After(b.Last) {
			rt.Fatalf("%v is not within %v to %v", s.At, b.First, b.Last)
		}
		if !s.Warmup && (b.Shortest.Warmup || s.Tokens < b.Shortest.Tokens) {
			rt.Fatalf("%d tokens showed it, not only %d", s.Tokens, b.Shortest.Tokens)
		}
		if s.Fault.Signature == b.Signature && s.At.After(b.Latest.At) {
			rt.Fatalf("%v is later than %v", s.At, b.Latest.At)
		}
	}
	if b.Latest.Fault.Signature != b.Signature || b.Title != b.Latest.Fault.Title || b.ID != (faults.Fault{Signature: b.Signature}).ID() || len(b.Others) != len(b.OtherIDs) {
		rt.Fatalf("%+v", b)
	}
}

func TestTheOrderOfSightingsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sightings := drawSightings(rt)
		before := slices.Clone(sightings)
		want := Bugs(sightings)
		if !reflect.DeepEqual(sightings, before) {
			rt.Fatal("the sightings were changed")
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		random.Shuffle(len(sightings), func(i, j int) { sightings[i], sightings[j] = sightings[j], sightings[i] })
		if got := Bugs(sightings); !reflect.DeepEqual(got, want) {
			rt.Fatalf("got %+v\nwant %+v", got, want)
		}
		if !slices.IsSortedFunc(want, func(a, b Bug) int { return b.Last.Compare(a.Last) }) {
			rt.Fatal("the newest is not first")
		}
	})
}

// The law above says nothing of unconnected signatures: they must stay apart, and a chain of alternates
// is one bug.
func TestBugsAreMergedByAlternatesOnly(t *testing.T) {
	sighting := func(minute int, signature string, alternates ...string) Sighting {
		return Sighting{AttemptID: int64(minute), At: when.Add(time.Duration(minute) * time.Minute), Fault: faults.Fault{Signature: signature, Alternates: alternates}}
	}
	bugs := Bugs([]Sighting{
		sighting(4, "rpc", "llama", "x"), sighting(1, "llama"), sighting(2, "frame", "rpc", "y"),
		sighting(3, "alone", "x"), sighting(5, "other", "x"), // both may be x, which nobody saw
	})
	var got []string
	for _, b := range bugs {
		got = append(got, fmt.Sprintf("%s %v %v %d", b.Signature, b.Others, b.Alternates, b.Count))
	}
	want := []string{"other [] [x] 1", "llama [frame rpc] [x y] 3", "alone [] [x] 1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPositionBucket(t *testing.T) {
	for position, want := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 2, 3: 2, 4095: 2048, 4096: 4096, 8191: 4096, 1 << 40: 1 << 40} {
		if got := PositionBucket(position); got != want {
			t.Errorf("%d is in %d, want %d", position, got, want)
		}
	}
}

func TestMicroBatch(t *testing.T) {
	for name, c := range map[string]struct {
		argv []string
		want int
	}{
		"nothing is known of a server that we did not start": {nil, 0},
		"the server's own default":                           {[]string{"llama-server", "-np", "2"}, 512},
		"short":                                              {[]string{"llama-server", "-ub", "256"}, 256},
		"long":                                               {[]string{"llama-server", "--ubatch-size", "1024", "-np", "1"}, 1024},
		"with an underscore":                                 {[]string{"llama-server", "--ubatch_size", "1024"}, 1024},
		"the last one counts":                                {[]string{"llama-server", "-ub", "256", "-ub", "128"}, 128},
		"never above the batch":                              {[]string{"llama-server", "-ub", "4096"}, 2048},
		"a small batch":                                      {[]string{"llama-server", "-b", "64"}, 64},
		"a large batch":                                      {[]string{"llama-server", "--batch-size", "8192", "-ub", "4096"}, 4096},
		"zero is the batch":                                  {[]string{"llama-server", "-ub", "0"}, 2048},
		"behind a launcher":                                  {[]string{"podman", "run", "image", "llama-server", "-ub", "32"}, 32},
		"no number":                                          {[]string{"llama-server", "-ub", "many"}, 0},
		"no value":                                           {[]string{"llama-server", "-ub"}, 0},
	} {
		if got := MicroBatch(c.argv); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestCacheOf(t *testing.T) {
	for _, c := range []struct {
		computed  bool
		cached, n int
		want      Cache
	}{{true, 0, 2, ColdProven}, {true, 1, 1, CachedProven}, {false, 7, 2, CachedProven}, {false, 0, 1, ColdFirst}, {false, 0, 2, CachedMaybe}} {
		if got := CacheOf(c.computed, c.cached, c.n); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
