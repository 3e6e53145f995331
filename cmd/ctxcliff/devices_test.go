package main

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/plan"
)

// seeing is what servers with these variables see.
func seeing(t testing.TB, variables string) sight {
	t.Helper()
	return sightOf(plan.Target{Env: strings.Fields(variables)})
}

// TestWhichDevicesOverlap: only what surely has no device in common counts as apart.
func TestWhichDevicesOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		apart bool
	}{
		{"", "", false},
		{"HIP_VISIBLE_DEVICES=0", "", false},
		{"HIP_VISIBLE_DEVICES=0", "HIP_VISIBLE_DEVICES=", false},
		{"HIP_VISIBLE_DEVICES=0", "HIP_VISIBLE_DEVICES=0", false},
		{"HIP_VISIBLE_DEVICES=0", "HIP_VISIBLE_DEVICES=0,1", false},
		{"HIP_VISIBLE_DEVICES=0,1", "HIP_VISIBLE_DEVICES=1,2", false},
		{"HIP_VISIBLE_DEVICES=0", "HIP_VISIBLE_DEVICES=1", true},
		{"HIP_VISIBLE_DEVICES=0,2", "HIP_VISIBLE_DEVICES=1,3", true},
		{"HIP_VISIBLE_DEVICES=0", "HIP_VISIBLE_DEVICES=1,-1,0", true},
		{"HIP_VISIBLE_DEVICES=0", "HIP_VISIBLE_DEVICES=-1", true},
		{"HIP_VISIBLE_DEVICES=1", "HIP_VISIBLE_DEVICES=10", true},
		{"HIP_VISIBLE_DEVICES=0", "CUDA_VISIBLE_DEVICES=1", false}, // a build may have both
		{"HIP_VISIBLE_DEVICES=0 CUDA_VISIBLE_DEVICES=-1", "CUDA_VISIBLE_DEVICES=1 HIP_VISIBLE_DEVICES=-1", true},
		{"ROCR_VISIBLE_DEVICES=0", "ROCR_VISIBLE_DEVICES=1", true},
		{"ROCR_VISIBLE_DEVICES=0,1 HIP_VISIBLE_DEVICES=0", "ROCR_VISIBLE_DEVICES=1,0 HIP_VISIBLE_DEVICES=1", false}, // both are the first one
		{"ROCR_VISIBLE_DEVICES=0 HIP_VISIBLE_DEVICES=0", "ROCR_VISIBLE_DEVICES=1 HIP_VISIBLE_DEVICES=0", true},
		{"CUDA_VISIBLE_DEVICES=0", "CUDA_VISIBLE_DEVICES=1 CUDA_DEVICE_ORDER=PCI_BUS_ID", false},
		{"CUDA_VISIBLE_DEVICES=GPU-8932f937", "CUDA_VISIBLE_DEVICES=GPU-8932f937-d72c", false},
		{"CUDA_VISIBLE_DEVICES=GPU-8932f937", "CUDA_VISIBLE_DEVICES=GPU-1032f937", true},
		{"CUDA_VISIBLE_DEVICES=GPU-8932f937", "CUDA_VISIBLE_DEVICES=1", false},
		{"CUDA_VISIBLE_DEVICES=MIG-1", "CUDA_VISIBLE_DEVICES=GPU-1", false},
		{"GGML_VK_VISIBLE_DEVICES=0", "GGML_VK_VISIBLE_DEVICES=1", true},
		{"ONEAPI_DEVICE_SELECTOR=level_zero:0", "ONEAPI_DEVICE_SELECTOR=level_zero:1", true},
		{"ONEAPI_DEVICE_SELECTOR=level_zero:0", "ONEAPI_DEVICE_SELECTOR=level_zero:*", false},
		{"ONEAPI_DEVICE_SELECTOR=level_zero:0", "ONEAPI_DEVICE_SELECTOR=opencl:1", false},
		{"ZE_AFFINITY_MASK=0", "ZE_AFFINITY_MASK=0.1", false},
		{"ZE_AFFINITY_MASK=0.0", "ZE_AFFINITY_MASK=0.1", true},
	} {
		a, b := seeing(t, c.a), seeing(t, c.b)
		if a.apart(b) != c.apart || b.apart(a) != c.apart {
			t.Errorf("%q and %q: apart %v, want %v", c.a, c.b, a.apart(b), c.apart)
		}
	}
}

// TestApartIsSafe: whatever the values, nothing is apart from itself or from what sees everything, unless it sees
// nothing at all; and apart is symmetric.
func TestApartIsSafe(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(label string) sight {
			var words []string
			for _, sel := range selectors {
				if list := rapid.SliceOfN(rapid.SampledFrom([]string{"0", "1", "10", "0.1", "GPU-1", "level_zero:0", "*", "!0", "x"}), 0, 3).Draw(rt, label); len(list) > 0 {
					words = append(words, sel.name+"="+strings.Join(list, ","))
				}
			}
			return seeing(t, strings.Join(words, " "))
		}
		a, b := draw("a"), draw("b")
		if a.apart(a) || a.apart(sight{}) || a.apart(b) != b.apart(a) {
			rt.Fatalf("%s and %s", a, b)
		}
	})
}
