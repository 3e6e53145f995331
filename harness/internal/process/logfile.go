package process

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// maxHeld is how much of an unfinished line is held back so that the other stream's
// lines do not end up in its middle.
const maxHeld = 64 << 10

// logFile writes two streams into one file, whole lines at a time, up to a
// limit. A nil logFile takes everything and does nothing.
type logFile struct {
	mu    sync.Mutex
	f     *os.File
	limit int64 // negative: none
	kept  int64
	lost  int64 // bytes over the limit, or after an error
	held  [2][]byte
	err   error // the first write error; nothing is written after it
}

func openLog(path string, limit int64) (*logFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create log file: %w", err)
	}
	return &logFile{f: f, limit: limit}, nil
}

// write takes the next bytes of a stream and reports whether any byte has been
// lost by now.
func (l *logFile) write(stream int, b []byte) (lost bool) {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost > 0 && len(l.held[stream]) == 0 {
		l.lost += int64(len(b))
		return true
	}
	held := append(l.held[stream], b...)
	end := bytes.LastIndexByte(held, '\n') + 1
	if len(held)-end > maxHeld {
		end = len(held)
	}
	l.put(held[:end])
	l.held[stream] = append(held[:0], held[end:]...)
	return l.lost > 0
}

// flush writes what is held back of a stream that has ended.
func (l *logFile) flush(stream int) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(l.held[stream])
	l.held[stream] = nil
}

// put writes up to the limit; the caller holds the lock.
func (l *logFile) put(b []byte) {
	keep := int64(len(b))
	if l.limit >= 0 {
		keep = min(keep, l.limit-l.kept)
	}
	if l.err != nil || l.lost > 0 {
		keep = 0
	}
	if keep > 0 {
		n, err := l.f.Write(b[:keep])
		l.kept += int64(n)
		keep = int64(n)
		l.err = err
	}
	over := int64(len(b)) - keep
	if over > 0 && l.lost == 0 && l.err == nil {
		_, l.err = fmt.Fprintf(l.f, "\n[ctxcliff: %d bytes kept; what follows is counted, and only its end is kept]\n", l.kept)
	}
	l.lost += over
}

// full is true once bytes have been lost.
func (l *logFile) full() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost > 0
}

// close appends the last lines that the limit would have cost us (a crash says
// why in its last line) and closes the file.
func (l *logFile) close(tail []Line) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost > 0 && l.err == nil {
		var b bytes.Buffer
		fmt.Fprintf(&b, "[ctxcliff: %d bytes were not kept; the last %d lines follow]\n", l.lost, len(tail))
		for _, t := range tail {
			b.WriteString(t.Text)
			b.WriteByte('\n')
		}
		_, l.err = l.f.Write(b.Bytes())
	}
	if err := l.f.Close(); l.err == nil {
		l.err = err
	}
}

// failure is the first error of writing, such as a full disk; nil when all went well.
func (l *logFile) failure() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
