package reports

import (
	"encoding/json"
	"io"
)

// JSONL writes the parts of the stable document, one object a line, each with its kind under "type":
// the run first, then every cell, start, attempt, fault, row of the comparison and configuration, and the summary last, so that whoever finds
// one knows that the report is whole. Keys are those of JSON. What differs: attempts stand on lines of
// their own, with the id of their "cell"; a fault is a bug of this run with all its "cells"; notes and
// what could not be observed are in the summary.
func JSONL(w io.Writer, s Summary) error {
	if s.Hunt != nil {
		return huntJSONL(w, s)
	}
	e := &lines{json.NewEncoder(w), nil}
	d := documentOf(s)
	e.put(struct {
		Type string `json:"type"`
		jsonRun
	}{"run", d.Run})
	for _, c := range d.Cells {
		e.put(jsonlCell{Type: "cell", jsonCell: c})
	}
	for _, st := range d.Starts {
		e.put(struct {
			Type string `json:"type"`
			jsonStart
		}{"start", st})
	}
	for _, c := range d.Cells {
		for _, a := range c.Attempts {
			e.put(struct {
				Type string `json:"type"`
				Cell string `json:"cell"`
				jsonAttempt
			}{"attempt", c.ID, a})
		}
	}
	for _, f := range jsonlFaultsOf(s) {
		e.put(f)
	}
	if d.Comparison != nil {
		for _, row := range d.Comparison.Rows {
			e.put(struct {
				Type string `json:"type"`
				jsonContest
			}{"contest", row})
		}
	}
	for _, c := range d.Configurations {
		e.put(struct {
			Type string `json:"type"`
			jsonConfiguration
		}{"configuration", c})
	}
	e.put(jsonlSummary{"summary", d.Summary, d.Gate, d.Notes, d.Unobserved, d.Unjudged})
	return e.err
}

// lines writes objects until the first error.
type lines struct {
	e   *json.Encoder
	err error
}

func (l *lines) put(object any) {
	if l.err == nil {
		l.err = l.e.Encode(object)
	}
}

type jsonlCell struct {
	Type string `json:"type"`
	jsonCell
	Attempts *struct{} `json:"attempts,omitempty"` // hides the cell's own: they have lines of their own
}

type jsonlFault struct {
	Type string `json:"type"`
	jsonFault
	Cells []string `json:"cells"`
}

type jsonlSummary struct {
	Type string `json:"type"`
	jsonSummary
	Gate       *jsonGate      `json:"gate"`
	Notes      []string       `json:"notes"`
	Unobserved []string       `json:"unobserved"`
	Unjudged   []jsonUnjudged `json:"unjudged"`
}

// jsonlFaultsOf is each bug once, as the cell with the shortest prompt shows it.
func jsonlFaultsOf(s Summary) []jsonlFault {
	var all []jsonlFault
	for _, k := range kinds(s) {
		first := k.shortest()
		if first.Fault == nil {
			continue
		}
		f := jsonlFault{Type: "fault", jsonFault: *jsonFaultOf(first.Bug, first.Fault)}
		for _, c := range k.cells {
			f.Cells = append(f.Cells, c.ID)
		}
		all = append(all, f)
	}
	return all
}
