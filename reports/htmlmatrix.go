package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// manyColumnsOnPage is how many columns a map may have before their names are written upwards.
const manyColumnsOnPage = 10

// denseColumns is how many columns a map may have before its squares get small.
const denseColumns = 24

// pageMatrix is a table of cells.
type pageMatrix struct {
	Name, Says  string
	Number      int
	ContextWord string // heading of the contexts; "" where all rows have the same
	Groups      []pageGroup
	Columns     []pageColumn
	Blocks      []pageBlock
	// Widths in pixels: told beforehand, because a browser takes long to find those of thousands of squares.
	Width, Square int
	Many, Dense   bool // names are written upwards; so many columns that a square shows its glyph alone
}

// pageBlock is some of a matrix's rows, a table of its own with the same headings. A browser lays out only
// those blocks that are on the screen.
type pageBlock struct {
	*pageMatrix
	Rows []pageRow
}

// pageGroup is a heading over the columns of equal np.
type pageGroup struct {
	Name string
	Span int
}

type pageColumn struct {
	Pieces []string // of the shape's name: a line may be broken between them
	First  bool     // of its group
}

type pageRow struct {
	Context, Tokens string
	First           bool // of its context
	Squares         []pageSquare
}

// pageSquare is a cell, or a square that nothing was planned for: Cell is -1.
type pageSquare struct {
	Cell               int // index among the summary's cells
	Class, Mark, Label string
	First              bool
}

func pageMatrixOf(s Summary, m *matrix) *pageMatrix {
	p := &pageMatrix{Name: targetName(m), Says: oneLine(" · ", m.constants(s)[3:]...), ContextWord: m.contextHead()}
	p.Many, p.Dense = len(m.columns) > manyColumnsOnPage, len(m.columns) > denseColumns
	index, widest := map[*Cell]int{}, 0
	for i := range s.Cells {
		index[&s.Cells[i]] = i
	}
	for i, c := range m.columns {
		first := i == 0 || m.columns[i-1].np != c.np
		if first {
			p.Groups = append(p.Groups, pageGroup{Name: fmt.Sprintf("np %d", c.np)})
		}
		p.Groups[len(p.Groups)-1].Span++
		p.Columns = append(p.Columns, pageColumn{strings.SplitAfter(c.shape, ":"), first})
	}
	var rows []pageRow
	for i, r := range m.rows {
		line := pageRow{Tokens: strconv.Itoa(r.tokens), First: i > 0 && m.rows[i-1].context != r.context}
		if p.ContextWord != "" {
			line.Context = strconv.Itoa(r.context)
		}
		for j, c := range m.columns {
			q := pageSquare{Cell: -1, First: p.Columns[j].First}
			if cell := m.at[square{r, c}]; cell != nil {
				q.Cell, q.Class, q.Mark, q.Label = index[cell], cellClass(cell), cell.mark(true), cell.spoken()
				if p.Dense {
					q.Mark = cell.Outcome.Glyph()
				}
				widest = max(widest, width(q.Mark))
			}
			line.Squares = append(line.Squares, q)
		}
		rows = append(rows, line)
	}
	for block := range slices.Chunk(rows, min(max(25, 2000/len(m.columns)), 100)) {
		p.Blocks = append(p.Blocks, pageBlock{p, block})
	}
	if !p.Many {
		for _, c := range p.Columns {
			for _, piece := range c.Pieces {
				widest = max(widest, width(piece)-2)
			}
		}
	}
	if p.Square = min(max(60, widest*8+20), 130); p.Dense {
		p.Square = 30
	}
	p.Width = 2*72 + len(m.columns)*(p.Square+2)
	if p.ContextWord == "" {
		p.Width -= 72
	}
	return p
}

// spoken is what a screen reader says of a cell: its headings are said beside it.
func (c *Cell) spoken() string {
	if c.Starts == 0 {
		return c.Outcome.String()
	}
	return fmt.Sprintf("%s, %s, %d of %s passed", c.Verdict, c.Outcome, c.Passed, count(c.Starts, "start"))
}
