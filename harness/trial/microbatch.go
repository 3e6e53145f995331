package trial

import (
	"strconv"
	"strings"
)

// What llama-server takes without -b and -ub (llama.cpp common/common.h, n_batch and n_ubatch).
const (
	defaultBatch      = 2048
	defaultMicroBatch = 512
)

// MicroBatch is how many tokens the server computes at once, by its command line; 0 when there is none
// to go by or a value is not a number. A micro-batch is never larger than a batch, and 0 means as large
// (llama.cpp src/llama-context.cpp).
func MicroBatch(argv []string) int {
	batch, micro, ok := batches(argv)
	switch {
	case !ok || len(argv) == 0:
		return 0
	case micro == 0:
		return batch
	}
	return min(batch, micro)
}

// Batch is how many prompt tokens lie between two progress events, by the server's arguments.
func Batch(args []string) int {
	if batch, _, ok := batches(append([]string{""}, args...)); ok && batch > 0 {
		return batch
	}
	return defaultBatch
}

// batches reads -b and -ub; not ok where a value is no number. The first word is the program.
func batches(argv []string) (batch, micro int, ok bool) {
	batch, micro = defaultBatch, defaultMicroBatch
	for i := 1; i < len(argv); i++ {
		name, value, joined := strings.Cut(argv[i], "=")
		var into *int
		switch strings.ReplaceAll(name, "_", "-") { // the server takes --ubatch_size, too
		case "-ub", "--ubatch-size":
			into = &micro
		case "-b", "--batch-size":
			into = &batch
		default:
			continue
		}
		if !joined {
			if i++; i == len(argv) {
				return 0, 0, false
			}
			value = argv[i]
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return 0, 0, false
		}
		*into = n
	}
	return batch, micro, true
}
