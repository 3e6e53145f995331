package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

// foundEdge is what must be the same however often the bisection was killed.
type foundEdge struct {
	Shape     string `json:"shape"`
	NP        int    `json:"np"`
	Safe      int    `json:"safe_tokens"`
	Limit     string `json:"limit"`
	Exposures int    `json:"exposures"`
	Status    string `json:"status"`
	Probes    []struct {
		Kind, Path, Outcome string
		Size                int
	} `json:"probes"`
}

func edgesOfReport(t *testing.T, dir string) []foundEdge {
	t.Helper()
	out, err := program(t, dir, "report", "-o", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Edges []foundEdge `json:"edges"`
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Edges
}

// answered are the probes that came to something, as text.
func (e foundEdge) answered() string {
	var list []string
	for _, p := range e.Probes {
		if p.Outcome != "interrupted" {
			list = append(list, fmt.Sprintf("%s/%s %d %s", p.Kind, p.Path, p.Size, p.Outcome))
		}
	}
	return strings.Join(list, " ")
}

// TestABisectionSurvivesKills kills ctxcliff -9 in the middle of one probe after another and takes the run
// up again: the edges are those of an undisturbed run, found by the same probes.
func TestABisectionSurvivesKills(t *testing.T) {
	args := []string{"bisect", "--server", "sim:delay(3ms); abort when shape=repeat and position>=5000", "--model", "m.gguf", "--np", "1", "--ps", "8k", "--shape", "repeat,natural"}
	calm := workDir(t)
	if out, err := program(t, calm, args...).CombinedOutput(); err == nil || !strings.Contains(string(out), "DONE 2 edges, 2 confirmed") {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := workDir(t)
	for kills := 0; ; kills++ {
		if kills > 40 {
			t.Fatal("it does not come to an end")
		}
		c := program(t, dir, args...)
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// The second answer of this session, or its end: with the third probe under way it is killed.
		said, over := untilAnswers(stderr, 2)
		if over {
			rest, _ := io.ReadAll(stderr)
			c.Wait()
			if code := c.ProcessState.ExitCode(); code != exitFailures {
				t.Fatalf("exit code %d:\n%s%s", code, said, rest)
			}
			t.Logf("killed %d times", kills)
			break
		}
		tree := below(c.Process.Pid)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		allGone(t, tree)
		args = []string{"bisect", "--resume"}
	}
	want, got := edgesOfReport(t, calm), edgesOfReport(t, dir)
	for i, w := range want {
		g := got[i]
		if g.Safe != w.Safe || g.Limit != w.Limit || g.Exposures != w.Exposures || g.Status != w.Status {
			t.Errorf("%s: %d %s %d %s, want %d %s %d %s", w.Shape, g.Safe, g.Limit, g.Exposures, g.Status, w.Safe, w.Limit, w.Exposures, w.Status)
		}
		if g.answered() != w.answered() {
			t.Errorf("%s took %s\nwant %s", w.Shape, g.answered(), w.answered())
		}
	}
}

// untilAnswers reads until so many probes were answered, or to the end.
func untilAnswers(r io.Reader, n int) (said string, over bool) {
	var all, line strings.Builder
	for b := make([]byte, 1); ; {
		if _, err := r.Read(b); err != nil {
			return all.String(), true
		}
		all.Write(b)
		if line.Write(b); b[0] != '\n' {
			continue
		}
		if strings.HasPrefix(line.String(), "[probe ") || strings.HasPrefix(line.String(), "[run ") {
			if n--; n == 0 {
				return all.String(), false
			}
		}
		line.Reset()
	}
}
