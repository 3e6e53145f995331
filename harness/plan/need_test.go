package plan

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTight: a device that is asked for more than it has is always found, alone or with those that share its
// memory, and where all of it fits nothing is.
func TestTight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n Need
		sums, free := map[string]int64{}, map[string]int64{"a": rapid.Int64Range(0, 100).Draw(t, "a"), "b": rapid.Int64Range(0, 100).Draw(t, "b")}
		for i := range rapid.IntRange(0, 6).Draw(t, "devices") {
			d := Demand{Device: string(rune('A' + i)), Bytes: rapid.Int64Range(0, 60).Draw(t, "bytes"), Memory: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "memory")}
			key := d.Memory
			if key == "" {
				key = d.Device
				free[key] = rapid.Int64Range(0, 100).Draw(t, "free")
			}
			d.Free = free[key]
			sums[key] += d.Bytes
			n.Devices = append(n.Devices, d)
		}
		margin := rapid.SampledFrom([]float64{0.5, 1, 1.5}).Draw(t, "margin")
		hopeless := false
		for key, sum := range sums {
			hopeless = hopeless || free[key] > 0 && float64(sum) > margin*float64(free[key])
		}
		tight, sum := n.Tight(margin), int64(0)
		for _, d := range tight {
			sum += d.Bytes
			if d.Memory != tight[0].Memory {
				t.Fatalf("%+v share nothing", tight)
			}
		}
		if hopeless != (tight != nil) || hopeless && float64(sum) <= margin*float64(tight[0].Free) {
			t.Fatalf("%+v: %+v", n, tight)
		}
	})
}
