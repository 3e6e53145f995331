package main

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"ctxcliff/harness/plan"
)

// A selector is a variable of the environment that narrows down what devices a server sees. Its numbers mean the same
// devices for two servers only where the variables of its frame have the same values for both.
type selector struct {
	name  string
	frame []string
}

// selectors are those of CUDA, HIP, ROCr, ggml's Vulkan, SYCL and Level Zero (their manuals; ggml-vulkan.cpp).
var selectors = []selector{
	{"CUDA_VISIBLE_DEVICES", []string{"CUDA_DEVICE_ORDER"}},
	{"HIP_VISIBLE_DEVICES", []string{"ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"}},
	{"ROCR_VISIBLE_DEVICES", nil},
	{"GGML_VK_VISIBLE_DEVICES", []string{"VK_ICD_FILENAMES", "VK_DRIVER_FILES"}},
	{"ONEAPI_DEVICE_SELECTOR", []string{"ZE_AFFINITY_MASK", "ZE_FLAT_DEVICE_HIERARCHY"}},
	{"ZE_AFFINITY_MASK", []string{"ZE_FLAT_DEVICE_HIERARCHY"}},
}

// sight is what a server is kept to: values of selectors and their frames, by name. An empty one sees everything.
type sight map[string]string

// sightOf is that of a target's servers, with our own environment below the target's.
func sightOf(t plan.Target) sight {
	s := sight{}
	for _, sel := range selectors {
		for _, name := range append([]string{sel.name}, sel.frame...) {
			value, ok := os.LookupEnv(name)
			for _, pair := range t.Env {
				if v, given := strings.CutPrefix(pair, name+"="); given {
					value, ok = v, true
				}
			}
			if ok && value != "" { // empty is everything to some, nothing to others
				s[name] = value
			}
		}
	}
	return s
}

// String are the variables, sorted, as a shell takes them; "all devices" where nothing is narrowed down.
func (s sight) String() string {
	var words []string
	for name, value := range s {
		words = append(words, name+"="+value)
	}
	if len(words) == 0 {
		return "all devices"
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// apart reports whether two servers surely see no device in common: some selector has devices for both, told in the
// same words, and none of them twice. Whatever cannot be compared may be the same device.
func (s sight) apart(o sight) bool {
	return slices.ContainsFunc(selectors, func(sel selector) bool {
		a, b := devicesIn(s[sel.name]), devicesIn(o[sel.name])
		if s[sel.name] == "" || o[sel.name] == "" || slices.ContainsFunc(sel.frame, func(f string) bool { return s[f] != o[f] }) {
			return false
		}
		return !slices.ContainsFunc(a, func(x string) bool {
			return slices.ContainsFunc(b, func(y string) bool { return mayBeOne(x, y) })
		})
	})
}

// devicesIn are the entries of a list. One that no device has, such as -1, hides those after it.
func devicesIn(value string) []string {
	var list []string
	for word := range strings.SplitSeq(strings.ToLower(strings.TrimPrefix(value, "level_zero:")), ",") {
		if word = strings.TrimSpace(word); word == "-1" || word == "nodevfiles" || word == "none" {
			break
		}
		list = append(list, word)
	}
	return list
}

// number is a device, or a part of one as Level Zero has them.
var number = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)

// unique is the identity of a whole device, perhaps cut short.
var unique = regexp.MustCompile(`^gpu-[0-9a-f-]+$`)

// mayBeOne reports whether two entries can mean the same device, or one a part of the other.
func mayBeOne(a, b string) bool {
	switch {
	case number.MatchString(a) && number.MatchString(b):
		return strings.HasPrefix(a+".", b+".") || strings.HasPrefix(b+".", a+".")
	case unique.MatchString(a) && unique.MatchString(b):
		return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
	}
	return true
}
