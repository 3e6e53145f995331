package handover

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ctxcliff/harness/scenario"
	"ctxcliff/reports"
)

//go:embed repro.bash
var template string

// Setting is one word or a few of a command line.
type Setting struct {
	Words    []string
	Optional bool // left out where the --help of a build does not list it
}

// Command is how the server was run. What a bundle's reader has elsewhere stands apart: program, model, peers.
type Command struct {
	Launch   []string // goes before the program
	Env      []string // NAME=VALUE
	Settings []Setting
	Model    string // as it was called; "" where the settings name it
	Peers    int    // rpc-servers, all started anew on this host, unless the reader has others
}

// Reproducer is what a script does.
type Reproducer struct {
	Title    string   // one line
	Made     string   // by what: "ctxcliff 1.2.0"
	Notes    []string // sentences for the head of the script
	Scenario scenario.Scenario
	Code     Code   // of the scenario's requests, in the order of its places
	Bodies   []Body // of the same; none where the server dies before anything is sent
	Command  Command
	ModelIs  string   // which model is meant, in words
	Kinds    []string // how it broke: died, hang, error, nan, same, load
	Words    string   // that the log must have for it to be the same bug; "" any will do
	Before   string   // how it broke, in words
	Runs     int      // clean ones after which it is not reproduced
	Stall    int      // seconds
}

// Script is the whole of repro.sh.
func (r Reproducer) Script() string {
	parts := map[string]string{
		"@head@": r.head(), "@runs@": strconv.Itoa(max(1, r.Runs)), "@stall@": strconv.Itoa(max(1, r.Stall)),
		"@settings@": r.settings(), "@prompts@": r.Code.bash(), "@scenario@": r.scenario(), "@peers@": "", "@peerhelp@": "",
	}
	if r.Command.Peers > 0 {
		parts["@peers@"], parts["@peerhelp@"] = startPeers, peerHelp
	}
	var pairs []string
	for mark, text := range parts {
		pairs = append(pairs, mark, text)
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

const peerHelp = `# RPC=h:p,…   rpc-servers that run already; without it as many are started here as there were, by RPC_SERVER
`

const startPeers = `  if [[ -z ${RPC:-} ]]; then
    for ((i = 0; i < peer_count; i++)); do
      free_port
      "${RPC_SERVER:-rpc-server}" -H 127.0.0.1 -p "$port" >"$logs/rpc$((i + 1)).log" 2>&1 &
      peers+=($!) list+=,127.0.0.1:$port
      for ((n_tries = 0; n_tries < 100; n_tries++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
        sleep 0.1
      done
    done
    local RPC=${list#,}
    port=$PORT
    [[ -n $port ]] || free_port
    url=http://127.0.0.1:$port
  fi
`

func (r Reproducer) head() string {
	lines := append([]string{r.Title, "", "Made by " + r.Made + "."}, r.Notes...)
	lines = append(lines, "", "What is sent:")
	lines = append(lines, strings.Split(r.Scenario.String(), "\n")...)
	for i, l := range lines {
		lines[i] = strings.TrimRight("# "+comment(l), " ")
	}
	return strings.Join(lines, "\n")
}

// comment is a line that cannot end.
func comment(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, text)
}

func (r Reproducer) settings() string {
	var b strings.Builder
	set := func(name, value string) { fmt.Fprintf(&b, "%s=%s\n", name, reports.Quote(value)) }
	set("title", comment(r.Title))
	set("before", comment(r.Before))
	set("kinds", strings.Join(r.Kinds, " "))
	set("words_said", r.Words)
	set("model", r.Command.Model)
	set("model_is", r.ModelIs)
	set("steps", strconv.Itoa(len(r.Scenario.Steps)))
	set("prompts", strconv.Itoa(len(r.Code.Prompts)))
	set("peer_count", strconv.Itoa(r.Command.Peers))
	fmt.Fprintf(&b, "launch=(%s)\nenvironment=(%s)\n", words(r.Command.Launch), words(r.Command.Env))
	b.WriteString("# The arguments of llama-server, and for each the name without which a build is not given it.\nsettings=() optional=()\n")
	for _, s := range r.Command.Settings {
		fmt.Fprintf(&b, "settings+=(%s) optional+=(%s)\n", reports.Quote(words(s.Words)), reports.Quote(s.needs()))
	}
	if r.Command.Model != "" {
		b.WriteString("settings+=('--model \"$MODEL\"') optional+=('')\n")
	}
	return b.String()
}

// needs is the flag that a build must know; empty: it is given in any case.
func (s Setting) needs() string {
	if !s.Optional || len(s.Words) == 0 {
		return ""
	}
	return s.Words[0]
}

func words(list []string) string {
	quoted := make([]string, len(list))
	for i, w := range list {
		quoted[i] = reports.Quote(w)
	}
	return strings.Join(quoted, " ")
}

// Body is the JSON of a request, but for its prompt, which stands between two parts of it.
type Body struct {
	Path          string
	Before, After string
	Prompt        string // ids, text or none
	Whole         bool   // the answer comes in one piece, not as a stream of events
}

// scenario is a function that returns 1 once something broke.
func (r Reproducer) scenario() string {
	var b strings.Builder
	b.WriteString("scenario() {\n  :\n")
	for i, body := range r.forms() {
		fmt.Fprintf(&b, "  local body%d=(%s %s %s)\n", i, reports.Quote(body.Path), reports.Quote(body.Before), reports.Quote(body.After))
	}
	place := 0
	for _, step := range r.Scenario.Steps[:r.steps()] {
		for _, q := range step.Requests {
			body := r.Bodies[place]
			fmt.Fprintf(&b, "  ask %d %d %d %d %d %d %s %d \"${body%d[@]}\"\n", q.Slot, one(q.Grown), q.Delay, q.CancelAfter,
				one(q.MayRefuse), one(body.Whole), body.Prompt, place, slices.Index(r.forms(), body))
			place++
		}
		b.WriteString("  together || return 1\n")
	}
	return b.String() + "}\n"
}

// forms are the bodies, each once.
func (r Reproducer) forms() []Body {
	var list []Body
	for _, b := range r.Bodies {
		if !slices.Contains(list, b) {
			list = append(list, b)
		}
	}
	return list
}

// steps is how many steps are sent: none where the server dies before any could be.
func (r Reproducer) steps() int {
	if len(r.Bodies) == 0 {
		return 0
	}
	return len(r.Scenario.Steps)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// bash are the functions that make the prompts.
func (c Code) bash() string {
	var b strings.Builder
	if len(c.Ordinary) > 0 {
		b.WriteString("ordinary=()\nfor range in")
		for _, r := range c.Ordinary {
			fmt.Fprintf(&b, " %d-%d", r[0], r[1])
		}
		b.WriteString("; do\n  for ((i = ${range%-*}; i <= ${range#*-}; i++)); do ordinary+=(\"$i\"); done\ndone\n\n")
	}
	if len(c.Values) > 0 {
		var values, pairs []string
		for _, v := range c.Values {
			values = append(values, strconv.Itoa(int(v)))
		}
		for _, p := range c.Pairs {
			pairs = append(pairs, digits(p[0]), digits(p[1]))
		}
		b.WriteString(folded("values=(", values, ")") + folded("pairs=(", pairs, ")") + "\n")
	}
	for i, ops := range c.Prompts {
		fmt.Fprintf(&b, "prompt%d() {\n", i)
		for _, op := range ops {
			b.WriteString(folded("  ", strings.Fields(op.String()), ""))
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

// folded is a command of many words on lines of bearable length.
func folded(before string, words []string, after string) string {
	var b strings.Builder
	line := before
	for i, w := range words {
		switch {
		case i == 0:
		case len(line)+1+len(w) > 120:
			b.WriteString(line + " \\\n")
			line = "    "
		default:
			line += " "
		}
		line += w
	}
	return b.String() + line + after + "\n"
}
