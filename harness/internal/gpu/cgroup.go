package gpu

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Cgroup is the control group that counts a process's memory. Find it while the
// process lives; it can be read after its death.
type Cgroup struct {
	Path    string // as in /proc/PID/cgroup: "/user.slice/user-1000.slice/…"
	Version int    // 2, or 1 where the memory controller still runs the old way

	root  fs.FS
	dir   string // of its files
	mount string // of the hierarchy; no limit above it can be seen
}

// CgroupMemory is the counters of a Cgroup. Nil is unknown; Missing says why.
type CgroupMemory struct {
	OOM       *uint64 // times that the limit was hit and nothing could be freed, here or below; version 2 only
	OOMKill   *uint64 // processes of the group and those below that the kernel killed for memory, whichever limit was hit, the machine's own included
	Current   *uint64 // bytes in use
	Peak      *uint64 // most bytes ever in use
	Max       *uint64 // bytes: the smallest limit of the group and those above it that can be seen; nil if Unlimited
	Unlimited bool    // no limit but the machine's memory can be seen
	Missing   []string
}

// FindCgroup finds the control group of a process; 0 is this one.
func FindCgroup(pid int) (Cgroup, error) {
	root, why := hostRoot()
	if root == nil {
		return Cgroup{}, errors.New("find the control group: " + why)
	}
	c, err := findCgroup(root, pid)
	if err != nil {
		return c, fmt.Errorf("find the control group of process %d: %w", pid, err)
	}
	return c, nil
}

// OOMKills counts the processes that the kernel of this machine has killed for
// memory since boot, in whichever container; an error where it does not tell.
func OOMKills() (uint64, error) {
	root, why := hostRoot()
	if root == nil {
		return 0, errors.New("count out-of-memory kills: " + why)
	}
	n, err := counter(tree{root}, "proc/vmstat", "oom_kill")
	if err != nil {
		return 0, fmt.Errorf("count out-of-memory kills: /proc/vmstat: %w", err)
	}
	return *n, nil
}

func findCgroup(root fs.FS, pid int) (c Cgroup, err error) {
	t, who := tree{root}, "self"
	if pid != 0 {
		who = strconv.Itoa(pid)
	}
	groups, err := t.text(path.Join("proc", who, "cgroup"))
	if err != nil {
		return c, err
	}
	mounts, err := t.text("proc/self/mountinfo")
	if err != nil {
		return c, fmt.Errorf("list mounts: %w", err)
	}
	c.root = root
	if c.Version, c.Path = memoryGroup(groups); c.Version == 0 {
		return c, errors.New("it has none that counts memory")
	}
	inside, at, ok := cgroupMount(mounts, c.Version)
	if !ok {
		return c, fmt.Errorf("control groups (version %d) are not mounted", c.Version)
	}
	below, ok := strings.CutPrefix(path.Clean(c.Path)+"/", strings.TrimSuffix(inside, "/")+"/")
	if !ok || strings.HasPrefix(below, "..") || strings.HasPrefix(c.Path, "/..") {
		return c, fmt.Errorf("%s lies outside of what this container sees", c.Path)
	}
	c.mount = strings.TrimPrefix(path.Clean(at), "/")
	c.dir = path.Join(c.mount, strings.Trim(below, "/"))
	return c, nil
}

// memoryGroup finds the group in /proc/PID/cgroup: lines "4:memory:/path" are
// version 1, "0::/path" is version 2, and both come together. Version 0: none.
func memoryGroup(groups string) (version int, group string) {
	for line := range strings.Lines(groups) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case len(f) != 3 || !strings.HasPrefix(f[2], "/"):
		case has(f[1], "memory"):
			return 1, f[2]
		case f[0] == "0" && f[1] == "":
			version, group = 2, f[2]
		}
	}
	return version, group
}

func has(list, word string) bool { return strings.Contains(","+list+",", ","+word+",") }

// cgroupMount finds in mountinfo where a hierarchy is mounted, and which of its
// groups is the root of the mount.
func cgroupMount(mounts string, version int) (root, at string, ok bool) {
	for s := bufio.NewScanner(strings.NewReader(mounts)); s.Scan(); {
		left, right, _ := strings.Cut(s.Text(), " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if len(l) < 5 || len(r) < 3 {
			continue
		}
		if version == 2 && r[0] == "cgroup2" || version == 1 && r[0] == "cgroup" && has(r[2], "memory") {
			return l[3], l[4], true
		}
	}
	return "", "", false
}

// Read reads the counters. Counters since when? Since the group was made:
// compare two readings.
func (c Cgroup) Read() CgroupMemory {
	var m CgroupMemory
	if c.root == nil {
		m.Missing = []string{"no control group was found"}
		return m
	}
	t := tree{c.root}
	m.count(&m.OOMKill, "oom_kill", func() (*uint64, error) { return counter(t, c.file("memory.events", "memory.oom_control"), "oom_kill") })
	if c.Version == 2 {
		m.count(&m.OOM, "oom", func() (*uint64, error) { return counter(t, c.file("memory.events", ""), "oom") })
	} else {
		m.Missing = append(m.Missing, "oom: version 1 of control groups does not count it")
	}
	m.count(&m.Current, "memory in use", func() (*uint64, error) { return t.number(c.file("memory.current", "memory.usage_in_bytes")) })
	m.count(&m.Peak, "peak", func() (*uint64, error) { return t.number(c.file("memory.peak", "memory.max_usage_in_bytes")) })
	c.readLimit(t, &m)
	return m
}

func (c Cgroup) file(v2, v1 string) string {
	if c.Version == 2 {
		return path.Join(c.dir, v2)
	}
	return path.Join(c.dir, v1)
}

func (m *CgroupMemory) count(to **uint64, what string, read func() (*uint64, error)) {
	n, err := read()
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("not counted here (the root group has no counters; old kernels lack some; or the group is gone)")
	}
	if *to = n; err != nil {
		m.Missing = append(m.Missing, fmt.Sprintf("%s: %v", what, err))
	}
}

// readLimit looks for the smallest limit on the way up.
func (c Cgroup) readLimit(t tree, m *CgroupMemory) {
	read := false
	for at := c; ; at.dir = path.Dir(at.dir) {
		s, err := t.text(at.file("memory.max", "memory.limit_in_bytes"))
		if err == nil {
			read = true
			// Version 1 says "unlimited" as the largest multiple of a page.
			if n, err := strconv.ParseUint(s, 10, 64); err == nil && n < 1<<62 && (m.Max == nil || n < *m.Max) {
				m.Max = &n
			}
		}
		if up := path.Dir(at.dir); up == at.dir || up == "." || len(at.dir) <= len(c.mount) {
			break
		}
	}
	switch _, err := fs.Stat(t, c.dir); {
	case err != nil:
		m.Max = nil
		m.Missing = append(m.Missing, "limit: the group is gone")
	case !read && c.dir != c.mount:
		m.Missing = append(m.Missing, "limit: cannot be read")
	default:
		m.Unlimited = m.Max == nil
	}
}

// counter is the number after a word in a file of lines "word number".
func counter(t tree, name, word string) (*uint64, error) {
	s, err := t.text(name)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(s) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == word {
			n, err := strconv.ParseUint(f[1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("not a count: %.40q", f[1])
			}
			return &n, nil
		}
	}
	return nil, fmt.Errorf("no line %q (this kernel does not count it)", word)
}
