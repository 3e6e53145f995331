package gpu

import (
	"fmt"
	"slices"
	"strings"
)

// Rest is whether GPU memory is back to what it was.
type Rest int

const (
	RestUnknown Rest = iota // no device tells its memory: nobody can say, and waiting does not help
	Rested                  // each device that tells uses no more than before, within RestTolerance
	Held                    // some device uses more: a process still holds memory, or the driver has leaked it
	Gone                    // a device that was there is not any more, or does not answer any more
)

var restNames = [...]string{"unknown", "at rest", "held", "gone"}

func (r Rest) String() string {
	if r < 0 || int(r) >= len(restNames) {
		return fmt.Sprintf("Rest(%d)", int(r))
	}
	return restNames[r]
}

// RestTolerance is how much more memory than before still counts as at rest: one
// fiftieth of all, but no less than 64 MiB (a desktop moves that much) and no more
// than 512 MiB (a small model's cache).
func RestTolerance(total uint64) uint64 {
	return min(max(total/50, 64<<20), 512<<20)
}

// AtRest compares the GPU memory in use with that of an earlier snapshot, and
// says in a sentence what holds it up, or what could not be judged; "" when
// everything is at rest. The worst of all devices counts. Less memory than before is at rest.
func AtRest(before, after Snapshot) (Rest, string) {
	rest := RestUnknown
	var why []string
	for _, b := range before.Devices {
		if b.VRAMUsed == nil && b.GTTUsed == nil {
			continue
		}
		r, says := b.rest(after)
		rest = max(rest, r)
		if says != "" {
			why = append(why, says)
		}
	}
	if rest == RestUnknown {
		why = append(why, "no GPU here tells how much memory is in use")
	}
	return rest, strings.Join(why, "; ")
}

func (d Device) rest(after Snapshot) (Rest, string) {
	i := slices.IndexFunc(after.Devices, func(a Device) bool { return a.key() == d.key() })
	if i < 0 {
		return Gone, strings.Join(append([]string{fmt.Sprintf("%s is not shown any more", d)}, after.Missing...), ": ")
	}
	a := after.Devices[i]
	rest, why := Rested, []string{}
	for _, m := range []struct {
		name               string
		before, now, total *uint64
	}{
		{"VRAM", d.VRAMUsed, a.VRAMUsed, d.VRAMTotal},
		{"GTT", d.GTTUsed, a.GTTUsed, d.GTTTotal},
	} {
		if m.before == nil {
			continue
		}
		if m.now == nil {
			rest = Gone
			why = append(why, fmt.Sprintf("%s does not tell its %s any more (%s)", d, m.name, strings.Join(a.Missing, ", ")))
			continue
		}
		var total uint64
		if m.total != nil {
			total = *m.total
		}
		if most := RestTolerance(total); *m.now > *m.before && *m.now-*m.before > most {
			rest = max(rest, Held)
			why = append(why, fmt.Sprintf("%s: %s of %s in use, %s before (more than %s above)", d, size(*m.now), m.name, size(*m.before), size(most)))
		}
	}
	return rest, strings.Join(why, "; ")
}
