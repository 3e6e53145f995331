package trial

// Sum is what the attempts of a cell come to, warm-ups aside. A store keeps it up to date, so that nobody
// needs to read a million attempts for it.
type Sum struct {
	Starts  int // in which an attempt says something about the cell
	Failed  int // of these, in which one was a finding
	Refused int // of these, in which one was refused and none a finding

	Lost        int // starts in which the host went down with the cell
	LostCounted int // of these, how many are among Starts
	LostFailed  int // and among Failed

	Outcomes map[Outcome]int // attempts by how they stand
}

// Sums are those of a whole run.
type Sums struct {
	Cells          map[string]Sum // by id
	Configurations map[string]int // starts launched, by id
	Starts         int            // launched
	Counted        int            // starts in which an attempt says something about any cell
	Failed         int            // of these, in which one was a finding
	Warmups        int
}

// Attempts is how many attempts were made, warm-ups aside.
func (s Sum) Attempts() (n int) {
	for _, count := range s.Outcomes {
		n += count
	}
	return n
}

// worst is the worst of the outcomes that are wanted; Unknown if there are none.
func (s Sum) worst(wanted func(Outcome) bool) Outcome {
	worst := Unknown
	for o, n := range s.Outcomes {
		if n > 0 && wanted(o) {
			worst = Worst(worst, o)
		}
	}
	return worst
}

// sum is the trial's, whoever computed it.
func (t Trial) sum() Sum {
	if t.Sum != nil {
		return *t.Sum
	}
	return SumOf(t.Attempts)
}

// Refused is how many starts were refused cleanly, and did not fail.
func (t Trial) Refused() int { return t.sum().Refused }

// SumOf computes it from all attempts of a cell.
func SumOf(attempts []Attempt) Sum {
	type visit struct{ counts, refused, bad, lost bool }
	visits, s := map[int64]visit{}, Sum{Outcomes: map[Outcome]int{}}
	for _, a := range attempts {
		if a.Warmup {
			continue
		}
		o, v := a.Standing(), visits[a.StartID]
		v.counts, v.refused = v.counts || o.Counts(), v.refused || o == Refused
		v.bad, v.lost = v.bad || o.Bad(), v.lost || a.HostLost
		visits[a.StartID] = v
		s.Outcomes[o]++
	}
	for _, v := range visits {
		s.Starts += one(v.counts)
		s.Failed += one(v.bad)
		s.Refused += one(v.refused && !v.bad)
		s.Lost += one(v.lost)
		s.LostCounted += one(v.lost && v.counts)
		s.LostFailed += one(v.lost && v.bad)
	}
	return s
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// SumsOf computes them from a record that holds all attempts.
func SumsOf(r Record) Sums {
	counted, failed := map[int64]bool{}, map[int64]bool{}
	byCell := map[string][]Attempt{}
	s := Sums{Cells: map[string]Sum{}, Configurations: map[string]int{}, Starts: len(r.Starts)}
	for _, start := range r.Starts {
		s.Configurations[start.Configuration]++
	}
	for _, a := range r.Attempts {
		if a.Warmup {
			s.Warmups++
			continue
		}
		byCell[a.CellID] = append(byCell[a.CellID], a)
		if a.Standing().Counts() {
			counted[a.StartID] = true
		}
		if a.Standing().Bad() {
			failed[a.StartID] = true
		}
	}
	for id, list := range byCell {
		s.Cells[id] = SumOf(list)
	}
	s.Counted, s.Failed = len(counted), len(failed)
	return s
}
