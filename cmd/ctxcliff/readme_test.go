package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ctxcliff/harness/provision/provisiontest"
)

// TestReadme runs every ctxcliff command of the README's code blocks, in order, in a folder that has
// what the README assumes: ./llama-server, my.gguf, its own lab.yaml, a night.yaml and somebody's logs. A command may find failures (exit code 1), but
// may not be misunderstood or stand in its own way.
func TestReadme(t *testing.T) {
	t.Parallel()
	commands := readmeCommands(t)
	if len(commands) < 4 {
		t.Fatalf("found only %q", commands)
	}
	dir := workDir(t)
	if err := os.Rename(filepath.Join(dir, "m.gguf"), filepath.Join(dir, "my.gguf")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(provisiontest.Server(t), filepath.Join(dir, "llama-server")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"lab.yaml":   readmeBlock(t, "yaml"),
		"night.yaml": "server: ./llama-server\nmodel: my.gguf\nnp: 1\nps: 4k\nshape: opt\ntokens: 1k\nlevel: quick\nsteps: [screen, bisect, repro]\ndb: night.db\n",
		"server.log": "0.00.100.000 I srv  llama_server: listening on http://127.0.0.1:8080\n",
		"dmesg.txt":  "[ 4778.900423] amdgpu 0000:c5:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:24 vmid:8 pasid:32770)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range commands {
		t.Run(line, func(t *testing.T) {
			out, err := program(t, dir, strings.Fields(line)[1:]...).CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == exitFailures) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func readmeCommands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	inside := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = !inside
		case inside && strings.HasPrefix(line, "ctxcliff "):
			commands = append(commands, line)
		}
	}
	return commands
}

// readmeBlock is the text of the README's block of that language.
func readmeBlock(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "```"+language+"\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatalf("the README has no block of %s", language)
	}
	return block
}
