package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Level says how much a finding matters. The zero value is unknown.
type Level int

// The levels, the harmless one first.
const (
	LevelUnknown Level = iota
	Info               // good to know
	Warn               // something will be missing from results
	Blocker            // a run cannot work
)

// String is the word that reports print: INFO, WARN, BLOCKER, UNKNOWN.
func (l Level) String() string {
	switch l {
	case Info:
		return "INFO"
	case Warn:
		return "WARN"
	case Blocker:
		return "BLOCKER"
	}
	return "UNKNOWN"
}

// Finding is one line of ctxcliff doctor.
type Finding struct {
	Level  Level
	What   string // what was found or is missing
	Remedy string // what to do about it, "" where there is nothing to do
}

// String is the finding as one line.
func (f Finding) String() string {
	if f.Remedy == "" {
		return fmt.Sprintf("%-7s  %s", f.Level, f.What)
	}
	return fmt.Sprintf("%-7s  %s; %s", f.Level, f.What, f.Remedy)
}

// Doctor looks at what this machine offers for a run, always in the same order. It obtains and
// changes nothing, and needs no network.
func Doctor(ctx context.Context, opts Options) []Finding {
	opts.Offline = true
	return newFinder(opts).doctor(ctx)
}

func (f *finder) doctor(ctx context.Context) []Finding {
	server, serverErr := f.find(ctx, LlamaServer)
	rpc, rpcErr := f.find(ctx, RPC)
	return []Finding{
		f.serverFinding(server, serverErr),
		f.rpcFinding(server, rpc, rpcErr),
		f.managerFinding(serverErr == nil),
		f.cacheFinding(serverErr == nil),
		f.kernelLogFinding(ctx),
		f.debuggerFinding(),
		f.machineFinding(ctx),
	}
}

func (f *finder) serverFinding(found Found, err error) Finding {
	var cannot *UnavailableError
	switch {
	case err == nil && found.Source == SourceCache:
		return Finding{Info, "llama-server " + describe(found),
			"it is a general CPU build; name your own with --server PATH to test a GPU"}
	case err == nil:
		return Finding{Info, "llama-server " + describe(found), ""}
	case !errors.As(err, &cannot):
		return Finding{Blocker, err.Error(), ""}
	case f.manager() != "":
		return Finding{Info, "llama-server: not here yet", "the first run obtains it with " + f.manager() + ", or name one with --server PATH"}
	}
	return Finding{Blocker, "llama-server: none, and nothing to obtain it with",
		"type: " + cannot.Command + ", or use --server PATH or --server sim"}
}

func (f *finder) rpcFinding(server, found Found, err error) Finding {
	var cannot *UnavailableError
	switch {
	case err == nil && server.Path != "" && found.Source != server.Source:
		return Finding{Warn, "rpc-server " + describe(found) + ", but llama-server is from elsewhere",
			"the two must be of one build; name the one beside your llama-server with --rpc-server PATH"}
	case err == nil:
		return Finding{Info, "rpc-server " + describe(found), ""}
	case !errors.As(err, &cannot):
		return Finding{Warn, err.Error(), ""}
	case f.manager() != "" && server.Source != SourceCache:
		return Finding{Info, "rpc-server: not here yet", "a run with --rpc local obtains it with " + f.manager() + ", or name one with --rpc-server PATH"}
	}
	return Finding{Warn, "rpc-server: none; runs with --rpc local cannot start", "type: " + cannot.Command + ", or name one with --rpc-server PATH"}
}

// describe is a program in a few words: version, build, path.
func describe(found Found) string {
	text := ""
	if found.Version != "" {
		text = found.Version + " "
	}
	if found.Build != 0 && fmt.Sprint(found.Build) != found.Version {
		text += fmt.Sprintf("(build %d) ", found.Build)
	}
	return text + "at " + found.Path + " (" + found.Source + ")"
}

func (f *finder) managerFinding(haveServer bool) Finding {
	system := f.host.release().PrettyName
	if m := f.manager(); m != "" {
		return Finding{Info, "package manager: " + m + " (" + system + "), used without root into the cache", ""}
	}
	level := Warn
	if haveServer {
		level = Info
	}
	return Finding{level, "package manager: none that llama-server can be obtained from without root (" + system + ")",
		"type: " + installCommand(f.host.release(), f.host.goos, f.has)}
}

// roomyCache is what the cache should have free: the private root, and tiny models beside it.
const roomyCache = 500 << 20

func (f *finder) cacheFinding(haveServer bool) Finding {
	level := Blocker
	if haveServer {
		level = Warn
	}
	remedy := "set XDG_CACHE_HOME to a folder that can be written"
	dir, err := f.cacheDir()
	if err != nil {
		return Finding{level, err.Error(), ""}
	}
	existing := dir
	for {
		if _, err := os.Stat(existing); err == nil || existing == filepath.Dir(existing) {
			break
		}
		existing = filepath.Dir(existing)
	}
	if err := writable(existing); err != nil {
		return Finding{level, "cache folder " + dir + ": cannot be written", remedy}
	}
	free, err := freeSpace(existing)
	switch {
	case err != nil:
		return Finding{Warn, "cache folder " + dir + ": free space cannot be read here", ""}
	case free < roomyCache:
		return Finding{Warn, fmt.Sprintf("cache folder %s: only %d MB free", dir, free>>20), "make room, or set XDG_CACHE_HOME"}
	}
	return Finding{Info, fmt.Sprintf("cache folder %s: %.1f GB free", dir, float64(free)/1e9), ""}
}

// writable tries, because permission bits do not tell the whole truth (read-only mounts, quotas).
func writable(dir string) error {
	temp, err := os.CreateTemp(dir, ".ctxcliff-*")
	if err != nil {
		return err
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}
