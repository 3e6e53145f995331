package gpu

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Snapshot is what could be read at one moment.
type Snapshot struct {
	At        time.Time
	Devices   []Device   // by PCI address
	Coredumps []Coredump // state snapshots that drivers hold, by name
	Missing   []string   // sources that could not be read, and why
}

// Device is one GPU. Values that are nil are unknown; Missing says why.
type Device struct {
	Name   string // "NVIDIA H200"; without a product name driver and id: "amdgpu 1002:1586"
	Driver string // kernel driver: amdgpu, xe, i915, nvidia…; "" not told
	PCI    string // address, "0000:c3:00.0"; "" not on PCI
	ID     string // PCI vendor and device, "1002:1586"; "" not told
	Card   string // "card0"; "" it has none
	Unique string // amdgpu: serial number of this very card; "" none. Not for reports that leave the house

	DriverVersion string // NVIDIA: "570.86.15"; "" not told

	VRAMUsed, VRAMTotal *uint64 // bytes of the device's own memory; of an APU the part that the firmware set aside
	GTTUsed, GTTTotal   *uint64 // bytes of the host's memory that the device may use; nil where there is no such thing

	TempC  *float64 // degrees Celsius, of the chip's edge or package
	PowerW *float64 // watts; where a driver counts energy only, the mean since the Reader's last reading
	Busy   *float64 // percent of time, 0 to 100

	EnergyJ *float64 // joules used since the driver was loaded; nil where power itself is told

	Missing []string // "temperature: no sensor", …
}

// String is how a device is named in sentences: "AMD Radeon (0000:c3:00.0)".
func (d Device) String() string {
	where := cmp.Or(d.PCI, d.Card)
	if where == "" {
		return d.Name
	}
	return fmt.Sprintf("%s (%s)", d.Name, where)
}

// key is what one device is recognised by in two snapshots.
func (d Device) key() string { return cmp.Or(d.PCI, d.Card, d.Name) }

func (d *Device) miss(what string, err error) {
	d.Missing = append(d.Missing, fmt.Sprintf("%s: %v", what, err))
}

func byAddress(a, b Device) int {
	return cmp.Or(cmp.Compare(a.PCI, b.PCI), cmp.Compare(len(a.Card), len(b.Card)), cmp.Compare(a.Card, b.Card), cmp.Compare(a.Name, b.Name))
}

// join makes one list of two, and one device of two with the same PCI address:
// the kernel knows its card, the vendor's tool its values.
func join(kernel, vendor []Device) []Device {
	all := slices.Clone(kernel)
	for _, v := range vendor {
		i := slices.IndexFunc(all, func(k Device) bool { return k.PCI != "" && k.PCI == v.PCI })
		if i < 0 {
			all = append(all, v)
			continue
		}
		v.ID, v.Card, v.Unique = all[i].ID, all[i].Card, all[i].Unique
		all[i] = v
	}
	slices.SortStableFunc(all, byAddress)
	return all
}

// watts fills in the power of devices that count energy, from the snapshot before.
func watts(before, now *Snapshot) {
	seconds := now.At.Sub(before.At).Seconds()
	for i := range now.Devices {
		d := &now.Devices[i]
		j := slices.IndexFunc(before.Devices, func(b Device) bool { return b.key() == d.key() })
		if j < 0 || d.PowerW != nil || d.EnergyJ == nil || before.Devices[j].EnergyJ == nil || seconds <= 0 {
			continue
		}
		if used := *d.EnergyJ - *before.Devices[j].EnergyJ; used >= 0 {
			w := used / seconds
			d.PowerW = &w
			d.Missing = slices.DeleteFunc(d.Missing, func(m string) bool { return m == missingPower })
		}
	}
}

const missingPower = "power: counted as energy, known from the second reading on"

// size is bytes for people.
func size(b uint64) string {
	switch {
	case b >= 10<<30:
		return strconv.FormatFloat(float64(b)/(1<<30), 'f', 1, 64) + " GiB"
	default:
		return strconv.FormatFloat(float64(b)/(1<<20), 'f', 0, 64) + " MiB"
	}
}
