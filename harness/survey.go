package harness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ctxcliff/harness/gguf"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/simserver"
	"ctxcliff/harness/trial"
)

// Survey looks at the target without starting a server: it asks the binary for its version, flags
// and devices, and reads the header of the model. Its errors say what is wrong with what the user
// gave.
func Survey(ctx context.Context, t plan.Target) (*Lab, error) {
	labs, err := SurveyAll(ctx, []plan.Target{t})
	if err != nil {
		return nil, err
	}
	return labs[0], nil
}

// SurveyAll looks at each of the targets. A model file or a binary that several of them share is looked
// at once. The first that cannot be used is the error.
func SurveyAll(ctx context.Context, targets []plan.Target) (Labs, error) {
	s := surveyor{host: SurveyHost(), models: map[string]gguf.Info{}, binaries: map[string]server.Capabilities{}}
	var all Labs
	for _, t := range targets {
		lab, err := s.survey(ctx, t)
		if err != nil {
			return nil, err
		}
		all = append(all, lab)
	}
	return all, nil
}

// surveyor remembers what it has looked at.
type surveyor struct {
	host     trial.Host
	models   map[string]gguf.Info           // by path
	binaries map[string]server.Capabilities // by launcher, command and environment
	kernels  map[string]string              // by launcher: the boot of what it leads to; "" not known
}

func (s *surveyor) survey(ctx context.Context, t plan.Target) (*Lab, error) {
	lab := &Lab{Host: s.host, Target: t}
	if err := s.model(lab, t.Model); err != nil {
		return nil, err
	}
	if err := s.server(ctx, lab, t); err != nil {
		return nil, err
	}
	if lab.Target.Backend == "" {
		lab.Target.Backend = backendOf(lab.Binary.Devices)
	}
	return lab, nil
}

func (s *surveyor) server(ctx context.Context, lab *Lab, t plan.Target) error {
	lab.command = []string{t.Server}
	lab.env = slices.Clone(t.Env)
	if profile, ok := t.Simulated(); ok {
		if _, err := simserver.ParseProfile(profile); err != nil {
			return fmt.Errorf("--server %s: %w; doctor --sim lists what it can do", t.Server, err)
		}
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find our own program to run it as the simulated server: %w", err)
		}
		lab.command = []string{self, SimCommand}
		lab.env = append(lab.env, SimProfileEnv+"="+profile)
		if t.Backend == "" {
			lab.Target.Backend = "sim"
		}
	}
	caps, err := s.probe(ctx, lab)
	if err != nil {
		return err
	}
	if s.leadsAway(ctx, t.Launch, lab.env) {
		return &AwayError{t.Launch}
	}
	if len(t.Topology.Peers) > 0 && !caps.Offers("--rpc") {
		return fmt.Errorf("%s knows no --rpc: it was built without the RPC backend; give another with --server, or leave --rpc out", t.Server)
	}
	if t.Topology.Locals() > 0 {
		lab.peerCommand = []string{t.Topology.Program}
	}
	lab.caps = caps
	lab.Binary = trial.Binary{Path: t.Server, Version: caps.Version, Build: caps.Build, Commit: caps.Commit, Devices: caps.Devices}
	return nil
}

// AwayError is a launcher that starts programs on another machine.
type AwayError struct{ Launcher []string }

func (e *AwayError) Error() string {
	return fmt.Sprintf("the launcher %q runs programs on another machine, where the server's port, files and processes are not seen from here; run ctxcliff on that machine or, for rpc-servers there, leave llama-server here and give --rpc ssh://HOST", strings.Join(e.Launcher, " "))
}

// leadsAway reports whether a launcher runs programs below another kernel than ours: ssh to another machine does, and
// ssh to this one does not.
func (s *surveyor) leadsAway(ctx context.Context, launcher, env []string) bool {
	if len(launcher) == 0 || s.host.BootID == "" {
		return false
	}
	if s.kernels == nil {
		s.kernels = map[string]string{}
	}
	key := strings.Join(launcher, "\x00")
	if _, known := s.kernels[key]; !known {
		s.kernels[key] = server.KernelThrough(ctx, launcher, env)
	}
	there := s.kernels[key]
	return there != "" && there != s.host.BootID
}

// probe asks the lab's binary what it is.
func (s *surveyor) probe(ctx context.Context, lab *Lab) (caps server.Capabilities, err error) {
	key := strings.Join(slices.Concat(lab.Target.Launch, []string{""}, lab.command, []string{""}, lab.env), "\x00")
	caps, known := s.binaries[key]
	if known {
		return caps, nil
	}
	if caps, err = server.ProbeThrough(ctx, lab.Target.Launch, lab.command, lab.env); err == nil {
		s.binaries[key] = caps
	}
	return caps, err
}

func (s *surveyor) model(lab *Lab, path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find the model: %w", err)
	}
	info, known := s.models[abs]
	if !known {
		info, err = gguf.ModelInfo(abs)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no model file %s; give a GGUF file with --model, or leave it out to use the tiny one", path)
	case err != nil:
		return fmt.Errorf("model %s: %w", path, err)
	}
	s.models[abs] = info
	lab.Target.Model = abs
	lab.info, lab.ordinary = info, info.Normal
	lab.tokens = info.Vocabulary()
	lab.Model = trial.Model{
		Path: abs, Name: info.Name, Arch: info.Arch, FileType: info.FileType, SizeBytes: info.SizeBytes,
		TrainedContext: info.NCtxTrain, Vocabulary: info.NVocab,
	}
	return nil
}
