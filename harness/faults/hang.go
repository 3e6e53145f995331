package faults

import (
	"regexp"
	"slices"
	"strings"
)

// addHang adds a hang where progress stopped. A crash line beats it by its level; then it is the
// outcome: hung after abort.
func (c *call) addHang() {
	h := c.e.Hang
	if h == nil {
		return
	}
	r := &Rule{Level: Survived - 1, Title: "no progress<: {last}>", Key: "no progress<: {text}>", PerPhase: true}
	who := slices.IndexFunc(c.e.Processes, func(p Process) bool { return h.Who != "" && p.Name == h.Who })
	switch {
	case h.Stopped && who > 0:
		r.Title, r.Key = "no progress: "+h.Who+" is stopped (SIGSTOP or a debugger)", "no progress: stopped"
	case h.Stopped:
		r.Title, r.Key = "no progress: the process is stopped (SIGSTOP or a debugger)", "no progress: stopped"
	}
	class := h.class(c.e.Phase)
	f := &finding{rule: r, class: class, level: r.Level, vars: map[string]string{}, process: inText}
	if who >= 0 {
		f.process = who
	}
	for i, s := range c.scanners {
		if i < len(c.e.Processes) && c.e.Processes[i].ended() || who >= 0 && i != who {
			continue
		}
		if tail := s.tail.last(); len(tail) > 0 && f.lines == nil {
			f.lines, f.process = tail, min(i, len(c.e.Processes)-1)
			if last := telling(tail); last != "" {
				f.vars["last"], f.vars["text"] = cut(last, 60), last
			}
		}
	}
	c.found = append(c.found, f)
}

func (h *Hang) class(phase string) string {
	switch {
	case h.After == "kill":
		return "hang.uninterruptible"
	case h.After == "term", phase == "shutdown":
		return "hang.shutdown"
	case phase == "load":
		return "hang.load"
	case h.PortClosed:
		return "hang.http"
	case h.LogGrows:
		return "hang.livelock"
	case h.SlotsIdle, phase == "idle":
		return "hang.slot-leak"
	}
	return "hang.decode"
}

// routine are lines with which the server tells what it does all day: which one is the last before a
// hang says nothing about the hang.
var routine = regexp.MustCompile(`^(?:slot|srv|que|res|sampler \w+:|llama_server:)\s|^\S*\s*(?:repeat_last_n|dry_multiplier|top_k|mirostat) = `)

// telling is the last line that is no routine, without its prefixes; "" none is.
func telling(tail []string) string {
	for _, raw := range slices.Backward(tail) {
		line := string(bare([]byte(raw)))
		loud := stamp([]byte(raw)) > 2 && !routineLevel(raw) && !strings.Contains(line, "security:")
		if loud || !routine.MatchString(line) {
			return line
		}
	}
	return ""
}

// routineLevel reports whether a line of the logger of 2026 is debug or information.
func routineLevel(raw string) bool {
	level := raw[stamp([]byte(raw))-2]
	return level == 'I' || level == 'D'
}
