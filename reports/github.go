package reports

import (
	"fmt"
	"io"
	"strings"
)

// summaryLimit is what GitHub shows of a job summary per step, 1 MiB; a longer one is dropped whole
// (docs.github.com, "Workflow commands", "Step isolation and limits").
const summaryLimit = 1 << 20

// GitHub writes a job summary: append it to the file that $GITHUB_STEP_SUMMARY names. It has the totals,
// the matrix and what broke, and no table of every attempt. What would not fit under GitHub's limit is
// left out, whole sections at a time, and the end says so.
func GitHub(w io.Writer, s Summary) error {
	b := blocks{limit: summaryLimit - 1024} // for the note
	b.add(func(d *document) {
		d.printf("## ctxcliff %s: %s\n\n", prose(s.Run.Command), prose(subject(s)))
		totals, counts, proof := s.sentences()
		d.printf("**%s.** %s. %s.\n", prose(totals), prose(counts), prose(proof))
	})
	b.add(func(d *document) { d.gate(s) })
	b.add(func(d *document) { d.list("Not observed", s.Unobserved) })
	b.add(func(d *document) {
		if s.Hunt != nil {
			d.allEdges(s)
			return
		}
		d.matrices(s)
	})
	b.add(func(d *document) { d.comparison(s) })
	first := true
	for i := range s.Cells {
		if c := &s.Cells[i]; c.finding() {
			if first {
				b.add(func(d *document) { d.printf("\n## Failing cells\n") })
				first = false
			}
			b.add(func(d *document) { d.finding(c) })
		}
	}
	b.add(func(d *document) { d.untested(s) })
	b.add(func(d *document) { d.list("Notes", s.Notes) })
	b.add(func(d *document) { d.printf("\n%s\n", prose(s.Build.trailer())) })
	if b.left > 0 {
		fmt.Fprintf(&b.text, "\n> %s left out: GitHub shows 1 MiB at the most. `ctxcliff report -o md` has all of it.\n", count(b.left, "section"))
	}
	_, err := io.WriteString(w, b.text.String())
	return err
}

// blocks puts pieces of Markdown one after the other and leaves out those that do not fit any more.
type blocks struct {
	text  strings.Builder
	limit int
	left  int
}

func (b *blocks) add(write func(*document)) {
	d := &document{}
	write(d)
	if b.text.Len()+d.b.Len() > b.limit {
		b.left++
		return
	}
	b.text.WriteString(d.b.String())
}
