package process

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ListenerPID says which process listens on a TCP port of the loopback or of all
// addresses, IPv4 or IPv6, and its name, for a message such as "port 8080 is taken by pid 123
// (nginx)". The pid is 0 and the error nil when nobody does. A listener of
// another user, which only root may look up, is an error that says so.
func ListenerPID(port int) (pid int, name string, err error) {
	inodes := map[string]bool{}
	var uid string
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(table)
		if os.IsNotExist(err) && table != "/proc/net/tcp" {
			continue // IPv6 is switched off
		}
		if err != nil {
			return 0, "", fmt.Errorf("find who listens on port %d: %w", port, err)
		}
		for _, s := range parseListeners(string(b)) {
			if s.port == port && s.local {
				inodes[s.inode], uid = true, s.uid
			}
		}
	}
	if len(inodes) == 0 {
		return 0, "", nil
	}
	if p, ok := socketOwner(inodes); ok {
		return p.pid, p.name, nil
	}
	return 0, "", fmt.Errorf("port %d is taken by a process of user id %s that may not be looked at", port, uid)
}

// listener is one listening socket of a /proc/net/tcp table.
type listener struct {
	port  int
	local bool // reachable through the loopback
	uid   string
	inode string
}

// parseListeners picks the listening sockets out of a /proc/net/tcp table; lines
// that are not understood are passed over.
func parseListeners(table string) []listener {
	var found []listener
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != "0A" {
			continue
		}
		addr, hexPort, _ := strings.Cut(f[1], ":")
		port, err := strconv.ParseUint(hexPort, 16, 16)
		if err == nil {
			found = append(found, listener{int(port), reachesLoopback(addr), f[7], f[9]})
		}
	}
	return found
}

// reachesLoopback is true for 127.x, 0.0.0.0, ::, ::1 and 127.x written as IPv6.
// The table holds addresses as 32-bit words in the machine's byte order; both orders are
// accepted.
func reachesLoopback(addr string) bool {
	b, err := hex.DecodeString(addr)
	if err != nil || len(b) != 4 && len(b) != 16 {
		return false
	}
	last := b[len(b)-4:]
	zeros := !slices.ContainsFunc(b, func(x byte) bool { return x != 0 })
	v4 := last[3] == 127 || last[0] == 127
	if len(b) == 4 {
		return zeros || v4
	}
	head, mid := strings.ToUpper(addr[:16]), strings.ToUpper(addr[16:24])
	switch {
	case zeros:
		return true
	case head != "0000000000000000":
		return false
	case mid == "00000000":
		return addr[24:] == "01000000" || addr[24:] == "00000001"
	}
	return (mid == "FFFF0000" || mid == "0000FFFF") && (v4 || addr[24:] == "00000000")
}

// socketOwner finds the process with the lowest number that holds one of these sockets.
func socketOwner(inodes map[string]bool) (procStat, bool) {
	all := allProcesses()
	slices.SortFunc(all, func(a, b procStat) int { return a.pid - b.pid })
	for _, p := range all {
		dir := filepath.Join("/proc", strconv.Itoa(p.pid), "fd")
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			link, err := os.Readlink(filepath.Join(dir, e.Name()))
			if inode, ok := strings.CutPrefix(link, "socket:["); err == nil && ok && inodes[strings.TrimSuffix(inode, "]")] {
				return p, true
			}
		}
	}
	return procStat{}, false
}
