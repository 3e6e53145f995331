package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
)

// topologyOf reads which rpc-servers the model is to be spread over. The program for local ones is
// found later: a mistake in the flags must not cost a download first.
func topologyOf(c *cli.Command) (top plan.Topology, err error) {
	if top.Peers, err = plan.ParsePeers(c.StringSlice("rpc")); err != nil {
		return top, fmt.Errorf("--rpc: %w", err)
	}
	top.Name, top.Program = c.String("topology"), c.String("rpc-server")
	if c.String("config") == "" && top.Program != "" && top.Locals() == 0 {
		return top, errors.New("--rpc-server is for peers that we start here; give --rpc local too, or name the program of another host as in --rpc ssh://HOST?program=PATH")
	}
	return top, checkPeers(plan.Target{Server: c.String("server"), Args: c.StringSlice("server-arg"), Topology: top})
}

// checkPeers refuses peers that the target's server cannot have.
func checkPeers(t plan.Target) error {
	_, simulated := t.Simulated()
	switch {
	case len(t.Topology.Peers) > 0 && simulated:
		return errors.New("--rpc: the simulated server has no rpc-servers; give a real one with --server, or leave --rpc out")
	case len(t.Topology.Peers) > 0 && slices.ContainsFunc(t.Args, isRPCFlag):
		return errors.New("--rpc stands among the --server-arg, too; name all peers with ctxcliff's own --rpc")
	}
	return nil
}

func isRPCFlag(arg string) bool { return arg == "--rpc" }

// peerProgram completes the target's topology with the rpc-server that local peers run: the one that is named,
// else one that fits the llama-server.
func (t *terminal) peerProgram(ctx context.Context, c *cli.Command, target *plan.Target) error {
	top := &target.Topology
	if top.Locals() == 0 {
		return nil
	}
	if top.Program != "" && len(target.Launch) > 0 {
		return nil // the launcher may know it where we do not
	}
	if top.Program != "" {
		found, err := provision.VerifyRPC(ctx, top.Program)
		if err != nil {
			return labError(ctx, err)
		}
		top.Program = found.Path
		return nil
	}
	found, err := provision.RPCServer(ctx, provision.Options{
		Server: target.Server, Log: t.logger(c.Bool("verbose")), Progress: func(line string) { t.say("%s", line) },
	})
	if err != nil && ctx.Err() == nil {
		err = trouble(err)
	}
	top.Program = found.Path
	return err
}
