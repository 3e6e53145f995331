package provision

import (
	"context"
	"os"
	"path/filepath"
)

// planner is the program of llama.cpp that predicts memory. Whoever runs llama-server looks for it beside
// that; where it is missing, nothing but its predictions is.
const planner Tool = "llama-fit-params"

// furnish puts the planner's launcher beside that of the llama-server in a remembered root, where an
// earlier version of ctxcliff left it out. The caller holds the lock.
func (c cache) furnish() error {
	m, err := c.load()
	if err != nil {
		return err
	}
	bin := filepath.Join(c.dir, m.Root, "bin", string(planner))
	if _, err := os.Stat(bin); err == nil {
		return nil
	}
	dir := filepath.Join(c.dir, m.Root, "root")
	root, err := readRoot(dir)
	if err != nil {
		return err
	}
	_, err = root.assemble(planner, haul{root: dir, from: m.From}, filepath.Join(c.dir, m.Root))
	return err
}

// furnish sees that the planner lies beside a llama-server that was found in the cache.
func (f *finder) furnish(ctx context.Context, c cache, found Found) {
	if _, err := os.Stat(filepath.Join(filepath.Dir(found.Path), string(planner))); err == nil {
		return
	}
	release, err := c.lock(ctx, func() {})
	if err != nil {
		return
	}
	defer release()
	if err := c.furnish(); err != nil {
		f.Log.Debug().Err(err).Msg("the planner of the packages cannot be used")
	}
}
