package faults

import (
	"slices"
	"strconv"
	"strings"
)

// oursByName are the beginnings of names that our processes have; the kernel cuts names at 15
// characters.
var oursByName = []string{"llama", "rpc-server", "ggml-rpc", "server", "main", "ollama", "kobold", "test-backend"}

// ourLibraries are the beginnings of the names of libraries that only our processes load, whatever
// they are called.
var ourLibraries = []string{"libllama", "libggml", "libmtmd", "llama", "ggml"}

// desktop are the beginnings of names of programs that share a display GPU with us.
var desktop = []string{"Xorg", "Xwayland", "gnome", "kwin", "plasma", "mutter", "sway", "hypr", "Hypr", "cosmic", "weston", "wayfire", "xfwm", "cinnamon",
	"firefox", "chrom", "brave", "vivaldi", "opera", "msedge", "electron", "code", "steam", "gamescope", "wine", "proton", "mpv", "vlc", "obs", "kodi",
	"discord", "slack", "gst", "Web Content", "GPU Process", "RenderThread", "glx", "vkcube", "blender", "xdg-", "Isolated"}

func startsWithAny(name string, beginnings []string) bool {
	for _, b := range beginnings {
		if strings.HasPrefix(name, b) {
			return true
		}
	}
	return strings.HasSuffix(name, ".exe")
}

// namesOther is true when the finding's line names a process that is not one of ours.
func (f *finding) namesOther(ps []Process) bool {
	comm, pid := first(f.vars, "comm", "comm2", "comm3", "comm4"), first(f.vars, "pid", "pid2", "pid3")
	if comm == "" && pid == "" {
		return false
	}
	if startsWithAny(comm, oursByName) || startsWithAny(f.vars["lib"], ourLibraries) {
		return false
	}
	known := false
	for _, p := range ps {
		known = known || p.PID > 0
		if p.PID > 0 && strconv.Itoa(p.PID) == pid || p.Comm != "" && p.Comm == comm && (p.PID == 0 || pid == "") {
			return false
		}
	}
	if f.process >= 0 && f.rule.Class == "crash.heap-corruption" || f.rule.Class == "infra.oom-kill" || f.rule.Class == "hang.uninterruptible" || f.rule.Class == "unknown" || strings.HasPrefix(f.rule.Class, "crash.") {
		return comm != "" || known
	}
	if hitsAll(f) || comm == "" && !known {
		return false
	}
	return known || startsWithAny(comm, desktop) || f.vars["draws"] != ""
}

// hitsAll is true for what every process on the device suffers from, whoever is named: the watchdog
// names who submitted the job that it gave up, and that may be a victim.
func hitsAll(f *finding) bool {
	if f.level == Hardware || f.rule.Class == "gpu-fault.firmware" {
		return true
	}
	reset := f.vars["reset"]
	return f.rule.Class == "gpu-fault.hang-reset" && (reset != "" && reset != "ring reset" || f.vars["chip"] != "")
}

func first(vars map[string]string, names ...string) string {
	for _, n := range names {
		if vars[n] != "" {
			return vars[n]
		}
	}
	return ""
}

// sequelLines is how soon after a job that was given up its driver is done with what that takes.
const sequelLines = 20

// sequel reports whether the kernel goes on about what another's job has led to, which lost nothing but its ring.
func (c *call) sequel(f *finding) bool {
	if f.process >= 0 || f.vars["comm"] != "" || hitsAll(f) || f.rule.Class != "gpu-fault.hang-reset" && f.rule.Class != "gpu-fault.memory-access" {
		return false
	}
	return slices.ContainsFunc(c.found, func(o *finding) bool {
		return o.process == f.process && o.class == "benign.other-process" && (o.rule.Class == "gpu-fault.hang-reset" || o.rule.Class == "gpu-fault.memory-access") && o.line < f.line && f.line-o.line <= sequelLines
	})
}
