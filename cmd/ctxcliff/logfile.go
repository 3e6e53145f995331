package main

import (
	"compress/gzip"
	"io"
	"os"
	"strings"
)

// openLog opens a log, packed or not.
func openLog(name string) (io.ReadCloser, error) {
	f, err := os.Open(name)
	if err != nil || !strings.HasSuffix(name, ".gz") {
		return f, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return unpacked{z, f}, nil
}

// unpacked is a file that is read through a decompressor.
type unpacked struct {
	*gzip.Reader
	file *os.File
}

func (u unpacked) Close() error { return u.file.Close() }
