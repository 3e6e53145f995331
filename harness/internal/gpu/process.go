package gpu

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Use is what one process uses of GPUs.
type Use struct {
	Devices []DeviceUse // by PCI address; empty: it has no graphics device open. NVIDIA's driver does not tell here
	KFDVRAM *uint64     // bytes of device memory that ROCm's compute driver counts for the process; nil not told
	Missing []string
}

// DeviceUse is the use of one device, over all that the process has opened. It
// comes from /proc/PID/fdinfo, see the kernel's Documentation/gpu/drm-usage-stats.
type DeviceUse struct {
	PCI, Driver string
	Clients     int                      // contexts of its own on the device
	Engines     map[string]time.Duration // time that engines worked for it, since they were opened: "gfx", "compute"; grows
	Cycles      map[string]uint64        // the same in the engine's cycles, where the driver (xe) counts those
	Memory      map[string]uint64        // resident bytes by region: "vram", "gtt", "cpu", "vram0", "system"
}

type processPart struct {
	use Use
	err error
}

// Process reads what a process uses. The error says that it cannot be read: it has
// ended, belongs to another user, the system does not tell, or the driver blocks.
func (r *Reader) Process(ctx context.Context, pid int) (Use, error) {
	if r.root == nil {
		return Use{}, fmt.Errorf("read the GPU use of process %d: %s", pid, r.noRoot)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p, since, ok := r.process.read(ctx, func(context.Context) (p processPart) {
		p.use, p.err = readProcess(tree{r.root}, pid)
		return p
	})
	if !ok {
		p.err = errors.New(blocked("/proc/PID/fdinfo", since))
	}
	if p.err != nil {
		return Use{}, fmt.Errorf("read the GPU use of process %d: %w", pid, p.err)
	}
	return p.use, nil
}

func readProcess(t tree, pid int) (Use, error) {
	dir := path.Join("proc", strconv.Itoa(pid), "fdinfo")
	entries, err := fs.ReadDir(t, dir)
	if err != nil {
		return Use{}, err
	}
	var u Use
	byDevice := map[string]*DeviceUse{}
	clients := map[string]bool{} // a duplicated descriptor tells the same client again
	unread := 0
	for _, e := range entries {
		s, err := t.text(path.Join(dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // closed meanwhile
		} else if err != nil {
			unread++
			continue
		}
		keys := drmKeys(s)
		if keys["driver"] == "" {
			continue
		}
		where := keys["driver"] + " " + keys["pdev"]
		if id := keys["client-id"]; id != "" {
			if clients[where+" "+id] {
				continue
			}
			clients[where+" "+id] = true
		}
		d := byDevice[where]
		if d == nil {
			d = &DeviceUse{PCI: keys["pdev"], Driver: keys["driver"], Engines: map[string]time.Duration{}, Cycles: map[string]uint64{}, Memory: map[string]uint64{}}
			byDevice[where] = d
		}
		d.add(keys)
	}
	for _, where := range slices.Sorted(maps.Keys(byDevice)) {
		u.Devices = append(u.Devices, *byDevice[where])
	}
	slices.SortStableFunc(u.Devices, func(a, b DeviceUse) int { return strings.Compare(a.PCI, b.PCI) })
	if unread > 0 {
		u.Missing = append(u.Missing, fmt.Sprintf("%d of %d descriptors could not be read", unread, len(entries)))
	}
	var why string
	if u.KFDVRAM, why = readKFD(t, pid); why != "" {
		u.Missing = append(u.Missing, why)
	}
	return u, nil
}

// drmKeys is the lines "drm-KEY: value" of an fdinfo file. Drivers add keys with
// prefixes of their own, which are left out.
func drmKeys(s string) map[string]string {
	keys := map[string]string{}
	for line := range strings.Lines(s) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(k, "drm-") {
			keys[strings.TrimPrefix(k, "drm-")] = strings.TrimSpace(v)
		}
	}
	return keys
}

func (d *DeviceUse) add(keys map[string]string) {
	d.Clients++
	memory := map[string]uint64{}
	for k, v := range keys {
		n, unit, ok := quantity(v)
		if !ok {
			continue
		}
		kind, name, _ := strings.Cut(k, "-")
		switch {
		case name == "" || strings.HasPrefix(k, "engine-capacity-") || strings.HasPrefix(k, "total-cycles-"):
		case kind == "engine" && unit == "ns" && n < 1<<63:
			d.Engines[name] += time.Duration(n)
		case kind == "cycles":
			d.Cycles[name] += n
		case kind == "resident", kind == "memory" && keys["resident-"+name] == "": // "memory" is older
			memory[name] = n
		case kind == "total" && keys["resident-"+name] == "" && keys["memory-"+name] == "":
			memory[name] = n
		}
	}
	for name, n := range memory {
		d.Memory[name] += n
	}
}

// quantity parses "192 KiB", "41 ns", "7": the number, in bytes if the unit is one
// of those.
func quantity(s string) (n uint64, unit string, ok bool) {
	number, unit, _ := strings.Cut(s, " ")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0, "", false
	}
	shift := map[string]int{"KiB": 10, "MiB": 20, "GiB": 30}[unit]
	if n > 1<<63>>shift {
		return 0, "", false
	}
	return n << shift, unit, true
}

// readKFD sums /sys/class/kfd/kfd/proc/PID/vram_GPU. The number is the host's: in
// a container with numbers of its own it may be missing, or another process.
func readKFD(t tree, pid int) (*uint64, string) {
	const class = "sys/class/kfd/kfd"
	if _, err := fs.Stat(t, class); errors.Is(err, fs.ErrNotExist) {
		return nil, "" // no ROCm: nothing is missing
	}
	dir := path.Join(class, "proc", strconv.Itoa(pid))
	files, _ := fs.Glob(t, dir+"/vram_*")
	if len(files) == 0 {
		return nil, "ROCm memory: the compute driver does not list the process"
	}
	var sum uint64
	for _, f := range files {
		n, err := t.number(f)
		if err != nil {
			return nil, fmt.Sprintf("ROCm memory: %v", err)
		}
		sum += *n
	}
	return &sum, ""
}
