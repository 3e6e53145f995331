package process

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

func TestLinesAreTheSameHoweverTheyArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.StringMatching(`[ab\r\xff]{0,5}`)).Draw(t, "lines")
		lastIsOpen := rapid.Bool().Draw(t, "lastIsOpen")
		text := strings.Join(lines, "\n")
		if !lastIsOpen && len(lines) > 0 {
			text += "\n"
		}
		o := newOutput(nil, len(lines)+1, nil)
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			o.feed(0, []byte(rest[:n]), time.Now(), false)
			rest = rest[n:]
		}
		o.copyFrom(0, strings.NewReader(""))
		o.end()
		var want []string
		for l := range strings.Lines(text) {
			want = append(want, strings.TrimSuffix(strings.TrimSuffix(l, "\n"), "\r"))
		}
		got := o.lines()
		if len(got) != len(want) || o.written != int64(len(text)) {
			t.Fatalf("%q: got %v (%d bytes), want %q", text, got, o.written, want)
		}
		for i, l := range got {
			open := i == len(got)-1 && !strings.HasSuffix(text, "\n")
			if l.Text != want[i] || l.Cut != 0 || l.Partial != open || l.Stream != Stdout {
				t.Fatalf("%q: line %d is %+v, want %q", text, i, l, want[i])
			}
		}
	})
}

func TestTheTailIsTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := rapid.IntRange(1, 5).Draw(t, "keep")
		all := rapid.SliceOf(rapid.StringMatching(`[a-z]{0,3}`)).Draw(t, "all")
		o := newOutput(nil, keep, nil)
		for _, l := range all {
			o.feed(1, []byte(l+"\n"), time.Now(), false)
		}
		want := all[max(0, len(all)-keep):]
		got := o.lines()
		if len(got) != len(want) {
			t.Fatalf("got %v, want %q", got, want)
		}
		for i := range got {
			if got[i].Text != want[i] || got[i].Stream != Stderr {
				t.Fatalf("got %v, want %q", got, want)
			}
		}
	})
}

func TestTheLogFileKeepsLinesOfBothStreamsWhole(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "log")
		defer os.Remove(path)
		log, err := openLog(path, -1)
		if err != nil {
			t.Fatal(err)
		}
		rest := [2]string{
			strings.Repeat("out\n", rapid.IntRange(0, 9).Draw(t, "out")),
			strings.Repeat("error\n", rapid.IntRange(0, 9).Draw(t, "err")),
		}
		want := strings.Count(rest[0], "\n") + strings.Count(rest[1], "\n")
		for rest[0]+rest[1] != "" {
			i := rapid.IntRange(0, 1).Draw(t, "stream")
			if rest[i] == "" {
				i = 1 - i
			}
			n := rapid.IntRange(1, len(rest[i])).Draw(t, "n")
			log.write(i, []byte(rest[i][:n]))
			rest[i] = rest[i][n:]
		}
		log.flush(0)
		log.flush(1)
		log.close(nil)
		b, err := os.ReadFile(path)
		if err != nil || log.failure() != nil {
			t.Fatal(err, log.failure())
		}
		if n := strings.Count(string(b), "\n"); n != want {
			t.Fatalf("%d lines, want %d: %q", n, want, b)
		}
		for l := range strings.Lines(string(b)) {
			if l != "out\n" && l != "error\n" {
				t.Fatalf("mixed line %q", l)
			}
		}
	})
}

func TestALineInTheMakingIsInTheTail(t *testing.T) {
	o := newOutput(nil, 10, nil)
	o.feed(0, []byte("load ...."), time.Now(), false)
	if got := o.lines(); len(got) != 1 || !got[0].Partial || got[0].Text != "load ...." {
		t.Errorf("got %+v", got)
	}
	o.feed(0, []byte(" ok\n"), time.Now(), false)
	if got := o.lines(); len(got) != 1 || got[0].Partial || got[0].Text != "load .... ok" {
		t.Errorf("got %+v", got)
	}
}

func TestAReadErrorEndsTheStreamAndKeepsWhatCame(t *testing.T) {
	o := newOutput(nil, 10, nil)
	o.copyFrom(1, io.MultiReader(strings.NewReader("last wor"), iotest.ErrReader(errors.New("gone"))))
	if got := o.lines(); len(got) != 1 || !got[0].Partial || got[0].Text != "last wor" {
		t.Errorf("got %+v", got)
	}
}

func TestASubscriberThatDoesNotReadLosesLinesAndDelaysNobody(t *testing.T) {
	o := newOutput(nil, 3, nil)
	o.feed(0, []byte("1\n2\n3\n4\n"), time.Now(), false)
	s := o.subscribe(2)
	late := o.subscribe(5)
	o.feed(0, []byte("5\n6\n7\n8\n"), time.Now(), false)
	o.end()
	var got []string
	for l := range s.C {
		got = append(got, l.Text)
	}
	if strings.Join(got, "") != "23456" || s.Dropped() != 2 {
		t.Errorf("got %q, dropped %d", got, s.Dropped())
	}
	late.Close()
	late.Close()
	if after := o.subscribe(1); len(after.C) != 3 {
		t.Errorf("after the end: %d lines", len(after.C))
	}
}

func TestAFullDiskIsTroubleAndDoesNotStopTheCommand(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full on this system")
	}
	l := &logFile{f: full, limit: -1}
	if lost := l.write(0, []byte("a\nb\n")); !lost {
		t.Error("nothing was lost")
	}
	l.write(0, bytes.Repeat([]byte("x"), 1<<20))
	l.close(nil)
	if l.failure() == nil {
		t.Error("no error is kept")
	}
}

func TestTheTapGetsEveryLineOnce(t *testing.T) {
	var heard []string
	s := shell("for i in 1 2 3; do echo out$i; echo err$i >&2; done; printf end")
	s.Tap = func(l Line) { heard = append(heard, l.Stream+" "+l.Text) }
	p := start(t, s)
	done(t, p)
	slices.Sort(heard)
	want := []string{"stderr err1", "stderr err2", "stderr err3", "stdout end", "stdout out1", "stdout out2", "stdout out3"}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %q", heard)
	}
}
