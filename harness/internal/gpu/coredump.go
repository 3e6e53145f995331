package gpu

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Coredump is a state snapshot that a driver took when its device failed, and
// that the kernel holds for some minutes (the first failure only, until somebody
// frees it). It is a sign of a reset; here it is neither read nor freed.
type Coredump struct {
	Name   string // "devcd1"
	Device string // PCI address of the device that failed; "" not told
	Driver string // its driver; "" not told
}

func (c Coredump) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s of %s %s", c.Name, c.Driver, c.Device))
}

// readCoredumps lists them. Other devices than GPUs leave them, too.
func readCoredumps(t tree) ([]Coredump, []string) {
	const class = "sys/class/devcoredump"
	entries, err := fs.ReadDir(t, class)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, []string{"device core dumps: no /" + class + ": this kernel has none of them, or a container hides it"}
	} else if err != nil {
		return nil, []string{fmt.Sprintf("device core dumps: %v", err)}
	}
	var all []Coredump
	for _, e := range entries {
		if n, ok := strings.CutPrefix(e.Name(), "devcd"); ok && decimal(n) {
			uevent := path.Join(class, e.Name(), "failing_device/uevent")
			all = append(all, Coredump{e.Name(), t.property(uevent, "PCI_SLOT_NAME"), t.property(uevent, "DRIVER")})
		}
	}
	slices.SortFunc(all, func(a, b Coredump) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}
