package faults

import "regexp"

// rule recognises one kind of last word in a log. Rules are tried in order; the first that finds a
// line wins, and within a rule the earliest line, because later ones are usually its consequences.
type rule struct {
	class   string
	pattern *regexp.Regexp // its first group, if it has one, becomes the title
	words   string         // what comes before the group, or the whole title
	source  string         // where the line is printed
}

var rules = []rule{
	{"gpu-fault.memory-access", regexp.MustCompile(`Memory access fault by GPU node-\d+.*Reason: ([^.]*)`), "GPU memory access fault: ", "ROCr runtime, VM fault handler"},
	{"gpu-fault.memory-access", regexp.MustCompile(`Memory access fault by GPU node-\d+`), "GPU memory access fault", "ROCr runtime, VM fault handler"},
	{"gpu-fault.memory-access", regexp.MustCompile(`an illegal memory access was encountered`), "illegal GPU memory access", "CUDA and HIP runtimes"},
	{"gpu-fault.hang-reset", regexp.MustCompile(`HW Exception by GPU node-\d+.*GPU Hang`), "GPU hang", "ROCr runtime"},
	{"gpu-fault.device-lost", regexp.MustCompile(`vk::DeviceLostError|ErrorDeviceLost|device lost on Vulkan`), "GPU device lost", "Vulkan loader and ggml-vulkan"},
	{"gpu-oom.runtime", regexp.MustCompile(`(?:CUDA|ROCm|HIP) error: out of memory|ErrorOutOfDeviceMemory`), "out of GPU memory", "GPU runtimes"},
	{"load-fail.alloc", regexp.MustCompile(`failed to allocate buffer for kv cache|unable to allocate \S+ buffer`), "not enough memory to load", "llama.cpp src/llama-kv-cache.cpp, src/llama-model.cpp"},
	{"load-fail.model-file", regexp.MustCompile(`error loading model: (.*)`), "the model cannot be loaded: ", "llama.cpp src/llama.cpp"},
	{"rpc.remote-crashed", regexp.MustCompile(`Remote RPC server crashed or returned malformed response`), "remote RPC server crashed or returned malformed response", "ggml-rpc.cpp"},
	{"crash.assert", regexp.MustCompile(`(GGML_ASSERT\(.*\)) failed`), "", "ggml.h"},
	{"crash.uncaught-exception", regexp.MustCompile(`terminate called after throwing an instance of '([^']*)'`), "uncaught exception ", "libstdc++"},
	{"infra.bad-args", regexp.MustCompile(`error: (invalid argument: .*)`), "", "llama.cpp common/arg.cpp"},
}

func (r rule) find(log []string) (line string, ok bool) {
	for _, l := range log {
		if r.pattern.MatchString(l) {
			return l, true
		}
	}
	return "", false
}

func (r rule) title(line string) string {
	if m := r.pattern.FindStringSubmatch(line); len(m) > 1 {
		return r.words + m[1]
	}
	return r.words
}

var varying = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`0x[0-9a-fA-F]+`), "<addr>"},
	{regexp.MustCompile(`(?:/[^\s/:]+)+/`), ""},
	{regexp.MustCompile(`\d+(?:\.\d+)*`), "<n>"},
	{regexp.MustCompile(`\s+`), " "},
}

// normalise takes addresses, directories and numbers out of a title.
func normalise(title string) string {
	for _, v := range varying {
		title = v.pattern.ReplaceAllString(title, v.with)
	}
	return title
}
