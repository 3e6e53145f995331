// Command ctxcliff is a stability and context-limit fuzz tester for llama.cpp's llama-server.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"ctxcliff/harness"
	"ctxcliff/harness/simserver"
)

func main() {
	harness.Guard() // does not return in a process that was started to guard a server
	if len(os.Args) > 1 && os.Args[1] == harness.SimCommand {
		os.Exit(simserver.Main(os.Args[2:]))
	}
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}

// run is the whole program but for the process's own exit: it returns the exit code.
func run(args []string, stdout, stderr *os.File) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// Without a reader of standard error a run goes on; without one of standard output it is recorded first.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	// A second signal ends the process at once; the guards then end the servers.
	context.AfterFunc(ctx, stop)
	t := newTerminal(stdout, stderr)
	return t.exit(newApp(t).Run(ctx, args))
}
