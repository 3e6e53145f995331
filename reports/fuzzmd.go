package reports

import (
	"fmt"
	"io"
	"strconv"

	"ctxcliff/harness/fuzz"
)

// fuzzMarkdown writes the full report of a campaign.
func fuzzMarkdown(w io.Writer, s Summary) error {
	d, f := &document{}, s.Fuzz
	d.printf("# ctxcliff %s: %s\n\n**%s.** %s.\n", prose(s.Run.Command), prose(subject(s)), prose(fuzzTotals(s)), prose(capital(f.covered())))
	d.setup(s)
	d.faults("New faults", f.fresh())
	d.faults("Known faults, seen again", f.known())
	d.faults("Known faults that did not come back", f.Missed)
	d.list("Near misses", f.nearKinds())
	d.coverage(f.Coverage)
	d.list("Settings that the server does not run with", f.Unfit)
	d.list("Where the starts went", append([]string{f.spent()}, ended(f.Ended)...))
	d.commands(s)
	d.list("Notes", s.Notes)
	d.list("Not observed", s.Unobserved)
	d.printf("\n%s\n", prose(s.Build.trailer()))
	_, err := io.WriteString(w, d.b.String())
	return err
}

func ended(why string) []string {
	if why == "" {
		return nil
	}
	return []string{"it ended because " + why}
}

func (d *document) faults(title string, list []fuzz.Fault) {
	if len(list) == 0 {
		return
	}
	d.printf("\n## %s\n", title)
	for _, f := range list {
		d.printf("\n### %s %s\n\n", code(faultID(f)), prose(f.Title))
		for _, line := range faultWords(f) {
			d.printf("- %s\n", prose(line))
		}
		d.printf("\n%s", preformatted(scenarioText(reproducer(f))))
	}
}

func (d *document) coverage(c fuzz.Coverage) {
	d.printf("\n## Covered\n\nSteps with a feature, by the tokens of the longest prompt: from the number at the head up to the next.\n\n")
	d.table("", append([]string{"feature"}, fuzz.Sizes...)...)
	for _, r := range c.Rows {
		cells := []string{prose(r.String())}
		for _, n := range r.At {
			cells = append(cells, strconv.Itoa(n))
		}
		d.printf("%s", tableRow(cells...))
	}
	d.printf("\n%s\n", prose(fmt.Sprintf("In all: %s.", Fuzz{Result: fuzz.Result{Coverage: c}}.covered())))
}
