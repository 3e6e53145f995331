package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// shardVariables is what --shard auto reads: the variables of Slurm's job arrays (sbatch(1), "INPUT
// ENVIRONMENT VARIABLES") and of Kubernetes' indexed jobs, or our own.
const shardVariables = "SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or CTXCLIFF_SHARD of the environment"

// campaignVariables name the walk that all shards are part of, where the plan alone does not: that of
// tonight, and not of yesterday.
var campaignVariables = []string{"CTXCLIFF_CAMPAIGN", "SLURM_ARRAY_JOB_ID", "GITHUB_RUN_ID"}

// shardOf reads --shard.
func shardOf(c *cli.Command) (s plan.Shard, err error) {
	text := c.String("shard")
	word, of, counted := strings.Cut(text, "/")
	switch {
	case text == "":
		return s, nil
	case word == "auto":
		s, err = shardOfEnvironment(os.LookupEnv)
		if err == nil && counted {
			s.Of, err = strconv.Atoi(of)
		}
		if err == nil {
			s, err = plan.ParseShard(s.String())
		}
	default:
		s, err = plan.ParseShard(text)
	}
	if err != nil {
		return plan.Shard{}, fmt.Errorf("--shard: %w", err)
	}
	return s, nil
}

// shardOfEnvironment asks the system that runs us as one of many. A task array may begin anywhere and leave
// steps; Kubernetes counts from 0 and does not say how many there are.
func shardOfEnvironment(look func(string) (string, bool)) (plan.Shard, error) {
	number := func(name string, otherwise int) (int, error) {
		text, ok := look(name)
		if !ok {
			return otherwise, nil
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, fmt.Errorf("%s is %q in the environment, and no number", name, text)
		}
		return n, nil
	}
	all := map[string]int{}
	for name, otherwise := range map[string]int{"SLURM_ARRAY_TASK_ID": -1, "SLURM_ARRAY_TASK_MIN": 0, "SLURM_ARRAY_TASK_STEP": 1,
		"SLURM_ARRAY_TASK_COUNT": 0, "JOB_COMPLETION_INDEX": -1, "CTXCLIFF_SHARDS": 0} {
		n, err := number(name, otherwise)
		if err != nil {
			return plan.Shard{}, err
		}
		all[name] = n
	}
	if text, ok := look("CTXCLIFF_SHARD"); ok {
		return plan.ParseShard(text)
	}
	if id := all["SLURM_ARRAY_TASK_ID"]; id >= 0 {
		return plan.Shard{N: (id-all["SLURM_ARRAY_TASK_MIN"])/max(1, all["SLURM_ARRAY_TASK_STEP"]) + 1, Of: all["SLURM_ARRAY_TASK_COUNT"]}, nil
	}
	if index := all["JOB_COMPLETION_INDEX"]; index >= 0 {
		return plan.Shard{N: index + 1, Of: all["CTXCLIFF_SHARDS"]}, nil
	}
	return plan.Shard{}, fmt.Errorf("auto finds none of %s; write I/N", shardVariables)
}

// walkOf names what all shards of a plan have in common: the plan, the seed, and the job that they are
// tasks of.
func walkOf(p plan.Plan, c *cli.Command, s trial.Settings) string {
	var cells []string
	for _, w := range p.Configurations {
		for _, cell := range w.Cells {
			cells = append(cells, cell.ID())
		}
	}
	job := ""
	for _, name := range campaignVariables {
		job = cmp.Or(job, os.Getenv(name))
	}
	text, err := json.Marshal([]any{c.Name, cells, c.Uint64("seed"), s, job})
	if err != nil {
		panic(err) // texts and numbers
	}
	sum := sha256.Sum256(text)
	return "campaign-" + hex.EncodeToString(sum[:6])
}

// partOf is the run of a shard of the plan. Its id tells it from runs of other shards that begin in the same
// second.
func partOf(run trial.Run, c *cli.Command, s plan.Shard, whole plan.Plan) trial.Run {
	if s != (plan.Shard{}) {
		run.Campaign, run.Shard = walkOf(whole, c, run.Settings), s
		run.ID += fmt.Sprintf("-s%d", s.N)
	}
	return run
}

// emptyShard is what a shard has to say that has nothing to do.
func emptyShard(s plan.Shard, p plan.Plan) error {
	return &coded{exitInconclusive, fmt.Errorf("shard %s is empty: the plan has only %d configurations, and none is divided; use at most as many shards", s, len(p.Configurations))}
}
