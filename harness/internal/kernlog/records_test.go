package kernlog

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOverwrittenRecordsAreCounted plays a device that reads as scripted.
func TestOverwrittenRecordsAreCounted(t *testing.T) {
	failure := errors.New("no such device")
	script := []any{
		"6,10,1,-;first\n", "6,11,1,-;second\\x0aof two lines\n", readLost, "6,500,1,-;after a gap\n", "what is this", "6,501,1,-;next\n",
		readNothing,
		readLost, readLost, "6,600,1,-;again\n",
		failure,
	}
	var got []string
	add := func(l Line) { got = append(got, fmt.Sprint(l.Seq, " ", l.Text, " ", l.Lost)) }
	read := func(b []byte) (int, readState, error) {
		next := script[0]
		script = script[1:]
		switch next := next.(type) {
		case string:
			return copy(b, next), readRecord, nil
		case readState:
			return 0, next, nil
		}
		return 0, readFailed, next.(error)
	}
	var r records
	if err := r.drain(read, add); err != nil || script[0] != readLost {
		t.Fatal(err, script)
	}
	if err := r.drain(read, add); err != failure {
		t.Fatal(err)
	}
	want := []string{"10 first 0", "11 second 0", "11 of two lines 0", "500 after a gap 488", "0 what is this 0", "501 next 0", "600 again 98"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestALossBeforeTheFirstRecordIsAtLeastOne(t *testing.T) {
	r := records{gap: true}
	if got := r.lines("6,500,1,-;x\n"); got[0].Lost != 1 {
		t.Errorf("%+v", got)
	}
	if got := r.lines("6,501,1,-;x\n"); got[0].Lost != 0 || got[0].Wall.IsZero() {
		t.Errorf("%+v", got)
	}
}
