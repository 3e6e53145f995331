package process

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Images are the parts of files that a process, or one below it, can execute, as the kernel's log names where a
// program died: "libllama.so[7f0d57372000+68000]". Empty when there is no such process, or its memory is nobody's
// business.
func Images(pid int) (all []string) {
	for _, p := range append([]int{pid}, Descendants(pid)...) {
		maps, err := os.ReadFile("/proc/" + strconv.Itoa(p) + "/maps")
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(maps)) {
			if image := imageOf(line); image != "" {
				all = append(all, image)
			}
		}
	}
	return all
}

// imageOf reads a line of proc_pid_maps(5): "7f0d57372000-7f0d573da000 r-xp 00015000 fe:00 42   /usr/lib/libllama.so".
func imageOf(line string) string {
	before, path, named := strings.Cut(strings.TrimSuffix(line, "\n"), "/")
	fields := strings.Fields(before)
	if !named || len(fields) != 5 || !strings.Contains(fields[1], "x") {
		return ""
	}
	from, to, _ := strings.Cut(fields[0], "-")
	start, errStart := strconv.ParseUint(from, 16, 64)
	end, errEnd := strconv.ParseUint(to, 16, 64)
	if errStart != nil || errEnd != nil || end < start {
		return ""
	}
	name := filepath.Base(strings.TrimSuffix(path, " (deleted)"))
	return name + "[" + strconv.FormatUint(start, 16) + "+" + strconv.FormatUint(end-start, 16) + "]"
}

// Dumping reports whether the core of a process, or of one below it, is being written: it has died, and nobody is
// told of what before all is written.
func Dumping(pid int) bool {
	for _, p := range append([]int{pid}, Descendants(pid)...) {
		if fieldOf("/proc/"+strconv.Itoa(p)+"/status", "CoreDumping:") == 1 {
			return true
		}
	}
	return false
}
