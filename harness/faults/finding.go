package faults

import (
	"bytes"
	"slices"
	"strings"
)

// finding is one rule that matched.
type finding struct {
	rule   *Rule
	index  int // of the rule
	line   int // within its stream
	vars   map[string]string
	lines  []string // as they were logged
	count  int
	doubt  bool     // found inside model text: counts only if nothing but last words follow
	undone bool     // its Once has been seen
	pids   []string // that lines of it name, the first few

	process int // index into the evidence's processes; -1 kernel, -2 text
	class   string
	level   Level
}

// match runs the rules over a line: those that drop it first, those for the rest last and never over
// model text.
func (s *Scanner) match(text, raw []byte, doubt bool) (matched bool) {
	if s.dropNext != "" {
		drop := bytes.Contains(text, []byte(s.dropNext))
		s.dropNext = ""
		if drop {
			return true
		}
	}
	if s.try(text, raw, doubt, func(r *Rule) bool { return r.Drop }) {
		return true
	}
	matched = s.try(text, raw, doubt, func(r *Rule) bool { return !r.Drop && !r.Rest })
	if !matched && !doubt {
		s.try(text, raw, doubt, func(r *Rule) bool { return r.Rest })
	}
	s.detailsAndProgress(text, raw, doubt)
	return matched
}

// try adds what the rules of one kind find in a line.
func (s *Scanner) try(text, raw []byte, doubt bool, kind func(*Rule) bool) (matched bool) {
	for _, w := range s.seen {
		w := &s.engine.watches[w]
		if w.rule < 0 || !kind(&rules[w.rule]) || rules[w.rule].In&s.in == 0 {
			continue
		}
		if m := w.re.FindSubmatch(text); m != nil {
			s.add(w, m, raw, doubt)
			matched = true
		}
	}
	return matched
}

// detailsAndProgress completes findings of earlier lines, and of this one.
func (s *Scanner) detailsAndProgress(text, raw []byte, doubt bool) {
	for _, w := range s.seen {
		w := &s.engine.watches[w]
		switch {
		case w.detail >= 0:
			s.addDetail(w, text, raw)
		case w.once >= 0 && !doubt && w.re.Match(text):
			if f := s.rules[w.once]; f != nil && f.line < s.lines {
				f.undone = true
			}
		case w.isReady() && s.ready == 0 && !doubt && w.re.Match(text):
			s.ready = s.lines
		}
	}
}

func (w *watch) isReady() bool { return w.rule < 0 && w.detail < 0 && w.echo < 0 && w.once < 0 }

func (s *Scanner) add(w *watch, m [][]byte, raw []byte, doubt bool) {
	r := &rules[w.rule]
	if r.DropNext != "" {
		s.dropNext = r.DropNext
	}
	if f := s.rules[w.rule]; f != nil && f.class == r.Class && !s.another(r, f, w, m) {
		f.count++
		f.name(w, m)
		if f.undone || r.WhenLast { // it happened again after progress
			f.undone, f.line, f.lines = false, s.lines, []string{kept(raw)}
			s.lastFound = s.lines
		}
		return
	}
	if len(s.found) >= keptFinds {
		return
	}
	f := &finding{rule: r, index: w.rule, line: s.lines, vars: map[string]string{}, lines: []string{kept(raw)}, count: 1, doubt: doubt, class: r.Class, level: r.Level}
	for i, name := range w.re.SubexpNames() {
		if name != "" && len(m[i]) > 0 {
			f.vars[name] = strings.TrimSpace(kept(m[i]))
		}
	}
	f.name(w, m)
	s.found = append(s.found, f)
	s.lastFound = s.lines
	if s.rules[w.rule] == nil {
		s.rules[w.rule] = f
	}
}

// keptEvents bounds how many events of one kind are kept apart.
const keptEvents = 8

// another says whether what the kernel tells of once more may have hit another process: its number is another one,
// or stands in a line that is yet to come.
func (s *Scanner) another(r *Rule, f *finding, w *watch, m [][]byte) bool {
	switch {
	case r.Signal != "":
		return f.vars["pid"] != w.group(m, "pid")
	case strings.HasPrefix(r.Name, "xid-") && w.re.SubexpIndex("pid") >= 0:
		if f.vars["pid"] == w.group(m, "pid") {
			return false
		}
	case r.In != KernelLines || !slices.Contains(r.Follow, "comm") || f.vars["comm"] == "":
		return false
	}
	n := 0
	for _, o := range s.found {
		if o.rule == r {
			n++
		}
	}
	return n < keptEvents
}

// group is what a named group of the pattern matched.
func (w *watch) group(m [][]byte, name string) string { return string(m[w.re.SubexpIndex(name)]) }

// keptPIDs bounds how many processes a finding remembers.
const keptPIDs = 32

// name remembers which processes a line names.
func (f *finding) name(w *watch, m [][]byte) {
	for i, name := range w.re.SubexpNames() {
		if strings.HasPrefix(name, "pid") && len(m[i]) > 0 && len(f.pids) < keptPIDs {
			f.pids = append(f.pids, string(m[i]))
		}
	}
}

// forgetDoubts drops what was found in model text after all.
func (s *Scanner) forgetDoubts() {
	sure := s.found[:0]
	for _, f := range s.found {
		if !f.doubt {
			sure = append(sure, f)
		} else if s.rules[f.index] == f {
			delete(s.rules, f.index)
		}
	}
	clear(s.found[len(sure):])
	s.found = sure
}
