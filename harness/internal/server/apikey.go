package server

import (
	"os"
	"slices"
	"strings"
)

// apiKey is a key that the server will accept: the first of its --api-key, else of the LLAMA_API_KEY
// that it inherits; "" when it asks for none. (llama.cpp common/arg.cpp.)
func apiKey(spec LaunchSpec) string {
	keys := ""
	for _, kv := range slices.Concat(os.Environ(), spec.Env) {
		if value, ok := strings.CutPrefix(kv, "LLAMA_API_KEY="); ok {
			keys = value
		}
	}
	for i, arg := range spec.Options.Extra {
		if canonical(arg) == "--api-key" && i+1 < len(spec.Options.Extra) {
			keys = spec.Options.Extra[i+1]
		}
	}
	key, _, _ := strings.Cut(keys, ",")
	return strings.TrimSpace(key)
}
