package kernlog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRecordsOfTheKernelLog(t *testing.T) {
	for name, c := range map[string]struct {
		record string
		want   []Line
	}{
		"a program's line, as Linux 6.18 gave it": {
			"13,344,7840375575,-;ctxcliff probe h\\xc3\\xa9llo \\x5c tab\\x09end\n",
			[]Line{{Seq: 344, Mono: 7840375575 * time.Microsecond, Level: 5, Facility: 1, Text: "ctxcliff probe héllo \\ tab\tend"}}},
		"the device in the dictionary, and the caller": {
			"3,1200,99,-,caller=T17;amdgpu: [gfxhub] page fault\n SUBSYSTEM=pci\n DEVICE=+pci:0000:c3:00.0\n",
			[]Line{{Seq: 1200, Mono: 99 * time.Microsecond, Level: 3, Device: "pci:0000:c3:00.0", Text: "amdgpu: [gfxhub] page fault"}}},
		"a text of several lines": {
			"4,7,8,c;one\\x0atwo\\x0d\\x0a",
			[]Line{{Seq: 7, Mono: 8000, Level: 4, Text: "one"}, {Seq: 7, Mono: 8000, Level: 4, Text: "two"}}},
		"semicolons in the text": {
			"6,1,2,-;a;b;c\n", []Line{{Seq: 1, Mono: 2000, Level: 6, Text: "a;b;c"}}},
		"an empty text": {"6,1,2,-;\n", []Line{{Seq: 1, Mono: 2000, Level: 6}}},
		"colours stay spelled": {
			"6,1,2,-;\\x1b[31mred\\xff\n", []Line{{Seq: 1, Mono: 2000, Level: 6, Text: `\x1b[31mred\xff`}}},
		"a backslash that begins nothing": {
			"6,1,2,-;a\\xz b\\x4\n", []Line{{Seq: 1, Mono: 2000, Level: 6, Text: `a\xz b\x4`}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := parseRecord(c.record)
			if !ok {
				t.Fatal("refused")
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	for _, bad := range []string{"", "no prefix", "4,5;two fields", "x,5,6,-;t", "4,-5,6,-;t", "4,5,-6,-;t", "4,5,9223372036854775807,-;t", "-1,5,6,-;t"} {
		if got, ok := parseRecord(bad); ok {
			t.Errorf("%q gave %+v", bad, got)
		}
	}
}

// TestWhatTheKernelEscapesComesBack writes a record as the kernel does
// (msg_print_ext_body in kernel/printk/printk.c) and reads it.
func TestWhatTheKernelEscapesComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune{'a', ' ', '\\', 'x', '4', ';', ',', '=', 'é', '漢', '\t'})).Draw(t, "text")
		got, ok := parseRecord(fmt.Sprintf("12,9,1000,-;%s\n SUBSYSTEM=a\n", kernelEscape(text)))
		if !ok || len(got) != 1 || got[0].Text != text {
			t.Fatalf("%q came back as %+v", text, got)
		}
	})
}

func kernelEscape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c >= 127 || c == '\\' {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func TestEntriesOfTheJournal(t *testing.T) {
	const rest = `"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1700000000000001","_SOURCE_MONOTONIC_TIMESTAMP":"629801070","PRIORITY":"3","SYSLOG_FACILITY":"0","_KERNEL_DEVICE":"+pci:0000:c3:00.0"`
	line := func(text string) Line {
		return Line{Mono: 629801070 * time.Microsecond, Wall: time.UnixMicro(1700000000000001), Level: 3, Device: "pci:0000:c3:00.0", Text: text}
	}
	for name, c := range map[string]struct {
		message string
		want    []Line
	}{
		"text":                       {`"GPU reset begin!"`, []Line{line("GPU reset begin!")}},
		"bytes that are not UTF-8":   {`[71,80,85,255,10,120]`, []Line{line(`GPU\xff`), line("x")}},
		"several messages":           {`["first","second"]`, []Line{line("first")}},
		"several messages of bytes":  {`[[65,66],"second"]`, []Line{line("AB")}},
		"too long to be shown":       {`null`, []Line{line("")}},
		"no bytes":                   {`[]`, []Line{line("")}},
		"control characters in JSON": {`"a\u001b[0mb\u2028c\tend"`, []Line{line(`a\x1b[0mb\xe2\x80\xa8c` + "\tend")}},
	} {
		t.Run(name, func(t *testing.T) {
			got, cursor, err := parseEntry([]byte(`{"MESSAGE":` + c.message + `,` + rest + `}`))
			if err != nil || cursor != "s=1;i=2" {
				t.Fatal(err, cursor)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	got, cursor, err := parseEntry([]byte(`{"MESSAGE":"bare","PRIORITY":"9","SYSLOG_FACILITY":"x"}`))
	if d := cmp.Diff([]Line{{Level: -1, Facility: -1, Text: "bare"}}, got); d != "" || cursor != "" || err != nil {
		t.Error(d, cursor, err)
	}
	for _, bad := range []string{"", "{", "[]", "-- No entries --", `{"MESSAGE":[1,"a"]}`, `{"MESSAGE":[256]}`, `{"MESSAGE":[[[1]]]}`, `{"MESSAGE":{}}`} {
		if got, _, err := parseEntry([]byte(bad)); err == nil {
			t.Errorf("%s gave %+v", bad, got)
		}
	}
}

func TestGarbageBetweenEntriesIsCountedAsLost(t *testing.T) {
	long, _ := json.Marshal(map[string]string{"MESSAGE": strings.Repeat("x", 2*maxEntry)})
	in := `{"MESSAGE":"one"}` + "\nnonsense\n\n" + string(long) + "\n" + `{"MESSAGE":"two"}` + "\n" + `{"MESSAGE":"unfinished`
	var got []string
	readEntries(strings.NewReader(in), func(l Line) { got = append(got, fmt.Sprint(l.Text, " ", l.Lost)) })
	if d := cmp.Diff([]string{"one 0", "two 2"}, got); d != "" {
		t.Error(d)
	}
}

func TestALineIsPrintedAsDmesgDoes(t *testing.T) {
	for want, l := range map[string]Line{
		"[  629.801070] hello": {Mono: 629801070 * time.Microsecond, Text: "hello"},
		"just text":            {Text: "just text"},
		strings.Repeat("y", maxText) + " [5 bytes cut]": Line{}.lines(strings.Repeat("y", maxText+5))[0],
	} {
		if got := l.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add("13,344,7840375575,-;ctxcliff probe h\\xc3\\xa9llo \\x5c\\x0a two\n DEVICE=+pci:0000:c3:00.0\n")
	f.Add("6,1,2,-;\\x1b[31m\\xff\\x\\")
	f.Fuzz(func(t *testing.T, record string) {
		lines, ok := parseRecord(record)
		if ok != (len(lines) > 0) {
			t.Fatal(ok, lines)
		}
		harmless(t, lines)
	})
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"MESSAGE":[71,80,85,255,10,120],"PRIORITY":"3","__REALTIME_TIMESTAMP":"1700000000000001","__CURSOR":"c"}`))
	f.Add([]byte(`{"MESSAGE":[["a\u001b"],null],"_SOURCE_MONOTONIC_TIMESTAMP":["1","2"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, _, err := parseEntry(data)
		if (err == nil) != (len(lines) > 0) {
			t.Fatal(err, lines)
		}
		harmless(t, lines)
	})
}

// harmless checks what Line promises of its text.
func harmless(t *testing.T, lines []Line) {
	t.Helper()
	for _, l := range lines {
		for _, s := range []string{l.Text, l.Device} {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) {
				t.Fatalf("%q", s)
			}
		}
		if len(l.Text) > 4*maxText+100 || l.Mono < 0 || l.Level < -1 || l.Level > 7 {
			t.Fatalf("%+v", l)
		}
	}
}
