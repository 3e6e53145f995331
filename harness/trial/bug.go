package trial

import (
	"cmp"
	"slices"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
)

// Sighting is one attempt that saw a fault, with what is needed to tell bugs apart and to go back to
// it.
type Sighting struct {
	RunID      string
	Seed       uint64   // of the run
	Settings   Settings // of the run
	AttemptID  int64
	StartN     int       // number of the start within the run
	N          int       // number of the attempt within start and cell
	Warmup     bool      // a warm-up saw it: Cell is the zero value
	Cell       plan.Cell // what the attempt was made for
	CellID     string    // "" for a warm-up
	At         time.Time // when the attempt ended
	Build      string    // of the server, as it reports it, or as the binary did where it never became ready; "" unknown
	Shape      string    // of the prompts; "" no prompt was made yet
	NP         int
	Tokens     int // prompt tokens asked for, per slot
	MicroBatch int // that the server ran with; 0 unknown
	Cache      Cache
	Outcome    Outcome
	Fault      faults.Fault
	LogFile    string   // of the start, relative to the run's directory
	Files      []string // further evidence, in the same place
}

// Cache says whether an attempt's prompts were computed or taken from the cache. A server that dies in
// the prompt gives no numbers; then there is only the number of the attempt to go by.
type Cache string

// What is known of the cache.
const (
	ColdProven   Cache = "cold"     // by the server's own numbers: every token was computed
	CachedProven Cache = "cached"   // by the server's own numbers: some came from the cache
	ColdFirst    Cache = "first"    // no numbers, and the first attempt of its cell in this start
	CachedMaybe  Cache = "repeated" // no numbers, and the same prompts had been sent before
)

// CacheOf is what an attempt's requests and its number say. computed: the server counted the tokens of
// every prompt and computed all of them.
func CacheOf(computed bool, cachedTokens, n int) Cache {
	switch {
	case cachedTokens > 0:
		return CachedProven
	case computed:
		return ColdProven
	case n <= 1:
		return ColdFirst
	}
	return CachedMaybe
}

// Bug is everything that was seen of one fault. A GPU fault's own words are coarse, so a bug keeps the
// facets that tell whether it may be two: phase, position, shape.
type Bug struct {
	ID         string   // F-… of Signature
	Signature  string   // of the earliest sighting
	Others     []string // further signatures that are the same bug, sorted
	OtherIDs   []string // ids of those, in their order
	Alternates []string // signatures under which it may also be known and was never seen, sorted

	Class, Category, Title, Component string // of Latest

	Count       int
	First, Last time.Time

	Cells     []CellCount // most often first, then by id; warm-ups are in none
	Warmups   int         // sightings by warm-ups
	Runs      []Tally[string]
	Builds    []Tally[string]
	Phases    []Tally[string]
	Outcomes  []Tally[string]
	Fates     []Tally[string] // what became of the process
	Deaths    []Tally[string] // who died first
	Shapes    []Tally[string]
	Caches    []Tally[string]
	NP        []Tally[int]
	Positions []Tally[int] // powers of two: 4096 stands for 4096 to 8191, 0 for 0; unknown ones are in none
	Offsets   []Tally[int] // position modulo the micro-batch, where both are known

	Shortest Sighting // of a cell, with the fewest prompt tokens; the latest of several. Of a warm-up if no cell saw it
	Latest   Sighting // under Signature
}

// CellCount is how often a bug was seen in a cell.
type CellCount struct {
	ID    string
	Cell  plan.Cell
	Count int
}

// Bugs makes one bug of all sightings with the same signature, and of those whose signature is among
// the other's alternates. Each sighting is in exactly one bug, a warm-up's and that of the attempt which was never made
// because of it as one, and the order of the sightings does not matter. Bugs come with the newest sighting first, because what was seen last is what a reader is
// after and what can still be looked into; of several the smallest id.
func Bugs(sightings []Sighting) []Bug {
	sorted := events(sightings)
	slices.SortStableFunc(sorted, before)
	families := familiesOf(sorted)
	members := map[string][]Sighting{}
	for _, s := range sorted {
		root := families.root(s.Fault.Signature)
		members[root] = append(members[root], s)
	}
	bugs := make([]Bug, 0, len(members))
	for _, list := range members {
		bugs = append(bugs, bugOf(list))
	}
	slices.SortFunc(bugs, func(a, b Bug) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.ID, b.ID)) })
	return bugs
}

// events are the sightings without those of warm-ups that an attempt of the same start answers for.
func events(sightings []Sighting) (list []Sighting) {
	type event struct {
		run       string
		start     int
		signature string
	}
	of := func(s Sighting) event { return event{s.RunID, s.StartN, s.Fault.Signature} }
	answered := map[event]bool{}
	for _, s := range sightings {
		if !s.Warmup {
			answered[of(s)] = true
		}
	}
	for _, s := range sightings {
		if !s.Warmup || !answered[of(s)] {
			list = append(list, s)
		}
	}
	return list
}

// before orders sightings by time. Ties are broken by whatever tells two apart, so that the order in
// which they came cannot matter.
func before(a, b Sighting) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.RunID, b.RunID), cmp.Compare(a.AttemptID, b.AttemptID),
		cmp.Compare(a.Fault.Signature, b.Fault.Signature))
}

// families are sets of signatures, each a tree whose root stands for it.
type families map[string]string

func familiesOf(sightings []Sighting) families {
	f := families{}
	for _, s := range sightings {
		f[s.Fault.Signature] = s.Fault.Signature
	}
	for _, s := range sightings {
		for _, other := range s.Fault.Alternates {
			if _, seen := f[other]; seen {
				f[f.root(other)] = f.root(s.Fault.Signature)
			}
		}
	}
	return f
}

func (f families) root(signature string) string {
	for f[signature] != signature {
		f[signature] = f[f[signature]] // shortens the way for those who come later
		signature = f[signature]
	}
	return signature
}

// bugOf puts the sightings of one bug, oldest first, together.
func bugOf(list []Sighting) Bug {
	b := Bug{Latest: list[0], Count: len(list), First: list[0].At, Last: list[len(list)-1].At, Shortest: shortest(list)}
	for _, s := range list {
		if s.Fault.Signature == list[0].Fault.Signature {
			b.Latest = s
		}
	}
	f := b.Latest.Fault
	b.ID, b.Signature, b.Class, b.Category, b.Title, b.Component = f.ID(), f.Signature, f.Class, f.Category, f.Title, f.Component
	b.names(list)
	b.facets(list)
	return b
}

// names collects the other signatures of the bug.
func (b *Bug) names(list []Sighting) {
	seen, may := map[string]bool{b.Signature: true}, map[string]bool{}
	for _, s := range list {
		if !seen[s.Fault.Signature] {
			seen[s.Fault.Signature] = true
			b.Others = append(b.Others, s.Fault.Signature)
		}
	}
	slices.Sort(b.Others)
	for _, signature := range b.Others {
		b.OtherIDs = append(b.OtherIDs, faults.Fault{Signature: signature}.ID())
	}
	for _, s := range list {
		for _, a := range s.Fault.Alternates {
			if !seen[a] && !may[a] {
				may[a] = true
				b.Alternates = append(b.Alternates, a)
			}
		}
	}
	slices.Sort(b.Alternates)
}

// shortest is the sighting with the fewest prompt tokens. One of a server that died before anything was sent
// had none, whatever was planned: it comes after all others of its kind.
func shortest(list []Sighting) Sighting {
	best := list[0]
	for _, s := range list[1:] {
		switch {
		case best.Warmup != s.Warmup:
			if best.Warmup {
				best = s
			}
		case atLoad(best) != atLoad(s):
			if atLoad(best) {
				best = s
			}
		case s.Tokens <= best.Tokens:
			best = s
		}
	}
	return best
}

func atLoad(s Sighting) bool { return s.Fault.Phase == "load" }
