package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/reports/handover"
)

// isBundle reports whether a user means a bundle: an archive by its name, or a directory that has a manifest.
// A fault's id is a fault, whatever lies about; ./F-64399f20f0 is the directory.
func isBundle(name string) bool {
	return isArchive(name) || !faultID.MatchString(name) && isFile(filepath.Join(name, handover.ManifestName))
}

var faultID = regexp.MustCompile(`^F-[0-9a-f]*$`)

// bundledSubject is what a bundle asks to be reproduced. It may come from a stranger, so nothing that it
// names is run: the server is the user's own, and so are launcher and environment. Arguments are taken.
func bundledSubject(name string) (s subject, err error) {
	b, err := readBundle(name)
	if err != nil {
		return s, err
	}
	m, r, err := b.Open()
	if err != nil {
		return s, bundleError(name, err)
	}
	server, model, host := m.Tested()
	then := plan.Target{
		Name: m.Setup.Name, Server: server.Path, Model: model.Path, Backend: m.Setup.Backend, Power: m.Setup.Power,
		Args: m.Setup.Args, Launch: m.Setup.Launch, Env: m.Setup.Env, Topology: plan.Topology{Peers: m.Setup.Peers},
	}
	s = subject{
		name: name, scenario: r.Scenario, signatures: r.Signatures, vocabulary: r.Vocabulary, phase: m.Fault.Phase, rate: m.Rate, digest: &m.Digest,
		record: trial.Record{Run: trial.Run{Version: m.Ctxcliff, Host: host, Target: then, Server: server, Model: model}},
	}
	s.target = then
	s.target.Server, s.target.Launch, s.target.Env = "", nil, nil
	s.target.Topology.Peers = slices.Repeat([]string{plan.LocalPeer}, len(m.Setup.Peers))
	if s.target.Model = homely(model.Path); !isFile(s.target.Model) {
		s.target.Model = ""
	}
	return s, nil
}

// homely is a path of which the home directory was hidden, as it would be here.
func homely(name string) string {
	if rest, found := strings.CutPrefix(name, "~/"); found {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return name
}

func bundleError(name string, err error) error {
	return fmt.Errorf("the bundle %s cannot be used: %w; export it again with ctxcliff faults export", name, err)
}

// digestNow is the digest of a model file as it is; of one that cannot be read there is none.
func digestNow(name string) handover.Digest {
	d, err := digestOf(name)
	if err != nil {
		return handover.Digest{}
	}
	return d
}
