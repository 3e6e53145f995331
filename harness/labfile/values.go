package labfile

import (
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/google/shlex"

	"ctxcliff/harness/spelling"
)

// entry reads a mapping that may have these keys.
func (d *decoder) entry(n ast.Node, keys []key, what string) (entry, error) {
	e := entry{at: position(n), keys: map[string][]Text{}, each: map[string]Position{}}
	list, err := d.mapping(n, what)
	if err != nil {
		return e, err
	}
	if len(list) > 0 {
		e.at = list[0].at
	}
	for _, p := range list {
		k, err := d.find(keys, p, what)
		if err != nil {
			return e, err
		}
		if e.keys[k.name], err = d.value(k, p); err != nil {
			return e, err
		}
		e.each[k.name] = p.at
	}
	for _, k := range keys {
		if _, there := e.each[k.name]; k.required && !there {
			return e, d.fail(e.at, "%s needs %s: %s", what, k.name, k.kind.hint)
		}
	}
	return e, nil
}

func (d *decoder) find(keys []key, p pair, what string) (key, error) {
	for _, k := range keys {
		if k.name == p.name {
			return k, nil
		}
	}
	return key{}, d.unknown(p, names(keys), what)
}

func (d *decoder) unknown(p pair, known []string, what string) error {
	if meant := spelling.Near(p.name, known); meant != "" {
		return d.fail(p.at, "%s has no key %q; did you mean %q?", what, p.name, meant)
	}
	return d.fail(p.at, "%s has no key %q; write one of %s", what, p.name, strings.Join(known, ", "))
}

// value reads what stands under a key, as the key's kind wants it.
func (d *decoder) value(k key, p pair) ([]Text, error) {
	n, err := d.bare(p.value)
	if err != nil {
		return nil, err
	}
	var list []Text
	switch v := n.(type) {
	case *ast.SequenceNode:
		if k.kind.form != many && k.kind.form != argv {
			return nil, d.fail(p.at, "%s takes no list; write %s", k.name, k.kind.hint)
		}
		if list, err = d.elements(v); err == nil && len(list) == 0 {
			err = d.fail(p.at, "the list %s is empty; fill it, or leave the key out", k.name)
		}
	case *ast.MappingNode, *ast.MappingValueNode:
		if k.kind.form != pairs {
			return nil, d.fail(p.at, "%s takes no mapping; write %s", k.name, k.kind.hint)
		}
		return d.environment(k, n)
	default:
		list, err = d.single(k, p, n)
	}
	for i := range list {
		if err == nil {
			err = d.finish(k, &list[i])
		}
	}
	return list, err
}

func (d *decoder) elements(v *ast.SequenceNode) (list []Text, err error) {
	for _, n := range v.Values {
		text, err := d.scalar(n)
		if err != nil {
			return nil, err
		}
		list = append(list, Text{text, position(n)})
	}
	return list, nil
}

// single reads a scalar, and splits it where the kind wants several.
func (d *decoder) single(k key, p pair, n ast.Node) ([]Text, error) {
	text, err := d.scalar(n)
	if err != nil {
		return nil, err
	}
	at := position(n)
	switch k.kind.form {
	case pairs:
		return nil, d.fail(p.at, "%s wants %s, such as {HIP_VISIBLE_DEVICES: 0}", k.name, k.kind.hint)
	case argv:
		words, err := shlex.Split(text)
		if err != nil {
			return nil, d.fail(at, "a quote is not closed; write the words as you would for a shell, or as a list")
		}
		var list []Text
		for _, w := range words {
			list = append(list, Text{w, at})
		}
		return list, nil
	}
	return []Text{{text, at}}, nil
}

// environment reads the pairs of an environment.
func (d *decoder) environment(k key, n ast.Node) ([]Text, error) {
	list, err := d.mapping(n, k.name)
	if err != nil {
		return nil, err
	}
	var all []Text
	for _, p := range list {
		if p.name == "" || strings.ContainsAny(p.name, "=\x00") {
			return nil, d.fail(p.at, "%q is not the name of a variable; write one such as HIP_VISIBLE_DEVICES", p.name)
		}
		value, err := d.scalar(p.value)
		if err != nil {
			return nil, err
		}
		t := Text{value, position(p.value)}
		if err := d.finish(k, &t); err != nil {
			return nil, err
		}
		all = append(all, Text{p.name + "=" + t.Text, t.At})
	}
	return all, nil
}

// finish expands variables, checks the text, and resolves a path.
func (d *decoder) finish(k key, t *Text) (err error) {
	switch {
	case strings.ContainsRune(t.Text, 0):
		return d.fail(t.At, "%s: a NUL cannot be passed on; remove it", k.name)
	case k.kind.expand:
		if t.Text, err = expand(t.Text, d.lookup); err != nil {
			return d.fail(t.At, "%s: %s", k.name, err)
		}
	case strings.Contains(t.Text, "${"):
		return d.fail(t.At, "%s: variables are replaced only in paths, arguments and environments; write the value itself", k.name)
	}
	if k.kind.check != nil {
		if err := k.kind.check(t.Text); err != nil {
			return d.fail(t.At, "%s: %s", k.name, err)
		}
	}
	if k.kind.path {
		t.Text = d.resolve(t.Text, k.name == "server" || k.name == "rpc-server")
	}
	return nil
}

// resolve makes a path relative to the file's folder one from here. The mere name of a program is looked
// up elsewhere, and the simulated server is no file.
func (d *decoder) resolve(path string, program bool) string {
	mere := !strings.ContainsRune(path, '/') && !strings.ContainsRune(path, filepath.Separator)
	if d.folder == "" || filepath.IsAbs(path) || program && (mere || strings.HasPrefix(path, "sim:")) {
		return path
	}
	return filepath.Join(d.folder, path)
}
