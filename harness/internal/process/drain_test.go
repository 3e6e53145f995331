//go:build linux

package process

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestALateReaderLosesNothing: what was written before the end is read, however late we come to it.
func TestALateReaderLosesNothing(t *testing.T) {
	ended := make(chan struct{})
	var texts []string
	spec := shell("echo first; seq 50000; echo the last words")
	spec.Tap = func(l Line) {
		if l.Text == "first" {
			<-ended
			<-time.After(2 * drainLimit) // as if all that time the machine had been busy with others
		}
		texts = append(texts, l.Text)
	}
	p := start(t, spec)
	<-p.Exited()
	close(ended)
	<-p.Done()
	if len(texts) != 50_002 || texts[len(texts)-1] != "the last words" {
		t.Errorf("%d lines; the last is %q", len(texts), texts[len(texts)-1])
	}
}

// TestAnEndThatNeverComes: a pipe that something else holds open ends all the same, silent or flooded.
func TestAnEndThatNeverComes(t *testing.T) {
	for _, flood := range []bool{false, true} {
		t.Run(fmt.Sprintf("flood %v", flood), func(t *testing.T) {
			r, w, err := outputPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if _, err := w.WriteString("the last words\n"); err != nil {
				t.Fatal(err)
			}
			d := &drain{file: r}
			o := newOutput(nil, 10, nil)
			read := make(chan struct{})
			go func() { defer close(read); o.copyFrom(1, d) }()
			if flood {
				go func() {
					for line := []byte(strings.Repeat("x", 999) + "\n"); ; {
						if _, err := w.Write(line); err != nil {
							return
						}
					}
				}()
			}
			d.end()
			select {
			case <-read:
			case <-time.After(time.Minute):
				t.Fatal("still reading")
			}
			r.Close()
			if lines := o.lines(); lines[0].Text != "the last words" && !flood {
				t.Errorf("got %v", lines)
			}
			if _, err := w.WriteString("x"); err == nil {
				t.Error("it can still be written to")
			}
		})
	}
}
