package faults

import (
	"strings"
	"testing"
)

// TestWhoseSegfault: the kernel names a thread and a name that every llama-server has. It speaks of one of ours only
// if one of ours may have died of that signal, at a place that it had mapped.
func TestWhoseSegfault(t *testing.T) {
	const (
		line  = "[18739.930669] llama-server[13220]: segfault at 8 ip 00000000005451ca sp 00007fdda409c000 error 6 in llama-server[1451ca,401000+6d6000] likely on CPU 0 (core 0, socket 0)"
		pie   = "[18739.93] llama-server[13220]: segfault at 8 ip 00007f0d5738746c sp 00007ffcde1d6ec0 error 4 in libggml-base.so.0[2646c,7f0d57372000+68000]"
		ours  = "[18739.94] llama-server[4250]: segfault at 8 ip 00007fffdeadb46c sp 00007ffcde1d6ec0 error 4 in libggml-base.so.0[2646c,7fffdead0000+68000]"
		other = "benign.other-process"
	)
	at := func(images ...string) []string { return images }
	for name, c := range map[string]struct {
		exit   string
		images []string
		dumps  bool
		lines  []string
		class  string
	}{
		"ours died so":                            {exit: "signal:SIGSEGV", lines: []string{line}, class: "crash.segv"},
		"ours lives":                              {exit: "running", lines: []string{line}, class: other},
		"ours lives, and its core is written":     {exit: "running", dumps: true, lines: []string{line}, class: "crash.segv"},
		"ours was ended by us":                    {exit: "signal:SIGKILL", lines: []string{line}, class: "unknown"},
		"ours aborted":                            {exit: "signal:SIGABRT", lines: []string{line}, class: "crash.abort"},
		"ours ended by itself":                    {exit: "code:1", lines: []string{line}, class: "unknown"},
		"a shell says so":                         {exit: "code:139", lines: []string{line}, class: "crash.segv"},
		"a wrapper keeps its status":              {exit: "a status that its living wrapper keeps", lines: []string{line}, class: "crash.segv"},
		"nobody knows how it ended":               {lines: []string{line}, class: "crash.segv"},
		"it was mapped there":                     {exit: "signal:SIGSEGV", images: at("llama-server[401000+6d6000]"), lines: []string{line}, class: "crash.segv"},
		"another build of it is mapped":           {exit: "signal:SIGSEGV", images: at("llama-server[401000+80f000]"), lines: []string{line}, class: "crash.segv"},
		"the library is mapped elsewhere":         {exit: "signal:SIGSEGV", images: at("libggml-base.so.0[7fffdead0000+68000]"), lines: []string{pie}, class: "crash.segv"},
		"no such library was mapped when we saw":  {exit: "signal:SIGSEGV", images: at("libllama.so.0[7fffdead0000+68000]"), lines: []string{pie}, class: "crash.segv"},
		"theirs first, then ours":                 {exit: "signal:SIGSEGV", images: at("libggml-base.so.0[7fffdead0000+68000]"), lines: []string{pie, ours}, class: "crash.segv"},
		"an illegal instruction is no such death": {exit: "signal:SIGSEGV", lines: []string{"traps: llama-server[7] trap invalid opcode ip:55d3c1a2 sp:7ffe error:0 in llama-server[55d3c000+200000]"}, class: "crash.segv"},
	} {
		p := Process{Name: "server", Exit: c.exit, PID: 4242, Comm: "llama-server", Images: c.images, Dumping: c.dumps}
		f := Classify(Evidence{Phase: "prompt", Processes: []Process{p}, Kernel: []KernelLog{{Lines: c.lines}}})
		if f.Class != c.class {
			t.Errorf("%s: %s, %q", name, f.Class, f.Title)
		}
		wrong := strings.Contains(name, "another build") || strings.Contains(name, "elsewhere") || strings.Contains(name, "no such death")
		if wrong && f.Title != "llama-server: ended by SIGSEGV (prompt)" {
			t.Errorf("%s: %q is where somebody else died", name, f.Title)
		}
		if name == "theirs first, then ours" && !strings.Contains(f.Excerpt[0], "[4250]") {
			t.Errorf("%s: %q", name, f.Excerpt)
		}
	}
}

// TestStackOverflow: where a stack has run out depends on how much of it was used before; the bug is the same.
func TestStackOverflow(t *testing.T) {
	var signatures []string
	for _, line := range []string{
		"llama-server[19798]: segfault at 7f999d3a1ff8 ip 00000000004e8426 sp 00007f999d3a2000 error 6 in llama-server[e8426,401000+80f000]",
		"llama-server[19912]: segfault at 7f1f38ffaff8 ip 00000000004e8435 sp 00007f1f38ffafe0 error 6 in llama-server[e8435,401000+80f000]",
		"[18228.9] llama-server[19970]: segfault at 7f3d757fbff8 ip 00000000004e96fe sp 00007f3d757fc000 error 6 in llama-server[e96fe,401000+80f000] likely on CPU 1",
	} {
		f := Classify(Evidence{Phase: "prompt", Processes: []Process{server("signal:SIGSEGV")}, Kernel: []KernelLog{{Lines: []string{line}}}})
		if f.Title != "stack overflow in llama-server (prompt)" {
			t.Errorf("%q", f.Title)
		}
		signatures = append(signatures, f.Signature)
	}
	if signatures[0] != signatures[1] || signatures[0] != signatures[2] || !strings.HasPrefix(signatures[0], "crash.segv|") {
		t.Errorf("one bug: %q", signatures)
	}
	if f := Classify(Evidence{Phase: "prompt", Processes: []Process{server("signal:SIGSEGV")}, Kernel: []KernelLog{{Lines: []string{"llama-server[7]: segfault at 8 ip 00000000004e8426 sp 00007f999d3a2000 error 6 in llama-server[e8426,401000+80f000]"}}}}); f.Signature == signatures[0] || !strings.Contains(f.Title, "at offset e8426") {
		t.Errorf("another bug: %q", f.Title)
	}
}

// TestASequelOfAnothersJob: a browser's job that was given up took its ring along, and no more.
func TestASequelOfAnothersJob(t *testing.T) {
	lines := strings.Split(`amdgpu 0000:03:00.0: amdgpu: ring comp_1.1.0 timeout, signaled seq=125, emitted seq=129
amdgpu 0000:03:00.0: amdgpu:  Process firefox-bin pid 7401 thread firefox:cs0 pid 7453
amdgpu 0000:03:00.0: amdgpu: Starting comp_1.1.0 ring reset
amdgpu 0000:03:00.0: amdgpu: Ring comp_1.1.0 reset succeeded
amdgpu 0000:03:00.0: [drm] device wedged, but recovered through reset
amdgpu 0000:03:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:32 vmid:0 pasid:0)`, "\n")
	e := Evidence{Processes: []Process{server("running")}, Kernel: []KernelLog{{Lines: lines}}}
	if f := Classify(e); f.Bad() || !f.Tainted {
		t.Errorf("%s: %s", f.Class, f.Title)
	}
	e.Kernel[0].Lines = append(lines[:3:3], "amdgpu 0000:03:00.0: amdgpu: GPU reset begin!. Source:  1", "amdgpu 0000:03:00.0: amdgpu: MODE1 reset")
	if f := Classify(e); f.Class != "gpu-fault.hang-reset" {
		t.Errorf("a reset of the whole GPU: %s: %s", f.Class, f.Title)
	}
	e.Kernel[0].Lines = append(lines, "amdgpu 0000:03:00.0: amdgpu: ring gfx_0.0.0 timeout, signaled seq=1, emitted seq=2", "amdgpu 0000:03:00.0: amdgpu:  Process llama-server pid 42 thread llama-server pid 42")
	if f := Classify(e); f.Class != "gpu-fault.hang-reset" {
		t.Errorf("then one of ours: %s: %s", f.Class, f.Title)
	}
}
