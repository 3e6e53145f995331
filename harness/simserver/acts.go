package simserver

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// defaultAssert is the last word of an abort that names none.
const defaultAssert = "./src/llama-kv-cache.cpp:1042: GGML_ASSERT(n_tokens <= n_kv) failed"

// EnvKernelLog names the file that stands for the kernel log: kernel rules append to it.
const EnvKernelLog = "CTXCLIFF_SIM_KMSG"

// allocate refuses a cache that the profile says is too big, in llama-server's words.
func (s *Server) allocate() error {
	total := s.layout.uncapd * s.layout.slots
	if s.layout.unified {
		total = s.layout.pool
	}
	if s.setup.kvMax == 0 || total <= s.setup.kvMax {
		return nil
	}
	s.log.bare("E", "llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache")
	return errors.New("failed to create context with model")
}

// abort prints the last word as ggml does (no timestamp, stderr only) and dies by SIGABRT.
func (s *Server) abort(text string) {
	s.office.settle(time.Second)
	if strings.HasPrefix(text, "GGML_") {
		text = "./ggml/src/ggml-backend.cpp:345: " + text
	}
	s.log.raw(text + "\n")
	if strings.Contains(text, "GGML_ASSERT") && os.Getenv("GGML_NO_BACKTRACE") == "" {
		s.log.raw("libggml-base.so.0(+0x1a2b5) [0x7f2a3c01a2b5]\n" +
			"libggml-base.so.0(ggml_print_backtrace+0x1ea) [0x7f2a3c01a71a]\n" +
			"libggml-base.so.0(ggml_abort+0x11e) [0x7f2a3c01a8ae]\n" +
			"libllama.so.0(_ZN13llama_context6decodeERK11llama_batch+0x4aa) [0x7f2a3c3c14aa]\n")
	}
	s.die(Death{Signal: syscall.SIGABRT})
}

// faultLine is the ROCm runtime's (llama.cpp issue 3896), with addresses that differ from start to start.
func (s *Server) faultLine() string {
	x := mix(s.options.Seed + uint64(s.options.Start))
	return fmt.Sprintf("Memory access fault by GPU node-1 (Agent handle: 0x%012x) on address 0x%012x. Reason: Page not present or supervisor privilege.",
		0x550000000000|x&0xfffffff0, 0x7f0000000000|x>>24&0xfffffff000)
}

// die ends the process, or in-process the server: it drops all connections and the goroutine that
// called it. It does not return.
func (s *Server) die(d Death) {
	s.office.settle(time.Second)
	s.dying.Do(func() {
		if s.options.Die != nil {
			s.options.Die(d)
		}
		close(s.dead)
		s.shut()
	})
	runtime.Goexit()
}

// flood writes n bytes of log lines.
func (s *Server) flood(n int) {
	const line = "slot update_slots: id  0 | task 0 | prompt processing, n_tokens = 2048, progress = 0.013333"
	us := time.Since(s.log.began).Microseconds()
	one := fmt.Sprintf("%d.%02d.%03d.%03d I %s\n", us/60_000_000, us/1_000_000%60, us/1000%1000, us%1000, line)
	for block := strings.Repeat(one, 1+min(n, 1<<20)/len(one)); n > 0; n -= len(block) {
		s.log.raw(block[:min(n, len(block))])
	}
	s.log.raw("\n")
}

// longline writes n bytes without a line end, then one.
func (s *Server) longline(n int) {
	for block := strings.Repeat("x", min(n, 1<<20)); n > 0; n -= len(block) {
		s.log.raw(block[:min(n, len(block))])
	}
	s.log.raw("\n")
}
