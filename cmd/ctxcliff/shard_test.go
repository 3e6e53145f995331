package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"ctxcliff/harness/plan"
)

// TestShardsMerged screens a matrix in one go, and in shards that read their number as tasks of an array do:
// merged, in any order and twice, they are the same matrix, and their logs are there.
func TestShardsMerged(t *testing.T) {
	dir := workDir(t)
	args := []string{"screen", "--server", "sim:http(500) when shape=repeat and tokens>=3000", "--model", "m.gguf",
		"--np", "1,2,3", "--ps", "4k", "--tokens", "1k,3k", "--shape", "repeat,opt", "--attempts", "1", "--isolation", "config"}
	if out, err := program(t, dir, args...).CombinedOutput(); err == nil {
		t.Fatalf("nothing was found:\n%s", out)
	}
	want := squares(t, dir)
	for task := range 3 {
		c := program(t, dir, append(args, "--db", fmt.Sprintf("shard-%d.db", task), "--shard", "auto")...)
		c.Env = append(c.Env, "SLURM_ARRAY_JOB_ID=77", fmt.Sprint("SLURM_ARRAY_TASK_ID=", 10+5*task), "SLURM_ARRAY_TASK_MIN=10", "SLURM_ARRAY_TASK_STEP=5", "SLURM_ARRAY_TASK_COUNT=3")
		if out, err := c.CombinedOutput(); c.ProcessState.ExitCode() != exitFailures {
			t.Fatalf("shard %d: %v\n%s", task, err, out)
		}
	}
	for _, files := range [][]string{{"shard-2.db", "shard-0.db"}, {"shard-1.db", "shard-0.db", "shard-2.db"}} {
		out, err := program(t, dir, append([]string{"merge", "--db", "merged.db"}, files...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
	}
	if err := os.Rename(filepath.Join(dir, "merged.db"), filepath.Join(dir, "ctxcliff.db")); err != nil {
		t.Fatal(err)
	}
	if got := squares(t, dir); mustJSON(t, got) != mustJSON(t, want) {
		t.Errorf("merged:\n%s\nundivided:\n%s", mustJSON(t, got), mustJSON(t, want))
	}
	if logs, _ := filepath.Glob(filepath.Join(dir, "merged.d", "*", "start-*.log.gz")); len(logs) < 3 {
		t.Errorf("%d logs of three shards", len(logs))
	}
}

// TestShardsInOneDatabase: shards that write into one database at the same time, one of them killed and taken up, are
// the same matrix as an undivided screen, and nothing is damaged.
func TestShardsInOneDatabase(t *testing.T) {
	dir := workDir(t)
	args := []string{"screen", "--server", "sim:http(500) when shape=repeat and tokens>=1000", "--model", "m.gguf",
		"--np", "1,2,3", "--ps", "2k", "--tokens", "1k", "--shape", "repeat,opt", "--attempts", "1", "--isolation", "config", "--db", "ctxcliff.db"}
	var all []*exec.Cmd
	for n := range 3 {
		c := program(t, dir, append(args, "--shard", fmt.Sprintf("%d/3", n+1))...)
		c.Env = append(c.Env, "CTXCLIFF_CAMPAIGN=one")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for started := 0; started == 0; time.Sleep(time.Millisecond) { // its run is stored by then
		logs, _ := filepath.Glob(filepath.Join(dir, "ctxcliff.d", "*-s1", "start-0001.*"))
		started = len(logs)
	}
	_ = all[0].Process.Kill()
	for _, c := range all {
		_ = c.Wait()
	}
	again := program(t, dir, "screen", "--resume")
	if out, _ := again.CombinedOutput(); again.ProcessState.ExitCode() != exitFailures && !strings.Contains(string(out), "no unfinished screen") {
		t.Errorf("taken up: %s", out)
	}
	if out, err := program(t, dir, "store", "check").CombinedOutput(); err != nil || string(out) != "ok\n" {
		t.Errorf("%v\n%s", err, out)
	}
	got := squares(t, dir)
	_ = os.Rename(filepath.Join(dir, "ctxcliff.db"), filepath.Join(dir, "shards.db"))
	_ = program(t, dir, args...).Run()
	if want := squares(t, dir); mustJSON(t, got) != mustJSON(t, want) {
		t.Errorf("divided:\n%s\nundivided:\n%s", mustJSON(t, got), mustJSON(t, want))
	}
}

func TestShardOfEnvironment(t *testing.T) {
	for _, c := range []struct {
		env  string
		want plan.Shard
		fail string
	}{
		{env: "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_COUNT=4", want: plan.Shard{N: 1, Of: 4}},
		{env: "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=4", want: plan.Shard{N: 4, Of: 4}},
		{env: "JOB_COMPLETION_INDEX=0 CTXCLIFF_SHARDS=3", want: plan.Shard{N: 1, Of: 3}},
		{env: "CTXCLIFF_SHARD=2/3 JOB_COMPLETION_INDEX=0", want: plan.Shard{N: 2, Of: 3}},
		{env: "SLURM_ARRAY_TASK_ID=x", fail: "no number"},
		{env: "HOME=/x", fail: "write I/N"},
	} {
		all := map[string]string{}
		for _, pair := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(pair, "=")
			all[name] = value
		}
		got, err := shardOfEnvironment(func(name string) (string, bool) { v, ok := all[name]; return v, ok })
		if got != c.want || (c.fail != "") != (err != nil) || err != nil && !strings.Contains(err.Error(), c.fail) {
			t.Errorf("%s: %v %v", c.env, got, err)
		}
	}
}

// TestArrayExamples runs the command lines of the files for job systems, with what those systems say in the
// environment, in a dry run: each shard plans something, and together they plan the whole.
func TestArrayExamples(t *testing.T) {
	for name, tasks := range map[string]func(t *testing.T, text []byte) (command string, env [][]string){
		"slurm.sbatch": slurmTasks, "kubernetes.yaml": kubernetesTasks, "github-actions.yaml": githubTasks,
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("examples", "arrays", name))
			if err != nil {
				t.Fatal(err)
			}
			command, envs := tasks(t, text)
			dir := workDir(t)
			if err := os.Rename(filepath.Join(dir, "m.gguf"), filepath.Join(dir, "model.gguf")); err != nil {
				t.Fatal(err)
			}
			planned := map[string]int{}
			for _, env := range append(envs, nil) {
				c := program(t, dir, words(t, command, env)...)
				c.Env = append(c.Env, env...)
				out, err := c.Output()
				if err != nil {
					t.Fatalf("%v: %v\n%s", env, err, out)
				}
				for line := range strings.Lines(string(out)) {
					if _, id, ok := strings.Cut(line, "model__"); ok {
						planned[strings.Fields(id)[0]]++
					}
				}
			}
			if len(planned) == 0 {
				t.Fatal("nothing is planned")
			}
			for id, n := range planned {
				if n != 2 { // in one shard, and in the whole
					t.Errorf("%s is planned %d times", id, n)
				}
			}
		})
	}
}

// words are those of the example's command with its variables filled in, as a dry run with the simulated
// server; without an environment it is the whole.
func words(t *testing.T, command string, env []string) (list []string) {
	t.Helper()
	at := strings.Index(command, "ctxcliff screen")
	if at < 0 {
		t.Fatalf("no screen in %q", command)
	}
	line, _, _ := strings.Cut(strings.ReplaceAll(command[at:], "\\\n", " "), "\n")
	values := map[string]string{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	given := strings.Fields(os.Expand(line, func(name string) string { return values[name] }))[1:]
	for i := 0; i < len(given) && given[i] != "&" && given[i] != "||"; i++ {
		switch {
		case given[i] == "--db", given[i] == "--server":
			i++
		case given[i] == "--shard" && env == nil:
			i++
		default:
			list = append(list, given[i])
		}
	}
	return append(list, "--server", "sim", "--model", "model.gguf", "--dry-run")
}

// slurmTasks reads what sbatch reads: directives at the head, before the first command.
func slurmTasks(t *testing.T, text []byte) (command string, env [][]string) {
	head, body, found := bytes.Cut(text, []byte("\n\n"))
	if !found || !bytes.HasPrefix(text, []byte("#!/bin/bash\n")) {
		t.Fatal("no script with a head")
	}
	first, last := -1, -1
	for line := range strings.Lines(string(head)) {
		if value, ok := strings.CutPrefix(line, "#SBATCH --array="); ok {
			if _, err := fmt.Sscanf(value, "%d-%d", &first, &last); err != nil {
				t.Fatal(err)
			}
		}
	}
	if first < 0 || last <= first || bytes.Contains(body, []byte("#SBATCH")) {
		t.Fatalf("array %d-%d, or a directive that sbatch would not read", first, last)
	}
	for id := first; id <= last; id++ {
		env = append(env, []string{"SLURM_ARRAY_JOB_ID=9", fmt.Sprint("SLURM_ARRAY_TASK_ID=", id), fmt.Sprint("SLURM_ARRAY_TASK_MIN=", first),
			fmt.Sprint("SLURM_ARRAY_TASK_MAX=", last), "SLURM_ARRAY_TASK_STEP=1", fmt.Sprint("SLURM_ARRAY_TASK_COUNT=", last-first+1)})
	}
	if out, err := exec.Command("bash", "-n", filepath.Join("examples", "arrays", "slurm.sbatch")).CombinedOutput(); err != nil {
		t.Fatalf("bash cannot read it: %v\n%s", err, out)
	}
	return string(body), env
}

// kubernetesTasks reads the job as far as the number of its pods depends on it.
func kubernetesTasks(t *testing.T, text []byte) (command string, env [][]string) {
	var job struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct{ Name string }
		Spec       struct {
			CompletionMode           string `yaml:"completionMode"`
			Completions, Parallelism int
			BackoffLimitPerIndex     *int `yaml:"backoffLimitPerIndex"`
			Template                 struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
					Containers    []struct {
						Name, Image string
						Command     []string
						Args        []string
						Env         []struct{ Name, Value string }
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &job); err != nil {
		t.Fatal(err)
	}
	s := job.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || s.CompletionMode != "Indexed" || s.Template.Spec.RestartPolicy != "Never" || len(s.Template.Spec.Containers) != 1 {
		t.Fatalf("no indexed job: %+v", job)
	}
	c := s.Template.Spec.Containers[0]
	for index := range s.Completions {
		one := []string{fmt.Sprint("JOB_COMPLETION_INDEX=", index)}
		for _, v := range c.Env {
			if v.Value != "" {
				one = append(one, v.Name+"="+v.Value)
			}
		}
		env = append(env, one)
	}
	return strings.Join(slices.Concat(c.Command, c.Args), " "), env
}

// githubTasks reads the matrix of the job that screens.
func githubTasks(t *testing.T, text []byte) (command string, env [][]string) {
	var flow struct {
		Jobs map[string]struct {
			RunsOn   any `yaml:"runs-on"`
			Needs    any
			Strategy struct {
				Matrix struct{ Shard []int }
			}
			Steps []struct {
				Uses, Run string
				Env       map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &flow); err != nil {
		t.Fatal(err)
	}
	screen, ok := flow.Jobs["screen"]
	if !ok || flow.Jobs["report"].Needs != "screen" || !bytes.Contains(text, []byte("\non:")) {
		t.Fatalf("jobs: %v", slices.Sorted(maps.Keys(flow.Jobs)))
	}
	for _, step := range screen.Steps {
		if strings.Contains(step.Run, "--shard") {
			command = step.Run
		}
	}
	for _, n := range screen.Strategy.Matrix.Shard {
		env = append(env, []string{fmt.Sprint("SHARD=", n), fmt.Sprint("SHARDS=", len(screen.Strategy.Matrix.Shard)), "GITHUB_RUN_ID=5"})
	}
	return command, env
}
