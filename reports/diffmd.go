package reports

import "io"

func diffMarkdown(w io.Writer, d Difference) error {
	doc := &document{}
	doc.printf("# ctxcliff diff\n\n**%s.**\n\n- A: %s\n- B: %s\n", prose(d.total()), prose(d.A.described()), prose(d.B.described()))
	doc.news(d)
	doc.list("Compared", d.sentences())
	_, err := io.WriteString(w, doc.b.String())
	return err
}

// news is a table under each heading that has any.
func (d *document) news(diff Difference) {
	list := diff.news(true)
	for _, h := range headings {
		first := true
		for _, n := range list {
			if n.change != h.change || n.sure != h.sure {
				continue
			}
			if first {
				d.printf("\n## %s\n\n", h.title)
				d.table("", "", "A", "B", "where", "how sure")
				first = false
			}
			d.printf("%s", tableRow(n.kind, prose(n.from), prose(n.to), code(n.where), prose(n.says)))
		}
	}
}
