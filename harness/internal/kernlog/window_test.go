package kernlog

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestWindowAgainstEverythingRemembered compares a window with a plain list.
func TestWindowAgainstEverythingRemembered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w window
		var all []string // "" was lost before it came
		var marks []uint64
		for range rapid.IntRange(1, 8).Draw(t, "bursts") {
			if rapid.Bool().Draw(t, "mark") {
				w.mark = w.next
				marks = append(marks, w.mark)
			}
			lost := rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "lost")
			size := rapid.SampledFrom([]int{1, 40, maxText}).Draw(t, "size")
			for i := range rapid.SampledFrom([]int{1, 30, 1000, 5000}).Draw(t, "lines") {
				if i > 0 {
					lost = 0
				}
				all = append(all, make([]string, lost)...)
				text := fmt.Sprint(len(all), strings.Repeat("-", size))
				w.add(Line{Text: text, Lost: lost})
				all = append(all, text)
			}
		}
		if len(w.kept) > maxLines || w.bytes > maxBytes {
			t.Fatalf("%d lines, %d bytes", len(w.kept), w.bytes)
		}
		for _, from := range append(marks, 0, w.next) {
			at := int(from)
			for _, l := range w.since(Position{from}) {
				if at += l.Lost; l.Lost < 0 || at >= len(all) || l.Text != all[at] {
					t.Fatalf("after position %d: at %d %q (lost %d)", from, at, l.Text[:10], l.Lost)
				}
				at++
			}
			if at != len(all) {
				t.Fatalf("after position %d: ends at %d of %d", from, at, len(all))
			}
		}
	})
}

func TestTheBeginningAndTheEndOfAFloodStay(t *testing.T) {
	var w window
	for i := range 3000 {
		w.add(Line{Text: fmt.Sprint("before ", i)})
	}
	w.mark = w.next
	mark := Position{w.next}
	for i := range 200_000 {
		w.add(Line{Text: fmt.Sprint("flood ", i)})
	}
	got := w.since(mark)
	if len(got) < maxLines/2 || got[0].Text != "flood 0" || got[0].Lost != 0 || got[len(got)-1].Text != "flood 199999" {
		t.Fatalf("%d lines, from %q to %q", len(got), got[0].Text, got[len(got)-1].Text)
	}
	lost := 0
	for _, l := range got {
		lost += l.Lost
	}
	if lost+len(got) != 200_000 || w.dropped != 203_000-uint64(len(w.kept)) {
		t.Error(lost, len(got), w.dropped)
	}
}

func BenchmarkFlood(b *testing.B) {
	var w window
	line := Line{Text: strings.Repeat("x", 80)}
	b.ReportAllocs()
	for b.Loop() {
		w.add(line)
	}
}
