package reports

import (
	"fmt"
	"strconv"
	"strings"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// again is the command line that runs one cell again, from the same seed. It has the flags that the
// cell's configuration came from; ports and stall bounds are the machine's and are left to it.
func again(run trial.Run, c plan.Cell) []string {
	conf := c.Configuration
	argv := []string{"ctxcliff", "screen"}
	add := func(flag, value string) {
		if value != "" {
			argv = append(argv, flag, value)
		}
	}
	add("--server", conf.Target.Server)
	add("--launch", commandLine(conf.Target.Launch))
	add("--url", conf.Target.URL)
	add("--model", conf.Target.Model)
	add("--name", conf.Target.Name)
	add("--backend", conf.Target.Backend)
	add("--power", conf.Target.Power)
	for _, pair := range conf.Target.Env {
		add("--env", pair)
	}
	for _, peer := range conf.Target.Topology.Peers {
		add("--rpc", peer)
	}
	add("--topology", conf.Target.Topology.Name)
	add("--rpc-server", conf.Target.Topology.Program)
	for _, arg := range conf.Target.Args {
		argv = append(argv, "--server-arg="+arg) // one word, because most of them begin with a dash
	}
	add("--np", strconv.Itoa(conf.NP))
	if conf.Target.URL != "" { // it may have more slots than np
		add("--ps", strconv.Itoa(conf.Ctx/max(1, conf.NP)))
	} else {
		add("--ctx", strconv.Itoa(conf.Ctx))
	}
	add("--shape", c.Shape.String())
	add("--tokens", strconv.Itoa(c.Tokens))
	add("--reply", positive(conf.Reply))
	add("--starts", positive(run.Settings.Starts))
	add("--attempts", positive(run.Settings.Attempts))
	add("--isolation", run.Settings.Isolation)
	if !run.Settings.Warmup {
		argv = append(argv, "--no-warmup")
	}
	add("--seed", strconv.FormatUint(run.Seed, 10))
	return argv
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Quote makes one word of a POSIX shell that means the text exactly. Control characters and bytes
// that are not UTF-8 are written as escapes within $'…', so that the line can be shown and pasted.
//
// A word that begins with ~/ is a path of which the home directory was hidden: the ~ is left to the shell,
// so that the line works for whoever has the file in the same place.
func Quote(word string) string {
	switch rest, home := strings.CutPrefix(word, "~/"); {
	case home && rest == "":
		return word
	case home:
		return "~/" + Quote(rest)
	case word != "" && strings.IndexFunc(word, unsafeInShell) < 0 && strings.ToValidUTF8(word, "") == word:
		return word
	case clean(word) == word:
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(word) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}

func unsafeInShell(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_./:=,+@%", r)
}

// commandLine is argv as one pastable line.
func commandLine(argv []string) string {
	words := make([]string, len(argv))
	for i, a := range argv {
		words[i] = Quote(a)
	}
	return strings.Join(words, " ")
}
