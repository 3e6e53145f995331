package faults

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// row is one labelled log of the field: public issue trackers, run-specific values substituted.
type row struct {
	ID, Stream, Label, Signature, Needs string
	Lines                               []string
	Exit                                *struct {
		Signal string
		Code   *int64
	}
}

func corpus(t testing.TB) []row {
	t.Helper()
	file, err := os.Open("testdata/corpus.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rows []row
	in := bufio.NewScanner(file)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var r row
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// evidence is what the harness would have gathered of the row.
func (r row) evidence() Evidence {
	p := Process{Name: "server"}
	if r.Exit != nil && r.Exit.Signal != "" {
		p.Exit, p.Signal = "signal:"+r.Exit.Signal, r.Exit.Signal
	} else if r.Exit != nil && r.Exit.Code != nil {
		p.Exit = fmt.Sprintf("code:%d", *r.Exit.Code)
	}
	e := Evidence{Position: -1}
	switch r.Stream {
	case "kernel":
		e.Kernel = []KernelLog{{Lines: r.Lines}}
	case "http":
		e.HTTP = r.Lines
	case "rpc-stderr":
		p.Name, p.Log = "rpc1", r.Lines
	default:
		p.Log = r.Lines
	}
	e.Processes = []Process{p}
	return e
}

// asPasted is the row as somebody pastes it: no exit status, no stream.
func (r row) asPasted() Evidence { return Evidence{Position: -1, Text: r.Lines} }

func category(label string) string { before, _, _ := strings.Cut(label, "."); return before }

// sameInOtherWords are signatures of the corpus that section 3.2 of its taxonomy calls one bug: the
// runtime's line has no location, so the reason and the kind of address are all there is.
var sameInOtherWords = map[string]string{
	"GPU memory access fault (page not present)":              "HIP memory access fault: Page not present or supervisor privilege",
	"GPU memory access fault (page not present, address nil)": "HIP memory access fault: Page not present or supervisor privilege (nil address)",
}

func (r row) bug() string {
	if other := sameInOtherWords[r.Signature]; other != "" {
		return other
	}
	return r.Signature
}

// The thresholds that the corpus must meet.
const (
	exactLabels   = 0.97
	samePairs     = 0.95 // of pairs that are the same bug, how many share a signature
	mergedPairs   = 10   // pairs of different bugs that may share a signature, of more than 7000
	pastedWithout = 0.85 // exact labels without stream and exit status
)

func TestCorpusLabels(t *testing.T) {
	var judged, exact, pasted int
	table := map[string][2]int{}
	for _, r := range corpus(t) {
		if r.Needs != "" {
			continue
		}
		judged++
		f := Classify(r.evidence())
		count := table[r.Label]
		count[1]++
		if f.Class == r.Label {
			exact++
			count[0]++
		} else {
			t.Logf("%s: %s, want %s (%s)\n\t%s", r.ID, f.Class, r.Label, f.Title, strings.Join(r.Lines[:min(6, len(r.Lines))], "\n\t"))
		}
		table[r.Label] = count
		if f.Category != category(r.Label) {
			t.Errorf("%s: category %s, want %s", r.ID, f.Category, category(r.Label))
		}
		if category(r.Label) == "benign" && f.Bad() {
			t.Errorf("%s: harmless lines were taken for %s", r.ID, f.Class)
		}
		if Classify(r.asPasted()).Class == r.Label {
			pasted++
		}
	}
	if rate := float64(exact) / float64(judged); rate < exactLabels {
		t.Errorf("%d of %d labels are exact (%.1f %%), want %.0f %%\n%s", exact, judged, 100*rate, 100*exactLabels, tableText(table))
	}
	if rate := float64(pasted) / float64(judged); rate < pastedWithout {
		t.Errorf("pasted without stream and status, %d of %d labels are exact", pasted, judged)
	}
	t.Logf("%d of %d exact, %d as pasted text", exact, judged, pasted)
}

func tableText(table map[string][2]int) string {
	var lines []string
	for label, n := range table {
		lines = append(lines, fmt.Sprintf("%-32s %d of %d", label, n[0], n[1]))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestCorpusSignatures measures, pair by pair, whether rows that are the same bug by the corpus'
// own words share a signature and others do not.
func TestCorpusSignatures(t *testing.T) {
	var rows []row
	var ours []string
	for _, r := range corpus(t) {
		if r.Needs == "" && category(r.Label) != "benign" {
			rows = append(rows, r)
			ours = append(ours, Classify(r.evidence()).Signature)
		}
	}
	var same, shared, merged int
	for i := range rows {
		for j := range i {
			switch equal := ours[i] == ours[j]; {
			case rows[i].bug() == rows[j].bug():
				same++
				if equal {
					shared++
				} else {
					t.Logf("split: %s, %s\n\t%s\n\t%s", rows[i].ID, rows[j].ID, ours[i], ours[j])
				}
			case equal:
				merged++
				t.Logf("merged: %s (%s), %s (%s)\n\t%s", rows[i].ID, rows[i].Signature, rows[j].ID, rows[j].Signature, ours[i])
			}
		}
	}
	t.Logf("%d of %d equal pairs share a signature; %d of %d other pairs do, too", shared, same, merged, len(rows)*(len(rows)-1)/2-same)
	if float64(shared) < samePairs*float64(same) {
		t.Errorf("%d of %d pairs of the same bug share a signature", shared, same)
	}
	if merged > mergedPairs {
		t.Errorf("%d pairs of different bugs share a signature", merged)
	}
}
