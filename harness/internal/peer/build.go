package peer

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/internal/process"
)

// askBuild bounds a question: builds for GPUs load their drivers first.
const askBuild = 20 * time.Second

// upToPrefix is how far above an rpc-server the prefix may be that has its llama-server in bin: Debian has
// PREFIX/libexec/TRIPLET/llama/bin/ggml-rpc-server.
const upToPrefix = 5

// Build is what is known of the build of an rpc-server: what a program printed for --version. An rpc-server
// says no more of itself than the version of its protocol, so it is a llama-server that was installed with
// it that tells. "" none was found, or it did not answer.
func Build(ctx context.Context, launcher []string, program string, env []string) (said, by string) {
	for _, sibling := range siblings(program, len(launcher) > 0) {
		if said := version(ctx, slices.Concat(launcher, []string{sibling}), env, len(launcher)); said != "" {
			return said, sibling
		}
	}
	return "", ""
}

// siblings are where a llama-server of the same build may be. What is seen only through a launcher cannot
// be looked for, only tried.
func siblings(program string, unseen bool) (list []string) {
	const name = "llama-server"
	if unseen {
		if !strings.ContainsRune(program, '/') {
			return nil // each of the two may be another on its PATH
		}
		return []string{filepath.Join(filepath.Dir(program), name)}
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	dir := filepath.Dir(program)
	list = append(list, filepath.Join(dir, name))
	if strings.Contains(dir, "/libexec") {
		for range upToPrefix {
			dir = filepath.Dir(dir)
			list = append(list, filepath.Join(dir, "bin", name))
		}
	}
	return slices.DeleteFunc(list, func(path string) bool {
		info, err := os.Stat(path)
		return err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0
	})
}

// version is what a program prints for --version; "" it does not.
func version(ctx context.Context, argv, env []string, launcher int) string {
	ctx, done := context.WithTimeout(ctx, askBuild)
	defer done()
	p, err := process.Start(ctx, process.Spec{Argv: append(argv, "--version"), Launcher: launcher, Env: process.Environment(env), Name: "llama-server"})
	if err != nil {
		return ""
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
	}
	if exit := p.Stop(context.WithoutCancel(ctx), time.Second); exit.Code != 0 {
		return ""
	}
	var said strings.Builder
	for _, l := range p.Tail() {
		said.WriteString(l.Text + "\n")
	}
	return said.String()
}
