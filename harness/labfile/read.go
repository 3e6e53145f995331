package labfile

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"ctxcliff/harness/plan"
)

// File is what a lab file says.
type File struct {
	Name       string
	Settings   map[string][]Text // by the name of the flag; lists have a text for each element
	Models     []Model
	Backends   []Backend
	Topologies []Topology
	Cases      []Case
	Exclude    []Exclusion
}

// Model is a model to test.
type Model struct{ Name, Path string }

// Backend is a way to run llama-server.
type Backend struct {
	Name, Server, RPCServer, Power string
	Launch, Env, Args              []string
}

// Topology is a set of processes that share the model, and the arguments that go with it.
type Topology struct {
	Name  string
	Peers []string // none: a single server
	Args  []string
}

// Case is a part of the matrix: settings that hold in it, by the name of the flag.
type Case struct {
	Settings map[string][]Text
	At       Position
}

// Exclusion leaves out cells.
type Exclusion struct {
	plan.Exclusion
	At Position
}

// Read reads a lab file. Its name is for errors, and its folder is where relative paths begin; lookup
// gives variables of the environment. The error of a file that cannot be right is an [*Error].
func Read(name string, data []byte, lookup func(string) (string, bool)) (*File, error) {
	d := &decoder{file: name, lookup: lookup, anchors: map[string]ast.Node{}}
	if folder := filepath.Dir(name); folder != "." {
		d.folder = folder
	}
	root, err := d.parse(data)
	if err != nil {
		return nil, err
	}
	list, err := d.mapping(root, "a lab file")
	if err != nil {
		return nil, err
	}
	f := &File{Name: name, Settings: map[string][]Text{}}
	at := map[string]Position{}
	for _, p := range list {
		at[p.name] = p.at
		if err := d.top(f, p); err != nil {
			return nil, err
		}
	}
	if err := d.contradictions(at); err != nil {
		return nil, err
	}
	return f, d.tooSmall(f)
}

// largestFile is more than any lab needs: the parser takes its time over what is nested deeply.
const largestFile = 256 << 10

// deepest is how deep brackets may be nested. The parser takes minutes over some thousands.
const deepest = 100

// tooDeep says where brackets are nested too deeply. Those in texts and comments count: nobody writes a hundred there
// that are not closed.
func tooDeep(data []byte) (at Position, ok bool) {
	depth, at := 0, Position{1, 0}
	for _, b := range data {
		at.Column++
		switch b {
		case '\n':
			at = Position{at.Line + 1, 0}
		case '[', '{':
			if depth++; depth > deepest {
				return at, true
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return at, false
}

// twice is how the parser says that a mapping has a key twice.
var twice = regexp.MustCompile(`^mapping key "(.*)" already defined`)

// parse is the one document of the file.
func (d *decoder) parse(data []byte) (ast.Node, error) {
	if len(data) > largestFile {
		return nil, d.fail(Position{1, 1}, "the file has %d bytes, and a lab file at the most %d; is it another file?", len(data), largestFile)
	}
	if at, ok := tooDeep(data); ok {
		return nil, d.fail(at, "brackets are nested more than %d deep here; a lab file needs three", deepest)
	}
	parsed, err := parser.ParseBytes(data, 0)
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax):
		at := Position{1, 1}
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			at = Position{t.Position.Line, t.Position.Column}
		}
		if match := twice.FindStringSubmatch(syntax.GetMessage()); match != nil {
			return nil, d.fail(at, "%s stands twice; keep one", match[1])
		}
		return nil, d.fail(at, "this is not YAML: %s; correct it there", syntax.GetMessage())
	case err != nil:
		return nil, d.fail(Position{1, 1}, "this is not YAML: %s; correct it there", err)
	}
	var root ast.Node
	for _, doc := range parsed.Docs {
		switch {
		case doc.Body == nil:
		case root != nil:
			return nil, d.fail(position(doc.Body), "a second document begins here; keep one to a file")
		default:
			root = doc.Body
		}
	}
	if root == nil {
		return nil, d.fail(Position{1, 1}, "the file is empty; write at least one key, such as np: [1, 2]")
	}
	return root, nil
}

// top reads one key of the file.
func (d *decoder) top(f *File, p pair) error {
	for _, k := range settings {
		if k.name == p.name {
			texts, err := d.value(k, p)
			f.Settings[k.name] = texts
			return err
		}
	}
	for _, a := range axes {
		if a.name == p.name {
			entries, err := d.list(a, p)
			if err != nil {
				return err
			}
			return d.take(f, a, entries)
		}
	}
	return d.unknown(p, topLevel(), "a lab file")
}

// list reads the entries of an axis.
func (d *decoder) list(a axis, p pair) (all []entry, err error) {
	n, err := d.bare(p.value)
	if err != nil {
		return nil, err
	}
	sequence, ok := n.(*ast.SequenceNode)
	if !ok || len(sequence.Values) == 0 {
		return nil, d.fail(p.at, "%s must be a list with at least one entry; begin each with a dash", a.name)
	}
	what := "an entry of " + a.name
	for _, n := range sequence.Values {
		at := position(n)
		if n, err = d.bare(n); err != nil {
			return nil, err
		}
		var e entry
		switch n.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			e, err = d.entry(n, a.keys, what)
		default:
			if a.short == "" {
				return nil, d.fail(at, "%s must be a mapping, with lines of the form key: value", what)
			}
			var k key
			if k, err = d.find(a.keys, pair{name: a.short}, what); err == nil {
				e = entry{at: at, keys: map[string][]Text{}}
				e.keys[k.name], err = d.value(k, pair{k.name, at, n})
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// contradictions refuses keys that say the same.
func (d *decoder) contradictions(at map[string]Position) error {
	both := func(a, b string) error {
		first, one := at[a]
		second, two := at[b]
		if !one || !two {
			return nil
		}
		if first.Line > second.Line {
			second = first
		}
		return d.fail(second, "%s and %s say the same; keep one of them", a, b)
	}
	var list [][2]string
	for _, a := range axes {
		for _, name := range a.replaces {
			list = append(list, [2]string{name, a.name})
		}
	}
	for _, group := range alternatives {
		list = append(list, [2]string(group))
	}
	for _, p := range list {
		if err := both(p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

// tooSmall refuses contexts that cannot be split over the slots.
func (d *decoder) tooSmall(f *File) error {
	for _, np := range f.Settings["np"] {
		slots, err := plan.ParseSizes(np.Text)
		for _, ctx := range f.Settings["ctx"] {
			totals, wrong := plan.ParseSizes(ctx.Text)
			if err == nil && wrong == nil && slices.Min(totals) < slices.Max(slots) {
				return d.fail(ctx.At, "ctx: %d tokens cannot be split over %d slots; give more context, or fewer slots", slices.Min(totals), slices.Max(slots))
			}
		}
	}
	return nil
}
