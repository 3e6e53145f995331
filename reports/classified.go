package reports

import (
	"io"

	"github.com/jedib0t/go-pretty/v6/text"

	"ctxcliff/harness/faults"
)

// KnownForFaults says nil for a name that [Classified] takes; else an error that lists them.
func KnownForFaults(format string) error { return oneOf(format, []string{"text", "json"}) }

// Classified writes what a log was found to say, as r leaves it: text for people, or the stable JSON of
// classify. The fault's id is that of what was really said.
func Classified(w io.Writer, format string, f faults.Fault, r *Redactor, o TextOptions) error {
	id := ""
	if f.Bad() {
		id = f.ID()
	}
	f = r.Fault(f)
	switch format {
	case "json":
		return indented(w, jsonClassified{
			Class: f.Class, Category: f.Category, Title: f.Title, Signature: f.Signature, Component: f.Component, Excerpt: list(f.Excerpt), Phase: f.Phase,
			ID: id, Fault: f.Bad(), FirstDeath: f.FirstDeath, Fate: string(f.Outcome), Rule: f.Rule, Meaning: meanings[f.Class],
			Alternates: list(f.Alternates), Consequences: list(f.Consequences), OtherProcess: f.Tainted,
		})
	case "text":
		p := newPage(o)
		p.classified(f, id)
		return p.writeTo(w)
	}
	return KnownForFaults(format)
}

// jsonClassified is the stable document of classify -o json: keys may be added, none is ever renamed or
// taken away.
type jsonClassified struct {
	Class     string   `json:"class"` // label of the taxonomy; none: nothing was found
	Category  string   `json:"category"`
	Title     string   `json:"title"`
	Signature string   `json:"signature"`
	Component string   `json:"component"`
	Excerpt   []string `json:"excerpt"`
	Phase     string   `json:"phase"`

	ID           string   `json:"id"`    // "" when it is no fault
	Fault        bool     `json:"fault"` // false for nothing and for what is known to be harmless
	FirstDeath   string   `json:"first_death"`
	Fate         string   `json:"fate"` // what became of the process
	Rule         string   `json:"rule"`
	Meaning      string   `json:"meaning"`
	Alternates   []string `json:"alternates"`
	Consequences []string `json:"consequences"`
	OtherProcess bool     `json:"other_process"` // the kernel complained about a process that is not ours, too
}

func (p *page) classified(f faults.Fault, id string) {
	style := text.FgGreen
	if f.Bad() {
		style = text.FgRed
	}
	p.line(span{text: f.Class, style: style})
	p.wrapped("", "  ", f.Title)
	if m := meanings[f.Class]; m != "" {
		p.wrapped("", "  ", m)
	}
	if f.Class == "none" {
		p.quoted("The last lines", f.Excerpt)
		return
	}
	p.blank()
	if f.Bad() {
		p.fact("fault", id)
		if f.FirstDeath != "none" { // of a pasted log nobody knows
			p.fact("died first", f.FirstDeath)
		}
	}
	p.fact("afterwards", string(f.Outcome))
	p.fact("phase", f.Phase)
	p.fact("in", f.Component)
	if f.Bad() {
		p.fact("signature", f.Signature)
		for _, a := range f.Alternates {
			p.fact("may also be", a)
		}
	}
	p.fact("rule", f.Rule)
	if f.Tainted {
		p.fact("beware", "the kernel complained about a process that is not the server's, too: repeat the run")
	}
	p.quoted("What says so", f.Excerpt)
	p.quoted("What followed from it", f.Consequences)
}
