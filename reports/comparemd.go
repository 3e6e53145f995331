package reports

import "fmt"

// comparison is a row for each square of the matrix, and for each number a column for each backend.
func (d *document) comparison(s Summary) {
	c := comparisonOf(s)
	if c == nil {
		return
	}
	d.printf("\n## Side by side\n\n")
	if len(c.same) > 0 {
		d.printf("%s\n\n", prose(oneLine(" · ", c.same...)))
	}
	var head []string
	right := ""
	for _, part := range c.varying() {
		head, right = append(head, part.name), right+" "
	}
	for _, v := range c.columns {
		head, right = append(head, prose(v.label)), right+" "
	}
	for m, by := range comparedBy {
		for _, v := range c.columns {
			if c.measured(m) {
				head, right = append(head, fmt.Sprintf("%s: %s", by.name, prose(v.label))), right+"r"
			}
		}
	}
	d.table(right, head...)
	for _, r := range c.rows {
		d.printf("%s", tableRow(c.row(r)...))
	}
	d.printf("\nBold: %s. %s.\n\n", prose(howDecided), capital(prose(whatMemory)))
	for _, line := range c.tally() {
		d.printf("- %s\n", prose(line))
	}
}

func (c *comparison) row(r contest) (row []string) {
	for _, part := range c.varying() {
		row = append(row, prose(part.of(r)))
	}
	for _, cell := range r.squares {
		mark := "·"
		if cell != nil {
			mark = cell.mark(true)
		}
		row = append(row, mark)
	}
	for m, by := range comparedBy {
		if !c.measured(m) {
			continue
		}
		for i, s := range r.metrics[m] {
			number := by.full(s)
			if i == r.winners[m] {
				number = "**" + number + "**"
			}
			row = append(row, number)
		}
	}
	return row
}

// full is the number with its deviation.
func (m metric) full(s Stat) string {
	if m.key == "memory_bytes" {
		s.Mean, s.SD = s.Mean/(1<<20), s.SD/(1<<20)
	}
	return s.full()
}
