package shapes

import "testing"

// Reports ns per symbol, which is about a token.
func BenchmarkFill(b *testing.B) {
	for _, f := range Families() {
		b.Run(f.Name, func(b *testing.B) {
			shape, err := Parse(f.Name)
			if err != nil {
				b.Fatal(err)
			}
			stream, symbols := shape.Spans()[0].Stream(1), make([]Symbol, 512)
			for b.Loop() {
				stream.Fill(symbols)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/512, "ns/symbol")
		})
	}
}
