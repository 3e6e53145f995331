package gguf

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
)

// splitName is how llama-gguf-split names the files of one model (llama_split_path).
var splitName = regexp.MustCompile(`^(.*)-(\d{5})-of-(\d{5})\.gguf$`)

const maxSplits = 99999 // by the digits of the name

// splits is what the files after the first hold together.
type splits struct {
	size    int64
	tensors []TensorInfo
}

// checkFirst refuses a later file of a split: llama-server loads a model by its first.
func checkFirst(f *File) error {
	if no, ok := f.Uint("split.no"); ok && no > 0 {
		return fmt.Errorf("it is file %d of a split model; give the first one, …-00001-of-….gguf", no+1)
	}
	return nil
}

// readSplits reads the headers of the n-1 files that lie beside the first.
func readSplits(first string, n uint64) (splits, error) {
	var all splits
	name := splitName.FindStringSubmatch(filepath.Base(first))
	if name == nil || n > maxSplits || name[3] != fmt.Sprintf("%05d", n) {
		return all, fmt.Errorf("it is the first of %d files, and llama-server finds the others only if it is called NAME-00001-of-%05d.gguf", n, n)
	}
	for no := uint64(2); no <= n; no++ {
		base := fmt.Sprintf("%s-%05d-of-%05d.gguf", name[1], no, n)
		f, err := Open(filepath.Join(filepath.Dir(first), base))
		switch {
		case errors.Is(err, fs.ErrNotExist): // that the model does not exist would be the wrong news
			return all, fmt.Errorf("its part %s is missing; download it into the same directory", base)
		case err != nil:
			return all, fmt.Errorf("its part %s: %w", base, err)
		}
		all.size += f.Size
		all.tensors = append(all.tensors, f.Tensors...)
		f.Close()
	}
	return all, nil
}
