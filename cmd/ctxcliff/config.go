package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/labfile"
	"ctxcliff/harness/search"
)

func configFlag() cli.Flag {
	return &cli.StringFlag{Name: "config", Aliases: []string{"c"}, Category: groupRun, Usage: "read flags, and lists of models, backends and topologies, from `FILE` (YAML); flags given here win; doctor --schema prints what may stand in it", TakesFile: true}
}

// configure reads the lab file that -c names and gives its settings to all flags that were not given.
// What is left of the file are its axes; nil without -c.
func configure(c *cli.Command) (*labfile.File, error) {
	f, err := readLab(c.String("config"))
	if f == nil || err != nil {
		return nil, err
	}
	given := map[string]bool{}
	for _, name := range c.LocalFlagNames() {
		given[name] = true
	}
	f.Yield(func(flag string) bool { return given[flag] })
	for _, name := range slices.Sorted(maps.Keys(f.Settings)) { // axis before fill, whose meaning it decides
		texts := f.Settings[name]
		if !takes(c, name) {
			continue
		}
		if err := setFlag(c, name, texts); err != nil {
			return nil, &labfile.Error{File: f.Name, At: texts[0].At, What: fmt.Sprintf("%s: %v", name, err)}
		}
	}
	return f, nil
}

// readLab reads a lab file; nil where there is no name.
func readLab(name string) (*labfile.File, error) {
	if name == "" {
		return nil, nil
	}
	data, err := readSmall(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no lab file %s; name one with -c, or leave it out", name)
	case err != nil:
		return nil, fmt.Errorf("read the lab file: %w", err)
	}
	return labfile.Read(name, data, os.LookupEnv)
}

// takes reports whether the command has use for a setting. The sizes of a screen are none to a
// bisection, which looks for them; with --axis ctx it takes the share that prompts fill.
func takes(c *cli.Command, setting string) bool {
	if setting == "fill" && c.Name == "bisect" && search.Axis(c.String("axis")) != search.AxisCtx {
		return false
	}
	return slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), setting) })
}

// setFlag gives a flag the elements of a setting: one after the other where it is repeatable, in the
// form of one text where it is not.
func setFlag(c *cli.Command, name string, texts []labfile.Text) error {
	var words []string
	for _, t := range texts {
		words = append(words, t.Text)
	}
	switch name {
	case "server-arg", "env", "rpc":
		for _, w := range words {
			if err := c.Set(name, w); err != nil {
				return err
			}
		}
		return nil
	case "launch", "notify":
		return c.Set(name, quoted(words))
	}
	return c.Set(name, strings.Join(words, ","))
}

var flagInError = regexp.MustCompile(`^-(?:-([a-z-]+)|(o))\b`)

// located says where in the lab file the flag stands that the error is about, if it stands there.
func located(f *labfile.File, err error) error {
	if f == nil || err == nil {
		return err
	}
	match := flagInError.FindStringSubmatch(err.Error())
	if match == nil {
		return err
	}
	name := match[1]
	if match[2] != "" {
		name = "output"
	}
	texts := f.Settings[name]
	if len(texts) == 0 {
		return err
	}
	return &labfile.Error{File: f.Name, At: texts[0].At, What: name + strings.TrimPrefix(err.Error(), match[0])}
}

// databaseOfLab takes from the lab file no more than where the runs are kept.
func databaseOfLab(c *cli.Command) error {
	f, err := readLab(c.String("config"))
	if f == nil || err != nil || c.IsSet("db") || len(f.Settings["db"]) == 0 {
		return err
	}
	return setFlag(c, "db", f.Settings["db"])
}
