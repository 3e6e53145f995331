package harness

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/simserver"
)

// roleEnv makes the test binary play a whole ctxcliff.
const roleEnv = "HARNESS_TEST_ROLE"

// peersEnv names the rpc-server that it spreads the model over, twice.
const peersEnv = "HARNESS_TEST_PEERS"

func TestMain(m *testing.M) {
	Guard()
	if len(os.Args) > 1 && os.Args[1] == SimCommand {
		os.Exit(simserver.Main(os.Args[2:]))
	}
	if len(os.Args) > 2 && os.Args[1] == mangleCommand {
		os.Exit(playMangled(os.Args[2], os.Args[3:]))
	}
	if len(os.Args) > 2 && os.Args[1] == oddCommand {
		os.Exit(playOddServer(os.Args[2], os.Args[3:]))
	}
	if len(os.Args) > 4 && os.Args[1] == tamperCommand {
		os.Exit(playTampered(os.Args[2], os.Args[3], os.Args[4:]))
	}
	if len(os.Args) > 2 && os.Args[1] == newerCommand {
		os.Exit(playNewerPeer(os.Args[2], os.Args[3:]))
	}
	if len(os.Args) > 2 && os.Args[1] == skewCommand {
		os.Exit(playSkewed(os.Args[2]))
	}
	if os.Getenv(roleEnv) != "" {
		os.Exit(playScreen(os.Args[1:]))
	}
	// A child that looks for races sleeps for a second at its end, which would be a hang on shutdown.
	_ = os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=0"))
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("15") // each check starts real processes
	}
	code := m.Run()
	if left := leftBehind(); len(left) > 0 && code == 0 {
		fmt.Fprintln(os.Stderr, "processes left behind after all tests:", left)
		code = 1
	}
	if sharedDir != "" {
		os.RemoveAll(sharedDir)
	}
	os.Exit(code)
}

// leftBehind lists what is still below us. A process that has ended may need a moment to be reaped.
func leftBehind() (left []int) {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
		if left = process.Descendants(os.Getpid()); len(left) == 0 {
			return nil
		}
	}
	return left
}
