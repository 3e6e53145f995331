package reports

import (
	"cmp"
	"encoding/json"
	"io"

	"ctxcliff/harness/trial"
)

// jsonBug is one element of the stable document of faults list -o json, and all of that of faults show:
// keys may be added, none is ever renamed or taken away.
type jsonBug struct {
	ID         string   `json:"id"`
	Class      string   `json:"class"`
	Title      string   `json:"title"`
	Signature  string   `json:"signature"`
	Count      int      `json:"count"`
	FirstSeen  *string  `json:"first_seen"` // RFC 3339, UTC
	LastSeen   *string  `json:"last_seen"`
	Cells      []string `json:"cells"`      // most often seen first
	Reproducer string   `json:"reproducer"` // a command line for a POSIX shell; "" when only warm-ups saw it

	Category        string        `json:"category"`
	Component       string        `json:"component"`
	Meaning         string        `json:"meaning"`
	OtherSignatures []string      `json:"other_signatures"`
	OtherIDs        []string      `json:"other_ids"`
	Alternates      []string      `json:"alternates"`
	CellCounts      []jsonTally   `json:"cell_counts"`
	Warmups         int           `json:"warmups"`
	Facets          jsonFacets    `json:"facets"`
	Excerpt         []string      `json:"excerpt"`
	Consequences    []string      `json:"consequences"`
	ReproducerArgv  []string      `json:"reproducer_argv"`
	Shortest        *jsonSighting `json:"shortest"` // null when only warm-ups saw it
	Latest          jsonSighting  `json:"latest"`
}

type jsonTally struct {
	Value any `json:"value"`
	Count int `json:"count"`
}

type jsonFacets struct {
	FirstDeath []jsonTally `json:"first_death"`
	Fate       []jsonTally `json:"fate"` // what became of the process
	Outcome    []jsonTally `json:"outcome"`
	Phase      []jsonTally `json:"phase"`
	Position   []jsonTally `json:"position"`    // 4096 stands for 4096 to 8191
	MicroBatch []jsonTally `json:"micro_batch"` // position modulo the micro-batch
	Shape      []jsonTally `json:"shape"`
	NP         []jsonTally `json:"np"`
	Cache      []jsonTally `json:"cache"` // cold, cached: by the server's numbers; first, repeated: it gave none
	Build      []jsonTally `json:"build"`
	Run        []jsonTally `json:"run"`
}

type jsonSighting struct {
	Run          string   `json:"run"`
	Start        int      `json:"start"`
	Attempt      int      `json:"attempt"`
	Warmup       bool     `json:"warmup"`
	Cell         string   `json:"cell"`
	At           *string  `json:"at"`
	Shape        string   `json:"shape"`
	NP           int      `json:"np"`
	TargetTokens int      `json:"target_tokens"`
	Position     int      `json:"position"` // -1 unknown
	MicroBatch   int      `json:"micro_batch"`
	Phase        string   `json:"phase"`
	FirstDeath   string   `json:"first_death"`
	LogFile      string   `json:"log_file"`
	Files        []string `json:"files"`
}

func jsonBugOf(b trial.Bug) jsonBug {
	j := jsonBug{
		ID: b.ID, Class: b.Class, Title: b.Title, Signature: b.Signature, Count: b.Count,
		FirstSeen: instant(b.First), LastSeen: instant(b.Last), Cells: []string{},
		Category: b.Category, Component: b.Component, Meaning: meanings[b.Class],
		OtherSignatures: list(b.Others), OtherIDs: list(b.OtherIDs), Alternates: list(b.Alternates), CellCounts: []jsonTally{}, Warmups: b.Warmups,
		Facets: jsonFacets{
			FirstDeath: jsonTallies(b.Deaths), Fate: jsonTallies(b.Fates), Outcome: jsonTallies(b.Outcomes), Phase: jsonTallies(b.Phases),
			Position: jsonTallies(b.Positions), MicroBatch: jsonTallies(b.Offsets), Shape: jsonTallies(b.Shapes), NP: jsonTallies(b.NP),
			Cache: jsonTallies(b.Caches), Build: jsonTallies(b.Builds), Run: jsonTallies(b.Runs),
		},
		Excerpt: list(b.Latest.Fault.Excerpt), Consequences: list(b.Latest.Fault.Consequences),
		ReproducerArgv: list(redo(b)), Latest: jsonSightingOf(b.Latest),
	}
	for _, c := range b.Cells {
		j.Cells = append(j.Cells, c.ID)
		j.CellCounts = append(j.CellCounts, jsonTally{c.ID, c.Count})
	}
	if argv := redo(b); argv != nil {
		s := jsonSightingOf(b.Shortest)
		j.Reproducer, j.Shortest = commandLine(argv), &s
	}
	return j
}

func jsonTallies[T cmp.Ordered](counts []trial.Tally[T]) []jsonTally {
	all := make([]jsonTally, len(counts))
	for i, t := range counts {
		all[i] = jsonTally{t.Value, t.Count}
	}
	return all
}

func jsonSightingOf(s trial.Sighting) jsonSighting {
	return jsonSighting{
		Run: s.RunID, Start: s.StartN, Attempt: s.N, Warmup: s.Warmup, Cell: s.CellID, At: instant(s.At), Shape: s.Shape, NP: s.NP,
		TargetTokens: s.Tokens, Position: s.Fault.Position, MicroBatch: s.MicroBatch, Phase: s.Fault.Phase, FirstDeath: s.Fault.FirstDeath,
		LogFile: s.LogFile, Files: list(s.Files),
	}
}

// indented is a document that people can read, too.
func indented(w io.Writer, document any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(document)
}
