package reports

import (
	"strings"
	"testing"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// TestAgainNamesPeersAndLauncher: what is pasted starts the same processes in the same order.
func TestAgainNamesPeersAndLauncher(t *testing.T) {
	opt, err := shapes.Parse("opt")
	if err != nil {
		t.Fatal(err)
	}
	target := plan.Target{
		Server: "/opt/llama-server", Model: "m.gguf", Backend: "cpu", Launch: []string{"env", "A=b c", "nice"},
		Topology: plan.Topology{Peers: []string{"bee:50052", plan.LocalPeer, "ssh://me@evo:2222?listen=10.0.0.2&program=/opt/rpc-server"}, Program: "/opt/rpc-server"},
	}
	c := plan.Cell{Configuration: plan.Configuration{Target: target, NP: 1, Ctx: 512, Reply: 1}, Shape: opt, Tokens: 100}
	line := commandLine(again(trial.Run{}, c))
	for _, want := range []string{"--rpc bee:50052 --rpc local --rpc 'ssh://me@evo:2222?listen=10.0.0.2&program=/opt/rpc-server' --rpc-server /opt/rpc-server", `--launch 'env '\''A=b c'\'' nice'`} {
		if !strings.Contains(line, want) {
			t.Errorf("no %s in %s", want, line)
		}
	}
}
