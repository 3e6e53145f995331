package reports

import (
	"slices"
	"strconv"
	"strings"
)

// pageFault is a bug of this run, or a kind of failure that nothing was classified of.
type pageFault struct {
	ID, Class, Title, Meaning, Glyph string
	Bug                              string // what the filter looks for; "" where nothing was classified
	Cells, Starts                    int
	Shapes, NP, Died                 string
	First                            int // index of the cell with the shortest prompt
}

func pageFaults(s Summary) []pageFault {
	index := map[string]int{}
	for i := range s.Cells {
		index[s.Cells[i].ID] = i
	}
	var list []pageFault
	for _, k := range kinds(s) {
		c := k.shortest()
		f := pageFault{Class: c.Outcome.String(), Title: c.Reason, Glyph: c.Outcome.Glyph(), Cells: len(k.cells), First: index[c.ID]}
		if c.Fault != nil {
			f.ID, f.Bug, f.Class, f.Title, f.Meaning = c.Bug, c.Bug, c.Fault.Class, c.Fault.Title, meanings[c.Fault.Class]
		}
		var shapes, np, died []string
		for _, c := range k.cells {
			f.Starts += c.Failed
			shapes, np = appendNew(shapes, c.Shape), appendNew(np, strconv.Itoa(c.NP))
			if c.Fault != nil && c.Fault.FirstDeath != "" {
				died = appendNew(died, deathWord(c.Fault.FirstDeath))
			}
		}
		slices.Sort(np)
		f.Shapes, f.NP, f.Died = strings.Join(shapes, ", "), strings.Join(np, ", "), strings.Join(died, ", ")
		list = append(list, f)
	}
	return list
}

// pageRate is what one target and number of slots achieved, over the cells that passed.
type pageRate struct {
	Target       string
	NP, Cells    int
	PP, TG       Stat // of the cells' means over cold attempts
	PPBar, TGBar float64
}

// PPText and TGText are the rates with their deviation between cells.
func (r pageRate) PPText() string { return r.PP.full() }
func (r pageRate) TGText() string { return r.TG.full() }

func pageRates(s Summary) []pageRate {
	type key struct {
		target string
		np     int
	}
	var order []key
	pp, tg := map[key][]float64{}, map[key][]float64{}
	for i := range s.Cells {
		c := &s.Cells[i]
		if c.Cold.PP.N == 0 {
			continue
		}
		k := key{oneLine(" · ", c.Model, c.Backend, c.Topology), c.NP}
		if len(pp[k]) == 0 {
			order = append(order, k)
		}
		pp[k], tg[k] = append(pp[k], c.Cold.PP.Mean), append(tg[k], c.Cold.TG.Mean)
	}
	var list []pageRate
	mostPP, mostTG := 0.0, 0.0
	for _, k := range order {
		r := pageRate{Target: k.target, NP: k.np, Cells: len(pp[k]), PP: statOf(pp[k]), TG: statOf(tg[k])}
		mostPP, mostTG = max(mostPP, r.PP.Mean), max(mostTG, r.TG.Mean)
		list = append(list, r)
	}
	for i := range list {
		list[i].PPBar, list[i].TGBar = round(100*list[i].PP.Mean/max(mostPP, 1e-9)), round(100*list[i].TG.Mean/max(mostTG, 1e-9))
	}
	return list
}
