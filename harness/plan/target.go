package plan

import (
	"path/filepath"
	"regexp"
	"strings"
)

// Target is what is tested: binary, model, backend, topology, flags. Two targets that differ in
// anything but Name are two columns of a report.
type Target struct {
	Name     string   // label of the model in cell ids and headings; "" derives it from Model
	Server   string   // the llama-server to start: a path, or "sim" / "sim:PROFILE"
	Launch   []string // goes before the command line of the server and of local peers; runs it elsewhere or otherwise
	URL      string   // attach to this server instead of starting one; then Server is empty
	Model    string   // path of the GGUF file; empty when attached
	Backend  string   // environment tag such as rocm-7.2.4, vulkan-radv, cpu; never empty in a plan
	Power    string   // label of the power profile, such as performance; set by whoever runs the machine, not by us
	Topology Topology // how many processes share the work
	Args     []string // passed on to llama-server verbatim, after ours
	Env      []string // NAME=VALUE added to the server's environment
}

// Topology is the set of processes that a server spreads the model over. The zero value is a
// single server.
type Topology struct {
	Name    string   // label in cell ids, which tells topologies of as many peers apart; "" derives it from Peers
	Peers   []string // of each rpc-server, in the order of the --rpc flags: LocalPeer, a [Remote], or the host:port that it is attached at
	Program string   // the rpc-server that local peers run; "" there are none
}

// String is the topology's part of a cell id: its name, or else single, rpc1, rpc2…
func (t Topology) String() string {
	if t.Name != "" {
		return Slug(t.Name)
	}
	if len(t.Peers) == 0 {
		return "single"
	}
	return "rpc" + itoa(len(t.Peers))
}

// ID names the target in cell ids: model__backend__topology. No two targets of a run share one.
func (t Target) ID() string {
	return strings.Join([]string{t.ModelName(), Slug(t.Backend), t.Topology.String()}, "__")
}

// Simulated reports whether the target is the built-in simulated server, and with which profile.
func (t Target) Simulated() (profile string, ok bool) {
	kind, profile, _ := strings.Cut(t.Server, ":")
	return profile, kind == "sim"
}

// ModelName is the target's name in cell ids: Name, or the model's file name in lower case without
// extension, shard suffix (-00001-of-00005) and underscores (Q4_K_XL is q4kxl, as the field writes
// it); anything else but letters, digits and dots is replaced by a dash.
func (t Target) ModelName() string {
	if t.Name != "" {
		return Slug(t.Name)
	}
	if t.Model == "" {
		return "attached"
	}
	base := strings.TrimSuffix(filepath.Base(t.Model), filepath.Ext(t.Model))
	return Slug(strings.ReplaceAll(shardSuffix.ReplaceAllString(base, ""), "_", ""))
}

var (
	shardSuffix = regexp.MustCompile(`-\d{5}-of-\d{5}$`)
	notSlug     = regexp.MustCompile(`[^a-z0-9.]+`)
)

// Slug is text as the fields of cell ids have it: small letters, digits and dots, all else a dash. It never contains the "__" that separates the fields of a cell id.
func Slug(text string) string {
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(text), "-"), "-")
}
