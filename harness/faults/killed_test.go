package faults

import (
	"strings"
	"testing"
)

// TestWhoseKill: a llama-server that was killed for lack of memory is ours where its number says so; where numbers
// are not known, if one of ours was killed and a control group of ours counted it.
func TestWhoseKill(t *testing.T) {
	const (
		ours  = "Memory cgroup out of memory: Killed process 4242 (llama-server) total-vm:1kB"
		other = "Out of memory: Killed process 77 (llama-server) total-vm:1kB"
		group = "ctxcliff: control group /lab: oom_kill 1 more than before"
	)
	killed := func(pid int) []Process {
		return []Process{{Name: "server", Exit: "signal:SIGKILL", PID: pid, Comm: "llama-server"}}
	}
	ended := func(exit string) []Process { return []Process{{Name: "server", Exit: exit, Comm: "llama-server"}} }
	for name, c := range map[string]struct {
		processes   []Process
		kills       Kills
		lines       []string
		class, says string
	}{
		"by its number":                       {killed(4242), NoKills, []string{ours}, "infra.oom-kill", "killed for lack of memory (prompt)"},
		"another number":                      {killed(4242), SomeKills, []string{other}, "unknown", "ended by SIGKILL"},
		"two of them, the second is ours":     {killed(4242), KillsUnknown, []string{other, ours}, "infra.oom-kill", ""},
		"unknown number, and it was counted":  {killed(0), SomeKills, []string{other, group}, "infra.oom-kill", "killed for lack of memory (prompt)"},
		"unknown number, and it was not":      {killed(0), NoKills, []string{other}, "unknown", "ended by SIGKILL"},
		"unknown number, and nobody counts":   {killed(0), KillsUnknown, []string{other}, "infra.oom-kill", "killed for lack of memory: a llama-server of its host, perhaps not ours (prompt)"},
		"counted, no kernel log":              {killed(0), SomeKills, []string{group}, "infra.oom-kill", ""},
		"ours lives":                          {ended("running"), KillsUnknown, []string{other}, "benign.other-process", ""},
		"ours died of something else":         {ended("signal:SIGSEGV"), SomeKills, []string{other, group}, "crash.segv", ""},
		"ours ended by itself":                {ended("code:1"), KillsUnknown, []string{other}, "", "ended"},
		"a wrapper keeps its status":          {ended("a status that its living wrapper keeps"), KillsUnknown, []string{other}, "infra.oom-kill", "perhaps not ours"},
		"a wrapper says 128 and the signal":   {[]Process{{Name: "server", Exit: "code:137", Signal: "SIGKILL", SignalInferred: true}}, SomeKills, []string{other}, "infra.oom-kill", ""},
		"a pasted log has nobody to compare":  {nil, KillsUnknown, []string{other}, "infra.oom-kill", "killed for lack of memory (prompt)"},
		"a program that no llama.cpp is":      {killed(0), SomeKills, []string{"Out of memory: Killed process 77 (firefox) total-vm:1kB"}, "unknown", "ended by SIGKILL"},
		"one host counts, another cannot say": {killed(0), KillsUnknown, []string{other}, "infra.oom-kill", "perhaps not ours"},
	} {
		f := Classify(Evidence{Phase: "prompt", Processes: c.processes, Kernel: []KernelLog{{Host: "server", Lines: c.lines, Kills: c.kills}, {Host: "rpc1", Kills: NoKills}}})
		if c.class != "" && f.Class != c.class || !strings.Contains(f.Title, c.says) {
			t.Errorf("%s: %s, %q", name, f.Class, f.Title)
		}
	}
}

// TestDoubtIsNoOtherBug: the title says how little is known, and the signature stays.
func TestDoubtIsNoOtherBug(t *testing.T) {
	signature := func(k Kills) string {
		return Classify(Evidence{Phase: "prompt", Processes: []Process{{Name: "server", Exit: "signal:SIGKILL"}},
			Kernel: []KernelLog{{Lines: []string{"Out of memory: Killed process 77 (llama-server) total-vm:1kB"}, Kills: k}}}).Signature
	}
	if a, b := signature(KillsUnknown), signature(SomeKills); a != b {
		t.Errorf("%s and %s", a, b)
	}
}
