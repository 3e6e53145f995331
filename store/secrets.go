package store

import (
	"regexp"
	"slices"
	"strings"
)

// withheld stands where a secret stood.
const withheld = "***"

// secretFlag matches the options of llama-server and of ctxcliff whose value is a secret (not
// --api-key-file, whose value is a path), alone or with =VALUE.
var secretFlag = regexp.MustCompile(`^(--?(?:api-key|hf-token|hft))(=.*)?$`)

var (
	// secretName matches environment variables whose value is a secret: LLAMA_API_KEY, HF_TOKEN…
	secretName = regexp.MustCompile(`(?i)(api_?key|token|secret|password|passwd)$`)
	// secretInside matches them within an argument such as --launch "env LLAMA_API_KEY=… nice". Only
	// upper case: tokenizer.ggml.add_bos_token=bool:false is an honest argument.
	secretInside = regexp.MustCompile(`\b([A-Z0-9_]*(?:API_KEY|TOKEN|SECRET|PASSWORD)=)\S+`)
	// urlPassword matches NAME:PASSWORD@ of a URL.
	urlPassword = regexp.MustCompile(`\b([a-z][a-z0-9+.-]*://[^/@:\s]*:)[^/\s]*@`)
)

// withoutKeys replaces the secrets in a command line, also those that are passed on piecewise:
// --server-arg --api-key --server-arg SECRET.
func withoutKeys(argv []string) []string {
	var clean []string // copied once there is something to replace
	put := func(i int, value string) {
		if clean == nil {
			clean = slices.Clone(argv)
		}
		clean[i] = value
	}
	expected := false
	for i, arg := range argv {
		wrapped, inner, isWrapped := strings.Cut(arg, "=")
		if wrapped != "--server-arg" && wrapped != "-server-arg" {
			wrapped, inner, isWrapped = "", arg, true
		}
		if !isWrapped {
			continue // the argument passed on is the next element
		}
		if wrapped != "" {
			wrapped += "="
		}
		match := secretFlag.FindStringSubmatch(inner)
		switch {
		case expected:
			put(i, wrapped+withheld)
			expected = false
		case match == nil:
			if inside := withoutPassword(secretInside.ReplaceAllString(arg, "${1}"+withheld)); inside != arg {
				put(i, inside)
			}
		case match[2] != "":
			put(i, wrapped+match[1]+"="+withheld)
		default:
			expected = true
		}
	}
	if clean == nil {
		return argv
	}
	return clean
}

// withoutSecrets replaces the values of NAME=VALUE pairs whose name says that they are secret.
func withoutSecrets(env []string) []string {
	clean := slices.Clone(env)
	for i, pair := range env {
		if name, _, ok := strings.Cut(pair, "="); ok && secretName.MatchString(name) {
			clean[i] = name + "=" + withheld
		}
	}
	return clean
}

// withoutPassword replaces the password of a URL; a text that is no URL stays as it is.
func withoutPassword(text string) string {
	return urlPassword.ReplaceAllString(text, "${1}"+withheld+"@")
}
