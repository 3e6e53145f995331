package process

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pageSize and ticks are the units of /proc/PID/stat. The clock tick is 100 Hz on every Linux
// architecture that Go runs on (USER_HZ in include/asm-generic/param.h).
var pageSize = int64(os.Getpagesize())

const tick = time.Second / 100

// VitalsOf looks at the process and everything below it.
func VitalsOf(pid int) (v Vitals, err error) {
	if _, err := readStat(pid); err != nil {
		return v, fmt.Errorf("look at process %d: %w", pid, err)
	}
	for _, p := range append([]int{pid}, Descendants(pid)...) {
		v.add(p)
	}
	return v, nil
}

func (v *Vitals) add(pid int) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 22 {
		return
	}
	number := func(i int) int64 { n, _ := strconv.ParseInt(fields[i], 10, 64); return n }
	// Counted from the state, which is field 3 of proc_pid_stat(5): 12 majflt, 14 utime, 15 stime, 24 rss.
	v.States += fields[0]
	v.Read += number(9) * pageSize
	v.CPU += time.Duration(number(11)+number(12)) * tick
	v.Resident += number(21) * pageSize
	v.Read += fieldOf(dir+"/io", "rchar:")
	v.Written += fieldOf(dir+"/io", "wchar:")
	v.Peak = max(v.Peak, fieldOf(dir+"/status", "VmHWM:")*1024)
}

// fieldOf is the number after a name in a file of lines "name number …"; 0 where there is none.
func fieldOf(file, name string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	_, after, found := bytes.Cut(text, []byte(name))
	if fields := bytes.Fields(after); found && len(fields) > 0 {
		n, _ := strconv.ParseInt(string(fields[0]), 10, 64)
		return n
	}
	return 0
}

// MemoryOf is Resident and Peak of one process, without those below it.
func MemoryOf(pid int) (v Vitals, err error) {
	status := "/proc/" + strconv.Itoa(pid) + "/status"
	if v.Peak = fieldOf(status, "VmHWM:") * 1024; v.Peak == 0 {
		return v, fmt.Errorf("look at the memory of process %d: it has ended, or %s does not tell", pid, status)
	}
	v.Resident = fieldOf(status, "VmRSS:") * 1024
	return v, nil
}

// maxThreads bounds a Portrait: a server has a thread for each core and each connection.
const maxThreads = 512

// Portrait is what the kernel tells of a process that does not move, and of everything below it: for
// each thread its name, state, the function of the kernel that it sleeps in, the system call with its
// arguments and, for root, the kernel's side of its stack. It is text for people. Nothing is stopped
// or traced for it, and nothing but /proc is read.
func Portrait(pid int) string {
	var b strings.Builder
	for _, p := range append([]int{pid}, Descendants(pid)...) {
		dir := "/proc/" + strconv.Itoa(p)
		cmdline, _ := os.ReadFile(dir + "/cmdline")
		fmt.Fprintf(&b, "process %d: %s\n", p, bytes.ReplaceAll(bytes.TrimRight(cmdline, "\x00"), []byte{0}, []byte{' '}))
		status, _ := os.ReadFile(dir + "/status")
		for line := range strings.Lines(string(status)) {
			if name, _, _ := strings.Cut(line, ":"); slices.Contains(statusLines, name) {
				b.WriteString("  " + line)
			}
		}
		threads, _ := filepath.Glob(dir + "/task/*")
		for i, t := range threads {
			if i == maxThreads {
				fmt.Fprintf(&b, "  … and %d threads more\n", len(threads)-i)
				break
			}
			portrayThread(&b, t)
		}
	}
	return b.String()
}

var statusLines = []string{"Name", "State", "PPid", "VmHWM", "VmRSS", "VmSwap", "Threads", "SigBlk", "SigIgn", "SigCgt", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"}

func portrayThread(b *strings.Builder, dir string) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "not readable"
		}
		return strings.TrimSpace(string(text))
	}
	state := "?"
	if s, err := os.ReadFile(filepath.Join(dir, "stat")); err == nil {
		if p, err := parseStat(s); err == nil {
			state = string(p.state)
		}
	}
	fmt.Fprintf(b, "  thread %s %q %s, in %s, system call %s\n", filepath.Base(dir), read("comm"), state, read("wchan"), read("syscall"))
	if stack := read("stack"); stack != "not readable" && stack != "" {
		for line := range strings.Lines(stack) {
			b.WriteString("    " + strings.TrimRight(line, "\n") + "\n")
		}
	}
}
