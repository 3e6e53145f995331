package reports

import "strconv"

// xmlComparison is how the target of a suite stands beside the others, as properties: the rows that it wins
// and those that it was compared in, by metric, and the numbers of each of its cells that holds. Nothing in a
// run that compares nothing.
func xmlComparison(s Summary, m *matrix) (list []xmlProperty) {
	c := comparisonOf(s)
	if c == nil {
		return nil
	}
	for i, by := range comparedBy {
		if !c.measured(i) {
			continue
		}
		wins, rows := 0, 0
		for _, r := range c.rows {
			for column, cell := range r.squares {
				if cell != nil && m.holds(cell) && r.metrics[i][column].N > 0 {
					rows++
					if r.winners[i] == column {
						wins++
					}
				}
			}
		}
		list = append(list, xmlProperty{"compared." + by.key + ".wins", strconv.Itoa(wins)}, xmlProperty{"compared." + by.key + ".rows", strconv.Itoa(rows)})
	}
	for _, r := range c.rows {
		for column, cell := range r.squares {
			if cell == nil || !m.holds(cell) {
				continue
			}
			for i, by := range comparedBy {
				if stat := r.metrics[i][column]; stat.N > 0 {
					value := stat.decimal()
					if r.winners[i] == column {
						value += " wins"
					}
					list = append(list, xmlProperty{"compared." + by.key + "." + clean(cell.ID), value})
				}
			}
		}
	}
	return list
}
