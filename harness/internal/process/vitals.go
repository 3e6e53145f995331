package process

import "time"

// Vitals is what a process and everything below it have used so far. What the system does not tell
// is 0.
type Vitals struct {
	Resident int64         // bytes of memory now
	Peak     int64         // most bytes of memory so far, of the largest process
	Read     int64         // bytes read, from the page cache or not, and by mapped pages
	Written  int64         // bytes written, to sockets too
	CPU      time.Duration // of all threads
	States   string        // one letter for each process, the first its own: R runs, S sleeps, D waits in the kernel, T is stopped, Z has ended
}

// leastMove is below what a load moves in a second and above what answering a question costs.
const leastMove = 64 << 10

// Moved reports whether something worth mentioning was read, written or brought into memory since an
// earlier look. Time on the processor is no movement: a process that spins gets nowhere.
func (v Vitals) Moved(since Vitals) bool {
	return v.Read-since.Read >= leastMove || v.Written-since.Written >= leastMove || v.Resident-since.Resident >= leastMove
}
