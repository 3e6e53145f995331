package gpu

import (
	"strconv"
	"strings"
)

// FreeHostMemory is what this host can still give a process of ours, in bytes: what its kernel can
// without swapping, and no more than what the limit of our control group leaves. 0: it cannot be read.
func FreeHostMemory() int64 {
	root, _ := hostRoot()
	if root == nil {
		return 0
	}
	free := available(tree{root})
	group, err := findCgroup(root, 0)
	if err != nil {
		return free
	}
	if c := group.Read(); c.Max != nil && c.Current != nil {
		free = min(free, max(1, int64(*c.Max)-int64(*c.Current)))
	}
	return free
}

// available is MemAvailable, which /proc/meminfo gives in KiB.
func available(t tree) int64 {
	text, err := t.text("proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "MemAvailable:" {
			kib, _ := strconv.ParseInt(f[1], 10, 50)
			return kib << 10
		}
	}
	return 0
}
