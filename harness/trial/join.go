package trial

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/plan"
)

// Join makes one record of the shards of a campaign, in any order: its matrix is that of the run that was
// not divided. Starts are numbered through, and logs named by the run that they belong to. There is at least
// one part.
func Join(parts []Record) Record {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Run.Shard.N, b.Run.Shard.N), a.Run.Began.Compare(b.Run.Began), cmp.Compare(a.Run.ID, b.Run.ID))
	})
	whole := Record{Run: parts[0].Run, Parts: parts}
	whole.Run.ID, whole.Run.Shard = whole.Run.Campaign, plan.Shard{}
	for _, p := range parts {
		whole.add(p)
	}
	whole.order()
	whole.Notes = append(whole.Notes, whole.remark()...)
	return whole
}

func (r *Record) add(p Record) {
	last := 0
	for _, s := range r.Starts {
		last = max(last, s.N)
	}
	if r.Sums != nil || p.Sums != nil {
		r.Sums = r.sums().plus(p.sums())
	}
	known := map[string]bool{}
	for _, c := range r.Cells {
		known[c.ID()] = true
	}
	for _, c := range p.Cells {
		if !known[c.ID()] {
			r.Cells = append(r.Cells, c)
		}
	}
	r.Skips, r.Needs = append(r.Skips, p.Skips...), append(r.Needs, p.Needs...)
	for _, s := range p.Starts {
		s.N += last
		if s.LogFile != "" {
			s.LogFile = path.Join(p.Run.ID, s.LogFile)
		}
		r.Starts = append(r.Starts, s)
	}
	for _, a := range p.Attempts {
		a.StartN += last
		a.Files = slices.Clone(a.Files)
		for i := range a.Files {
			a.Files[i] = path.Join(p.Run.ID, a.Files[i])
		}
		r.Attempts = append(r.Attempts, a)
	}
	for _, text := range p.Notes {
		if !slices.Contains(r.Notes, text) {
			r.Notes = append(r.Notes, text)
		}
	}
	if p.Run.Began.Before(r.Run.Began) {
		r.Run.Began = p.Run.Began
	}
	if p.Run.Ended.After(r.Run.Ended) {
		r.Run.Ended = p.Run.Ended
	}
	if sternness[p.Run.Status] > sternness[r.Run.Status] {
		r.Run.Status = p.Run.Status
	}
}

var sternness = map[RunStatus]int{Finished: 0, Interrupted: 1, Failed: 2, Running: 3}

// order puts the cells where an undivided plan has them: by target, slots and context.
func (r *Record) order() {
	at := map[string]int{}
	for i, t := range r.Run.Tested() {
		at[t.Target.ID()] = i
	}
	rank := func(c plan.Configuration) int { return at[c.Target.ID()] }
	slices.SortStableFunc(r.Cells, func(a, b plan.Cell) int {
		x, y := a.Configuration, b.Configuration
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x.NP, y.NP), cmp.Compare(x.Ctx, y.Ctx))
	})
	if r.Run.Status == Running {
		r.Run.Ended = time.Time{}
	}
}

// remark says what a reader must know of the parts: which are not here, and that hosts differ.
func (r *Record) remark() (notes []string) {
	of, here, hosts := 0, map[int]bool{}, map[string]bool{}
	for _, p := range r.Parts {
		of = max(of, p.Run.Shard.Of)
		here[p.Run.Shard.N] = true
		h := p.Run.Host
		hosts[fmt.Sprint(h.OS, h.Kernel, h.CPU, h.Cores, h.MemoryMiB)] = true
	}
	var missing []string
	for n := 1; n <= of; n++ {
		if !here[n] {
			missing = append(missing, fmt.Sprint(n))
		}
	}
	if len(missing) > 0 {
		notes = append(notes, fmt.Sprintf("of %d shards these are not here, and neither are their cells: %s", of, strings.Join(missing, ", ")))
	}
	if len(hosts) > 1 {
		notes = append(notes, fmt.Sprintf("the shards were run on %d kinds of hosts; what stands above is one of them", len(hosts)))
	}
	return notes
}

// sums are the record's own, or those of its attempts, where it holds all of them.
func (r *Record) sums() Sums {
	if r.Sums != nil {
		return *r.Sums
	}
	return SumsOf(*r)
}

// plus adds the sums of runs that share no start.
func (s Sums) plus(more Sums) *Sums {
	s.Cells, s.Configurations = maps.Clone(s.Cells), maps.Clone(s.Configurations)
	for id, n := range more.Configurations {
		s.Configurations[id] += n
	}
	for id, c := range more.Cells {
		s.Cells[id] = s.Cells[id].plus(c)
	}
	s.Starts, s.Counted, s.Failed, s.Warmups = s.Starts+more.Starts, s.Counted+more.Counted, s.Failed+more.Failed, s.Warmups+more.Warmups
	return &s
}

func (s Sum) plus(more Sum) Sum {
	outcomes := map[Outcome]int{}
	for _, sum := range []Sum{s, more} {
		for o, n := range sum.Outcomes {
			outcomes[o] += n
		}
	}
	return Sum{
		Starts: s.Starts + more.Starts, Failed: s.Failed + more.Failed, Refused: s.Refused + more.Refused,
		Lost: s.Lost + more.Lost, LostCounted: s.LostCounted + more.LostCounted, LostFailed: s.LostFailed + more.LostFailed,
		Outcomes: outcomes,
	}
}
