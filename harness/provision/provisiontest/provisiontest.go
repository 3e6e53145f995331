// Package provisiontest gives tests a real llama-server and a real rpc-server.
//
// The order is: the environment (CTXCLIFF_TEST_SERVER, CTXCLIFF_TEST_RPC_SERVER), PATH, the user's
// cache, the package manager. All test processes share the user's cache and its lock, so a machine
// obtains the programs once. Where none can be had a test is skipped with the reason; with CI=true
// it fails, because a build that never met a real server proves little.
package provisiontest

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"ctxcliff/harness/provision"
)

// limit bounds the search, downloads included. A slow line takes minutes for 30 MB.
const limit = 5 * time.Minute

// Server is the path of a llama-server that was run and answered.
func Server(t testing.TB) string {
	t.Helper()
	return need(t, server)
}

// RPCServer is the path of an rpc-server that was run and answered. It is of the same build as
// Server's where both came from one place.
func RPCServer(t testing.TB) string {
	t.Helper()
	return need(t, rpcServer)
}

// Each program is looked for once per test process.
var (
	server = sync.OnceValues(func() (string, error) {
		return search("CTXCLIFF_TEST_SERVER", provision.Verify, provision.Server)
	})
	rpcServer = sync.OnceValues(func() (string, error) {
		return search("CTXCLIFF_TEST_RPC_SERVER", provision.VerifyRPC, provision.RPCServer)
	})
)

func search(
	variable string,
	verify func(context.Context, string) (provision.Found, error),
	find func(context.Context, provision.Options) (provision.Found, error),
) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if path := os.Getenv(variable); path != "" {
		found, err := verify(ctx, path)
		return found.Path, err
	}
	found, err := find(ctx, provision.Options{Server: os.Getenv("CTXCLIFF_TEST_SERVER")})
	return found.Path, err
}

func need(t testing.TB, find func() (string, error)) string {
	t.Helper()
	path, err := find()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("a real program is required in CI: %v", err)
	default:
		t.Skipf("needs a real program: %v", err)
	}
	return path
}
