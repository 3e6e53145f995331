package process

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"
)

const (
	// drainLimit is how long, after everything has ended, one read waits for more; only a
	// process that escaped the sweep and holds the pipe makes it matter.
	drainLimit = 500 * time.Millisecond
	// drainBytes is how much is read then at most: more than a pipe holds.
	drainBytes = 2 << 20
)

// drain is our end of an output pipe. Once everything has ended, what is in the pipe is read to its end
// however long that takes us, and nothing is waited for that something else may still write.
type drain struct {
	file  *os.File
	ended atomic.Bool
	after int // bytes read since
}

// end says that nothing of ours writes any more.
func (d *drain) end() {
	d.ended.Store(true)
	if d.file.SetReadDeadline(time.Now().Add(drainLimit)) != nil { // a system whose pipes know no deadline
		time.AfterFunc(drainLimit, func() { d.file.Close() })
	}
}

func (d *drain) Read(b []byte) (int, error) {
	ended := d.ended.Load()
	if ended {
		if d.after > drainBytes {
			return 0, io.EOF
		}
		_ = d.file.SetReadDeadline(time.Now().Add(drainLimit))
	}
	n, err := d.file.Read(b)
	if !ended && errors.Is(err, os.ErrDeadlineExceeded) { // that of end, which passed before we came to read
		return d.Read(b)
	}
	if ended {
		d.after += n
	}
	return n, err
}
