package gpu

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	mountV2     = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	mountHybrid = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n40 31 0:40 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n"
	mountDocker = "900 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
)

func TestCountersOfAControlGroup(t *testing.T) {
	for name, c := range map[string]struct {
		cgroup, mounts string
		files          map[string]string
		want           string // version, oom, oom_kill, current, peak, max, unlimited, number of missing
	}{
		"version 2, limited above": {"0::/user.slice/run-7.scope\n", mountV2, map[string]string{
			"sys/fs/cgroup/user.slice/run-7.scope/memory.events":  "low 0\nhigh 0\nmax 41\noom 3\noom_kill 2\noom_group_kill 0\n",
			"sys/fs/cgroup/user.slice/run-7.scope/memory.current": "7", "sys/fs/cgroup/user.slice/run-7.scope/memory.peak": "99",
			"sys/fs/cgroup/user.slice/run-7.scope/memory.max": "max\n", "sys/fs/cgroup/user.slice/memory.max": "1000\n",
		}, "2 3 2 7 99 1000 false 0"},
		"version 2, limited itself": {"0::/a\n", mountV2, map[string]string{
			"sys/fs/cgroup/a/memory.events": "oom 0\noom_kill 0\n", "sys/fs/cgroup/a/memory.current": "1", "sys/fs/cgroup/a/memory.max": "500",
		}, "2 0 0 1 ? 500 false 1"},
		"a container that sees its own group only": {"0::/docker/abc/x\n", mountDocker, map[string]string{
			"sys/fs/cgroup/x/memory.events": "oom 1\noom_kill 1\n", "sys/fs/cgroup/x/memory.current": "1", "sys/fs/cgroup/x/memory.peak": "2",
			"sys/fs/cgroup/x/memory.max": "max", "sys/fs/cgroup/memory.max": "max",
		}, "2 1 1 1 2 ? true 0"},
		"the root group counts nothing": {"0::/\n", mountV2, map[string]string{"sys/fs/cgroup/cgroup.procs": "1"}, "2 ? ? ? ? ? true 4"},
		"version 1 beside version 2": {"4:memory:/g\n0::/\n", mountHybrid, map[string]string{
			"sys/fs/cgroup/memory/g/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n", "sys/fs/cgroup/memory/g/memory.usage_in_bytes": "8",
			"sys/fs/cgroup/memory/g/memory.max_usage_in_bytes": "9", "sys/fs/cgroup/memory/g/memory.limit_in_bytes": "9223372036854771712",
		}, "1 ? 5 8 9 ? true 1"},
		"the group is gone": {"0::/a\n", mountV2, map[string]string{"sys/fs/cgroup/memory.max": "max"}, "2 ? ? ? ? ? false 5"},
	} {
		t.Run(name, func(t *testing.T) {
			m := fstest.MapFS{"proc/7/cgroup": {Data: []byte(c.cgroup)}, "proc/self/mountinfo": {Data: []byte(c.mounts)}}
			for name, data := range c.files {
				m[name] = &fstest.MapFile{Data: []byte(data)}
			}
			g, err := findCgroup(m, 7)
			if err != nil {
				t.Fatal(err)
			}
			r := g.Read()
			got := fmt.Sprint(g.Version, show(r.OOM), show(r.OOMKill), show(r.Current), show(r.Peak), show(r.Max), " ", r.Unlimited, len(r.Missing))
			if got != c.want {
				t.Errorf("got %s, want %s; %q", got, c.want, r.Missing)
			}
		})
	}
}

func show(n *uint64) string {
	if n == nil {
		return " ?"
	}
	return fmt.Sprint(" ", *n)
}

func TestControlGroupsThatCannotBeSeen(t *testing.T) {
	for want, c := range map[string][2]string{
		"none that counts memory":               {"1:cpu:/\n", mountV2},
		"are not mounted":                       {"0::/a\n", "22 1 8:1 / / rw - ext4 /dev/vda rw\n"},
		"outside of what this container sees":   {"0::/../other\n", mountV2},
		"/elsewhere lies outside of what this ": {"0::/elsewhere\n", mountDocker},
	} {
		m := fstest.MapFS{"proc/7/cgroup": {Data: []byte(c[0])}, "proc/self/mountinfo": {Data: []byte(c[1])}}
		if _, err := findCgroup(m, 7); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if m := (Cgroup{}).Read(); m.OOMKill != nil || len(m.Missing) == 0 {
		t.Error(m)
	}
}

// TestThisMachine reads the real thing. What there is differs from machine to machine; what may not
// be is a value without a source, or nothing without a reason.
func TestThisMachine(t *testing.T) {
	s := New().Read(t.Context())
	t.Log(inJSON(t, s))
	if len(s.Devices)+len(s.Missing) == 0 {
		t.Error("neither devices nor a reason")
	}
	for _, d := range s.Devices {
		if len(d.Missing) == 0 && (d.VRAMUsed == nil || d.TempC == nil || d.PowerW == nil || d.Busy == nil) {
			t.Errorf("something is unknown without a reason: %+v", d)
		}
		if d.VRAMUsed != nil && d.VRAMTotal != nil && *d.VRAMUsed > *d.VRAMTotal {
			t.Errorf("%+v", d)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	if use, err := New().Process(t.Context(), os.Getpid()); err != nil {
		t.Error(err)
	} else {
		t.Log(inJSON(t, use))
	}
	if n, err := OOMKills(); err != nil {
		t.Error(err)
	} else {
		t.Log("killed for memory since boot:", n)
	}
	g, err := FindCgroup(0)
	if err != nil {
		t.Skip("this machine's control groups cannot be read:", err)
	}
	m := g.Read()
	t.Logf("%s (version %d): %s", g.Path, g.Version, inJSON(t, m))
	if m.OOMKill == nil && len(m.Missing) == 0 {
		t.Error("unknown without a reason")
	}
	if m.Current != nil && (*m.Current == 0 || m.Peak != nil && *m.Peak < *m.Current/2) {
		t.Errorf("in use %d, peak %s", *m.Current, show(m.Peak))
	}
	if parent, err := FindCgroup(os.Getppid()); err != nil || parent.Version != g.Version {
		t.Error(parent, err)
	}
}

func inJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
