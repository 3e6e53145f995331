package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/google/shlex"
	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
)

// build is one line of a list of builds.
type build struct {
	name   string // as reports call it
	launch []string
	server string
	line   int
}

// readBuilds reads a list of builds, old to new: on each line a llama-server, with the launcher before it if
// it needs one, and "NAME:" before both to give it a name. Quotes are those of a shell; what follows a # is a
// comment.
func readBuilds(file string) ([]build, error) {
	data, err := readSmall(file)
	if err != nil {
		return nil, fmt.Errorf("--builds: %w", err)
	}
	var list []build
	line := 0
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		line++
		words, err := shlex.Split(s.Text())
		if err != nil {
			return nil, fmt.Errorf("--builds: line %d of %s: a quote is not closed", line, file)
		}
		if len(words) == 0 {
			continue
		}
		b, err := buildOf(words)
		if err != nil {
			return nil, fmt.Errorf("--builds: line %d of %s: %w", line, file, err)
		}
		b.line = line
		if i := slices.IndexFunc(list, func(other build) bool { return other.name == b.name }); i >= 0 {
			return nil, fmt.Errorf("--builds: lines %d and %d of %s are both called %q; give each a name: NAME: SERVER", list[i].line, line, file, b.name)
		}
		list = append(list, b)
	}
	if len(list) < 2 {
		return nil, fmt.Errorf("--builds: %s lists %d; a bisection needs two builds or more, the oldest first", file, len(list))
	}
	return list, nil
}

func buildOf(words []string) (build, error) {
	var b build
	if name, named := strings.CutSuffix(words[0], ":"); named && name != "" {
		b.name, words = name, words[1:]
	}
	if len(words) == 0 {
		return b, fmt.Errorf("%q names no server; write NAME: SERVER", b.name)
	}
	b.launch, b.server = words[:len(words)-1], words[len(words)-1]
	b.name = cmp.Or(b.name, strings.Join(words, " "))
	if _, simulated := (plan.Target{Server: b.server}).Simulated(); simulated {
		return b, nil
	}
	program := b.server
	if len(b.launch) > 0 {
		program = b.launch[0] // the launcher may know the server where we do not
	}
	if _, err := exec.LookPath(program); err != nil {
		return b, fmt.Errorf("there is no program %s", program)
	}
	return b, nil
}

// fleet is builds made ready: one lab for each that can be run.
type fleet struct {
	labs    harness.Labs
	targets map[string]plan.Target // by the name of the build
	notes   []string               // of those that cannot be run
}

// surveyBuilds looks at all builds before anything is started.
func surveyBuilds(ctx context.Context, builds []build, like plan.Target) (fleet, error) {
	f := fleet{targets: map[string]plan.Target{}}
	var first error
	for i, b := range builds {
		t := like
		t.Server, t.Launch = b.server, b.launch
		lab, err := harness.Survey(ctx, t)
		if ctx.Err() != nil {
			return f, ctx.Err()
		}
		if err != nil {
			first = errors.Join(first, err)
			f.notes = append(f.notes, fmt.Sprintf("the build %s cannot be run: %v", b.name, err))
			continue
		}
		// No two targets of a run may be called the same.
		lab.Target.Backend = fmt.Sprintf("%s-build%d-b%d", lab.Target.Backend, i+1, lab.Binary.Build)
		f.labs = append(f.labs, lab)
		f.targets[b.name] = lab.Target
	}
	if len(f.labs) == 0 {
		return f, fmt.Errorf("none of the builds can be run: %w", first)
	}
	return f, nil
}

// bisection is the search for the first bad build.
func bisectionOf(c *cli.Command, s subject, builds []build) (minimize.Story, replayable, error) {
	set := minimize.BuildSettings{
		Scenario: s.scenario, Signatures: s.signatures, Hits: s.rate.Hits, Runs: s.rate.Runs, Hours: c.Duration("budget").Hours(), Most: c.Int("max-starts"),
	}
	if set.Hits == 0 {
		set.Runs = 0 // clean runs elsewhere say nothing of the newest build
	}
	for _, b := range builds {
		set.Builds = append(set.Builds, b.name)
	}
	session, err := minimize.Builds(set)
	return minimize.Story{Builds: &set}, session, err
}

// unmeasured is how many clean runs say "gone" of a bug of which it is not known how often it breaks.
const unmeasured = 10

// checkOf asks whether a bug is gone.
func checkOf(c *cli.Command, s subject) (minimize.Story, replayable, error) {
	set := minimize.CheckSettings{
		Scenario: s.scenario, Signatures: s.signatures, Hits: s.rate.Hits, Runs: s.rate.Runs, Clean: unmeasured, Hours: c.Duration("budget").Hours(),
		Most: c.Int("max-starts"),
	}
	session, err := minimize.StillThere(set)
	return minimize.Story{Check: &set}, session, err
}
