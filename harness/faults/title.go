package faults

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// The bounds that section 9 of the triage notes gives to titles and keys.
const longestTitle = 120

// name completes a fault with title, signature and alternates from what was found. program is what
// died or complained; "" where the driver speaks.
func (f *Fault) name(r *Rule, vars map[string]string, program string) {
	derive(vars)
	what := fill(r.Title, vars)
	f.Title = what
	if program != "" {
		f.Title = program + ": " + what
	}
	if f.Phase != "" {
		f.Title = cut(f.Title, longestTitle-len(f.Phase)-3) + " (" + f.Phase + ")"
	}
	f.Title = cut(f.Title, longestTitle)
	f.Component = strings.TrimSpace(program + " " + fill(r.Component, vars))
	f.Signature = f.signature(r, vars, program)
	for _, v := range []struct {
		vars    map[string]string
		program string
	}{{without(vars, "frame", "function", "call", "vkcall"), program}, {vars, otherProgram[program]}} {
		if alt := f.signature(r, v.vars, v.program); alt != f.Signature && (v.program != "" || program == "") {
			f.Alternates = append(f.Alternates, alt)
		}
	}
}

var otherProgram = map[string]string{"llama-server": "rpc-server", "rpc-server": "llama-server"}

func (f *Fault) signature(r *Rule, vars map[string]string, program string) string {
	key := r.Key
	if key == "" {
		key = r.Title
	}
	stable := maps.Clone(vars)
	for _, free := range []string{"text", "what", "call"} {
		if stable[free] != "" {
			stable[free] = normalise(stable[free])
		}
	}
	signature := f.Class + "|" + program + "|" + lightly(fill(key, stable))
	if (r.PerPhase || vars["death"] == "stack overflow") && f.Phase != "" {
		signature += "|" + f.Phase
	}
	return cut(signature, longestSignature)
}

// longestSignature leaves room for an assertion as it is written.
const longestSignature = 240

func without(vars map[string]string, names ...string) map[string]string {
	less := maps.Clone(vars)
	for _, n := range names {
		delete(less, n)
	}
	return less
}

// derive computes what a title wants and a line only implies.
func derive(vars map[string]string) {
	if vars["offset"] == "" && vars["ip"] != "" && vars["base"] != "" {
		ip, errIP := strconv.ParseUint(vars["ip"], 16, 64)
		base, errBase := strconv.ParseUint(vars["base"], 16, 64)
		if errIP == nil && errBase == nil && ip >= base {
			vars["offset"] = strconv.FormatUint(ip-base, 16)
		}
	}
	if vars["sp"] != "" {
		vars["death"], vars["site"] = "segmentation fault", vars["offset"]
		if overflowed(vars["near"], vars["sp"]) {
			vars["death"], vars["site"] = "stack overflow", ""
		}
	}
	if near, given := vars["near"]; given {
		vars["near"] = nearness(near)
	}
	if vars["client"] == "" {
		vars["client"] = vars["ihclient"]
	}
	if strings.HasPrefix(vars["call"], "hip") && vars["api"] == "CUDA" {
		vars["api"] = "ROCm" // the vendor's name in a ROCm build of mid-2024 was still CUDA
	}
	if vars["call"] == "" {
		vars["call"] = vars["function"]
	}
	if _, text, found := strings.Cut(vars["xidtext"], " on ("); found {
		kind, _, _ := strings.Cut(vars["xidtext"], " on (")
		if _, reason, found := strings.Cut(text, "): "); found {
			vars["xidtext"] = kind + ": " + reason
		}
	}
}

// farthestPush bounds how far from its stack pointer a function touches its stack.
const farthestPush = 64 << 10

// overflowed reports whether the address that could not be used is where the stack pointer was: the stack has run
// out. The instruction that this happens at is that of any function on the way down, and differs from time to time.
func overflowed(address, sp string) bool {
	a, errA := strconv.ParseUint(address, 16, 64)
	s, errS := strconv.ParseUint(sp, 16, 64)
	return errA == nil && errS == nil && s != 0 && max(a, s)-min(a, s) < farthestPush
}

// nearness says which of three kinds an address is; addresses themselves vary.
func nearness(address string) string {
	if address == "(nil)" {
		return "nil address"
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(address), "0x"), 16, 64)
	switch {
	case err == nil && n == 0:
		return "nil address"
	case err == nil && n < 0x10000:
		return "near-null address"
	}
	return ""
}

type replacement struct {
	pattern *regexp.Regexp
	with    string
}

// varying is taken out of every signature, in this order.
var varying = []replacement{
	{regexp.MustCompile(`0x[0-9a-fA-F]{4,}|\(nil\)`), "<addr>"},
	{regexp.MustCompile(`(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|\[[0-9a-f:]+\]:\d+`), "<host>"},
	{regexp.MustCompile(`\bpid[ =:]\d+|LWP \d+|\[\d+\]:`), "<pid>"},
	{regexp.MustCompile(`id +\d+ \| task -?\d+`), "<slot>"},
	{regexp.MustCompile(`(?:[A-Za-z]:)?(?:[\\/][^\s\\/:'"]+)+[\\/]`), ""},
	{regexp.MustCompile(`\b\d+(?:\.\d+)? ?(?:[KMG]i?B|bytes|tokens)`), "<n>"},
	{regexp.MustCompile(`\s+`), " "},
}

// free is taken out of text that others wrote freely: numbers and what stands in quotes.
var free = []replacement{
	{regexp.MustCompile(`'[^']*'|"[^"]*"`), "<name>"},
	{regexp.MustCompile(`-?\b\d+(?:\.\d+)*\b`), "<n>"},
}

func lightly(text string) string {
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.with)
	}
	return strings.TrimSpace(text)
}

// normalise takes addresses, directories, names in quotes and numbers out of a text.
func normalise(text string) string {
	text = lightly(text)
	for _, v := range free {
		text = v.pattern.ReplaceAllString(text, v.with)
	}
	return text
}

func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}
