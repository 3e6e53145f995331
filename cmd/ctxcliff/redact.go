package main

import (
	"bytes"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/reports"
)

func noRedactFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-redact", Category: groupOutput, Usage: "show addresses, names of hosts and users, home directories and keys as they are"}
}

// redactor is nil, which leaves everything as it is, where the user asked for that.
func redactor(c *cli.Command) *reports.Redactor {
	if c.Bool("no-redact") {
		return nil
	}
	return reports.NewRedactor(identity())
}

// identity is what this machine calls itself and its user. What cannot be found out is left out.
func identity() reports.Identity {
	var id reports.Identity
	if name, err := os.Hostname(); err == nil {
		id.Hosts = append(id.Hosts, name)
	}
	if u, err := user.Current(); err == nil {
		id.Users = append(id.Users, u.Username)
	}
	return id
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// checkFile says what sensitive a file holds.
func (t *terminal) checkFile(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return usage(err)
	}
	return t.leaks(map[string][]reports.Leak{name: reports.Leaks(string(text), identity())}, []string{name})
}

// checkFormats says what sensitive is left in any format of the report; hosts are names that the run itself
// knows.
func (t *terminal) checkFormats(s reports.Summary, hosts []string) error {
	known := identity()
	known.Hosts = append(known.Hosts, hosts...)
	found := map[string][]reports.Leak{}
	for _, format := range reports.Formats() {
		var b bytes.Buffer
		if err := reports.Write(&b, format, s, reports.TextOptions{Width: 1000}); err != nil {
			return trouble(fmt.Errorf("render %s: %w", format, err))
		}
		found[format] = reports.Leaks(b.String(), known)
	}
	return t.leaks(found, reports.Formats())
}

// leaks lists what was found where, in order, and ends with exit code 1 if anything was.
func (t *terminal) leaks(found map[string][]reports.Leak, order []string) error {
	n := 0
	for _, where := range order {
		for _, l := range found[where] {
			fmt.Fprintf(t.stdout, "%s %s\n", visible(where), visible(l.String()))
			n++
		}
	}
	if n > 0 {
		return silent(exitFailures)
	}
	fmt.Fprintln(t.stdout, visible("nothing sensitive found in "+strings.Join(order, ", ")))
	return nil
}
