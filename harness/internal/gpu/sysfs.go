package gpu

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// tree reads small text files below the root of a file system.
type tree struct{ fs.FS }

// text is a file's content without white space around it. Errors come without
// the path.
func (t tree) text(name string) (string, error) {
	b, err := fs.ReadFile(t, name)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}

// number is a file that holds one, in decimal.
func (t tree) number(name string) (*uint64, error) {
	s, err := t.text(name)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("not a count: %.40q", s)
	}
	return &n, nil
}

// scaled is a file that holds a number, divided; it may be negative.
func (t tree) scaled(name string, by float64) (*float64, error) {
	s, err := t.text(name)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("not a number: %.40q", s)
	}
	v := float64(n) / by
	return &v, nil
}

// property is the value of "KEY=value" in a uevent file; "" none.
func (t tree) property(name, key string) string {
	s, _ := t.text(name)
	for line := range strings.Lines(s) {
		if v, ok := strings.CutPrefix(line, key+"="); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// drmClass is where graphics drivers show their cards.
const drmClass = "sys/class/drm"

// readDRM reads each card that the kernel's graphics drivers show.
func readDRM(t tree) ([]Device, []string) {
	entries, err := fs.ReadDir(t, drmClass)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, []string{"graphics drivers: no /" + drmClass + ": none is loaded but perhaps NVIDIA's for computing, or a container hides them"}
	} else if err != nil {
		return nil, []string{fmt.Sprintf("graphics drivers: %v", err)}
	}
	var all []Device
	for _, e := range entries {
		if n, ok := strings.CutPrefix(e.Name(), "card"); ok && decimal(n) {
			all = append(all, readCard(t, e.Name(), path.Join(drmClass, e.Name(), "device")))
		}
	}
	if len(all) == 0 {
		return nil, []string{"graphics drivers: no card in /" + drmClass}
	}
	slices.SortStableFunc(all, byAddress)
	return all, nil
}

func decimal(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func readCard(t tree, card, dir string) Device {
	uevent := path.Join(dir, "uevent")
	d := Device{Card: card, Driver: t.property(uevent, "DRIVER"), PCI: t.property(uevent, "PCI_SLOT_NAME"), ID: strings.ToLower(t.property(uevent, "PCI_ID"))}
	if d.ID == "" {
		d.ID = idOf(t, dir)
	}
	d.Name, _ = t.text(path.Join(dir, "product_name"))
	if d.Name == "" {
		d.Name = strings.TrimSpace(d.Driver + " " + d.ID)
	}
	if d.Name == "" {
		d.Name = card
	}
	d.Unique, _ = t.text(path.Join(dir, "unique_id"))
	d.readMemory(t, dir)
	d.readSensors(t, dir)
	var err error
	if d.Busy, err = t.scaled(path.Join(dir, "gpu_busy_percent"), 1); err != nil {
		d.miss("busy", hidden(d.Driver, err))
	}
	return d
}

// idOf reads the files vendor and device: "0x1002", "0x1586".
func idOf(t tree, dir string) string {
	vendor, err1 := t.text(path.Join(dir, "vendor"))
	device, err2 := t.text(path.Join(dir, "device"))
	if err1 != nil || err2 != nil {
		return ""
	}
	return strings.TrimPrefix(vendor, "0x") + ":" + strings.TrimPrefix(device, "0x")
}

// readMemory reads amdgpu's counters; no other driver has them in sysfs.
func (d *Device) readMemory(t tree, dir string) {
	for _, m := range []struct {
		file string
		to   **uint64
	}{
		{"mem_info_vram_used", &d.VRAMUsed}, {"mem_info_vram_total", &d.VRAMTotal},
		{"mem_info_gtt_used", &d.GTTUsed}, {"mem_info_gtt_total", &d.GTTTotal},
	} {
		n, err := t.number(path.Join(dir, m.file))
		if errors.Is(err, fs.ErrNotExist) && m.to == &d.VRAMUsed {
			d.miss("memory", hidden(d.Driver, err))
			return
		}
		if *m.to = n; err != nil {
			d.miss(m.file, hidden(d.Driver, err))
		}
	}
}

// hidden explains why a driver's file cannot be read.
func hidden(driver string, err error) error {
	var errno syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.As(err, &errno):
		return fmt.Errorf("%w (drivers answer so during a reset or while the device sleeps)", err)
	default:
		return err
	}
	switch {
	case driver == "xe" || driver == "i915":
		return fmt.Errorf("%s tells it in debugfs or to privileged tools only", driver)
	case driver == "nvidia":
		return errors.New("only nvidia-smi tells it")
	case driver == "":
		return errors.New("the kernel does not tell it")
	}
	return fmt.Errorf("driver %s does not tell it", driver)
}

// readSensors reads the driver's hwmon directory.
func (d *Device) readSensors(t tree, dir string) {
	dirs, _ := fs.Glob(t, path.Join(dir, "hwmon/hwmon*"))
	if len(dirs) == 0 {
		why := hidden(d.Driver, fs.ErrNotExist)
		if d.Driver != "nvidia" {
			why = errors.New("no sensors")
		}
		d.miss("temperature", why)
		d.miss("power", why)
		return
	}
	slices.Sort(dirs)
	var err error
	if d.TempC, err = temperature(t, dirs[0]); err != nil {
		d.miss("temperature", err)
	}
	d.readPower(t, dirs[0])
}

// temperature is the sensor called edge (amdgpu) or pkg (xe), else the first.
func temperature(t tree, dir string) (*float64, error) {
	inputs, _ := fs.Glob(t, path.Join(dir, "temp*_input"))
	if len(inputs) == 0 {
		return nil, errors.New("no sensor")
	}
	slices.Sort(inputs)
	best := inputs[0]
	for _, in := range inputs {
		if label, _ := t.text(strings.TrimSuffix(in, "input") + "label"); label == "edge" || label == "pkg" {
			best = in
			break
		}
	}
	return t.scaled(best, 1e3) // millidegrees
}

func (d *Device) readPower(t tree, dir string) {
	var err error
	for _, file := range []string{"power1_average", "power1_input"} {
		if d.PowerW, err = t.scaled(path.Join(dir, file), 1e6); err == nil { // microwatts
			return
		}
	}
	for _, file := range []string{"energy1_input", "energy2_input"} {
		if j, err := t.scaled(path.Join(dir, file), 1e6); err == nil { // microjoules
			d.EnergyJ = j
			d.Missing = append(d.Missing, missingPower)
			return
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("no sensor")
	}
	d.miss("power", err)
}
