//go:build linux

package process

import (
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestANameCannotConfuseTheStatusParser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z() \n0-9]{0,15}`).Draw(t, "name")
		line := "71 (" + name + ") S 1 70 70 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 8123 9 10\n"
		p, err := parseStat([]byte(line))
		want := procStat{procID: procID{71, 8123}, name: name, state: 'S', parent: 1, group: 70}
		if err != nil || p != want {
			t.Fatalf("got %+v (%v)", p, err)
		}
	})
}

func TestBadStatusIsAnError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := "71 (name) S 1 70 70 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 8123"
		cut := rapid.IntRange(0, strings.LastIndex(good, " ")).Draw(t, "cut")
		if p, err := parseStat([]byte(good[:cut])); err == nil {
			t.Fatalf("%q: got %+v", good[:cut], p)
		}
	})
}

func TestAliveNeedsBothNumberAndTime(t *testing.T) {
	pid := os.Getpid()
	start, err := StartTimeOf(pid)
	if err != nil || start == 0 {
		t.Fatal(start, err)
	}
	if !Alive(pid, start) || Alive(pid, start+1) || Alive(1<<30, start) {
		t.Error("wrong")
	}
	if _, err := StartTimeOf(1 << 30); err == nil {
		t.Error("no error")
	}
	if id, err := BootID(); err != nil || len(id) != 36 {
		t.Error(id, err)
	}
}

func TestKillExactlySparesALaterProcessWithTheSameNumber(t *testing.T) {
	p := start(t, shell("sleep 1000"))
	if err := killExactly(procID{p.PID(), p.StartTime() + 1}); err == nil {
		t.Error("no error")
	}
	if !Alive(p.PID(), p.StartTime()) {
		t.Error("killed")
	}
}

func TestDescendantsAreFoundInDepth(t *testing.T) {
	p := start(t, shell("sh -c 'sleep 1000 & echo deep $!; wait'; :"))
	deep := number(t, p, "deep")
	if got := Descendants(p.PID()); !slices.Contains(got, deep) || len(got) != 2 {
		t.Errorf("got %v, want %d among two", got, deep)
	}
	if got := Descendants(os.Getpid()); !slices.Contains(got, p.PID()) {
		t.Errorf("got %v, want %d in it", got, p.PID())
	}
}

func TestAListenerIsFoundByItsPort(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::]:0", "[::1]:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			if strings.HasPrefix(addr, "[") {
				t.Logf("%s: no IPv6 here: %v", addr, err)
				continue
			}
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		pid, name, err := ListenerPID(port)
		if err != nil || pid != os.Getpid() || !strings.HasPrefix(name, "process") {
			t.Errorf("%s: got %d %q (%v)", addr, pid, name, err)
		}
		l.Close()
		if pid, name, err := ListenerPID(port); err != nil || pid != 0 || name != "" {
			t.Errorf("%s closed: got %d %q (%v)", addr, pid, name, err)
		}
	}
}

func TestListenersAreReadFromTheKernelsTables(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
   2: 0500A8C0:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
   3: 0100007F:1F92 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 444 1 0 100 0 0 10 0
   4: 00000000000000000000000000000000:1F93 00000000000000000000000000000000:0000 0A 0:0 00:0 0 7 0 555 1
   5: 0000000000000000FFFF00000100007F:1F94 00000000000000000000000000000000:0000 0A 0:0 00:0 0 7 0 666 1
   6: 000080FE00000000FF005450B6F7D2FE:1F95 00000000000000000000000000000000:0000 0A 0:0 00:0 0 7 0 777 1
   7: 00000000000000000000000001000000:1F96 00000000000000000000000000000000:0000 0A 0:0 00:0 0 7 0 888 1
   8: garbage 0A
`
	want := []listener{
		{8080, true, "1000", "111"}, {80, true, "0", "222"}, {8081, false, "0", "333"},
		{8083, true, "7", "555"}, {8084, true, "7", "666"}, {8085, false, "7", "777"}, {8086, true, "7", "888"},
	}
	if got := parseListeners(table); !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
