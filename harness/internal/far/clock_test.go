package far

import (
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
)

// TestClocks: the quickest answer counts, to half of its time, and what comes from there is moved by it.
func TestClocks(t *testing.T) {
	const ahead = 90 * time.Second
	now := time.Now()
	var c clock
	for id, rtt := range []time.Duration{time.Second, 4 * time.Millisecond, 300 * time.Millisecond} {
		there := now.Add(ahead + rtt/4) // the way there was the shorter one
		c.ask(uint64(id), now)
		c.answer(uint64(id), now.Add(rtt), there.UnixNano())
	}
	c.answer(99, now, 0) // nobody asked
	got, uncertain := c.offset()
	if uncertain != 2*time.Millisecond || (got-ahead).Abs() > uncertain {
		t.Errorf("%v ahead, give or take %v", got, uncertain)
	}
	text, err := process.NewTranscript(process.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	p := &Peer{text: text, exited: make(chan struct{}), done: make(chan struct{})}
	p.take(message{Is: isLines, Lines: []line{{At: now.Add(ahead).UnixNano(), Text: []byte("\xffnot UTF-8"), Stderr: true}}}, ahead)
	p.take(message{Is: isDone, Exit: &process.Exit{Signal: "SIGSEGV", At: now.Add(ahead)}}, ahead)
	exit, ended := p.Exit()
	if l := p.Tail()[0]; !ended || !exit.At.Equal(now) || !l.Time.Round(0).Equal(now.Round(0)) || l.Text != "\xffnot UTF-8" || l.Stream != process.Stderr {
		t.Errorf("%+v, %+v", exit, l)
	}
}
