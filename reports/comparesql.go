package reports

// comparison is a row for each metric of each cell that is compared with others.
func (b *sqlScript) comparison(run string, c *jsonComparison) {
	if c == nil {
		return
	}
	for _, r := range c.Rows {
		for _, v := range r.Columns {
			for _, by := range comparedBy {
				if m := v.Metrics[by.key]; m != nil {
					won := r.Winners[by.key] != nil && *r.Winners[by.key] == v.Cell
					b.insert("comparisons", run, v.Cell, by.key, m.Mean, m.SD, m.N, won)
				}
			}
		}
	}
}

// memory is a row for each configuration, and for each device of those of which that is known.
func (b *sqlScript) memory(run string, c jsonConfiguration) {
	if c.NeedBy == "" && c.PeakBytes == nil {
		return
	}
	b.insert("memory", run, c.ID, "", c.NeedBy, c.NeedBytes, nil, c.PeakBytes, c.NeedError)
	for _, d := range c.Devices {
		b.insert("memory", run, c.ID, d.Device, d.Of, d.NeedBytes, d.FreeBytes, d.SeenBytes, d.NeedError)
	}
}
