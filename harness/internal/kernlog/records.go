package kernlog

import "time"

// records turns reads of /dev/kmsg into lines. It is not safe for concurrent use.
type records struct {
	buf  [8 << 10]byte // the kernel wants room for the largest record, else EINVAL
	next uint64        // sequence number that comes next; 0 none has come yet
	gap  bool          // the kernel has said that records are lost
}

// what a read of /dev/kmsg can say besides data and failure
type readState int

const (
	readFailed  readState = iota
	readRecord            // one record
	readNothing           // no record now
	readLost              // records were overwritten before we came; the next read gives the oldest that is left
)

// drain reads until there is nothing left, or reading fails.
func (r *records) drain(read func([]byte) (int, readState, error), add func(Line)) error {
	for {
		n, state, err := read(r.buf[:])
		switch state {
		case readNothing:
			return nil
		case readLost:
			r.gap = true
		case readRecord:
			for _, l := range r.lines(string(r.buf[:n])) {
				add(l)
			}
		default:
			return err
		}
	}
}

// lines parses a record and counts what is missing before it. A record that
// cannot be parsed is passed on as it is: it may be the one that matters.
func (r *records) lines(record string) []Line {
	now := time.Now()
	all, ok := parseRecord(record)
	if !ok {
		all = Line{Level: -1, Facility: -1}.lines(record)
	} else {
		seq := all[0].Seq
		switch {
		case r.next > 0 && seq > r.next:
			all[0].Lost = int(min(seq-r.next, 1<<31-1))
		case r.gap && r.next == 0:
			all[0].Lost = 1 // at least; there is nothing to count from
		}
		r.next, r.gap = seq+1, false
	}
	for i := range all {
		all[i].Wall = now
	}
	return all
}
