package main

import (
	"bytes"
	"strings"

	"ctxcliff/harness/faults"
)

// kernel reads kernel lines.
func (in *logs) kernel(name string) ([]faults.KernelLog, error) {
	var s sieve
	if err := in.into(&s, name); err != nil {
		return nil, err
	}
	return s.lines(), nil
}

// sieve keeps of kernel lines, however many, those that matter: of each piece what Classify takes for
// the cause, and what it takes for a consequence. A log of one piece is kept as it is.
type sieve struct {
	held []byte
	kept []string
	cut  bool
}

func (s *sieve) Write(b []byte) (int, error) {
	s.held = append(s.held, b...)
	if len(s.held) >= piece {
		end := bytes.LastIndexByte(s.held, '\n') + 1
		if end == 0 {
			end = len(s.held) // no kernel writes such lines
		}
		s.reduce(string(s.held[:end]))
		s.held = append(s.held[:0], s.held[end:]...)
	}
	return len(b), nil
}

func (s *sieve) reduce(lines string) {
	s.cut = true
	f := faults.Classify(faults.Evidence{Position: -1, Kernel: []faults.KernelLog{{Lines: []string{lines}}}})
	s.kept = append(append(s.kept, f.Excerpt...), f.Consequences...)
}

func (s *sieve) lines() []faults.KernelLog {
	if s.cut {
		s.reduce(string(s.held))
		return []faults.KernelLog{{Lines: s.kept}}
	}
	return []faults.KernelLog{{Lines: []string{strings.TrimSuffix(string(s.held), "\n")}}}
}
