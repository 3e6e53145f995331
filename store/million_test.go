package store

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

var (
	million  = flag.Int("million", 20_000, "attempts of the run that the benchmarks of a long history read")
	keepAt   = flag.String("million-db", "", "keep that run in this file, and use it when it is there")
	nowhere  = context.Background()
	sizes    = []int{1000, 2000, 4000, 8000, 12000, 16000, 24000, 32000, 40000}
	families = []string{"opt", "natural", "mixed", "repeat:contexttoken", "code", "tools", "random", "unicode"}
)

// longPlan is a matrix of 8 shapes × 9 sizes × 2 contexts × 4 slots: 576 cells.
func longPlan() (trial.Run, plan.Plan) {
	r, small := sampleRun("long")
	target := small.Configurations[0].Configuration.Target
	var p plan.Plan
	for _, np := range []int{1, 2, 4, 8} {
		for _, ps := range []int{40000, 50000} {
			w := plan.Work{Configuration: plan.Configuration{Target: target, NP: np, Ctx: ps * np, Reply: 16}}
			for _, tokens := range sizes {
				for _, text := range families {
					w.Cells = append(w.Cells, plan.Cell{Configuration: w.Configuration, Shape: shape(text), Tokens: tokens})
				}
			}
			p.Configurations = append(p.Configurations, w)
		}
	}
	return r, p
}

// longHistory is a store with one run of so many attempts: two in each start, every hundredth a crash. It is
// filled below the recorder, which would take an fsync for each.
func longHistory(tb testing.TB, attempts int) *Store {
	tb.Helper()
	path := *keepAt
	if path == "" {
		path = filepath.Join(tb.TempDir(), "runs.db")
	} else if _, err := os.Stat(path); err == nil {
		return reopen(tb, path)
	}
	s := reopen(tb, path)
	r, p := longPlan()
	rec, err := s.Begin(nowhere, r, p)
	must(tb, err)
	began, cells := time.Now(), p.Cells()
	must(tb, s.write(nowhere, "fill", func(t tx) error {
		if _, err := key(nowhere, t, "faults", "id, signature", "F-0123456789", "GGML_ASSERT(x > 0)"); err != nil {
			return err
		}
		for _, text := range []string{
			`INSERT INTO starts (run, n, configuration, argv, pid, pid_start, boot_id, began, load_us, exit, requested, outcome, build, slots,
				slot_context, model, devices, log_file, log_bytes, unobserved, ended)
			WITH RECURSIVE n(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ?2 / 2)
			SELECT ?1, n + 1, (SELECT c.configuration FROM run_cells v JOIN cells c ON c.key = v.cell WHERE v.run = ?1 AND v.position = n % ?3),
				'["llama-server","--model","/m/qwen.gguf","-np","1"]', 4711, 42, 'b0', 1795900000000000 + n * 1000000, 5000000, 'signal:SIGTERM', 1,
				iif(n % 50 = 7, 'crash', 'pass'), 'b8102-39e4b1dc', 1, 40000, '/m/qwen.gguf', '["ROCm0"]', 'start.log', 100000, 'null',
				1795900001000000 + n * 1000000 FROM n`,
			`INSERT INTO attempts (run, start, cell, n, warmup, probe, open, outcome, reason, host_lost, superseded, began, elapsed_us, files, requests)
			SELECT ?1, s.key, c.key, v.column1, 0, 0, 0,
				iif((s.n - 1) % 50 = 7 AND v.column1 = 2, 'crash', 'pass'), '', 0, 0, s.began, 900000, 'null',
				json_array(json_object('f', c.shape, 'seed', '7', 'n', c.tokens, 'v', 'v1', 'nonce', 'n0', 'form', 'ids', 'h', hex(zeroblob(32)), 'r', 16,
					'http', 200, 'ok', json('true'), 'p', c.tokens, 'c', iif(v.column1 > 1, c.tokens - 1, 0), 'w', iif(v.column1 > 1, 1, c.tokens), 'g', 16,
					't', 600000000, 'u', 200000000, 'pos', c.tokens, 'e', 850000000, 'stop', 'limit', 'ids', json('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]')))
			FROM starts s, (VALUES (1), (2)) v
				JOIN cells c ON c.key = (SELECT cell FROM run_cells WHERE run = ?1 AND position = (s.n - 1) % ?3)
			WHERE s.run = ?1 AND s.n <= ?2 ORDER BY s.key`,
			`INSERT INTO sightings (attempt, fault, class, category, title, component, phase, position, first_death, excerpt, alternates, consequences, fate, rule, tainted)
			SELECT key, 1, 'crash.assert', 'crash', 'GGML_ASSERT(x > 0) failed', 'llama-server ggml.c', 'prompt', 1024, 'server',
				'["ggml.c:1: GGML_ASSERT(x > 0) failed"]', 'null', 'null', 'died', 'assert', 0
			FROM attempts WHERE run = ?1 AND outcome = 'crash' AND ?2 + ?3 > 0`,
		} {
			if _, err := t.ExecContext(nowhere, text, rec.run, attempts, cells); err != nil {
				return err
			}
		}
		return nil
	}))
	tb.Logf("%d attempts stored in %v", attempts, time.Since(began).Round(time.Millisecond))
	return s
}

// BenchmarkLongHistory reads a run of many attempts: go test -bench LongHistory -million 1000000.
func BenchmarkLongHistory(b *testing.B) {
	s := longHistory(b, *million)
	for name, read := range map[string]func() error{
		"matrix": func() error {
			return s.read(nowhere, "bench", func(t tx) error {
				run, err := findRun(nowhere, t, "long")
				if err == nil {
					_, err = selectSums(nowhere, t, run.key)
				}
				return err
			})
		},
		"overview": func() error { _, err := s.overview(nowhere, "long", 1000); return err },
		"both sides of a diff": func() error {
			for range 2 {
				if _, err := s.overview(nowhere, "long", 1000); err != nil {
					return err
				}
			}
			return nil
		},
		"plan of a prune": func() error { _, err := s.PlanPrune(nowhere, time.Now()); return err },
		"faults":          func() error { _, err := s.Sightings(nowhere, Filter{}); return err },
		"check":           func() error { _, err := s.Check(nowhere); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must(b, read())
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestLongHistory: what is read of a run with many attempts does not grow with them, and says what all of
// them say.
func TestLongHistory(t *testing.T) {
	s := longHistory(t, 12_000)
	part, err := s.overview(nowhere, "long", 1000)
	must(t, err)
	full, err := s.Record(nowhere, "long")
	must(t, err)
	if most := 576 * 2 * (firstRead + findingsRead); len(part.Attempts) >= len(full.Attempts) || len(part.Attempts) > most {
		t.Errorf("%d attempts of %d were read", len(part.Attempts), len(full.Attempts))
	}
	for i, all := range full.Trials() {
		if d := diff(trial.Judge(all), trial.Judge(part.Trials()[i])); d != "" {
			t.Fatalf("%s:\n%s", all.CellID, d)
		}
	}
	if part.Sums.Starts != len(full.Starts) || part.Sums.Counted != 6000 || part.Sums.Failed != 120 {
		t.Error(fmt.Sprintf("%+v", *part.Sums)[:80])
	}
}
