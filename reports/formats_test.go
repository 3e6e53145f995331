package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"math/rand/v2"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ctxcliff/harness/trial"
)

var records = []struct {
	name string
	make func(testing.TB) trial.Record
}{{"all-pass", allPass}, {"troubled", troubled}, {"many-columns", manyColumns}, {"hostile", hostile}, {"side-by-side", sideBySide}, {"empty", func(testing.TB) trial.Record { return trial.Record{} }}}

func render(t testing.TB, format string, s Summary, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, s, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, r := range records {
		s := Summarize(r.make(t))
		for _, format := range Formats() {
			if r.name == "many-columns" && format != "text" {
				continue // these have no columns to run out of
			}
			got := render(t, format, s, TextOptions{Glyphs: true, Width: 80})
			if format == "html" { // what is the same in every page is in reports/page
				got = strings.NewReplacer(pageStyle, "…", pageScript, "…", strings.ReplaceAll(template.HTMLEscapeString(pagePolicy), "+", "&#43;"), "…").Replace(got)
			}
			golden(t, r.name+"."+format, []byte(got))
		}
		golden(t, r.name+".letters.text", []byte(render(t, "text", s, TextOptions{})))
		golden(t, r.name+".colour.text", []byte(render(t, "text", s, TextOptions{Glyphs: true, Color: true, Width: 120})))
	}
}

func TestTheOrderOfTheRecordDoesNotMatter(t *testing.T) {
	for _, r := range records {
		straight, shuffled := r.make(t), r.make(t)
		random := rand.New(rand.NewPCG(1, 2))
		random.Shuffle(len(shuffled.Attempts), func(i, j int) {
			shuffled.Attempts[i], shuffled.Attempts[j] = shuffled.Attempts[j], shuffled.Attempts[i]
		})
		random.Shuffle(len(shuffled.Starts), func(i, j int) { shuffled.Starts[i], shuffled.Starts[j] = shuffled.Starts[j], shuffled.Starts[i] })
		for _, format := range Formats() {
			a, b := render(t, format, Summarize(straight), TextOptions{Glyphs: true}), render(t, format, Summarize(shuffled), TextOptions{Glyphs: true})
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s as %s: %s", r.name, format, diff)
			}
		}
	}
}

func TestRenderingChangesNothing(t *testing.T) {
	for _, r := range records {
		record := r.make(t)
		s := Summarize(record)
		for range 2 {
			for _, format := range Formats() {
				render(t, format, s, TextOptions{Color: true})
			}
		}
		if !reflect.DeepEqual(record, r.make(t)) {
			t.Errorf("%s: the record is not what it was", r.name)
		}
		if a, b := render(t, "json", s, TextOptions{}), render(t, "json", Summarize(record), TextOptions{}); a != b {
			t.Errorf("%s: the summary is not what it was", r.name)
		}
	}
}

func TestSameTotalsInEveryFormat(t *testing.T) {
	for _, r := range records {
		s := Summarize(r.make(t))
		want := fmt.Sprintf("%s, %s in %s", count(s.Totals.Cells, "cell"), count(s.Totals.Unexpected, "failure"), duration(s.Took))
		for _, format := range []string{"text", "md", "origin", "github", "html"} {
			if got := render(t, format, s, TextOptions{}); !strings.Contains(got, want) {
				t.Errorf("%s as %s lacks %q", r.name, format, want)
			}
		}
		var d struct {
			Cells   []struct{ Verdict, Outcome string }
			Summary struct {
				Cells, Tested, Unexpected_failures int
				Outcomes, Verdicts                 map[string]int
			}
		}
		if err := json.Unmarshal([]byte(render(t, "json", s, TextOptions{})), &d); err != nil {
			t.Fatal(err)
		}
		outcomes, verdicts := map[string]int{}, map[string]int{}
		for _, c := range d.Cells {
			outcomes[c.Outcome]++
			verdicts[c.Verdict]++
		}
		if diff := cmp.Diff(outcomes, d.Summary.Outcomes) + cmp.Diff(verdicts, d.Summary.Verdicts); diff != "" {
			t.Errorf("%s: the summary counts otherwise than its cells: %s", r.name, diff)
		}
		if n := verdicts["breaks"] + verdicts["flaky"]; n != d.Summary.Unexpected_failures || len(d.Cells) != d.Summary.Cells {
			t.Errorf("%s: %d failures and %d cells are said to be %d and %d", r.name, n, len(d.Cells), d.Summary.Unexpected_failures, d.Summary.Cells)
		}
	}
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestLinesFitTheScreen(t *testing.T) {
	for _, r := range records[:3] {
		s := Summarize(r.make(t))
		for _, w := range []int{60, 66, 72, 80, 100, 160} {
			for _, o := range []TextOptions{{Width: w}, {Width: w, Glyphs: true}, {Width: w, Glyphs: true, Color: true}} {
				for line := range strings.Lines(render(t, "text", s, o)) {
					line = colours.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
					if width(line) > w && !strings.Contains(line, "/models/") {
						t.Errorf("%s: %d columns where there are %d: %s", r.name, width(line), w, line)
					}
				}
			}
		}
	}
}

func TestLettersAreASCII(t *testing.T) {
	for _, r := range records[:3] {
		for i, c := range render(t, "text", Summarize(r.make(t)), TextOptions{}) {
			if c > 0x7e {
				t.Fatalf("%s: %q at byte %d", r.name, c, i)
			}
		}
	}
}

func TestHostileTextSteersNothing(t *testing.T) {
	s := Summarize(hostile(t))
	for _, format := range []string{"text", "md", "origin"} {
		got := render(t, format, s, TextOptions{Glyphs: true})
		for i, c := range got {
			if c != '\n' && unprintable(c) {
				t.Errorf("%s: %q at byte %d", format, c, i)
			}
		}
		if !utf8.ValidString(got) {
			t.Errorf("%s is not UTF-8", format)
		}
	}
	for _, format := range []string{"md", "origin"} {
		got := render(t, format, s, TextOptions{})
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, "# heading") {
				t.Errorf("%s: a hostile heading", format)
			}
		}
		if strings.Contains(strings.ToLower(got), "<script") {
			t.Errorf("%s holds a script", format)
		}
		if a, b := strings.Count(got, "<details>"), strings.Count(got, "</details>"); a != b {
			t.Errorf("%s: %d details are opened, %d closed", format, a, b)
		}
		if a, b := strings.Count(got, "<pre>"), strings.Count(got, "</pre>"); a != b {
			t.Errorf("%s: %d pre are opened, %d closed", format, a, b)
		}
		if !strings.Contains(html.UnescapeString(got), "pipe `tick` </details><script>alert(1)</script>") {
			t.Errorf("%s does not show the text as it was", format)
		}
	}
}

// Every row of a table has as many cells as its head, whatever the texts hold.
func TestMarkdownTablesAreWhole(t *testing.T) {
	for _, r := range records {
		s := Summarize(r.make(t))
		for _, format := range []string{"md", "origin"} {
			cells, inPre := 0, false
			for line := range strings.Lines(render(t, format, s, TextOptions{})) {
				inPre = strings.HasPrefix(line, "<pre>") || inPre && !strings.HasPrefix(line, "</pre>")
				if inPre || !strings.HasPrefix(line, "|") {
					cells = 0
					continue
				}
				n := strings.Count(line, "|")
				if cells == 0 {
					cells = n
				}
				if n != cells {
					t.Errorf("%s as %s: %d cells instead of %d in %s", r.name, format, n-1, cells-1, line)
				}
			}
		}
	}
}

// What bash makes of a quoted word is the word.
func TestQuote(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to ask")
	}
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.OneOf(
			rapid.Map(rapid.SliceOf(rapid.ByteRange(1, 255)), func(b []byte) string { return string(b) }),
			rapid.StringMatching(`[-a-z'"$\\ \n*~#!\x60é]*`),
		), 1, 8).Draw(rt, "words")
		for i, w := range words {
			words[i] = strings.TrimPrefix(w, "~/")
		}
		out, err := exec.Command(bash, "-c", "printf '%s\\0' "+commandLine(words)).Output()
		if err != nil {
			rt.Fatal(err)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !reflect.DeepEqual(got, words) {
			rt.Fatalf("%s became %q, was %q", commandLine(words), got, words)
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                            "plain",
		"\x1b[1;31mred\x1b[0m":             "red",
		"\x1b]0;title\x07after":            "after",
		"\x1b]8;;http://x\x1b\\link":       "link",
		"\x1bPq#0;2\x1b\\after\x1b(B":      "after",
		"cursor\x1b[2J\x1b[H\x1b7":         "cursor",
		"lone \x1b":                        "lone \uFFFD",
		"a\r\nb\tc":                        "a  b c",
		"\u009b31mred":                     "red",
		"bad \xff byte":                    "bad \uFFFD byte",
		"turned \u202Eround":               "turned \uFFFDround",
		"cut \x1b[31":                      "cut \uFFFD[31",
		"\x1b\x1b[31m[31mnested \x1b[\x1b": "\uFFFD[31mnested \uFFFD[\uFFFD",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(rt, "bytes"))
		if got := clean(in); !utf8.ValidString(got) || strings.ContainsFunc(got, unprintable) || clean(got) != got {
			rt.Fatalf("clean(%q) = %q", in, got)
		}
	})
}

// Whatever text comes in, Markdown shows that text: nothing in it is structure.
func TestCodeAndProseHoldAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := rapid.StringMatching("[-a<>&|`*_\\[\\]#\\\\ ]*").Draw(rt, "text")
		for _, out := range []string{code(in), prose(in)} {
			inner := strings.TrimSuffix(strings.TrimPrefix(out, "<code>"), "</code>")
			if strings.ContainsAny(inner, "<>|\\") {
				rt.Fatalf("%q became %q", in, out)
			}
			if out == code(in) && strings.HasPrefix(out, "`") {
				inner = strings.Trim(out, "`")
			}
			if html.UnescapeString(inner) != in {
				rt.Fatalf("%q reads %q", in, html.UnescapeString(inner))
			}
		}
	})
}

func TestDurationsAndRates(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "?", 1234 * time.Millisecond: "1.23 s", 9996 * time.Millisecond: "10.0 s", 119960 * time.Millisecond: "2m00s",
		1193400 * time.Millisecond: "19m53s", 3599900 * time.Millisecond: "1h00m", 11100 * time.Second: "3h05m",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for starts, want := range map[int]string{1: "95 %", 3: "63 %", 10: "26 %", 59: "5 %", 300: "0.99 %"} {
		if got := percent(trial.UpperBound(0, starts)); got != want {
			t.Errorf("0 of %d: %s, want %s", starts, got, want)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write(&bytes.Buffer{}, "pdf", Summary{}, TextOptions{})
	if err == nil || !strings.Contains(err.Error(), "text, md, origin, json") {
		t.Errorf("got %v", err)
	}
}
