package reports

import (
	"fmt"
)

// sized is a column with the width that its widest square needs.
type sized struct {
	column
	width int
}

// shapeColumns is how wide the name of a shape may be in a matrix.
const shapeColumns = 14

// labels are short names of the shapes, no two alike.
func (m *matrix) labels(mark string) map[string]string {
	labels, used := map[string]string{}, map[string]bool{}
	for _, name := range m.shapes {
		label := shorten(clean(name), shapeColumns, mark)
		for n := 2; used[label]; n++ {
			tail := fmt.Sprintf("%s%d", mark, n)
			label = shorten(clean(name), shapeColumns-width(tail)+width(mark), mark) + fmt.Sprint(n)
		}
		labels[name], used[label] = label, true
	}
	return labels
}

// contextHead is the heading of the rows' contexts, empty when they all have the same.
func (m *matrix) contextHead() string {
	if len(m.contexts) == 1 {
		return ""
	}
	return m.contextWord()
}

// labelWidths are the columns that context and prompt size take at the head of a row; the context
// takes none when all rows have the same.
func (m *matrix) labelWidths() (context, tokens int) {
	context, tokens = len(m.contextHead()), len("prompt")
	for _, r := range m.rows {
		tokens = max(tokens, width(fmt.Sprint(r.tokens)))
		if len(m.contexts) > 1 {
			context = max(context, width(fmt.Sprint(r.context)))
		}
	}
	if context > 0 {
		tokens += 2
	}
	return context, tokens
}

// blocks splits the columns so that each block fits the width: as many whole groups of equal np as
// fit side by side; a group that does not fit alone is split between its shapes. A block has at
// least one column, whatever the width.
func (m *matrix) blocks(labels map[string]string, o TextOptions) [][]sized {
	context, tokens := m.labelWidths()
	head := context + tokens
	var all [][]sized
	var block []sized
	used := head
	flush := func() {
		if len(block) > 0 {
			all = append(all, block)
		}
		block, used = nil, head
	}
	for _, group := range m.groups(labels, o) {
		if used > head && used+wide(group) > o.Width {
			flush()
		}
		for i, c := range group {
			cost := c.width + 2
			if i == 0 || len(block) == 0 {
				cost++ // the bar
			}
			if len(block) > 0 && used+cost > o.Width {
				flush()
				cost = c.width + 3
			}
			block, used = append(block, c), used+cost
		}
	}
	flush()
	return all
}

// groups are the columns of each np, sized.
func (m *matrix) groups(labels map[string]string, o TextOptions) [][]sized {
	var groups [][]sized
	for i, c := range m.columns {
		s := sized{c, width(labels[c.shape])}
		for _, r := range m.rows {
			if cell := m.at[square{r, c}]; cell != nil {
				s.width = max(s.width, width(cell.mark(o.Glyphs)))
			}
		}
		s.width = max(s.width, len(fmt.Sprintf("np %d", c.np)))
		if i == 0 || m.columns[i-1].np != c.np {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], s)
	}
	return groups
}

// wide is what a group of columns takes, its bar included.
func wide(group []sized) int {
	n := 1
	for _, c := range group {
		n += c.width + 2
	}
	return n
}
