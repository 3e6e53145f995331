package process

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// MaxLineBytes is where Line.Text is cut. A log file keeps lines whole.
const MaxLineBytes = 8 << 10

// Names of the two streams, as in Line.Stream.
const (
	Stdout = "stdout"
	Stderr = "stderr"
)

// Line is one line of output.
type Line struct {
	// Time is when the first byte of the line was read.
	Time time.Time
	// Stream is Stdout or Stderr. The order of two lines of different streams is
	// the order in which they were read, which can differ from the order in which they were written.
	Stream string
	// Text is the line as it came, without its line end, at most
	// MaxLineBytes long. It may be invalid UTF-8.
	Text string
	// Cut is how many bytes of the line are not in Text.
	Cut int64
	// Partial is true when no line end came: the output ended, or, from Tail
	// only, the line is still being written.
	Partial bool
}

// output splits what the command writes into lines and hands them on. Two
// readers feed it; anyone may look.
type output struct {
	log *logFile   // nil: none
	tap func(Line) // nil: none; called with the lock held

	mu      sync.Mutex
	written int64
	open    [2]openLine
	tails   [2]ring
	count   int64 // of lines, to merge the tails by
	subs    map[*Subscription]struct{}
	ended   bool
}

// openLine is the line a stream is in the middle of.
type openLine struct {
	text  []byte
	cut   int64
	since time.Time
	begun bool
}

func newOutput(log *logFile, lines int, tap func(Line)) *output {
	return &output{log: log, tap: tap, tails: [2]ring{{max: lines}, {max: lines}}, subs: map[*Subscription]struct{}{}}
}

var streamNames = [2]string{Stdout, Stderr}

// copyFrom reads one stream to its end. It never waits for anyone but the
// command and the disk.
func (o *output) copyFrom(stream int, r io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			lost := o.log.write(stream, buf[:n])
			o.feed(stream, buf[:n], time.Now(), lost)
		}
		if err != nil {
			o.log.flush(stream)
			o.finishLine(stream)
			return
		}
	}
}

// feed takes the next bytes of a stream; lost says that the log file
// did not get all of them.
func (o *output) feed(stream int, b []byte, now time.Time, lost bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.written += int64(len(b))
	for len(b) > 0 {
		line, rest, complete := bytes.Cut(b, []byte("\n"))
		o.open[stream].add(line, now)
		if complete {
			o.emit(stream, false, lost)
		}
		b = rest
	}
}

// add appends to the line what still fits.
func (l *openLine) add(b []byte, now time.Time) {
	if !l.begun {
		l.begun, l.since = true, now
	}
	room := min(MaxLineBytes-len(l.text), len(b))
	l.text = append(l.text, b[:room]...)
	l.cut += int64(len(b) - room)
}

func (l *openLine) line(stream int) Line {
	return Line{
		Time: l.since, Stream: streamNames[stream], Cut: l.cut,
		Text: string(bytes.TrimSuffix(l.text, []byte("\r"))),
	}
}

// emit ends the open line of a stream; the caller holds the lock.
func (o *output) emit(stream int, partial, lost bool) {
	line := o.open[stream].line(stream)
	line.Partial = partial
	o.open[stream] = openLine{text: o.open[stream].text[:0]}
	o.count++
	o.tails[stream].add(keptLine{line, o.count, lost})
	if o.tap != nil {
		o.tap(line)
	}
	for s := range o.subs {
		s.offer(line)
	}
}

// finishLine ends a line that the end of the stream cut short.
func (o *output) finishLine(stream int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open[stream].begun {
		o.emit(stream, true, o.log.full())
	}
}

// end closes the subscriptions and completes the log file. No feed comes after it.
func (o *output) end() {
	o.mu.Lock()
	o.ended = true
	for s := range o.subs {
		close(s.ch)
	}
	o.subs = nil
	lost := linesOf(o.kept(), func(k keptLine) bool { return k.lost })
	o.mu.Unlock()
	o.log.close(lost)
}

// lines is the tail, with lines still being written at its end.
func (o *output) lines() []Line {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := linesOf(o.kept(), func(keptLine) bool { return true })
	for i := range o.open {
		if o.open[i].begun {
			l := o.open[i].line(i)
			l.Partial = true
			all = append(all, l)
		}
	}
	return all
}
