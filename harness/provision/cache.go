package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// cache is the folder that holds private roots and remembers which of them were verified. Only what
// is remembered counts: a root that is not named in the file is a leftover.
type cache struct {
	dir string
	run runner
}

// memory is the remember file. It is replaced as a whole, so readers need no lock.
type memory struct {
	Schema   int         `json:"schema"`
	Root     string      `json:"root"` // folder below the cache that holds the private root
	Source   string      `json:"source"`
	From     string      `json:"from"` // where the packages came from, for people
	Packages []Package   `json:"packages"`
	Server   *remembered `json:"llama_server"`
	RPC      *remembered `json:"rpc_server"` // nil where the packages hold none
}

// remembered is one verified program.
type remembered struct {
	Path    string     `json:"path"` // launcher, relative to the cache
	Version string     `json:"version"`
	Build   int        `json:"build"`
	Commit  string     `json:"commit"`
	Raw     string     `json:"raw"`
	Files   []fileMark `json:"files"` // launcher, loader, program and libraries
}

// fileMark tells whether a file is still the one that was verified.
type fileMark struct {
	Path string `json:"path"` // relative to the cache
	Size int64  `json:"size"`
	Time int64  `json:"mtime_ns"`
}

// memorySchema is raised when older remember files must be obtained again.
const memorySchema = 1

var (
	errForgotten = errors.New("nothing is remembered in the cache")
	errNoRPC     = errors.New("the packages that llama-server came from hold no rpc-server")
)

func (c cache) file() string { return filepath.Join(c.dir, "provisioned.json") }

// load reads the remember file. A file that cannot be understood is as good as none.
func (c cache) load() (memory, error) {
	text, err := os.ReadFile(c.file())
	if err != nil {
		return memory{}, errForgotten
	}
	var m memory
	if err := json.Unmarshal(text, &m); err != nil || m.Schema != memorySchema || m.Server == nil {
		return memory{}, fmt.Errorf("%w: %s is not readable", errForgotten, c.file())
	}
	return m, nil
}

// save replaces the remember file, durably.
func (c cache) save(m memory) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("remembering what was obtained: %w", err)
	}
	temp, err := os.CreateTemp(c.dir, stagePrefix+"*.json")
	if err != nil {
		return fmt.Errorf("remembering what was obtained: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(append(text, '\n'))
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), c.file())
	}
	if err != nil {
		return fmt.Errorf("remembering what was obtained: %w", err)
	}
	return nil
}

// recall returns a remembered tool whose files are as they were when it was verified. Where a file
// changed, the program is run again and remembered as it is now; where one is gone, the error says so.
func (c cache) recall(ctx context.Context, tool Tool) (Found, error) {
	m, err := c.load()
	if err != nil {
		return Found{}, err
	}
	r := m.tool(tool)
	if r == nil {
		return Found{}, errNoRPC
	}
	found := Found{
		Path: filepath.Join(c.dir, r.Path), Version: r.Version, Build: r.Build, Commit: r.Commit,
		Source: SourceCache, Raw: r.Raw,
	}
	changed, err := c.check(r.Files)
	if err != nil {
		return Found{}, err
	}
	if !changed {
		return found, nil
	}
	now, err := verify(ctx, c.run, tool, found.Path)
	if err != nil {
		return Found{}, err
	}
	if tool == LlamaServer {
		found.Version, found.Build, found.Commit, found.Raw = now.Version, now.Build, now.Commit, now.Raw
	}
	return found, nil
}

func (m memory) tool(tool Tool) *remembered {
	if tool == RPC {
		return m.RPC
	}
	return m.Server
}

// check compares files with their marks. A file that is gone is an error.
func (c cache) check(marks []fileMark) (changed bool, err error) {
	for _, mark := range marks {
		info, err := os.Stat(filepath.Join(c.dir, mark.Path))
		if err != nil {
			return false, fmt.Errorf("the cache is incomplete: %w", err)
		}
		changed = changed || info.Size() != mark.Size || info.ModTime().UnixNano() != mark.Time
	}
	return changed, nil
}

// mark notes how files, given relative to the cache, look now.
func (c cache) mark(paths []string) ([]fileMark, error) {
	marks := make([]fileMark, 0, len(paths))
	for _, p := range paths {
		info, err := os.Stat(filepath.Join(c.dir, p))
		if err != nil {
			return nil, fmt.Errorf("reading what was unpacked: %w", err)
		}
		marks = append(marks, fileMark{Path: p, Size: info.Size(), Time: info.ModTime().UnixNano()})
	}
	return marks, nil
}
