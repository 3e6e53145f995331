package kernlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxEntry bounds one line of JSON.
const maxEntry = 256 << 10

// journalFields is what is asked of journalctl. The cursor and the two
// timestamps come in any case.
const journalFields = "MESSAGE,PRIORITY,SYSLOG_FACILITY,_SOURCE_MONOTONIC_TIMESTAMP,_KERNEL_DEVICE"

// entry is one line of "journalctl -o json", see systemd's JOURNAL_EXPORT_FORMATS.
type entry struct {
	Message  field `json:"MESSAGE"`
	Priority field `json:"PRIORITY"`
	Facility field `json:"SYSLOG_FACILITY"`
	Source   field `json:"_SOURCE_MONOTONIC_TIMESTAMP"` // microseconds, the kernel's own
	Received field `json:"__REALTIME_TIMESTAMP"`        // microseconds since 1970, journald's
	Device   field `json:"_KERNEL_DEVICE"`
	Cursor   field `json:"__CURSOR"`
}

// field is a value of a journal entry: text, an array of bytes where it is not
// UTF-8, an array of either where the field comes more than once (the first
// counts), null where it was too long to show.
type field string

func (f *field) UnmarshalJSON(data []byte) error {
	*f = ""
	switch {
	case string(data) == "null":
		return nil
	case len(data) > 0 && data[0] == '"':
		var s string
		err := json.Unmarshal(data, &s)
		*f = field(s)
		return err
	}
	var several []json.RawMessage
	if err := json.Unmarshal(data, &several); err != nil {
		return fmt.Errorf("neither text nor bytes: %w", err)
	}
	if len(several) == 0 {
		return nil
	}
	if c := several[0][0]; c < '0' || c > '9' {
		if c == '[' && len(several[0]) > 1 && several[0][1] == '[' {
			return errors.New("arrays too deep")
		}
		return f.UnmarshalJSON(several[0])
	}
	b := make([]byte, len(several))
	for i, raw := range several {
		n, err := strconv.ParseUint(string(raw), 10, 8)
		if err != nil {
			return fmt.Errorf("a byte of a field: %w", err)
		}
		b[i] = byte(n)
	}
	*f = field(b)
	return nil
}

// parseEntry parses one line of "journalctl -k -o json". cursor names the entry
// to journalctl.
func parseEntry(data []byte) (lines []Line, cursor string, err error) {
	var e entry
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, "", fmt.Errorf("read a journal entry: %w", err)
	}
	l := Line{Level: small(e.Priority, 7), Facility: small(e.Facility, 255), Device: deviceName(string(e.Device))}
	if d, ok := microseconds(string(e.Source)); ok {
		l.Mono = d
	}
	if n, err := strconv.ParseInt(string(e.Received), 10, 64); err == nil && n >= 0 {
		l.Wall = time.UnixMicro(n)
	}
	return l.lines(string(e.Message)), strings.TrimSpace(string(e.Cursor)), nil
}

// small is the number in f if it is between 0 and most, else -1.
func small(f field, most int) int {
	n, err := strconv.Atoi(string(f))
	if err != nil || n < 0 || n > most {
		return -1
	}
	return n
}

// readEntries adds the entries of a stream of JSON lines. What is not an entry is
// a line lost.
func readEntries(r io.Reader, add func(Line)) {
	in := bufio.NewReaderSize(r, 64<<10)
	lost := 0
	for {
		data, err := readLine(in)
		if len(bytes.TrimSpace(data)) > 0 {
			lines, _, bad := parseEntry(data)
			if bad != nil {
				lost++
			}
			for _, l := range lines {
				l.Lost, lost = lost, 0
				add(l)
			}
		}
		if err != nil {
			return
		}
	}
}

// readLine is one line without its end, cut at maxEntry.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if room := maxEntry - len(line); room > 0 {
			line = append(line, part[:min(room, len(part))]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(line, []byte("\n")), err
		}
	}
}
