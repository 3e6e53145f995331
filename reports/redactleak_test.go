package reports

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// secret is something that must not show, written as it may come, and the part of it that would tell.
type secret struct{ text, core string }

func drawSecret(t *rapid.T, known Identity) secret {
	byte1 := rapid.IntRange(1, 254)
	word := rapid.StringMatching(`[a-z]{3}[0-9][a-z]{4}`)
	user, host := "u"+word.Draw(t, "user"), "h"+word.Draw(t, "host")
	key := rapid.StringMatching(`[A-Z]{4}[a-z]{4}[0-9]{8}`).Draw(t, "key")
	v4 := fmt.Sprintf("%d.%d.%d.%d", rapid.SampledFrom([]int{10, 172, 192, 203}).Draw(t, "a"), byte1.Draw(t, "b"), byte1.Draw(t, "c"), byte1.Draw(t, "d"))
	v6 := fmt.Sprintf("fd%02x:%x::%x", byte1.Draw(t, "e"), byte1.Draw(t, "f")+256, byte1.Draw(t, "g")+256)
	return rapid.SampledFrom([]secret{
		{v4, v4}, {v4 + ":50052", v4}, {"http://" + v4 + "/v1", v4}, {"10.9.\x1b[1m8.7", "10.9.8.7"},
		{v6, v6}, {"[" + v6 + "]:8080", v6}, {"RPC[" + v4 + ":1]", v4},
		{known.Hosts[0], known.Hosts[0]}, {strings.ToUpper(known.Hosts[0]) + ".lan", known.Hosts[0]}, {"RPC0[" + host + ":50052] " + host, host},
		{"ssh " + user + "@" + host + " nice", user}, {"ssh " + user + "@" + host, host}, {"http://" + host + ":8080/health", host},
		{known.Users[0], known.Users[0]}, {"/home/" + user + "/m.gguf", user}, {"/var/home/" + user, user}, {"/Users/" + user + "/x " + user, user},
		{`C:\Users\` + user + `\m.gguf`, user}, {"/root/.cache", "/root"}, {"/mnt/home/" + user, user},
		{"Bearer " + key, key}, {"--api-key " + key, key}, {"hf_" + key, key}, {"sk-" + key, key}, {"HF_TOKEN=" + key, key}, {"api_key: " + key, key},
		{user + "@" + host + ".com", user}, {"02:42:ac:11:00:" + fmt.Sprintf("%02x", byte1.Draw(t, "mac")), "02:42:ac:11:00"},
		{"GPU-1b2c3d4e-0000-1111-2222-333344445555", "333344445555"},
	}).Draw(t, "secret")
}

// plant puts a text around or in place of some of the texts of a value, whatever they are.
func plant(t *rand.Rand, v reflect.Value, text string) {
	put := func(v reflect.Value) {
		switch t.IntN(6) {
		case 0:
			v.SetString(text)
		case 1:
			v.SetString(v.String() + " " + text + ", " + v.String())
		case 2:
			v.SetString("(" + text + ")\n" + v.String())
		}
	}
	switch v.Kind() {
	case reflect.String:
		put(v)
	case reflect.Slice:
		for i := range min(v.Len(), 40) {
			plant(t, v.Index(i), text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			plant(t, v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() && f.Type() != timeType && f.Type() != shapeType {
				plant(t, f, text)
			} else if f.CanSet() && f.Type() == shapeType && !strings.ContainsAny(text, "\x1b") && t.IntN(4) == 0 {
				if s, err := shapes.New(shapes.Span{Family: "repeat", Word: text}); err == nil {
					f.Set(reflect.ValueOf(s))
				}
			}
		}
	}
}

// Wherever a record holds something sensitive, no format of the report shows it, and the checker agrees.
func TestNothingSensitiveInAnyFormat(t *testing.T) {
	known := Identity{Hosts: []string{"strixbox"}, Users: []string{"gerdamuster"}}
	rapid.Check(t, func(rt *rapid.T) {
		record := crowded(t)
		planted := drawSecret(rt, known)
		plant(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)), reflect.ValueOf(&record).Elem(), planted.text)
		s := NewRedactor(known).Summary(Summarize(record))
		for _, format := range Formats() {
			got := render(t, format, s, TextOptions{Width: 2000})
			if at := strings.Index(strings.ToLower(got), strings.ToLower(planted.core)); at >= 0 {
				rt.Fatalf("%s shows %q of %q: …%s…", format, planted.core, planted.text, got[max(0, at-150):min(len(got), at+100)])
			}
			if leaks := Leaks(got, known); len(leaks) > 0 {
				rt.Fatalf("%s, after %q: %v", format, planted.text, leaks[0])
			}
		}
	})
}

// crowded is a small record that has something of every kind.
func crowded(t testing.TB) trial.Record {
	r := troubled(t)
	keep := map[string]bool{}
	r.Cells = append(r.Cells[2:4:4], r.Cells[21:]...)
	for _, c := range r.Cells {
		keep[c.ID()] = true
	}
	var attempts []trial.Attempt
	for _, a := range r.Attempts {
		if keep[a.CellID] {
			attempts = append(attempts, a)
		}
	}
	r.Attempts = attempts
	r.Run.Target.Topology.Peers = []string{"peer-a:50052"}
	return r
}

// The checker finds what is there when nothing was redacted.
func TestTheCheckerFindsWhatWasPlanted(t *testing.T) {
	known := Identity{Hosts: []string{"strixbox"}, Users: []string{"gerdamuster"}}
	for _, text := range []string{
		"10.0.0.5", "[fd00::17]:80", "/home/otto/x", "/root/x", `C:\\Users\\otto`, "otto@firm.example.com", "Bearer abcdef1", "hf_abcdefgh12345678",
		"sk-proj-12345678", "on strixbox:50052", "by gerdamuster", "02:42:ac:11:00:02", "10&#46;0&#46;0&#46;5", "CAST(X'31302e302e302e35' AS TEXT)",
		`"10.0.\u001b[0m0.5"`, "http://10.0.0.5:80/", "10.0.\x1b[1m0.5",
	} {
		if leaks := Leaks("harmless\n"+text+"\n", known); len(leaks) == 0 || leaks[0].Line != 2 {
			t.Errorf("%s: %v", text, leaks)
		}
	}
	for _, text := range []string{"127.0.0.1:80", "rocm-7.2.4.1", "ip-1:50052", "user-1@host-1", "~/m.gguf", "Bearer key-1", "0000:c5:00.0", "10:15:00", "std::abort", "0.00.100.000 I srv"} {
		if leaks := Leaks(text, known); len(leaks) > 0 {
			t.Errorf("%s: %v", text, leaks)
		}
	}
}

// Placeholders depend on the values and their order, not on anything else.
func TestRedactionIsStable(t *testing.T) {
	record := crowded(t)
	record.Notes = []string{"10.0.0.9 10.0.0.5 bee 10.0.0.9"}
	record.Run.Target.Topology.Peers = []string{"10.0.0.5:1", "bee:2"}
	first := NewRedactor(Identity{}).Summary(Summarize(record))
	for range 3 {
		again := NewRedactor(Identity{}).Summary(Summarize(record))
		if !reflect.DeepEqual(first, again) {
			t.Fatal("two redactions differ")
		}
	}
	if got := first.Notes[0]; got != "ip-2 ip-1 host-1 ip-2" {
		t.Errorf("got %q", got)
	}
	if twice := NewRedactor(Identity{}).Summary(first); !reflect.DeepEqual(twice, first) {
		t.Error("redacting what is redacted changes it")
	}
}

// A line of a page may be megabytes long; looking through it takes no more time than it has bytes.
func TestTheCheckerTakesLongLines(t *testing.T) {
	line := strings.Repeat(`{"a":"version 1.2.3.4 at 12.34.5.6789 x@y /home/ ab::cd word word-2"},`, 40000)
	began := time.Now()
	if leaks := Leaks(line+"10.0.0.5", Identity{Hosts: []string{"strixbox"}}); len(leaks) != 1 {
		t.Errorf("%d leaks", len(leaks))
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("%d bytes take %v", len(line), took)
	}
}
