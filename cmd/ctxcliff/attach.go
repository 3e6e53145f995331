package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/plan"
)

// apiKeyEnv names the variable that holds the key of a server at --url.
const apiKeyEnv = "CTXCLIFF_API_KEY"

// ownOnly are flags that say how a server of our own is started.
var ownOnly = []string{"server", "model", "rpc", "rpc-server", "launch", "env", "server-arg", "port"}

// guestOnly are flags that say how a server of somebody else's is treated.
var guestOnly = []string{"api-key-file", "away-timeout", "busy-timeout"}

// urlOf reads --url; "" it was not given. Flags that ask for a server of our own, or for more than one
// life of it, make no sense beside it.
func urlOf(c *cli.Command) (string, error) {
	text := c.String("url")
	if !c.IsSet("url") {
		for _, flag := range guestOnly {
			if c.IsSet(flag) {
				return "", fmt.Errorf("--%s is for a server at --url; give that too, or leave it out", flag)
			}
		}
		return "", nil
	}
	for _, flag := range ownOnly {
		if c.IsSet(flag) {
			return "", fmt.Errorf("--%s says how to start a server, and the one at --url is somebody else's; leave one of the two out", flag)
		}
	}
	if c.IsSet("starts") && c.Int("starts") != 1 {
		return "", fmt.Errorf("--starts %d: nobody of ours restarts the server at --url; ask for more rounds with --attempts instead", c.Int("starts"))
	}
	if c.String("axis") == "ctx" {
		return "", errors.New("--axis ctx needs a start for each context, and nobody of ours restarts the server at --url; leave it out")
	}
	return checkURL(text)
}

// checkURL refuses what is no address of a server. A password in it would come into the database.
func checkURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return "", errors.New("--url is not the address of a server; write http://HOST:PORT, or https://HOST/PATH")
	case u.User != nil:
		return "", errors.New("--url holds a name or a password, which would be kept; leave it out, and give the server's API key in " + apiKeyEnv + " or with --api-key-file")
	case u.RawQuery != "", u.Fragment != "":
		return "", errors.New("--url has something after a ? or a #; give the address without it")
	}
	return strings.TrimRight(text, "/"), nil
}

// apiKeyOf is the key of the server at --url: from the file that is named, else from the environment.
func (t *terminal) apiKeyOf(c *cli.Command) (string, error) {
	from, key := apiKeyEnv, os.Getenv(apiKeyEnv)
	if path := c.String("api-key-file"); path != "" {
		info, err := os.Stat(path)
		if err != nil {
			return "", keyFileError(path, err)
		}
		text, err := readSmall(path)
		if err != nil {
			return "", keyFileError(path, err)
		}
		if info.Mode().Perm()&0o004 != 0 {
			t.say("warning: everybody on this machine can read %s; chmod 600 it", path)
		}
		if from, key = path, strings.TrimSpace(string(text)); key == "" {
			return "", fmt.Errorf("--api-key-file %s is empty; write the key into it, on one line", path)
		}
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", fmt.Errorf("the API key in %s is not one line of plain characters; write the key alone", from)
	}
	return key, nil
}

func keyFileError(path string, err error) error {
	var where *fs.PathError
	if errors.As(err, &where) {
		err = where.Err
	}
	return fmt.Errorf("--api-key-file %s cannot be read: %w; give a file that holds the key", path, err)
}

// attachedLab looks at the server at --url.
func (t *terminal) attachedLab(ctx context.Context, c *cli.Command, target plan.Target) (*harness.Lab, error) {
	key, err := t.apiKeyOf(c)
	if err != nil {
		return nil, usage(err)
	}
	limits, err := limitsOf(c)
	if err != nil {
		return nil, usage(err)
	}
	lab, err := harness.Attach(ctx, target, key, limits)
	return lab, labError(ctx, err)
}

// fit gives the axes of a matrix what a server that somebody else runs has, and refuses what it has not.
func fit(c *cli.Command, m *plan.Matrix, lab *harness.Lab) error {
	slots, slot, attached := lab.Attached()
	if !attached {
		return nil
	}
	if !c.IsSet("np") {
		m.NP = []int{slots}
	}
	if most := slices.Max(m.NP); most > slots {
		return fmt.Errorf("--np %d: the server at --url has %s; ask for no more, or have it started with -np %d", most, slotsInWords(slots), most)
	}
	if c.IsSet("ps") && !has(m.PerSlot, 1, slot) {
		return fmt.Errorf("--ps %s: each slot of the server at --url has %d tokens of context; leave --ps out", c.String("ps"), slot)
	}
	if c.IsSet("ctx") && !has(m.Ctx, slots, slot) {
		return fmt.Errorf("--ctx %s: the server at --url has %d tokens of context in %s; leave --ctx out", c.String("ctx"), slot*slots, slotsInWords(slots))
	}
	m.Ctx, m.PerSlot = nil, []int{slot}
	return nil
}

// has reports whether the one context that is asked for is what that many slots have.
func has(asked []int, slots, slot int) bool {
	return len(asked) == 1 && (asked[0] == slots*slot || plan.Configuration{NP: slots, Ctx: asked[0]}.SlotContext() == slot)
}

func slotsInWords(n int) string {
	if n == 1 {
		return "1 slot"
	}
	return fmt.Sprintf("%d slots", n)
}
