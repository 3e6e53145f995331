package gpu

import (
	"fmt"
	"slices"
)

// KillWatch counts which control groups the kernel has killed processes of for memory since it was told
// of them. It is there for users who may not read the kernel log. The zero value watches none.
type KillWatch struct {
	groups []watchedGroup
	blind  bool // that of a process could not be read
}

type watchedGroup struct {
	group  Cgroup
	before uint64
}

// Add watches the control group of a process; 0 is this one. A group that cannot be read is left out.
func (w *KillWatch) Add(pid int) {
	group, err := FindCgroup(pid)
	if err != nil {
		w.blind = w.blind || pid != 0
		return
	}
	if slices.ContainsFunc(w.groups, func(k watchedGroup) bool { return k.group.Path == group.Path }) {
		return
	}
	n := group.Read().OOMKill
	if n == nil {
		w.blind = w.blind || pid != 0
		return
	}
	w.groups = append(w.groups, watchedGroup{group, *n})
}

// Lines is a line for each group in which there were kills, of the kind that a kernel log has.
func (w *KillWatch) Lines() (lines []string) {
	for _, k := range w.groups {
		if now := k.group.Read().OOMKill; now != nil && *now > k.before {
			lines = append(lines, fmt.Sprintf("ctxcliff: control group %s: oom_kill %d more than before", k.group.Path, *now-k.before))
		}
	}
	return lines
}

// Counts reports whether the groups of all processes that it was told of are watched: none of them was killed
// where Lines has none.
func (w *KillWatch) Counts() bool { return len(w.groups) > 0 && !w.blind }
