package harness

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
)

// compress replaces a log that nobody writes to any more by a gzip file beside it, and returns the name
// of what is there now. A server's log is plain text while it is written, so that people can follow it
// and nothing of it is lost with the host; it is an eighth of that afterwards. Where the disk has no
// room for both, the plain one stays.
func compress(path string) (name string, err error) {
	in, err := os.Open(path)
	if err != nil {
		return path, err
	}
	defer in.Close()
	name = path + ".gz"
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return path, err
	}
	z := gzip.NewWriter(out)
	_, err = io.Copy(z, in)
	if err = errors.Join(err, z.Close(), out.Sync(), out.Close()); err != nil {
		return path, errors.Join(err, os.Remove(name))
	}
	return name, os.Remove(path)
}
