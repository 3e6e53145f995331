package labfile

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// Text is a scalar of the file and where it stands.
type Text struct {
	Text string
	At   Position
}

// entry is what stands in a mapping, by key; a key that is not there has no texts.
type entry struct {
	at   Position
	keys map[string][]Text
	each map[string]Position // of the keys that are there
}

func (e entry) text(key string) string {
	if list := e.keys[key]; len(list) > 0 {
		return list[0].Text
	}
	return ""
}

func (e entry) texts(key string) (list []string) {
	for _, t := range e.keys[key] {
		list = append(list, t.Text)
	}
	return list
}

// decoder reads the nodes of one file.
type decoder struct {
	file    string
	folder  string // "" texts that are paths stay as they are
	lookup  func(string) (string, bool)
	anchors map[string]ast.Node
}

func (d *decoder) fail(at Position, format string, args ...any) error {
	return &Error{d.file, at, told(fmt.Sprintf(format, args...))}
}

// told is a message as it may be shown, whatever of the file stands in it: control characters are spelled out, and of
// what is long the middle is left out.
func told(text string) string {
	const most = 600
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most/2]) + "…" + string(runes[len(runes)-most/2:])
	}
	var b strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func position(n ast.Node) Position {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return Position{t.Position.Line, t.Position.Column}
	}
	return Position{1, 1}
}

// bare is the node without its anchor or tag, or what an alias stands for.
func (d *decoder) bare(n ast.Node) (ast.Node, error) {
	for range 100 {
		switch v := n.(type) {
		case *ast.AnchorNode:
			d.anchors[v.Name.GetToken().Value] = v.Value
			n = v.Value
		case *ast.AliasNode:
			to, known := d.anchors[v.Value.GetToken().Value]
			if !known {
				return nil, d.fail(position(n), "*%s stands for nothing above; write &%[1]s before the value that it repeats", v.Value.GetToken().Value)
			}
			n = to
		case *ast.TagNode:
			return nil, d.fail(position(n), "tags are not read here; write the value without %s", v.GetToken().Value)
		default:
			return n, nil
		}
	}
	return nil, d.fail(position(n), "the alias stands for itself; write the value instead")
}

// pair is one key of a mapping with what stands under it.
type pair struct {
	name  string
	at    Position
	value ast.Node
}

// mapping are the pairs of a node, none of them twice.
func (d *decoder) mapping(n ast.Node, what string) ([]pair, error) {
	var values []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		return nil, d.fail(position(n), "%s must be a mapping, with lines of the form key: value", what)
	}
	var list []pair
	seen := map[string]bool{}
	for _, v := range values {
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			return nil, d.fail(position(v.Key), "merge keys are not read here; write the keys themselves")
		}
		name, err := d.scalar(v.Key)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, d.fail(position(v.Key), "%s stands twice; keep one", name)
		}
		seen[name] = true
		list = append(list, pair{name, position(v.Key), v.Value})
	}
	return list, nil
}

// scalar is the text of a node as it was written.
func (d *decoder) scalar(n ast.Node) (string, error) {
	n, err := d.bare(n)
	if err != nil {
		return "", err
	}
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.LiteralNode:
		return strings.TrimSuffix(v.Value.Value, "\n"), nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, nil
	case *ast.NullNode:
		return "", d.fail(position(n), "there is no value; write one, or leave the key out")
	}
	return "", d.fail(position(n), "one value is wanted here, not a list or a mapping; a text with a colon may need quotes around it")
}
