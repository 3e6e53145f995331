package provision

import (
	"context"
	"path/filepath"
	"strings"
)

// brewed is a tool that Homebrew installed without linking it into PATH. Homebrew has no private
// roots, so nothing is installed with it: its user is told the command instead.
func (f *finder) brewed(ctx context.Context, tool Tool) (Found, bool) {
	if !f.has("brew") {
		return Found{}, false
	}
	out, err := f.host.run(ctx, command{name: "brew", args: []string{"--prefix", "--installed", "llama.cpp"}})
	prefix := strings.TrimSpace(out.stdout)
	if err != nil || out.code != 0 || prefix == "" {
		return Found{}, false
	}
	for _, name := range tool.names() {
		for _, dir := range []string{"bin", "libexec"} {
			if found, err := verify(ctx, f.host.run, tool, filepath.Join(prefix, dir, name)); err == nil {
				found.Source = SourceBrew
				return found, true
			}
		}
	}
	return Found{}, false
}
