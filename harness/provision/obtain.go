package provision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names below the cache. A stage is work in progress and dies with it; a root is finished.
const (
	stagePrefix = "stage-"
	rootPrefix  = "root-"
)

// obtain fills the cache from the package manager and returns the tool. Two processes that want the
// same wait for one another; the second finds what the first brought.
func (f *finder) obtain(ctx context.Context, c cache, tool Tool) (Found, error) {
	source := f.manager()
	if source == "" {
		return Found{}, f.unavailable(tool, "it is neither on PATH nor in the cache, and there is no package manager here that it can be obtained from without root")
	}
	if strings.ContainsAny(c.dir, badForLoader) {
		return Found{}, fmt.Errorf("the cache folder %q has a character that a private root cannot have in its path (colon, semicolon or quote); set XDG_CACHE_HOME to another folder", c.dir)
	}
	release, err := c.lock(ctx, func() { f.Progress("waiting for another ctxcliff that is obtaining llama-server") })
	if err != nil {
		return Found{}, err
	}
	defer release()
	found, err := c.recall(ctx, tool)
	if err == nil {
		return found, nil
	}
	if errors.Is(err, errNoRPC) {
		return Found{}, f.unavailable(tool, err.Error())
	}
	c.sweep()
	m, err := f.install(ctx, c, source)
	if ctx.Err() != nil {
		return Found{}, fmt.Errorf("obtaining %s: %w", tool, context.Cause(ctx))
	}
	if err != nil {
		var cannot *UnavailableError
		if errors.As(err, &cannot) {
			cannot.Tool = tool
		}
		return Found{}, err
	}
	found, err = c.recall(ctx, tool)
	if errors.Is(err, errNoRPC) {
		return Found{}, f.unavailable(tool, err.Error())
	}
	if err != nil {
		return Found{}, err
	}
	found.Source = m.Source
	f.Log.Info().Str("tool", string(tool)).Str("version", found.Version).Str("from", m.From).Str("path", found.Path).Msg("obtained")
	return found, nil
}

// sweep removes stages that an earlier process left, and roots that are not remembered. The caller
// holds the lock.
func (c cache) sweep() {
	keep := ""
	if m, err := c.load(); err == nil {
		keep = m.Root
	}
	entries, _ := os.ReadDir(c.dir)
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, stagePrefix) || (strings.HasPrefix(name, rootPrefix) && name != keep) {
			removeTree(filepath.Join(c.dir, name))
		}
	}
}

// install downloads, unpacks, moves into place, verifies and remembers, in this order. Whatever
// happens before the last step leaves nothing that counts. The caller holds the lock.
func (f *finder) install(ctx context.Context, c cache, source string) (memory, error) {
	stage, err := os.MkdirTemp(c.dir, stagePrefix)
	if err != nil {
		return memory{}, fmt.Errorf("making a folder in the cache: %w", err)
	}
	defer removeTree(stage)
	if err := os.Chmod(stage, 0o755); err != nil {
		return memory{}, fmt.Errorf("making a folder in the cache: %w", err)
	}
	fetch := f.fetchApt
	if source == SourceDnf {
		fetch = f.fetchDnf
	}
	h, err := fetch(ctx, stage)
	if err != nil {
		return memory{}, err
	}
	m := memory{Schema: memorySchema, Root: rootName(h), Source: h.source, From: h.from, Packages: h.packages}
	server, rpc, err := f.assemble(h, filepath.Join(c.dir, m.Root))
	if err != nil {
		return memory{}, err
	}
	final := filepath.Join(c.dir, m.Root)
	removeTree(final) // a broken root of the same packages
	if err := os.Rename(filepath.Dir(h.root), final); err != nil {
		return memory{}, fmt.Errorf("moving what was unpacked into the cache: %w", err)
	}
	f.Progress("checking that it runs")
	if m.Server, err = c.admit(ctx, m.Root, LlamaServer, server); err != nil {
		removeTree(final)
		return memory{}, f.unavailable(LlamaServer, "the packages from "+h.from+" do not run here: "+err.Error())
	}
	if rpc.launcher != "" {
		if m.RPC, err = c.admit(ctx, m.Root, RPC, rpc); err != nil {
			f.Log.Warn().Err(err).Msg("the rpc-server of the packages does not run")
		} else {
			m.RPC.Version, m.RPC.Build, m.RPC.Commit = m.Server.Version, m.Server.Build, m.Server.Commit
		}
	}
	if ctx.Err() != nil {
		removeTree(final)
		return memory{}, context.Cause(ctx)
	}
	return m, c.save(m)
}

// rootName names a root after its packages, so that equal packages have equal names.
func rootName(h haul) string {
	sum := sha256.New()
	for _, p := range h.packages {
		fmt.Fprintln(sum, p.Name, p.Version)
	}
	return rootPrefix + hex.EncodeToString(sum.Sum(nil)[:6])
}

// assembled is a launcher and the files that it depends on, relative to the tree that holds root/.
type assembled struct {
	launcher string
	files    []string
}

// assemble finds the programs in an unpacked root and writes their launchers, for the place where
// the tree will lie in the end. The rpc-server may be missing: its launcher is "" then.
func (f *finder) assemble(h haul, final string) (server, rpc assembled, err error) {
	root, err := readRoot(h.root)
	if err != nil {
		return server, rpc, err
	}
	if server, err = root.assemble(LlamaServer, h, final); err != nil {
		return server, rpc, err
	}
	if server.launcher == "" {
		return server, rpc, f.unavailable(LlamaServer, "the packages from "+h.from+" hold no llama-server")
	}
	rpc, rpcErr := root.assemble(RPC, h, final)
	if rpcErr != nil {
		f.Log.Warn().Err(rpcErr).Msg("the rpc-server of the packages cannot be used")
	}
	if _, err := root.assemble(planner, h, final); err != nil {
		f.Log.Warn().Err(err).Msg("the planner of the packages cannot be used")
	}
	return server, rpc, nil
}

func (r elfRoot) assemble(tool Tool, h haul, final string) (assembled, error) {
	program := r.program(tool.names())
	if program == "" {
		return assembled{}, nil
	}
	l, err := r.link(program)
	if err == nil && len(l.missing) > 0 {
		err = fmt.Errorf("the packages from %s lack %s, which %s needs", h.from, strings.Join(l.missing, ", "), tool)
	}
	if err == nil {
		err = r.linkBackends(&l)
	}
	if err != nil {
		return assembled{}, err
	}
	at := func(rel string) string { return filepath.Join(final, "root", filepath.FromSlash(rel)) }
	var dirs []string
	for _, dir := range l.dirs {
		dirs = append(dirs, at(dir))
	}
	loader := ""
	a := assembled{launcher: filepath.Join("bin", string(tool))}
	a.files = append(a.files, a.launcher)
	if l.loader != "" {
		loader = at(l.loader)
		l.objects = insert(l.objects, l.loader)
	}
	for _, rel := range l.objects {
		a.files = append(a.files, filepath.Join("root", filepath.FromSlash(rel)))
	}
	text := launcherText(string(tool)+" from "+h.from, string(tool), loader, dirs, at(program))
	bin := filepath.Join(filepath.Dir(h.root), "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return assembled{}, fmt.Errorf("writing the launcher: %w", err)
	}
	if err := os.WriteFile(filepath.Join(bin, string(tool)), []byte(text), 0o755); err != nil {
		return assembled{}, fmt.Errorf("writing the launcher: %w", err)
	}
	return a, nil
}

// admit runs a program in its final place and notes what it said and how its files look.
func (c cache) admit(ctx context.Context, root string, tool Tool, a assembled) (*remembered, error) {
	rel := filepath.Join(root, a.launcher)
	found, err := verify(ctx, c.run, tool, filepath.Join(c.dir, rel))
	if err != nil {
		return nil, err
	}
	var files []string
	for _, file := range a.files {
		files = append(files, filepath.Join(root, file))
	}
	marks, err := c.mark(files)
	if err != nil {
		return nil, err
	}
	return &remembered{Path: rel, Version: found.Version, Build: found.Build, Commit: found.Commit, Raw: found.Raw, Files: marks}, nil
}

// removeTree removes a folder even where packages brought folders that their owner cannot write.
func removeTree(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(p, 0o755)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}
