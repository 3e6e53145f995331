package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// maxEvent bounds one event of a stream. The largest real ones repeat the whole prompt as text.
const maxEvent = 64 << 20

// ErrCut is a stream that ended in the middle of an event, or before its last one.
var ErrCut = errors.New("the stream was cut before its final event")

// events calls each with the data of every server-sent event until the stream ends, and returns nil
// at a clean end between two events. Comment lines (a server's pings) are no events. The data is
// valid during the call only. (HTML standard, section 9.2; multi-line data is joined by newlines.)
// An event of more than limit bytes is an error.
func events(r io.Reader, limit int, each func(data []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var line, data []byte
	pending := false
	for {
		line = line[:0]
		for {
			part, err := in.ReadSlice('\n')
			line = append(line, part...)
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return ended(err, pending || len(line) > 0)
			}
			if len(line)+len(data) > limit {
				return tooLarge(limit)
			}
		}
		text := bytes.TrimRight(line, "\r\n")
		switch {
		case len(text) == 0:
			if pending {
				if err := each(data); err != nil {
					return err
				}
			}
			data, pending = data[:0], false
		case bytes.HasPrefix(text, dataField):
			if pending {
				data = append(data, '\n')
			}
			data, pending = append(data, bytes.TrimPrefix(text[len(dataField):], []byte(" "))...), true
		}
		if len(data) > limit {
			return tooLarge(limit)
		}
	}
}

var dataField = []byte("data:")

func tooLarge(limit int) error {
	return fmt.Errorf("an event of the stream is larger than %d bytes", limit)
}

// ended sorts the end of a stream.
func ended(err error, inEvent bool) error {
	switch {
	case errors.Is(err, io.EOF) && !inEvent:
		return nil
	case errors.Is(err, io.EOF):
		return ErrCut
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("%w: %w", ErrCut, err)
}
