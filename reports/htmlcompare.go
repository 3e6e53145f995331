package reports

// pageComparison puts backends and topologies side by side.
type pageComparison struct {
	Same    string
	Columns []string
	Rows    []pageContest
	Tally   []string
	Decided string
}

type pageContest struct {
	Name    string
	Squares []pageVerdict
	Metrics []pageMetric
}

type pageVerdict struct{ Text, Class string }

type pageMetric struct {
	Name    string
	Numbers []pageNumber
}

type pageNumber struct {
	Text string
	Wins bool
}

func pageComparisonOf(s Summary) *pageComparison {
	c := comparisonOf(s)
	if c == nil {
		return nil
	}
	p := &pageComparison{Same: oneLine(" · ", c.same...), Tally: c.tally(), Decided: capital(howDecided) + ". " + capital(whatMemory) + "."}
	for _, v := range c.columns {
		p.Columns = append(p.Columns, v.label)
	}
	for _, r := range c.rows {
		row := pageContest{Name: c.name(r)}
		for _, cell := range r.squares {
			square := pageVerdict{Text: "·"}
			if cell != nil {
				square = pageVerdict{cell.mark(true), outcomeClass(cell.Outcome)}
			}
			row.Squares = append(row.Squares, square)
		}
		for m, by := range comparedBy {
			if !c.measured(m) {
				continue
			}
			metric := pageMetric{Name: by.name}
			for i, stat := range r.metrics[m] {
				metric.Numbers = append(metric.Numbers, pageNumber{by.full(stat), i == r.winners[m]})
			}
			row.Metrics = append(row.Metrics, metric)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}
