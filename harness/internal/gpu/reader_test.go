package gpu

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const mib = 1 << 20

func TestAHangingDriverBlocksNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		r := &Reader{root: failing{FS: radeon("1", "2"), name: "gpu_busy_percent", block: block}, command: "no-such-nvidia-smi"}
		said := func() (string, time.Duration) {
			begin := time.Now()
			s := r.Read(t.Context())
			if len(s.Devices) > 0 {
				return "devices", time.Since(begin)
			}
			return s.Missing[0], time.Since(begin)
		}
		if what, took := said(); !strings.HasPrefix(what, "the graphics drivers' files in /sys: no answer for 6s") || took > ReadLimit+time.Second {
			t.Error(what, took)
		}
		time.Sleep(time.Minute)
		if what, took := said(); !strings.Contains(what, "no answer for 1m6s") || took != 0 {
			t.Error(what, took) // no second goroutine, no second wait
		}
		close(block)
		synctest.Wait()
		if what, took := said(); what != "devices" || took != 0 {
			t.Error(what, took)
		}
	})
}

func TestWatchReadsAtOnceAndThenAtIntervalsUntilStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Reader{root: radeon("1", "2"), command: "no-such-nvidia-smi"}
		begin := time.Now()
		var at []time.Duration
		stop := r.Watch(t.Context(), time.Second, func(s Snapshot) { at = append(at, s.At.Sub(begin)) })
		time.Sleep(2500 * time.Millisecond)
		stop()
		stop()
		time.Sleep(time.Minute)
		if d := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second}, at); d != "" {
			t.Error(d)
		}
		ctx, cancel := context.WithCancel(t.Context())
		stop = r.Watch(ctx, time.Second, func(Snapshot) { cancel() })
		defer stop()
		synctest.Wait() // and the goroutine is over, else the bubble complains
	})
}

func TestAnInterruptedReadingSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		r := &Reader{root: failing{FS: radeon("1", "2"), name: "uevent", block: block}, command: "no-such-nvidia-smi"}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if s := r.Read(ctx); !strings.Contains(strings.Join(s.Missing, "|"), "reading was interrupted") {
			t.Error(s.Missing)
		}
		close(block)
	})
}

func TestPowerComesFromEnergyWhereOnlyThatIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		energy := &fstest.MapFile{Data: []byte("1000000000")}
		r := &Reader{command: "no-such-nvidia-smi", root: fstest.MapFS{
			"sys/class/drm/card0/device/uevent":                     {Data: []byte("DRIVER=xe\nPCI_SLOT_NAME=0000:03:00.0\n")},
			"sys/class/drm/card0/device/hwmon/hwmon4/energy1_input": energy,
			"sys/class/drm/card0/device/hwmon/hwmon4/temp1_input":   {Data: []byte("-1500")},
		}}
		d := r.Read(t.Context()).Devices[0]
		if d.PowerW != nil || *d.EnergyJ != 1000 || *d.TempC != -1.5 || !strings.Contains(strings.Join(d.Missing, "|"), missingPower) {
			t.Fatalf("%+v", d)
		}
		time.Sleep(2 * time.Second)
		energy.Data = []byte("1300000000")
		d = r.Read(t.Context()).Devices[0]
		if d.PowerW == nil || *d.PowerW != 150 || strings.Contains(strings.Join(d.Missing, "|"), "power") {
			t.Fatalf("%+v", d)
		}
		time.Sleep(time.Second)
		energy.Data = []byte("5") // the driver was loaded anew
		if d = r.Read(t.Context()).Devices[0]; d.PowerW != nil {
			t.Fatalf("%v", *d.PowerW)
		}
	})
}

func TestAtRest(t *testing.T) {
	type mem = []uint64 // VRAM and GTT in use, in MiB, of 8 and 120 GiB; none: unknown
	shot := func(devices ...mem) Snapshot {
		s := Snapshot{Missing: []string{"something is missing"}}
		for i, m := range devices {
			d := Device{Name: "card", PCI: string(rune('a' + i))}
			if len(m) == 2 {
				used, total := []uint64{m[0] * mib, m[1] * mib}, []uint64{8 << 30, 120 << 30}
				d.VRAMUsed, d.GTTUsed, d.VRAMTotal, d.GTTTotal = &used[0], &used[1], &total[0], &total[1]
			} else {
				d.miss("memory", context.Canceled)
			}
			s.Devices = append(s.Devices, d)
		}
		return s
	}
	for name, c := range map[string]struct {
		before, after Snapshot
		want          Rest
		says          string
	}{
		"the same":                         {shot(mem{100, 100}), shot(mem{100, 100}), Rested, ""},
		"less":                             {shot(mem{100, 100}), shot(mem{0, 0}), Rested, ""},
		"a little more":                    {shot(mem{100, 100}), shot(mem{263, 612}), Rested, ""},
		"VRAM is held":                     {shot(mem{100, 100}), shot(mem{264, 100}), Held, "card (a): 264 MiB of VRAM in use, 100 MiB before (more than 164 MiB above)"},
		"GTT is held":                      {shot(mem{100, 100}), shot(mem{100, 81920}), Held, "card (a): 80.0 GiB of GTT in use, 100 MiB before (more than 512 MiB above)"},
		"one of two is held":               {shot(mem{0, 0}, mem{0, 0}), shot(mem{0, 0}, mem{999, 0}), Held, "card (b): 999 MiB of VRAM in use, 0 MiB before (more than 164 MiB above)"},
		"a device is gone":                 {shot(mem{0, 0}, mem{0, 0}), shot(mem{0, 0}), Gone, "card (b) is not shown any more: something is missing"},
		"a device fell silent":             {shot(mem{0, 0}), shot(mem{}), Gone, "card (a) does not tell its VRAM any more (memory: context canceled); card (a) does not tell its GTT any more (memory: context canceled)"},
		"nobody knows":                     {shot(mem{}), shot(mem{}), RestUnknown, "no GPU here tells how much memory is in use"},
		"no device":                        {shot(), shot(), RestUnknown, "no GPU here tells how much memory is in use"},
		"one of two is known, and at rest": {shot(mem{}, mem{5, 5}), shot(mem{}, mem{5, 5}), Rested, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got, says := AtRest(c.before, c.after); got != c.want || says != c.says {
				t.Errorf("%s: %q", got, says)
			}
		})
	}
}

// TestMoreMemoryIsNeverMoreAtRest is a law of AtRest.
func TestMoreMemoryIsNeverMoreAtRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Uint64Range(0, 200<<30)
		before, after, total := amount.Draw(t, "before"), amount.Draw(t, "after"), amount.Draw(t, "total")
		more := after + amount.Draw(t, "more")
		shot := func(used uint64) Snapshot {
			return Snapshot{Devices: []Device{{Name: "x", VRAMUsed: &used, VRAMTotal: &total}}}
		}
		a, says := AtRest(shot(before), shot(after))
		b, _ := AtRest(shot(before), shot(more))
		if a > b || (a == Rested) != (says == "") || (after <= before && a != Rested) {
			t.Fatal(a, b, says)
		}
	})
}

func TestRestIsWords(t *testing.T) {
	if RestUnknown.String() != "unknown" || Gone.String() != "gone" || Rest(9).String() != "Rest(9)" || Rest(-1).String() != "Rest(-1)" {
		t.Error(RestUnknown, Gone, Rest(9))
	}
}
