package reports

import (
	"fmt"

	"ctxcliff/harness/trial"
)

// inUse is the highest reading of each device and process, together; 0 where none could be read.
func inUse(gauges []trial.Gauge) int64 {
	highest := map[string]int64{}
	for _, g := range gauges {
		highest[g.Device] = max(highest[g.Device], g.MemoryBytes)
	}
	sum := int64(0)
	for _, n := range highest {
		sum += n
	}
	return sum
}

// peaks are the most memory that was in use in a start of each configuration, by its id.
func peaks(r trial.Record) map[string]int64 {
	gauges := map[int64][]trial.Gauge{}
	for _, a := range r.Attempts {
		gauges[a.StartID] = append(gauges[a.StartID], a.Gauges...)
	}
	most := map[string]int64{}
	for _, s := range r.Starts {
		most[s.Configuration] = max(most[s.Configuration], inUse(append(gauges[s.ID], s.Gauges...)))
	}
	return most
}

// miss is by how much the memory that was seen differs from what was expected, as a share of what was
// seen; it is false where either is not known.
func (c Configuration) miss() (share float64, known bool) {
	if c.Need.By == "" || c.Peak <= 0 {
		return 0, false
	}
	return float64(c.Need.Bytes-c.Peak) / float64(c.Peak), true
}

// memory is what was expected of each configuration, and what was seen.
func (d *document) memory(s Summary) {
	first := true
	for _, c := range s.Configurations {
		if c.Need.By == "" {
			continue
		}
		if first {
			d.printf("\n## Memory\n\nExpected before the start, and seen at most: resident memory of the server and of rpc-servers of ours, and all that is in use on GPUs of this host.\n\n")
			d.table(" rrr", "configuration", "expected MiB", "seen MiB", "error", "by")
			first = false
		}
		seen, miss := "–", "–"
		if share, known := c.miss(); known {
			seen, miss = fmt.Sprint(c.Peak>>20), fmt.Sprintf("%+.0f %%", share*100)
		}
		d.printf("%s", tableRow(code(c.ID), fmt.Sprint(c.Need.Bytes>>20), seen, miss, prose(c.Need.By)))
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
}

func jsonConfigurationsOf(s Summary) []jsonConfiguration {
	all := []jsonConfiguration{}
	for _, c := range s.Configurations {
		j := jsonConfiguration{ID: c.ID, Starts: c.Starts, NeedBy: c.Need.By}
		if c.Need.By != "" {
			j.NeedBytes = &c.Need.Bytes
		}
		if c.Peak > 0 {
			j.PeakBytes = &c.Peak
		}
		if share, known := c.miss(); known {
			share = round(share)
			j.NeedError = &share
		}
		all = append(all, j)
	}
	return all
}
