package provision

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rs/zerolog"
)

// Tool names one of the two programs of llama.cpp that ctxcliff tests. The zero value is unknown.
type Tool string

// The tools. Builds since PR 16616's time name the second one ggml-rpc-server.
const (
	LlamaServer Tool = "llama-server"
	RPC         Tool = "rpc-server"
)

// names are the file names under which a tool is installed, the usual one first.
func (t Tool) names() []string {
	if t == RPC {
		return []string{"rpc-server", "ggml-rpc-server", "llama-rpc-server"}
	}
	return []string{string(t)}
}

// flag is the option of ctxcliff that names the tool by hand.
func (t Tool) flag() string {
	if t == RPC {
		return "--rpc-server"
	}
	return "--server"
}

// Where a program came from: the values of Found.Source.
const (
	SourcePath  = "path"  // on PATH, or beside the llama-server on PATH
	SourceCache = "cache" // obtained by an earlier run, remembered
	SourceApt   = "apt"   // obtained just now
	SourceDnf   = "dnf"   // obtained just now
	SourceBrew  = "brew"  // installed by brew, but not on PATH
	SourceFlag  = "flag"  // named by the caller
)

// Found is a program that was run and answered as llama.cpp's does.
type Found struct {
	Path    string // absolute; can be run as it is. In a private root: a launcher that execs, so its pid is the server's
	Version string // "0.7.0", or the build number alone for builds before versions; "" for an rpc-server outside the cache
	Build   int    // build number, 0 when not said
	Commit  string // commit or packager's word ("Debian"), "" when not said
	Source  string // one of the Source constants
	Raw     string // first lines of what the program printed
}

// Options says where to look. The zero value looks in the usual places.
type Options struct {
	CacheDir string                       // "" is ctxcliff below os.UserCacheDir
	LookPath func(string) (string, error) // nil is exec.LookPath
	Offline  bool                         // never ask a package manager
	Server   string                       // RPCServer only: the llama-server it must match; it is looked for beside it first
	Log      zerolog.Logger               // what was tried; the zero value is silent
	Progress func(string)                 // told one short phrase per stage; nil is silent
}

// Server finds a llama-server: on PATH, else remembered in the cache, else from the package manager.
// The error is an *UnavailableError where nothing can be had.
func Server(ctx context.Context, opts Options) (Found, error) {
	return newFinder(opts).find(ctx, LlamaServer)
}

// RPCServer finds an rpc-server: beside opts.Server, on PATH, else in the cache, else from the
// package manager. The error is an *UnavailableError where nothing can be had; a llama-server may
// well be available then.
func RPCServer(ctx context.Context, opts Options) (Found, error) {
	return newFinder(opts).find(ctx, RPC)
}

// finder is one search: the caller's options with their defaults, and the machine it looks at.
type finder struct {
	Options
	host host
}

// host is what the search knows about the machine. Tests replace parts of it.
type host struct {
	goos      string
	osRelease string // file that names the distribution
	run       runner
}

func newFinder(opts Options) *finder {
	if opts.LookPath == nil {
		opts.LookPath = exec.LookPath
	}
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	return &finder{Options: opts, host: thisHost()}
}

// find walks the order of the package comment.
func (f *finder) find(ctx context.Context, tool Tool) (Found, error) {
	if path := f.installed(tool); path != "" {
		found, err := verify(ctx, f.host.run, tool, path)
		if ctx.Err() != nil {
			return Found{}, context.Cause(ctx)
		}
		if err != nil {
			return Found{}, fmt.Errorf("%w; repair it, take it off PATH, or name another with %s", err, tool.flag())
		}
		found.Source = SourcePath
		return found, nil
	}
	dir, err := f.cacheDir()
	if err != nil {
		return Found{}, err
	}
	c := cache{dir: dir, run: f.host.run}
	found, err := c.recall(ctx, tool)
	switch {
	case err == nil:
		f.furnish(ctx, c, found)
		return found, nil
	case ctx.Err() != nil:
		return Found{}, context.Cause(ctx)
	}
	f.Log.Debug().Str("tool", string(tool)).Str("cache", dir).Msg(err.Error())
	if found, ok := f.brewed(ctx, tool); ok {
		return found, nil
	}
	if f.Offline {
		return Found{}, f.unavailable(tool, "it is not on PATH, and offline only the cache can help ("+err.Error()+")")
	}
	return f.obtain(ctx, c, tool)
}

// installed is the path of the tool on this system, "" where there is none. An rpc-server is looked
// for beside the llama-server first, because the two must speak the same protocol version.
func (f *finder) installed(tool Tool) string {
	if tool == RPC {
		server := f.Options.Server
		if server == "" {
			server, _ = f.LookPath(string(LlamaServer))
		}
		if path := besideServer(server); path != "" {
			return path
		}
	}
	for _, name := range tool.names() {
		path, err := f.LookPath(name)
		if err != nil {
			continue
		}
		if abs, err := filepath.Abs(path); err == nil {
			return abs
		}
	}
	return ""
}

// besideServer is an rpc-server in the folder of a llama-server, or below the libexec folder of its
// prefix, where distributions put it; "" where there is none.
func besideServer(server string) string {
	if server == "" {
		return ""
	}
	if real, err := filepath.EvalSymlinks(server); err == nil {
		server = real
	}
	dir, err := filepath.Abs(filepath.Dir(server))
	if err != nil {
		return ""
	}
	for _, name := range RPC.names() {
		candidates := []string{filepath.Join(dir, name)}
		for _, deep := range []string{"", "*", "*/*", "*/*/*"} {
			more, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "libexec", deep, name))
			candidates = append(candidates, more...)
		}
		for _, path := range candidates {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return path
			}
		}
	}
	return ""
}

// cacheDir is the folder that holds what was obtained. It need not exist.
func (f *finder) cacheDir() (string, error) {
	if f.CacheDir != "" {
		return filepath.Abs(f.CacheDir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder: %w; set HOME or XDG_CACHE_HOME to a folder that can be written", err)
	}
	return filepath.Join(base, "ctxcliff"), nil
}
