package simserver

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// logger writes lines the way llama-server does since mid-2026 (llama.cpp PR 23021):
// minutes.seconds.milliseconds.microseconds since the start, level, module, function, text.
type logger struct {
	mu    sync.Mutex
	w     io.Writer
	copy  io.Writer // gets log lines too, but no last words; nil for none
	began time.Time
}

func newLogger(w, copy io.Writer) *logger { return &logger{w: w, copy: copy, began: time.Now()} }

// line writes one log line; level is I, W or E.
func (l *logger) line(level, module, function, format string, args ...any) {
	l.bare(level, fmt.Sprintf("%-4s %12.12s: %s", module, function, fmt.Sprintf(format, args...)))
}

// bare writes one line of libllama or ggml, which has no module.
func (l *logger) bare(level, text string) {
	us := time.Since(l.began).Microseconds()
	text = fmt.Sprintf("%d.%02d.%03d.%03d %s %s\n", us/60_000_000, us/1_000_000%60, us/1000%1000, us%1000, level, text)
	l.raw(text)
	if l.copy != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		io.WriteString(l.copy, text)
	}
}

// raw writes text as it is, in one piece, to stderr only.
func (l *logger) raw(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	io.WriteString(l.w, text)
}
