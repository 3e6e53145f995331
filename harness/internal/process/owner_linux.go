package process

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"
)

// pidNamespace is the number of our PID namespace; "0" when it cannot be read.
func pidNamespace() string {
	link, err := os.Readlink("/proc/self/ns/pid") // "pid:[4026531836]"
	if err != nil {
		return "0"
	}
	return strings.Trim(strings.TrimPrefix(link, "pid:"), "[]")
}

// marked lists the living processes whose mark satisfies match. Processes of other users
// cannot be looked into and are left out.
func marked(match func(token string) bool) []procStat {
	var found []procStat
	for _, p := range allProcesses() {
		if p.state == 'Z' || p.state == 'X' {
			continue
		}
		env, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/environ")
		if err != nil {
			continue
		}
		for _, kv := range bytes.Split(env, []byte{0}) {
			if token, ok := bytes.CutPrefix(kv, []byte(OwnerEnv+"=")); ok && match(string(token)) {
				found = append(found, p)
			}
		}
	}
	return found
}

// sweepOwned kills every process with this mark, again and again until none is
// left or sweepLimit has passed, and returns how many there were.
func sweepOwned(token string) int {
	seen := map[procID]bool{}
	for end := time.Now().Add(sweepLimit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		found := marked(func(t string) bool { return t == token })
		if len(found) == 0 {
			break
		}
		for _, p := range found {
			seen[p.procID] = true
			_ = killExactly(p.procID)
		}
	}
	return len(seen)
}

// Strays lists processes that an earlier ctxcliff of this user, in this PID
// namespace, started and did not live to remove. The list is empty unless
// it and its guard were killed in the same instant, or its guard is still at
// work: look again after a moment before acting on it.
func Strays() []Stray {
	var strays []Stray
	for _, p := range marked(ownerDead) {
		strays = append(strays, Stray{PID: p.pid, Start: p.start, Name: p.name})
	}
	return strays
}

// RemoveStray kills a stray, unless its number belongs to another process by now.
func RemoveStray(s Stray) error { return killExactly(procID{s.PID, s.Start}) }

// ownerDead is true for a mark of this PID namespace whose ctxcliff is gone.
func ownerDead(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 4 || parts[2] == "0" || parts[2] != pidNamespace() {
		return false
	}
	pid, err1 := strconv.Atoi(parts[0])
	start, err2 := strconv.ParseUint(parts[1], 10, 64)
	return err1 == nil && err2 == nil && !Alive(pid, start)
}
