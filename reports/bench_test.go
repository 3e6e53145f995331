package reports

import (
	"io"
	"testing"
)

// BenchmarkReport renders a run of 500 cells in each format, summary included.
func BenchmarkReport(b *testing.B) {
	r := ofSize(b, 25, 5, 1, 2, 4, 8)
	for _, format := range Formats() {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				if err := Write(io.Discard, format, Summarize(r), TextOptions{Glyphs: true, Width: 100}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
