package kernlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// filePoll is how often a followed file is looked at.
const filePoll = 20 * time.Millisecond

// OpenFile follows a text file that grows, from its present end on: what a
// simulated server writes as the kernel (CTXCLIFF_SIM_KMSG), or a syslog file. The
// file may come into being later. One that becomes shorter is read from its
// start again. A line counts when its end has been written. Lines have neither
// sequence numbers, levels nor kernel time.
func OpenFile(path string) (*Log, error) {
	f := &file{path: path, stop: make(chan struct{})}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("follow %s as a kernel log: not a regular file", path)
	case err == nil:
		f.offset = info.Size()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("follow a file as a kernel log: %w", err)
	}
	if err := f.read(func(Line) {}); err != nil {
		return nil, fmt.Errorf("follow a file as a kernel log: %w", err)
	}
	return Follow(f), nil
}

type file struct {
	path string
	stop chan struct{}
	once sync.Once

	mu      sync.Mutex
	offset  int64
	partial []byte // a line without its end
}

func (f *file) Name() string { return f.path }

func (f *file) Stop() { f.once.Do(func() { close(f.stop) }) }

func (f *file) CatchUp(add func(Line)) {
	select {
	case <-f.stop:
	default:
		_ = f.read(add) // Follow meets the same error, and says so
	}
}

func (f *file) Follow(add func(Line)) error {
	tick := time.NewTicker(filePoll)
	defer tick.Stop()
	for {
		if err := f.read(add); err != nil {
			return err
		}
		select {
		case <-f.stop:
			return nil
		case <-tick.C:
		}
	}
}

// read adds the lines that have been completed since it was called last.
func (f *file) read(add func(Line)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	in, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.offset, f.partial = 0, nil
		return nil
	} else if err != nil {
		return err
	}
	defer in.Close()
	if end, err := in.Seek(0, io.SeekEnd); err != nil {
		return err
	} else if end < f.offset {
		f.offset, f.partial = 0, nil
	}
	buf := make([]byte, 16<<10)
	for {
		n, err := in.ReadAt(buf, f.offset)
		f.offset += int64(n)
		f.lines(buf[:n], add)
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (f *file) lines(data []byte, add func(Line)) {
	for {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		if room := 2*maxText - len(f.partial); room > 0 {
			f.partial = append(f.partial, line[:min(room, len(line))]...)
		}
		if !ended {
			return
		}
		for _, l := range (Line{Level: -1, Facility: -1, Wall: time.Now()}).lines(string(f.partial)) {
			add(l)
		}
		f.partial, data = f.partial[:0], rest
	}
}
