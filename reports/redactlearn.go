package reports

import (
	"regexp"
	"slices"
	"strings"
)

// Where names of hosts and users must stand. A rule is tried only on texts that hold one of its words, in
// small letters.
var tellingHosts = []struct {
	hint string
	re   *regexp.Regexp
}{
	{"://", regexp.MustCompile(`(?i)\b(?:https?|wss?|ftp|ssh|tcp|grpc)://(?:[^/\s@]*@)?([a-z0-9][\w.-]*)`)},
	{"rpc", regexp.MustCompile(`RPC\d*\[([A-Za-z0-9][\w.-]*):\d+\]`)},
	{"endpoint", regexp.MustCompile(`(?i)\bendpoint\s*[:=]?\s*'?([a-z][\w.-]*):\d{2,5}\b`)},
	{"onnect", regexp.MustCompile(`(?i)\bconnect(?:ed|ing|ion)?\s+(?:to|from|with)\s+'?([a-z][\w.-]*):\d{2,5}\b`)},
	{"--rpc", regexp.MustCompile(`--rpc[= ]'?([A-Za-z][\w.-]*):\d{2,5}\b`)},
	{"hostname", regexp.MustCompile(`(?i)\bhostname(?:\s*[:=]\s*|\s+is\s+|\s+)"?([a-z][\w.-]*)`)},
	{"ssh", regexp.MustCompile(`(?:^|[= ])(?:\S*/)?ssh(?:\s+-[pilJoF]\s+\S+|\s+-\S+)*\s+(?:[\w.-]+@)?([A-Za-z][\w.-]*)(?:\s|$)`)},
	{"ssh:", regexp.MustCompile(`\bssh: connect to host ([A-Za-z][\w.-]*)`)},
	{"kern", regexp.MustCompile(`^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([A-Za-z0-9][\w.-]*) kernel:`)},
	{":", regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d) ([A-Za-z][\w.-]*) [\w.-]+(?:\[\d+\])?:`)},
	{".", regexp.MustCompile(`(?i)\b((?:[a-z0-9-]+\.)+(?:local|lan|localdomain|internal|intranet|corp|home\.arpa|ts\.net))\b`)},
}

var tellingUsers = []struct {
	hint string
	re   *regexp.Regexp
}{
	{"/home/", regexp.MustCompile(`/home/` + userName)},
	{"/users/", regexp.MustCompile(`/Users/` + userName)},
	{"users", regexp.MustCompile(`(?i)\b[a-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/)` + userName)},
	{"/media/", regexp.MustCompile(`/(?:run/)?media/` + userName + `/`)},
	{"user", regexp.MustCompile(`\b(?:USER|USERNAME)=` + userName)},
	{"logname", regexp.MustCompile(`\bLOGNAME=` + userName)},
}

const userName = `([^\s/\\:;,'"` + "`" + `()\[\]{}<>|*?=]+)`

// atHost is user@host; one whose host has a dot may as well be an e-mail address.
var atHost = regexp.MustCompile(`([A-Za-z_][\w.+-]*)@([A-Za-z][\w-]*(?:\.[\w-]+)*)`)

// publicHosts may be named: they tell nothing about whose run it is.
var publicHosts = strings.Fields("localhost github.com githubusercontent.com huggingface.co hf.co modelscope.cn ollama.com ggml.ai example.com example.org w3.org json-schema.org")

// fileLike tells file names from host names before a colon: ggml-rpc.cpp:782.
var fileLike = regexp.MustCompile(`(?i)\.(?:c|cc|cpp|cu|cuh|h|hpp|m|mm|metal|comp|go|py|rs|sh|so|gguf|log|txt|json|service|socket|slice|scope)$`)

// learn takes in the names that a text tells.
func (r *Redactor) learn(text string) {
	text = decoded(text)
	lower := strings.ToLower(text)
	for _, rule := range tellingHosts {
		if strings.Contains(lower, rule.hint) {
			for _, m := range rule.re.FindAllStringSubmatch(text, -1) {
				r.learnHost(m[1])
			}
		}
	}
	for _, rule := range tellingUsers {
		if strings.Contains(lower, rule.hint) {
			for _, m := range rule.re.FindAllStringSubmatch(text, -1) {
				r.users.learn(m[1])
			}
		}
	}
	if strings.Contains(text, "@") {
		for _, m := range atHost.FindAllStringSubmatch(text, -1) {
			if !fileLike.MatchString(m[2]) {
				r.users.learn(m[1])
				r.learnHost(m[2])
			}
		}
	}
	for _, k := range keysIn(text) {
		r.learnKey(k)
	}
}

func (r *Redactor) learnHost(name string) {
	name = strings.Trim(name, ".-")
	_, isAddress := address(name)
	if !isAddress && !isPublic(name) && !fileLike.MatchString(name) {
		r.hosts.learn(name)
	}
}

func isPublic(host string) bool {
	return slices.ContainsFunc(publicHosts, func(p string) bool {
		return strings.EqualFold(host, p) || strings.HasSuffix(strings.ToLower(host), "."+p)
	})
}

// learnKey takes in a key, also as the labels of ids would spell it. One that is shorter than any real key
// is replaced only where it stands.
func (r *Redactor) learnKey(key string) {
	if len(key) >= 8 {
		r.secrets.learn(key)
		r.secrets.learn(notInLabel.ReplaceAllString(strings.ToLower(key), "-"))
		r.secrets.learn(strings.ReplaceAll(strings.ToLower(key), "_", ""))
	}
}

var notInLabel = regexp.MustCompile(`[^a-z0-9.]+`)

// learnList takes in what only the neighbours within a command line tell.
func (r *Redactor) learnList(argv []string) {
	for i := range argv {
		if key, ok := keyAt(argv, i); ok {
			r.learnKey(key)
		}
		if argv[i] == "ssh" || strings.HasSuffix(argv[i], "/ssh") {
			r.learn("ssh " + strings.Join(argv[i+1:], " ") + " ")
		}
	}
}
