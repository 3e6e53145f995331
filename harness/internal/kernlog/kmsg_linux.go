package kernlog

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// kmsg is /dev/kmsg, from its end on.
type kmsg struct {
	file    *os.File // non-blocking, so that the runtime waits for it, and Close ends the wait
	conn    syscall.RawConn
	stopped atomic.Bool

	mu      sync.Mutex // held while reading: CatchUp may come between, in order
	records records
	early   []Line // read while opening
	err     error  // reading is over
}

func openKmsg(path string) (*kmsg, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if _, err := syscall.Seek(fd, 0, io.SeekEnd); err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("go to its end: %w", err)
	}
	k := &kmsg{file: os.NewFile(uintptr(fd), path)}
	// A sandbox may let the file be opened and fail each read.
	if err := k.drain(uintptr(fd), func(l Line) { k.early = append(k.early, l) }); err != nil {
		_ = k.file.Close()
		return nil, err
	}
	if k.conn, err = k.file.SyscallConn(); err != nil {
		_ = k.file.Close()
		return nil, err
	}
	return k, nil
}

func (k *kmsg) Name() string { return k.file.Name() }

// Follow drains the file each time the poller says that it can be read.
func (k *kmsg) Follow(add func(Line)) error {
	var failed error
	err := k.conn.Read(func(fd uintptr) bool {
		failed = k.drain(fd, add)
		return failed != nil
	})
	if k.stopped.Load() {
		return nil
	}
	if k.mu.Lock(); k.err != nil {
		failed = k.err
	}
	k.mu.Unlock()
	_ = k.file.Close()
	return cmp.Or(failed, err)
}

func (k *kmsg) CatchUp(add func(Line)) {
	// The error of Control says that the file is closed: nothing to catch up with.
	_ = k.conn.Control(func(fd uintptr) {
		if k.drain(fd, add) != nil {
			_ = k.file.SetReadDeadline(time.Now()) // Follow is to notice
		}
	})
}

func (k *kmsg) Stop() {
	k.stopped.Store(true)
	_ = k.file.Close()
}

func (k *kmsg) drain(fd uintptr, add func(Line)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range k.early {
		add(l)
	}
	k.early = nil
	if k.err == nil {
		k.err = k.records.drain(func(b []byte) (int, readState, error) { return readKmsg(fd, b) }, add)
	}
	return k.err
}

func readKmsg(fd uintptr, b []byte) (int, readState, error) {
	for {
		n, err := syscall.Read(int(fd), b)
		switch {
		case err == nil && n > 0:
			return n, readRecord, nil
		case err == nil:
			return 0, readFailed, io.ErrUnexpectedEOF
		case err == syscall.EAGAIN:
			return 0, readNothing, nil
		case err == syscall.EPIPE:
			return 0, readLost, nil
		case err != syscall.EINTR:
			return 0, readFailed, err
		}
	}
}
