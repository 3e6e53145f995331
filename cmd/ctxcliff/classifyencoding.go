package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// looksAt is how much of a text tells how it is encoded.
const looksAt = 128

// asUTF8 reads a text that Windows PowerShell wrote, in UTF-16, or one with a byte order mark, as any other.
func asUTF8(r *bufio.Reader) io.Reader {
	head, _ := r.Peek(looksAt)
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, _ = r.Discard(3)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), wide(head, 1):
		return &fromUTF16{r: r, order: binary.LittleEndian}
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}), wide(head, 0):
		return &fromUTF16{r: r, order: binary.BigEndian}
	}
	return r
}

// wide reports whether a text has what UTF-16 makes of Latin letters, without a mark: a zero for each of them, at
// odd places or at even ones.
func wide(head []byte, at int) bool {
	zeros := [2]int{}
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	return len(head) >= 8 && zeros[at] > len(head)/3 && zeros[1-at] == 0
}

// fromUTF16 reads UTF-16 as UTF-8. What is no character becomes U+FFFD, a byte order mark nothing.
type fromUTF16 struct {
	r     io.Reader
	order binary.ByteOrder
	high  rune // the first half of a pair that waits for the second; 0 none
}

func (f *fromUTF16) Read(b []byte) (int, error) {
	if len(b) < utf8.UTFMax {
		return 0, io.ErrShortBuffer
	}
	units := make([]byte, max(2, len(b)/utf8.UTFMax*2)) // two bytes become three at most, a pair of them four
	n, err := io.ReadFull(f.r, units)
	if n == 0 || err != nil && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	text := b[:0]
	for at := 0; at+1 < n; at += 2 {
		text = f.append(text, rune(f.order.Uint16(units[at:])))
	}
	return len(text), nil
}

func (f *fromUTF16) append(text []byte, unit rune) []byte {
	const mark = '\ufeff'
	switch high := f.high; {
	case unit == mark:
		return text
	case high != 0:
		f.high = 0
		return utf8.AppendRune(text, utf16.DecodeRune(high, unit))
	case unit >= 0xd800 && unit < 0xdc00:
		f.high = unit
		return text
	}
	return utf8.AppendRune(text, unit)
}
