package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ctxcliff/harness/fartest"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

func TestSameBuild(t *testing.T) {
	binary := func(build int, commit string) trial.Binary { return trial.Binary{Build: build, Commit: commit} }
	for _, c := range []struct {
		a, b        trial.Binary
		same, known bool
	}{
		{binary(8146, "f20469d91"), binary(8146, "f20469d"), true, true},
		{binary(1, "f20469d91"), binary(8146, "f20469d"), true, true}, // a shallow checkout counts its commits, too
		{binary(8146, "f20469d91"), binary(8146, "39e4b1dc"), false, true},
		{binary(11669, "Debian"), binary(11669, "Debian"), true, true},
		{binary(11669, "Debian"), binary(11670, "Debian"), false, true},
		{binary(11669, "Debian"), binary(8146, "f20469d91"), false, true},
		{binary(0, ""), binary(8146, "f20469d91"), false, false},
		{binary(0, ""), binary(0, ""), false, false},
	} {
		if same, known := sameBuild(c.a, c.b); same != c.same || known != c.known {
			t.Errorf("%+v %+v: %v %v", c.a, c.b, same, known)
		}
		if same, known := sameBuild(c.b, c.a); same != c.same || known != c.known {
			t.Errorf("%+v %+v: %v %v", c.b, c.a, same, known)
		}
	}
}

// elsewhere is a folder with the real rpc-server, and a llama-server that says it is of that version; "" there is none.
func elsewhere(t testing.TB, version string) (program string) {
	t.Helper()
	dir := t.TempDir()
	program = filepath.Join(dir, "rpc-server")
	files := map[string]string{program: "exec " + provisiontest.RPCServer(t) + ` "$@"`}
	if version != "" {
		files[filepath.Join(dir, "llama-server")] = "[ \"$1\" = --version ] && echo '" + version + "' >&2"
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return program
}

// TestPeersOfAnotherBuild: a real rpc-server that was installed with a llama-server of another build is
// refused before it is started, here and over ssh, and doctor says so, too. Of one beside which nothing tells
// that is said, and it is used.
func TestPeersOfAnotherBuild(t *testing.T) {
	t.Parallel()
	h := fartest.Loopback(t)
	const other = "version: 8146 (f20469d91)"
	for name, c := range map[string]struct{ version, peer, says string }{
		"another, here":   {other, plan.LocalPeer, "is of build 8146 (commit f20469d91), as "},
		"another, there":  {other, "far", "is of build 8146 (commit f20469d91), as "},
		"not known, here": {"", plan.LocalPeer, "rpc1: the build of its rpc-server "},
	} {
		t.Run(name, func(t *testing.T) {
			lab := realLab(t, tinymodel.Llama)
			program := elsewhere(t, c.version)
			target := lab.Target
			target.Topology = plan.Topology{Peers: []string{c.peer}, Program: program}
			if c.peer == "far" {
				target.Topology = plan.Topology{Peers: []string{h.URL("program=" + program)}}
			}
			s, recorded, _ := matrix{tokens: []int{500}, serverArgs: oneThread}.far(t, survey(t, target))
			if err := run(t, context.Background(), s); err != nil && c.version != other {
				t.Fatal(err)
			}
			a, start := recorded.attempts[0], recorded.starts[0]
			findings := examined(t, target)
			if c.version == other {
				if a.Outcome != trial.Infra || !strings.Contains(a.Reason, "rpc1 "+c.says) || !strings.Contains(a.Reason, fmt.Sprintf("and llama-server of build %d", lab.Binary.Build)) || start.Peers[0].PID != 0 {
					t.Errorf("%s: %s, %+v", a.Outcome, a.Reason, start.Peers)
				}
				finds(t, findings, provision.Blocker, c.says)
				return
			}
			if a.Outcome != trial.Pass {
				t.Errorf("%s: %s", a.Outcome, a.Reason)
			}
			if said := strings.Join(start.Unobserved, "\n"); !strings.Contains(said, c.says) {
				t.Error(said)
			}
			finds(t, findings, provision.Warn, "the build of its rpc-server "+program+" is not known")
		})
	}
}
