package main

import (
	"errors"
	"fmt"

	"github.com/google/shlex"
	"github.com/urfave/cli/v3"
)

// launcherOf reads what goes before the server's command line. Quotes and backslashes mean what they
// mean to a shell; nothing else does: no variable is expanded and nothing is run for the reading.
func launcherOf(c *cli.Command) ([]string, error) {
	text := c.String("launch")
	words, err := shlex.Split(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--launch %q: a quote is not closed; write it as you would for a shell", text)
	case c.IsSet("launch") && (len(words) == 0 || words[0] == ""):
		return nil, errors.New("--launch names no program; give one, such as --launch \"nice -n 5\", or leave it out")
	}
	return words, nil
}
