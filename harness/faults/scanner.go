package faults

import (
	"bytes"
	"strings"
)

// Limits of a Scanner. Together they bound its memory, whatever it reads.
const (
	lineHead    = 16 << 10 // bytes of a line that are looked at, from its beginning…
	lineTail    = 2 << 10  // …and from its end, where the line is longer
	keptBytes   = 600      // bytes of a line that an excerpt keeps
	keptLines   = 20       // last lines that are kept
	keptFinds   = 120      // findings that are kept
	keptRepeats = 40       // matches of one rule that are looked at
	followLines = 60       // lines after a finding in which its details are looked for
)

// Scanner reads a log of any length once and keeps what matters: findings, the last lines, whether
// the server had been ready. It is an io.Writer; the zero value is not usable, NewScanner makes one.
// It is not safe for concurrent use.
type Scanner struct {
	in     Stream
	engine *engine

	partial []byte // of the line that is being read: its head, at most lineHead…
	end     []byte // …and its last bytes once it is longer
	lines   int

	found []*finding
	rules map[int]*finding // first of each rule
	tail  ring

	ready    int    // line that showed that the server was ready; 0 none, -1 one before this scanner's first
	echoing  bool   // we are inside model text
	stamped  bool   // the logger of this log writes times
	dropNext string // see Rule.DropNext

	lastFound int   // line of the last finding
	looks     int   // how often the automaton was asked
	marks     []int // watch -> look in which it was last seen by the automaton
	seen      []int // watches of this line that matter
	fresh     bool  // one of them may tell something new
}

// NewScanner returns a scanner for a log of that kind. Streams may be combined where it is not known.
func NewScanner(in Stream) *Scanner {
	e := theEngine()
	return &Scanner{in: in, engine: e, rules: map[int]*finding{}, marks: make([]int, len(e.watches))}
}

// Write takes the next bytes of the log, cut anywhere. It never fails.
func (s *Scanner) Write(text []byte) (int, error) {
	n := len(text)
	for {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			s.hold(text)
			return n, nil
		}
		if len(s.partial) == 0 {
			s.line(text[:i])
		} else {
			s.hold(text[:i])
			s.flush()
		}
		text = text[i+1:]
	}
}

// Line takes one line without its end.
func (s *Scanner) Line(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		s.line([]byte(line))
	}
}

func (s *Scanner) hold(text []byte) {
	room := min(lineHead-len(s.partial), len(text))
	s.partial = append(s.partial, text[:room]...)
	if text = text[room:]; len(text) == 0 {
		return
	}
	if len(text) > lineTail {
		text, s.end = text[len(text)-lineTail:], s.end[:0]
	}
	s.end = append(s.end, text...)
	if excess := len(s.end) - lineTail; excess > 0 {
		s.end = append(s.end[:0], s.end[excess:]...)
	}
}

// flush reads what has been held as a line.
func (s *Scanner) flush() {
	if len(s.partial) == 0 {
		return
	}
	line := append(s.partial, s.end...)
	s.partial, s.end = s.partial[:0], s.end[:0]
	s.line(line)
}

// line reads one line: most are remembered as a possible last line and nothing else.
func (s *Scanner) line(raw []byte) {
	s.lines++
	if len(raw) > lineHead+lineTail {
		raw = append(raw[:lineHead:lineHead], raw[len(raw)-lineTail:]...)
	}
	raw = fromJSON(raw) // before the automaton sees it: an engine escapes more than it must
	if s.tail.add(raw) && !s.echoing && s.dropNext == "" {
		return
	}
	s.stamped = s.stamped || !s.echoing && stamp(raw) > 0
	s.lookUp(raw)
	if s.fresh || s.echoing || s.dropNext != "" {
		s.read(raw)
	}
}

// lookUp asks the automaton which patterns can match at all.
func (s *Scanner) lookUp(raw []byte) {
	s.looks++
	s.seen, s.fresh = s.seen[:0], false
	s.engine.automaton.scan(raw, func(literals []int) {
		for _, l := range literals {
			for _, w := range s.engine.watchers[l] {
				if s.marks[w] == s.looks {
					continue
				}
				s.marks[w] = s.looks
				if wanted, fresh := s.wants(w); wanted {
					s.seen = append(s.seen, w)
					s.fresh = s.fresh || fresh
				}
			}
		}
	})
}

// wants says whether a pattern matters now, and whether it may tell anything new: a line where none
// does ends here, and most lines of a healthy log are such.
func (s *Scanner) wants(watch int) (wanted, fresh bool) {
	switch w := &s.engine.watches[watch]; {
	case w.rule >= 0:
		r := &rules[w.rule]
		return r.In&s.in != 0, !s.saturated(r, s.rules[w.rule])
	case w.detail >= 0:
		return true, s.lines-s.lastFound <= followLines && len(s.found) > 0 // a finding's own line may hold details, too
	case w.once >= 0:
		f := s.rules[w.once]
		wanted = f != nil && !f.undone
	case w.echo >= 0:
		wanted = true
	default:
		wanted = s.ready == 0
	}
	return wanted, wanted
}

// saturated is true for a rule that has matched so often that one match more changes nothing, and for
// every new one once no more findings are kept.
func (s *Scanner) saturated(r *Rule, f *finding) bool {
	switch {
	case f == nil:
		return len(s.found) >= keptFinds
	case r.Once != "", r.WhenLast, r.DropNext != "":
		return false
	case r.Level >= Harmless-1:
		return !f.doubt
	}
	return f.count >= keptRepeats
}

// read runs the patterns that the automaton named over the line without its model text.
func (s *Scanner) read(raw []byte) {
	if s.onlyEchoes() {
		_, s.echoing = s.cutEcho(raw)
		return
	}
	text := visible(raw)
	s.stamped = s.stamped || !s.echoing && stamp(unwrapped(text)) > 0
	if s.echoing && s.ofThisLogger(text) {
		s.echoing = false
		s.forgetDoubts()
	}
	text = bare(text)
	doubt := s.echoing
	whole := len(text)
	text, opens := s.cutEcho(text)
	if len(text) < whole {
		s.lookUp(text) // most of what was seen stood in the foreign text
	}
	matched := s.match(text, raw, doubt)
	if doubt && !matched && !crashy(text) {
		s.forgetDoubts()
	}
	s.echoing = s.echoing || opens
}

// onlyEchoes is true when nothing but the beginning of foreign text can be in this line.
func (s *Scanner) onlyEchoes() bool {
	if s.echoing || s.dropNext != "" {
		return false
	}
	for _, w := range s.seen {
		if s.engine.watches[w].echo < 0 {
			return false
		}
	}
	return true
}

// cutEcho cuts the line where foreign text begins and says whether it may go on in the next line.
func (s *Scanner) cutEcho(text []byte) ([]byte, bool) {
	at, opens := len(text), false
	for _, w := range s.seen {
		if w := &s.engine.watches[w]; w.echo >= 0 {
			if m := w.re.FindIndex(text); m != nil && m[1] <= at {
				at = m[1]
				foreign := bytes.TrimRight(text[at:], " ")
				e := &echoes[w.echo]
				opens = !e.single && (e.open == "" || !bytes.HasSuffix(foreign, []byte(e.open)))
			}
		}
	}
	return text[:at], opens
}

// Next is a scanner for what follows in the same log. It knows what it must of what was read so far
// (the beginning of a line, model text that goes on, that the server was ready) and has found
// nothing.
func (s *Scanner) Next() *Scanner {
	n := NewScanner(s.in)
	n.partial, n.end = bytes.Clone(s.partial), bytes.Clone(s.end)
	n.echoing, n.stamped, n.dropNext = s.echoing, s.stamped, s.dropNext
	if s.ready != 0 {
		n.ready = -1 // before any line of its own
	}
	return n
}
