package process

// Transcript keeps what a process that somebody else watches says, as a [Process] keeps it: in a log
// file, and the last lines in memory. Lines come with times of their own.
type Transcript struct{ out *output }

// NewTranscript is kept as the Spec says of LogFile, LogLimit, TailLines and Tap; the rest of it is not
// looked at. The caller owes one End.
func NewTranscript(s Spec) (*Transcript, error) {
	if s.LogLimit == 0 {
		s.LogLimit = DefaultLogLimit
	}
	if s.TailLines <= 0 {
		s.TailLines = DefaultTailLines
	}
	log, err := openLog(s.LogFile, s.LogLimit)
	if err != nil {
		return nil, err
	}
	return &Transcript{newOutput(log, s.TailLines, s.Tap)}, nil
}

// Add takes one whole line.
func (t *Transcript) Add(l Line) {
	stream := 0
	if l.Stream == Stderr {
		stream = 1
	}
	text := append([]byte(l.Text), '\n')
	lost := t.out.log.write(stream, text)
	t.out.feed(stream, text, l.Time, lost)
}

// Tail is as [Process.Tail].
func (t *Transcript) Tail() []Line { return t.out.lines() }

// Written is how many bytes of lines have come.
func (t *Transcript) Written() int64 {
	t.out.mu.Lock()
	defer t.out.mu.Unlock()
	return t.out.written
}

// Trouble is why the log file is not whole; nil it is.
func (t *Transcript) Trouble() error { return t.out.log.failure() }

// End completes the log file. No Add comes after it.
func (t *Transcript) End() { t.out.end() }
