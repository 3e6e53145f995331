package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// procStat is what we read of /proc/PID/stat.
type procStat struct {
	procID
	name   string // at most 15 bytes, chosen by the process
	state  byte   // 'R', 'S', 'D', 'Z', ...
	parent int
	group  int
}

// readStat reads /proc/PID/stat.
func readStat(pid int) (procStat, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return procStat{}, err
	}
	return parseStat(b)
}

// parseStat parses "71 (name) S 1 71 ..."; the name may contain anything, spaces
// and parentheses included, so the last parenthesis counts.
func parseStat(b []byte) (p procStat, err error) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 1 || end < open {
		return p, errors.New("parse process status: no name in parentheses")
	}
	f := strings.Fields(string(b[end+1:]))
	if len(f) < 20 || len(f[0]) != 1 {
		return p, errors.New("parse process status: too few fields")
	}
	p.name, p.state = string(b[open+1:end]), f[0][0]
	var errs [4]error
	p.pid, errs[0] = strconv.Atoi(strings.TrimSpace(string(b[:open])))
	p.parent, errs[1] = strconv.Atoi(f[1])
	p.group, errs[2] = strconv.Atoi(f[2])
	p.start, errs[3] = strconv.ParseUint(f[19], 10, 64)
	return p, errors.Join(errs[:]...)
}

// StartTimeOf is when a process was started, in clock ticks after boot (field 22
// of /proc/PID/stat). A zombie still has one.
func StartTimeOf(pid int) (uint64, error) {
	p, err := readStat(pid)
	if err != nil {
		return 0, fmt.Errorf("read start time of process %d: %w", pid, err)
	}
	return p.start, nil
}

// Alive is true when the process with this number is still the one that was
// started at this time, and has not ended (a zombie has).
func Alive(pid int, start uint64) bool {
	p, err := readStat(pid)
	return err == nil && p.start == start && p.state != 'Z' && p.state != 'X'
}

// HostPID is the number and the name by which the kernel's own log calls a process: 0 in a container
// with process numbers of its own, where nobody inside knows the kernel's.
func HostPID(pid int) (number int, name string) {
	if p, err := readStat(pid); err == nil {
		name = p.name
	}
	if link, err := os.Readlink("/proc/self/ns/pid"); err == nil && link == initialPIDs {
		number = pid
	}
	return number, name
}

// initialPIDs is the process number namespace that the kernel itself counts in (PROC_PID_INIT_INO in
// include/linux/proc_ns.h of Linux).
const initialPIDs = "pid:[4026531836]"

// BootID is a name for the time since this machine was booted; it differs after
// a reboot or a crash of the machine.
func BootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read boot id: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Descendants lists the children of a process, their children and so on, nearest
// first, zombies included. A process whose parent ended has left
// the tree. Empty when there are none, or no such process.
func Descendants(pid int) []int {
	var pids []int
	for _, p := range descendants(pid) {
		pids = append(pids, p.pid)
	}
	return pids
}

func descendants(pid int) []procStat {
	children := map[int][]procStat{}
	for _, p := range allProcesses() {
		children[p.parent] = append(children[p.parent], p)
	}
	found := children[pid]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].pid]...)
	}
	return found
}

// allProcesses lists what /proc shows, by number; those that end meanwhile are left out.
func allProcesses() []procStat {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []procStat
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, err := readStat(pid); err == nil {
				all = append(all, p)
			}
		}
	}
	return all
}

// killExactly sends SIGKILL to this process and no other that may have got its number.
func killExactly(id procID) error { return signalExactly(id, syscall.SIGKILL) }

// signalExactly is the same with another signal.
func signalExactly(id procID, signal syscall.Signal) error {
	fd, err := unix.PidfdOpen(id.pid, 0)
	if err != nil && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	if err == nil {
		defer unix.Close(fd)
	}
	if start, serr := StartTimeOf(id.pid); serr != nil || start != id.start {
		return syscall.ESRCH
	}
	if err != nil { // a kernel before 5.3
		return syscall.Kill(id.pid, signal)
	}
	return unix.PidfdSendSignal(fd, signal, nil, 0)
}
