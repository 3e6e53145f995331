package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ctxcliff/harness/internal/process"
)

// ask runs the binary with one flag and returns what it printed, stdout and stderr together: builds
// differ in where they print their version.
func ask(ctx context.Context, command, env []string, flag string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	p, err := process.Start(ctx, process.Spec{
		Argv: append(append([]string(nil), command...), flag), Env: environment(env), Name: "llama-server", TailLines: 2000,
	})
	if err != nil {
		return "", err
	}
	defer p.Stop(context.WithoutCancel(ctx), time.Second)
	select {
	case <-p.Done():
	case <-ctx.Done():
		return "", fmt.Errorf("%s %s did not end within %s; is it a llama-server?", command[0], flag, probeTimeout)
	}
	var text strings.Builder
	for _, l := range p.Tail() {
		text.WriteString(l.Text + "\n")
	}
	if exit, _ := p.Exit(); exit.Code != 0 {
		return "", fmt.Errorf("%s is not a llama-server that runs here: %s ended with %s: %s", command[0], flag, exit, firstLine(text.String()))
	}
	return text.String(), nil
}
