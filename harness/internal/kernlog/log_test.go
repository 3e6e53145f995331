package kernlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script is a source that adds lines at given times after it was followed.
type script struct {
	lines []at
	end   error // after the last line; nil waits for Stop
	stop  chan struct{}
}

type at struct {
	after time.Duration
	line  Line
}

func play(end error, lines ...at) *Log {
	return Follow(&script{lines, end, make(chan struct{})})
}

func (s *script) Name() string       { return "script" }
func (s *script) CatchUp(func(Line)) {}
func (s *script) Stop()              { close(s.stop) }
func (s *script) Follow(add func(Line)) error {
	begin := time.Now()
	for _, l := range s.lines {
		time.Sleep(l.after - time.Since(begin))
		add(l.line)
	}
	if s.end != nil {
		return s.end
	}
	<-s.stop
	return nil
}

func TestWaitQuiet(t *testing.T) {
	const s = time.Second
	kernel, program := Line{Text: "kernel"}, Line{Text: "program", Facility: 1}
	gone := errors.New("gone")
	for name, c := range map[string]struct {
		lines []at
		end   error
		quiet Quiet
		want  error
		after time.Duration
	}{
		"nothing comes":                                    {nil, nil, Quiet{Silence: s, AtMost: 9 * s}, nil, s},
		"late lines are waited for, each anew":             {[]at{{s / 2, kernel}, {s, kernel}}, nil, Quiet{Silence: s, AtMost: 9 * s}, nil, 2 * s},
		"a line after the silence is not":                  {[]at{{3 * s, kernel}}, nil, Quiet{Silence: s, AtMost: 9 * s}, nil, s},
		"what programs write is not of interest":           {[]at{{s / 2, program}}, nil, Quiet{Silence: s, AtMost: 9 * s}, nil, s},
		"interest decides":                                 {[]at{{s / 2, program}}, nil, Quiet{Silence: s, Interest: func(l Line) bool { return l.Text == "program" }}, nil, s * 3 / 2},
		"somebody keeps talking":                           {[]at{{s, kernel}, {2 * s, kernel}, {3 * s, kernel}, {4 * s, kernel}}, nil, Quiet{Silence: s * 3 / 2, AtMost: 3500 * time.Millisecond}, ErrStillLogging, 3500 * time.Millisecond},
		"a log that ends cannot be judged":                 {[]at{{s / 2, kernel}}, gone, Quiet{Silence: s}, gone, s / 2},
		"the context counts":                               {nil, nil, Quiet{Silence: 100 * s}, context.DeadlineExceeded, 50 * s},
		"no silence asked for: what is there is looked at": {nil, nil, Quiet{}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				log := play(c.end, c.lines...)
				ctx, cancel := context.WithTimeout(t.Context(), 50*s)
				defer cancel()
				err := log.WaitQuiet(ctx, c.quiet)
				if took := time.Since(begin); !errors.Is(err, c.want) || took != c.after {
					t.Errorf("%v after %v, want %v after %v", err, took, c.want, c.after)
				}
				log.Close()
			})
		})
	}
}

func TestSinceGivesWhatCameAfterTheMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := play(nil, at{1 * time.Second, Line{Text: "a"}}, at{2 * time.Second, Line{Text: "b"}}, at{10 * time.Second, Line{Text: "c", Lost: 2}})
		defer log.Close()
		time.Sleep(5 * time.Second)
		mark := log.Mark()
		if got := log.Since(mark); len(got) != 0 {
			t.Error(got)
		}
		time.Sleep(10 * time.Second)
		if got := fmt.Sprint(texts(log.Since(mark)), texts(log.Since(Position{}))); got != "[c 2] [a 0 b 0 c 2]" {
			t.Error(got)
		}
	})
}

func TestALogThatEndsSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("device gone")
		log := play(gone, at{time.Second, Line{Text: "last"}})
		if log.Err() != nil {
			t.Error(log.Err())
		}
		time.Sleep(2 * time.Second)
		if err := log.Err(); !errors.Is(err, gone) || !strings.Contains(err.Error(), "stopped watching the kernel log: script") {
			t.Error(err)
		}
		log.Close()
		if got := texts(log.Since(Position{})); fmt.Sprint(got) != "[last 0]" || log.Err() == nil {
			t.Error(got, log.Err())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		log := play(nil)
		log.Close()
		if err := log.Err(); err != nil {
			t.Error("closing is no failure:", err)
		}
		if err := log.WaitQuiet(t.Context(), Quiet{Silence: time.Hour}); err == nil {
			t.Error("a closed log is quiet")
		}
	})
}

func TestAFileStandsForTheKernelLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kmsg")
	write(t, path, "from before\n")
	log, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	mark := log.Mark()
	write(t, path, "amdgpu: GPU reset begin!\r\nhalf a ")
	expect(t, log, mark, "amdgpu: GPU reset begin! 0")
	write(t, path, "line\n")
	expect(t, log, mark, "amdgpu: GPU reset begin! 0", "half a line 0")
	mark = log.Mark()
	if err := os.WriteFile(path, []byte("new\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	expect(t, log, mark, "new 0")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	expect(t, log, mark, "new 0")
	write(t, path, "again\n")
	expect(t, log, mark, "new 0", "again 0")
	log.Close()
	write(t, path, "too late\n")
	expect(t, log, mark, "new 0", "again 0")

	later := filepath.Join(t.TempDir(), "later")
	log, err = OpenFile(later)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	write(t, later, "first\n")
	if err := log.WaitQuiet(t.Context(), Quiet{Silence: 3 * filePoll}); err != nil {
		t.Error(err)
	}
	if got := texts(log.peek(Position{})); fmt.Sprint(got) != "[first 0]" {
		t.Error("the poller did not see it:", got)
	}
	if _, err := OpenFile(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, log *Log, since Position, want ...string) {
	t.Helper()
	if got := texts(log.Since(since)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func texts(lines []Line) []string {
	var s []string
	for _, l := range lines {
		s = append(s, fmt.Sprint(l.Text, " ", l.Lost))
	}
	return s
}

func TestTheHintFitsTheReason(t *testing.T) {
	denied := []Tried{{kmsgPath, os.ErrPermission}, {"journalctl", errors.New("not installed")}}
	missing := []Tried{{kmsgPath, os.ErrNotExist}, {"journalctl", errors.New("not installed")}}
	for name, c := range map[string]struct {
		tried []Tried
		facts facts
		want  string
	}{
		"dmesg is restricted":      {denied, facts{restricted: "1"}, "sysctl kernel.dmesg_restrict=0"},
		"the device node is tight": {denied, facts{restricted: "0"}, "as root, or join the group systemd-journal"},
		"root in a sandbox":        {denied, facts{root: true, restricted: "1"}, "CAP_SYSLOG"},
		"a user in a container":    {denied, facts{container: true, restricted: "1"}, "sysctl kernel.dmesg_restrict=0"},
		"root in a container":      {denied, facts{container: true, root: true}, "--cap-add SYSLOG"},
		"a container":              {missing, facts{container: true}, "--device /dev/kmsg --cap-add SYSLOG"},
		"no device node":           {missing, facts{}, "devtmpfs"},
	} {
		t.Run(name, func(t *testing.T) {
			err := error(explain(c.tried, c.facts))
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "the kernel log cannot be read here: /dev/kmsg: ") ||
				!strings.Contains(err.Error(), "journalctl: not installed") || !errors.Is(err, c.tried[0].Err) {
				t.Error(err)
			}
		})
	}
}
