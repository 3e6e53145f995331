package minimize

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

var update = flag.Bool("update", false, "rewrite the stories in testdata")

const storyMark = "-- story --\n"

// Each file of testdata describes an imagined bug and has the story that is told of it.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, want, _ := strings.Cut(string(data), storyMark)
			s, err := parseScript(head)
			if err != nil {
				t.Fatal(err)
			}
			s.tell()
			if *update {
				if err := os.WriteFile(file, []byte(head+storyMark+s.out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, s.out.String()); diff != "" {
				t.Errorf("(-file +told); -update rewrites it, if it is better:\n%s", diff)
			}
		})
	}
}

// script is the upper part of a file: what is to be told, of which bug, and what is written meanwhile.
type script struct {
	story     string
	start     scenario.Scenario
	bug, fake rule // fake: another bug
	untested  rule
	rate      float64
	dies      int // position in the prompt; 0: not in it
	runs      int
	lab       int // every so many runs the lab fails
	seed      int
	blames    int // slot of the request that is said to have been at work; -1 the one that has what the bug needs
	hits, of  int
	builds    []string
	r         *rand.Rand
	asked     int
	out       strings.Builder
}

func parseScript(head string) (*script, error) {
	s := &script{story: "minimize", rate: 1, seed: 1, blames: -1, r: rand.New(rand.NewPCG(1, 1)), start: scenario.Scenario{NP: 1, Ctx: 131072}}
	s.fake, _ = parseRule("0")
	s.untested = s.fake
	for line := range strings.Lines(head) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		var err error
		switch {
		case strings.HasPrefix(name, "#") || !ok:
		case name == "story":
			s.story = value
		case name == "bug":
			s.bug, err = parseRule(value)
		case name == "another":
			s.fake, err = parseRule(value)
		case name == "untested":
			s.untested, err = parseRule(value)
		case name == "rate":
			s.rate, err = strconv.ParseFloat(value, 64)
		case name == "builds":
			s.builds = strings.Fields(value)
		case name == "step":
			err = s.step(value)
		default:
			number := map[string]*int{"np": &s.start.NP, "ctx": &s.start.Ctx, "dies at": &s.dies, "runs": &s.runs, "lab fails every": &s.lab, "hits": &s.hits, "seed": &s.seed, "blames": &s.blames, "of": &s.of}[name]
			if number == nil {
				return nil, fmt.Errorf("%q is no line of a script", name)
			}
			*number, err = strconv.Atoi(value)
			s.r = rand.New(rand.NewPCG(uint64(s.seed), 1))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s, s.start.Validate()
}

// step reads the requests of a wave: slot, tokens, shape and words, with a bar between two requests.
func (s *script) step(text string) error {
	var step scenario.Step
	for one := range strings.SplitSeq(text, "|") {
		words := strings.Fields(one)
		if len(words) < 3 {
			return fmt.Errorf("%q is no request; write slot, tokens, shape", one)
		}
		shape, err := shapes.Parse(words[2])
		if err != nil {
			return err
		}
		r := scenario.Request{Reply: 16, Recipe: scenario.Recipe{Shape: shape, Seed: 1}}
		r.Slot, _ = strconv.Atoi(words[0])
		r.Recipe.Tokens, _ = strconv.Atoi(words[1])
		r.Grown, r.Cache = slices.Contains(words, "grown"), slices.Contains(words, "cached")
		if slices.Contains(words, "infill") {
			r.Endpoint = "/infill"
		}
		if slices.Contains(words, "cancelled") {
			r.CancelAfter = 2048
		}
		step.Requests = append(step.Requests, r)
	}
	s.start.Steps = append(s.start.Steps, step)
	return nil
}

func (s *script) ask(q Question) (Answer, bool) {
	a := s.answer(q)
	text := string(a.Outcome)
	if a.Outcome == Broke {
		text = "broke: " + a.Title
		if a.InPrompt {
			text += " at " + scenario.Count(a.Position)
		}
	}
	about := scenario.Count(q.Scenario.LongestPrompt()) + " tokens"
	if q.Build != "" {
		about = q.Build
	}
	fmt.Fprintf(&s.out, "%3d %-8s %s (%s): %s\n", q.Seq, q.Kind, q.Why, about, text)
	return a, true
}

func (s *script) answer(q Question) Answer {
	s.asked++
	build := slices.Index(s.builds, q.Build)
	at, can := s.bug.holds(q.Scenario, build)
	luck := s.r.Float64() < s.rate
	_, other := s.fake.holds(q.Scenario, build)
	_, skip := s.untested.holds(q.Scenario, build)
	switch {
	case s.lab > 0 && s.asked%s.lab == 0:
		return Answer{Outcome: Infra}
	case skip:
		return Answer{Outcome: Unfit}
	case can && luck:
		a := Answer{Outcome: Broke, Title: "the bug", Signatures: []string{"the bug"}, At: at, Seconds: 60}
		for _, p := range q.Scenario.Places() {
			if q.Scenario.At(p).Slot == s.blames {
				a.At = p
			}
		}
		a.Position, a.InPrompt = max(0, s.dies-1)/2048*2048, s.dies > 0
		return a
	case other:
		return Answer{Outcome: Broke, Title: "another bug", Signatures: []string{"another"}, Seconds: 60}
	}
	return Answer{Outcome: Clean, Seconds: 60}
}

// tell writes the story and what came of it.
func (s *script) tell() {
	bug := []string{"the bug"}
	switch s.story {
	case "minimize":
		s.shrunk(shrink(Settings{Scenario: s.start, Signatures: bug, Runs: s.runs, Grain: 1024}.WithDefaults(), s.ask))
	case "reproduce":
		r := reproduce(ReproduceSettings{Scenario: s.start, Signatures: bug}, s.ask)
		fmt.Fprintf(&s.out, "\n%s: %d of %d, %.0f to %.0f %%; history %s\n", r.Verdict, r.Rate.Hits, r.Rate.Runs, 100*r.Rate.Interval.Low, 100*r.Rate.Interval.High, r.History)
		fmt.Fprintf(&s.out, "alone %d of %d, others %d, %s\n", r.Alone.Hits, r.Alone.Runs, r.Others, orElse(r.Ended, "to its end"))
	case "still there":
		p := stillThere(CheckSettings{Scenario: s.start, Signatures: bug, Hits: s.hits, Runs: s.of}, s.ask)
		fmt.Fprintf(&s.out, "\n%s: %d clean of %d, exit code %d\n", p.State, p.Clean, p.Needed, p.State.ExitCode())
	case "builds":
		b := firstBad(BuildSettings{Builds: s.builds, Scenario: s.start, Signatures: bug, Rate: s.rate, Error: 0.05}, s.ask)
		fmt.Fprintf(&s.out, "\ngood %q, bad %q, not tested between %q, sure %.3f; %d runs, %s\n", b.Good, b.Bad, b.Between, b.Sure, b.Runs, orElse(b.Ended, "to its end"))
	}
}

func (s *script) shrunk(r Result) {
	fmt.Fprintf(&s.out, "\n%s\n", r.Sentence)
	fmt.Fprintf(&s.out, "%s; before %d of %d, after %d of %d; %d runs, %s\n%s\n", r.Verdict, r.Before.Hits, r.Before.Runs, r.After.Hits, r.After.Runs,
		r.Runs, orElse(r.Ended, "to its end"), r.Smallest)
	for _, row := range r.Diagnosis {
		verdict := fmt.Sprintf("broke in %d of %d", row.Hits, row.Runs)
		if row.Hits == 0 {
			verdict = fmt.Sprintf("clean in %d, luck %.0f %%", row.Runs-row.Others, 100*row.Luck)
		}
		fmt.Fprintf(&s.out, "  %s %s: %s\n", row.Setting, row.Value, verdict)
	}
	if len(r.OtherBugs) > 0 {
		fmt.Fprintf(&s.out, "besides: %s\n", strings.Join(r.OtherBugs, ", "))
	}
}
