package reports

import (
	"fmt"
	"slices"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Use is what one device was expected to give, and the most that was seen in use.
type Use struct {
	plan.Demand
	Seen int64 // 0 unknown
}

// highest is the highest reading of each device and process, without what others had before the start.
func highest(gauges []trial.Gauge) map[string]int64 {
	most := map[string]int64{}
	for _, g := range gauges {
		most[g.Device] = max(most[g.Device], g.MemoryBytes-g.MemoryBefore)
	}
	return most
}

// inUse is the highest reading of each device and process, together; 0 where none could be read.
func inUse(gauges []trial.Gauge) int64 {
	sum := int64(0)
	for _, n := range highest(gauges) {
		sum += n
	}
	return sum
}

// usesOf holds what was expected of each device against the highest readings.
func usesOf(n plan.Need, gauges []trial.Gauge) (uses []Use) {
	most := highest(gauges)
	for _, d := range n.Devices {
		uses = append(uses, Use{d, most[d.Gauge]})
	}
	return uses
}

// readings are all that was read in each start, by its id: when it was ready, and in its attempts.
func readings(r trial.Record) map[int64][]trial.Gauge {
	of := map[int64][]trial.Gauge{}
	for _, s := range r.Starts {
		of[s.ID] = slices.Clone(s.Gauges)
	}
	for _, a := range r.Attempts {
		of[a.StartID] = append(of[a.StartID], a.Gauges...)
	}
	return of
}

// weigh fills in the most that was in use in a start of the configuration.
func (c *Configuration) weigh(starts []trial.Start, of map[int64][]trial.Gauge) {
	var all []trial.Gauge
	for _, s := range starts {
		if s.Configuration == c.ID {
			c.Peak, all = max(c.Peak, inUse(of[s.ID])), append(all, of[s.ID]...)
		}
	}
	c.Uses = usesOf(c.Need, all)
}

// weigh fills in what was expected, and the most that was in use while the cell was tried.
func (c *Cell) weigh(attempts []trial.Attempt, starts map[int64]trial.Start, need plan.Need) {
	of := map[int64][]trial.Gauge{}
	for _, a := range attempts {
		if of[a.StartID] == nil {
			of[a.StartID] = slices.Clone(starts[a.StartID].Gauges)
		}
		of[a.StartID] = append(of[a.StartID], a.Gauges...)
	}
	var all []trial.Gauge
	for _, gauges := range of {
		c.Peak, all = max(c.Peak, inUse(gauges)), append(all, gauges...)
	}
	c.Need, c.Uses = need, usesOf(need, all)
}

// missOf is by how much the memory that was seen differs from what was expected, as a share of what was
// seen; it is false where either is not known.
func missOf(need, seen int64) (share float64, known bool) {
	if need <= 0 || seen <= 0 {
		return 0, false
	}
	return float64(need-seen) / float64(seen), true
}

// weight is a row of the table of memory: of a configuration, or of one device of it. Numbers are in MiB.
type weight struct {
	Of                     string
	Part                   bool // a device of the configuration above
	Need, Free, Seen, Miss string
	By                     string
}

// weights are what was expected of each configuration and of each of its devices, and what was seen.
func weights(s Summary) (list []weight) {
	for _, c := range s.Configurations {
		if c.Need.By == "" {
			continue
		}
		list = append(list, weightOf(c.ID, c.Need.Bytes, 0, c.Peak, c.Need.By))
		for _, u := range c.Uses {
			memory := ""
			if u.Memory != "" {
				memory = "memory of " + u.Memory
			}
			w := weightOf(u.Device, u.Bytes, u.Free, u.Seen, oneLine(", ", u.Of, memory))
			w.Part = true
			list = append(list, w)
		}
	}
	return list
}

func weightOf(of string, need, free, seen int64, by string) weight {
	w := weight{Of: of, Need: fmt.Sprint(need >> 20), Free: mib(free), Seen: mib(seen), Miss: "–", By: by}
	if share, known := missOf(need, seen); known {
		w.Miss = fmt.Sprintf("%+.0f %%", share*100)
	}
	return w
}

// mib is in MiB; a dash: not known.
func mib(bytes int64) string {
	if bytes <= 0 {
		return "–"
	}
	return fmt.Sprint(bytes >> 20)
}

// memory is the table of what was expected, and what was seen.
func (d *document) memory(s Summary) {
	list := weights(s)
	if len(list) == 0 {
		return
	}
	d.printf("\n## Memory\n\nExpected before the start, and seen at most: resident memory of the server and of rpc-servers of ours, and what is in use on GPUs of this host beyond what was before the start.\n\n")
	d.table(" rrrr", "configuration, device", "expected MiB", "free MiB", "seen MiB", "error", "by")
	for _, w := range list {
		of := code(w.Of)
		if w.Part {
			of = "· " + prose(w.Of)
		}
		d.printf("%s", tableRow(of, w.Need, w.Free, w.Seen, w.Miss, prose(w.By)))
	}
}

// jsonConfiguration is what a configuration was expected to take, and what was seen.
type jsonConfiguration struct {
	ID        string   `json:"id"`
	Starts    int      `json:"starts"`
	NeedBytes *int64   `json:"need_bytes"` // null: nobody knew
	NeedBy    string   `json:"need_by"`
	PeakBytes *int64   `json:"peak_bytes"` // null: it could not be read
	NeedError *float64 `json:"need_error"` // (need - peak) / peak

	Devices []jsonUse `json:"devices"` // where the planner said what goes where
}

// jsonUse is what one device was expected to give, and what was seen.
type jsonUse struct {
	Device    string   `json:"device"`
	Of        string   `json:"of"`
	Memory    string   `json:"memory"` // whose memory it takes; "" its own
	NeedBytes int64    `json:"need_bytes"`
	FreeBytes *int64   `json:"free_bytes"` // before the run; null: not known
	SeenBytes *int64   `json:"seen_bytes"` // at most; null: it cannot be seen
	NeedError *float64 `json:"need_error"` // (need - seen) / seen
}

func jsonUsesOf(uses []Use) []jsonUse {
	all := []jsonUse{}
	for _, u := range uses {
		all = append(all, jsonUse{
			Device: u.Device, Of: u.Of, Memory: u.Memory, NeedBytes: u.Bytes,
			FreeBytes: orNull(u.Free), SeenBytes: orNull(u.Seen), NeedError: jsonMiss(u.Bytes, u.Seen),
		})
	}
	return all
}

// orNull is nil for a number of bytes that is not known.
func orNull(bytes int64) *int64 {
	if bytes <= 0 {
		return nil
	}
	return &bytes
}

func jsonMiss(need, seen int64) *float64 {
	share, known := missOf(need, seen)
	if !known {
		return nil
	}
	share = round(share)
	return &share
}

func jsonConfigurationsOf(s Summary) []jsonConfiguration {
	all := []jsonConfiguration{}
	for _, c := range s.Configurations {
		j := jsonConfiguration{
			ID: c.ID, Starts: c.Starts, NeedBy: c.Need.By, PeakBytes: orNull(c.Peak),
			NeedError: jsonMiss(c.Need.Bytes, c.Peak), Devices: jsonUsesOf(c.Uses),
		}
		if c.Need.By != "" {
			j.NeedBytes = &c.Need.Bytes
		}
		all = append(all, j)
	}
	return all
}
