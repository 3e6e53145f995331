package server

import (
	"slices"
	"strconv"
)

// Unlisted are the flags among the arguments that --help does not list: llama-server refuses to start
// with them. Negative numbers are values.
func (c Capabilities) Unlisted(args []string) (flags []string) {
	for _, arg := range args {
		_, err := strconv.ParseFloat(arg, 64)
		if len(arg) > 1 && arg[0] == '-' && err != nil && !c.Offers(canonical(arg)) && !slices.Contains(flags, arg) {
			flags = append(flags, arg)
		}
	}
	return flags
}
