package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/labfile"
	"ctxcliff/harness/plan"
	"ctxcliff/shapes"
)

// matrixIn reads the axes of a screen: flags, and the cases and exclusions of a lab file. Targets are added by
// the caller, once the server is known.
func matrixIn(c *cli.Command, file *labfile.File) (plan.Matrix, error) {
	m, err := matrixOf(c)
	m.Exclude = exclusionsOf(c, file)
	if err != nil || file == nil {
		return m, located(file, err)
	}
	if len(file.Cases) > 0 && c.IsSet("url") {
		return m, errors.New("the cases of the lab file each need a server of their own, and the one at --url is somebody else's; leave one of the two out")
	}
	for _, one := range file.Cases {
		v, err := caseOf(one)
		if err == nil {
			err = m.In(v).Check()
		}
		if err != nil {
			return m, &labfile.Error{File: file.Name, At: one.At, What: fmt.Sprintf("an entry of cases: %v", err)}
		}
		m.Cases = append(m.Cases, v)
	}
	return m, nil
}

// caseOf is what one case says.
func caseOf(one labfile.Case) (v plan.Case, err error) {
	for _, name := range slices.Sorted(maps.Keys(one.Settings)) {
		for _, t := range one.Settings[name] {
			if err := addTo(&v, name, t.Text); err != nil {
				return v, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return v, nil
}

func addTo(v *plan.Case, name, text string) (err error) {
	switch name {
	case "np":
		err = extend(&v.NP, plan.ParseSizes, text)
	case "ctx":
		err = extend(&v.Ctx, plan.ParseSizes, text)
	case "ps":
		err = extend(&v.PerSlot, plan.ParseSizes, text)
	case "tokens":
		err = extend(&v.Tokens, plan.ParseSizes, text)
	case "fill":
		err = extend(&v.Fills, plan.ParseFills, text)
	case "shape":
		err = extend(&v.Shapes, shapes.ParseList, text)
	}
	return err
}

// extend adds to a list what a text says.
func extend[T any](list *[]T, parse func(string) ([]T, error), text string) error {
	more, err := parse(text)
	*list = append(*list, more...)
	return err
}
