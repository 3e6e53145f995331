package expect

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

const (
	short = "m__cpu__single__np1_ps4k__opt__1k"
	long  = "m__cpu__single__np1_ps4k__opt__3k"
	word  = "m__cpu__single__np1_ps4k__repeat:contexttoken__3k"
)

const aFlake = "# Bug Report: https://example.org/1\n# Failure Rate: 3/20 starts\n# Build: b10631\n"

func mustRead(t testing.TB, name, text string) File {
	t.Helper()
	f, err := Read(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWords(t *testing.T) {
	all := Set{
		mustRead(t, "x-fails.txt", "# why\n*__repeat:*  crash\n"+long+" hang F-12345678\n"),
		mustRead(t, "x-flakes.txt", aFlake+short+"\n"),
	}
	for name, c := range map[string]struct {
		seen Seen
		word Word
		says string
	}{
		"as expected":                 {Seen{Cell: word, Verdict: trial.Breaks, Outcome: trial.Crash, Starts: 3, Failed: 3}, ExpectedFail, "x-fails.txt:2"},
		"only sometimes":              {Seen{Cell: word, Verdict: trial.Flaky, Outcome: trial.Crash, Starts: 3, Failed: 1}, ExpectedFail, "1 of 3 starts only"},
		"another outcome":             {Seen{Cell: word, Verdict: trial.Breaks, Outcome: trial.GPUFault, Starts: 3, Failed: 3}, NewFail, "expects crash, and this is gpufault"},
		"another bug":                 {Seen{Cell: long, Verdict: trial.Breaks, Outcome: trial.Hang, Bug: "F-99999999", Starts: 1, Failed: 1}, NewFail, "expects hang F-12345678"},
		"the same bug":                {Seen{Cell: long, Verdict: trial.Breaks, Outcome: trial.Hang, Bug: "F-12345678", Starts: 1, Failed: 1}, ExpectedFail, "x-fails.txt:3"},
		"it passes":                   {Seen{Cell: word, Verdict: trial.Holds, Outcome: trial.Pass, Starts: 3}, UnexpectedPass, "passed in all of 3 starts"},
		"it is refused":               {Seen{Cell: word, Verdict: trial.Limit, Outcome: trial.Refused, Starts: 1}, UnexpectedPass, "refused"},
		"not tested":                  {Seen{Cell: word, Outcome: trial.Missing}, "", ""},
		"a flake":                     {Seen{Cell: short, Verdict: trial.Flaky, Outcome: trial.Crash, Starts: 3, Failed: 1}, KnownFlake, "known are 3 of 20; https://example.org/1"},
		"one start of a flake":        {Seen{Cell: short, Verdict: trial.Breaks, Outcome: trial.Crash, Starts: 1, Failed: 1}, KnownFlake, "x-flakes.txt:4"},
		"more often than is known":    {Seen{Cell: short, Verdict: trial.Breaks, Outcome: trial.Crash, Starts: 3, Failed: 3}, NewFail, "more than the known 3 of 20"},
		"a flake that was lucky":      {Seen{Cell: short, Verdict: trial.Holds, Outcome: trial.Pass, Starts: 20}, "", ""},
		"a flake that is surely gone": {Seen{Cell: short, Verdict: trial.Holds, Outcome: trial.Pass, Starts: 200}, UnexpectedPass, "say that it is gone"},
		"nobody expects it":           {Seen{Cell: "m__cpu__single__np1_ps4k__natural__3k", Verdict: trial.Breaks, Starts: 1, Failed: 1}, NewFail, ""},
		"nobody cares":                {Seen{Cell: "m__cpu__single__np1_ps4k__natural__3k", Verdict: trial.Holds, Starts: 1}, "", ""},
	} {
		got := all.Judge(c.seen)
		if got.Word != c.word || !strings.Contains(got.Says, c.says) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A list of another target says nothing of this one, whatever its patterns.
func TestListsAreOfTheirTarget(t *testing.T) {
	f := mustRead(t, "x-skips.txt", "# too slow here\n*\n")
	if reason, skip := (Set{f}).Skip(short); !skip || reason != "too slow here (x-skips.txt:2)" {
		t.Error(skip, reason)
	}
	f.Target = "m__rocm__single"
	if _, skip := (Set{f}).Skip(short); skip {
		t.Error("skipped by the list of another target")
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		short + " crsh":                    `x-fails.txt:1: "crsh" is not an outcome; did you mean "crash"?`,
		"\n\n" + short + " sometimes":      "x-fails.txt:3: ",
		short + " pass":                    `"pass" is `,
		short + " crash # why":             "give it a line of its own",
		"opt":                              "no pattern over cell ids",
		short + "\n" + long + "\n" + short: "x-fails.txt:3: this is line 1 once more",
		"# Failure Rate: 15 %\n" + short:   `x-fails.txt:1: "15 %" is not a rate`,
		"# Failure Rate: 0/3\n" + short:    "x-fails.txt:1: ",
		"\xff\xfe":                         "not text",
		short + " crash hang":              `"hang" is`,
		short + " F-12345678 F-12345678":   "F-12345678",
		"# Failure Rate: 99999999999999999999999/1\n" + short: "x-fails.txt:1: ",
	} {
		if _, err := Read("x-fails.txt", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		short: `x-flakes.txt:1: a flake needs a link, a rate and a build; write "# Bug Report: https://…" above it`,
		"# Bug Reprot: https://example.org/1\n" + short:                         `x-flakes.txt:1: "Bug Reprot" says nothing of a flake; did you mean "Bug Report"?`,
		strings.ReplaceAll(aFlake, "# Build: b10631\n", "") + short:             `write "# Build: b10631" above it`,
		strings.ReplaceAll(aFlake, "https://example.org/1", "see mail") + short: "Bug Report",
		aFlake + "\n" + short: "a flake needs", // a gap: said of nothing
	} {
		var where *Error
		if _, err := Read("x-flakes.txt", []byte(text)); !errors.As(err, &where) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := Read("cpu-cpu-single-fail.txt", nil); err == nil || !strings.Contains(err.Error(), `did you mean "cpu-cpu-single-fails.txt"?`) {
		t.Error(err)
	}
	if got := (Set{mustRead(t, "x-fails.txt", strings.Replace(short, "cpu", "cqu", 1)+"\n")}).Idle([]string{short, word}); len(got) != 1 || !strings.Contains(got[0], "did you mean \""+short) {
		t.Error(got)
	}
}

func TestPlaces(t *testing.T) {
	target := plan.Target{Backend: "rocm-7.2.4", Topology: plan.Topology{Peers: []string{"local", "h:1"}}}
	for want, devices := range map[string][]string{
		"rocm-7.2.4-gfx1151-rpc2-fails.txt":                 {"ROCm0: AMD Radeon 8060S Graphics (gfx1151) (126976 MiB, 126000 MiB free)", "ROCm1: AMD Radeon 8060S Graphics (gfx1151)"},
		"rocm-7.2.4-nvidia-geforce-rtx-3090-rpc2-fails.txt": {"CUDA0: NVIDIA GeForce RTX 3090 (24124 MiB, 23871 MiB free)"},
		"rocm-7.2.4-cpu-rpc2-fails.txt":                     nil,
	} {
		if got := PlaceOf(target, devices).File(Fails); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if k, ok := KindOf("a/b/" + Everywhere.File(Flakes)); !ok || k != Flakes {
		t.Error(k, ok)
	}
}

var anySeen = rapid.Custom(func(t *rapid.T) Seen {
	s := Seen{
		Cell:    rapid.SampledFrom([]string{short, long, word}).Draw(t, "cell"),
		Outcome: rapid.SampledFrom([]trial.Outcome{trial.Crash, trial.Hang}).Draw(t, "outcome"),
		Bug:     rapid.SampledFrom([]string{"", "F-12345678"}).Draw(t, "bug"), Starts: rapid.IntRange(1, 30).Draw(t, "starts"), What: "it\nbroke",
	}
	s.What = "it broke"
	s.Failed = rapid.IntRange(0, s.Starts).Draw(t, "failed")
	switch {
	case s.Failed == 0:
		s.Verdict, s.Outcome, s.Bug = trial.Holds, trial.Pass, ""
	case s.Failed == s.Starts:
		s.Verdict = trial.Breaks
	default:
		s.Verdict = trial.Flaky
	}
	return s
})

// What a baseline was made of is as expected by it; making it again changes no byte, and it reads back.
func TestABaselineExpectsWhatItWasMadeOf(t *testing.T) {
	lists := []string{"", "# top\n\n", "# about\n" + long + " hang\n" + short + "\n\n# end\n", "*__opt__*\n", word + " crash F-99999999\n"}
	rapid.Check(t, func(rt *rapid.T) {
		seen := rapid.SliceOfDistinct(anySeen, func(s Seen) string { return s.Cell }).Draw(rt, "seen")
		fails := mustRead(t, "x-fails.txt", rapid.SampledFrom(lists).Draw(rt, "fails"))
		flakes := mustRead(t, "x-flakes.txt", rapid.SampledFrom([]string{"", aFlake + long + "\n", aFlake + "*\n"}).Draw(rt, "flakes"))
		made := Made{Run: "r", Build: "b1", Link: rapid.SampledFrom([]string{"", "https://example.org/2"}).Draw(rt, "link")}
		a, b := Next(fails, flakes, seen, made)
		for _, s := range seen {
			got := (Set{a, b}).Judge(s)
			waits := s.Verdict == trial.Flaky && made.Link == "" && got.Word == NewFail
			if got.Word.Unexpected() && !waits {
				// A pattern that still holds elsewhere may say too much of this cell.
				if got.Word == UnexpectedPass && strings.Contains(string(a.Bytes())+string(b.Bytes()), "*") {
					continue
				}
				rt.Fatalf("%+v of %+v\n%s\n%s", got, s, a.Bytes(), b.Bytes())
			}
		}
		readA, readB := mustRead(t, "x-fails.txt", string(a.Bytes())), mustRead(t, "x-flakes.txt", string(b.Bytes()))
		againA, againB := Next(readA, readB, seen, made)
		if diff := cmp.Diff(string(a.Bytes())+string(b.Bytes()), string(againA.Bytes())+string(againB.Bytes())); diff != "" {
			rt.Fatalf("made again it differs:\n%s", diff)
		}
	})
}

// Comments stay with the entries that stay, and go with those that go.
func TestCommentsStay(t *testing.T) {
	fails := mustRead(t, "x-fails.txt", "# all of it\n\n# seen by Ann\n# Bug Report: https://example.org/7\n"+long+" crash\n"+short+" crash\n\n# another matter\nz__*\n# the end\n")
	next, _ := Next(fails, File{Name: "x-flakes.txt", Kind: Flakes}, []Seen{
		{Cell: long, Verdict: trial.Holds, Starts: 3}, {Cell: short, Verdict: trial.Breaks, Outcome: trial.Crash, Starts: 3, Failed: 3},
	}, Made{})
	want := "# all of it\n\n# seen by Ann\n# Bug Report: https://example.org/7\n" + short + " crash\n\n# another matter\nz__*\n# the end\n"
	if diff := cmp.Diff(want, string(next.Bytes())); diff != "" {
		t.Error(diff)
	}
}
