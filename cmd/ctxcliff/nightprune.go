package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ctxcliff/harness/night"
	"ctxcliff/harness/trial"
	"ctxcliff/store"
)

// keptOfNight are the files of a night that is older than what is kept.
var keptOfNight = []string{nightFile, "summary.txt", "diff.json"}

// prune deletes logs of runs of old nights, and reports that can be made again. It touches nothing but what a
// night made. nights are all of them, the newest first.
func (w *watch) prune(ctx context.Context, nights []night.Night) error {
	var old night.Old
	for _, n := range nights {
		if n.DB == w.db {
			old.Nights = append(old.Nights, n.Runs(night.Names()...))
		}
	}
	evidence, err := w.evidence(ctx)
	if err != nil {
		return err
	}
	var trouble error
	for _, run := range (night.Policy{Nights: w.keep}).Prunable(old) {
		trouble = errors.Join(trouble, w.sweep(runDir(w.db, run), func(name string) bool { return night.MayGo(run, name, evidence) }))
	}
	for _, n := range nights[min(w.keep, len(nights)):] {
		trouble = errors.Join(trouble, w.sweep(filepath.Join(w.nights, n.ID), func(name string) bool { return !slices.Contains(keptOfNight, name) }))
	}
	return trouble
}

// evidence are the files that show each fault for the first time, for the last, and at its shortest.
func (w *watch) evidence(ctx context.Context) (list []night.Evidence, err error) {
	db, err := store.OpenExisting(ctx, w.db)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	sightings, err := db.Sightings(ctx, store.Filter{})
	if err != nil {
		return nil, err
	}
	byRun := map[string][]trial.Sighting{}
	for _, b := range trial.Bugs(sightings) {
		for _, s := range sightings {
			if s.Fault.Signature != b.Signature && !slices.Contains(b.Others, s.Fault.Signature) {
				continue
			}
			if s.AttemptID == b.Shortest.AttemptID || s.At.Equal(b.First) || s.At.Equal(b.Last) {
				byRun[s.RunID] = append(byRun[s.RunID], s)
			}
		}
	}
	for run, seen := range byRun {
		for _, s := range seen {
			for _, file := range append([]string{s.LogFile}, s.Files...) {
				if file != "" {
					list = append(list, night.Evidence{Run: run, File: filepath.Base(file)})
				}
			}
		}
	}
	return list, nil
}

// sweep deletes files of a directory that may go.
func (w *watch) sweep(dir string, mayGo func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		info, infoErr := e.Info()
		if infoErr != nil || !info.Mode().IsRegular() || !mayGo(e.Name()) {
			continue
		}
		if goes := os.Remove(filepath.Join(dir, e.Name())); goes != nil {
			err = errors.Join(err, goes)
			continue
		}
		w.Pruned.Files, w.Pruned.Bytes = w.Pruned.Files+1, w.Pruned.Bytes+info.Size()
	}
	return err
}
