//go:build linux

package process

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestVitalsOfThisProcess(t *testing.T) {
	before, err := VitalsOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	grown := make([]byte, 32<<20)
	for i := range grown {
		grown[i] = byte(i)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	fmt.Fprintf(null, "%s", grown)
	after, err := VitalsOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if before.Resident < 1<<20 || before.Peak < before.Resident/2 || before.States == "" {
		t.Errorf("%+v", before)
	}
	if after.Written-before.Written < 32<<20 || after.Resident <= before.Resident || !after.Moved(before) || before.Moved(before) {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

func TestVitalsOfNobody(t *testing.T) {
	if _, err := VitalsOf(1 << 30); err == nil || !strings.Contains(err.Error(), "1073741824") {
		t.Errorf("%v", err)
	}
}

// TestPortrait looks at a shell that waits for its child, which has stopped itself.
func TestPortrait(t *testing.T) {
	p := start(t, shell(`/bin/sh -c 'kill -STOP $$; :' & wait`))
	limit := time.Now().Add(patience)
	for {
		v, err := VitalsOf(p.PID())
		if err != nil {
			t.Fatal(err)
		}
		if v.States == "ST" {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("the states are still %q", v.States)
		}
	}
	text := Portrait(p.PID())
	for _, want := range []string{"kill -STOP $$", `"sh" S`, `"sh" T`, "State:\tT (stopped)", "VmRSS", "system call"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
