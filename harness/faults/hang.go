package faults

// addHang adds a hang where progress stopped. A crash line beats it by its level; then it is the
// outcome: hung after abort.
func (c *call) addHang() {
	h := c.e.Hang
	if h == nil {
		return
	}
	r := &Rule{Level: Survived - 1, Title: "no progress<: {last}>", Key: "no progress<: {text}>", PerPhase: true}
	class := h.class(c.e.Phase)
	f := &finding{rule: r, class: class, level: r.Level, vars: map[string]string{}, process: inText}
	for i, s := range c.scanners {
		if i < len(c.e.Processes) && c.e.Processes[i].ended() {
			continue
		}
		if tail := s.tail.last(); len(tail) > 0 && f.lines == nil {
			f.lines, f.process = tail, min(i, len(c.e.Processes)-1)
			last := string(bare([]byte(tail[len(tail)-1])))
			f.vars["last"], f.vars["text"] = cut(last, 60), last
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
