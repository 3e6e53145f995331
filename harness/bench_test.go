package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

const cellTokens = 20000

// BenchmarkCellOverhead compares an attempt of a cell of 20,000 tokens, from the record of its intent to the
// record of its result, each with the fsync that it takes, with who else sends the same ids to the same server: curl,
// started for each prompt, and a client in Go. They take turns, so that all meet the same machine. What
// they differ by is what they take beside the time that the server says it computed, which is most of all and
// as noisy as the machine; raw-% is the difference of the whole times. A quarter of the rounds is better than what
// is reported: others on the machine only ever add.
func BenchmarkCellOverhead(b *testing.B) {
	b.Run("gemma3", func(b *testing.B) { cellOverhead(b, tinymodel.Gemma3, false) })
	b.Run("gemma3-canary", func(b *testing.B) { cellOverhead(b, tinymodel.Gemma3, true) })
	b.Run("llama", func(b *testing.B) { cellOverhead(b, tinymodel.Llama, false) })
}

func cellOverhead(b *testing.B, family tinymodel.Family, canary bool) {
	s, recorded, heard := matrix{ps: 24000, tokens: []int{cellTokens}, shapes: "natural", isolation: "config", serverArgs: oneThread}.screen(b, realLab(b, family))
	s.Recorder, s.Canary = durable(b, recorded), canary
	l := begun(b, s)
	file := filepath.Join(b.TempDir(), "body.json")
	var body []byte
	heard.on = func(e trial.Event) {
		if begun, ok := e.(trial.AttemptBegan); ok && body == nil {
			body = plainRequest(b, s, begun.Attempt.Requests[0])
		}
	}
	cell := s.Plan.Configurations[0].Cells[0]
	var ours, curl, plain spent
	round := func() {
		ours.add(b, func() string {
			if o, err := l.attempt(context.Background(), l.shot(cell, 1)); err != nil || o.Outcome != trial.Pass {
				b.Fatal(o, err, recorded.attempts[len(recorded.attempts)-1].Reason)
			}
			r := recorded.attempts[len(recorded.attempts)-1].Requests[0]
			return fmt.Sprintf(`"prompt_ms":%f,"predicted_ms":%f`, r.PromptTime.Seconds()*1e3, r.PredictedTime.Seconds()*1e3)
		})
		plain.add(b, func() string { return sendPlainly(b, l.server.URL, body) })
		if _, err := exec.LookPath("curl"); err != nil {
			return
		}
		if err := os.WriteFile(file, body, 0o600); err != nil {
			b.Fatal(err)
		}
		curl.add(b, func() string {
			text, err := exec.Command("curl", "-sS", "-H", "Content-Type: application/json", "--data-binary", "@"+file, l.server.URL+"/completion").Output()
			if err != nil {
				b.Fatal(err)
			}
			return string(text)
		})
	}
	round()
	ours, curl, plain = spent{}, spent{}, spent{}
	for b.Loop() {
		round()
	}
	compare := func(name string, other spent) {
		if len(other.whole) == 0 {
			return
		}
		extra, whole := quarter(ours.beside)-quarter(other.beside), quarter(other.whole)
		b.ReportMetric(whole.Seconds()*1e3, name+"-ms")
		b.ReportMetric(extra.Seconds()*1e3, "over-"+name+"-ms")
		b.ReportMetric(100*extra.Seconds()/whole.Seconds(), "over-"+name+"-%")
		b.ReportMetric(100*(quarter(ours.whole)-whole).Seconds()/whole.Seconds(), "raw-over-"+name+"-%")
	}
	compare("curl", curl)
	compare("go", plain)
	b.ReportMetric(float64(s.tokenizer.now.Calls()), "tokenise-calls")
	b.ReportMetric(0, "ns/op")
}

// spent is how long requests took, and how much of that beside the time that the server computed for them.
type spent struct{ whole, beside []time.Duration }

var computed = regexp.MustCompile(`"(?:prompt|predicted)_ms":([0-9.]+)`)

// add makes a request. What comes back says how long the server computed; the last two numbers count.
func (s *spent) add(b *testing.B, request func() string) {
	at := time.Now()
	said := request()
	whole := time.Since(at)
	beside, times := whole, computed.FindAllStringSubmatch(said, -1)
	if len(times) < 2 {
		b.Fatalf("the server does not say how long it took: %.300s", said)
	}
	for _, t := range times[len(times)-2:] {
		ms, err := strconv.ParseFloat(t[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		beside -= time.Duration(ms * float64(time.Millisecond))
	}
	s.whole, s.beside = append(s.whole, whole), append(s.beside, beside)
}

// durable makes each record of an attempt cost an fsync.
func durable(b *testing.B, m *memory) Recorder {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return &syncing{m, f}
}

type syncing struct {
	*memory
	log *os.File
}

func (s *syncing) sync(err error) error {
	_, writing := s.log.Write(make([]byte, 4096))
	return errors.Join(err, writing, s.log.Sync())
}

func (s *syncing) BeginAttempt(ctx context.Context, a trial.Attempt) (int64, error) {
	id, err := s.memory.BeginAttempt(ctx, a)
	return id, s.sync(err)
}

func (s *syncing) EndAttempt(ctx context.Context, a trial.Attempt) error {
	return s.sync(s.memory.EndAttempt(ctx, a))
}

// begun is a life whose first server runs and has worked off a cell.
func begun(b *testing.B, s *Screen) *life {
	b.Helper()
	s.prepare(context.Background())
	b.Cleanup(s.pack)
	work := s.Plan.Configurations[0]
	l, err := s.newLife(work.Configuration)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.end(context.Background()); err != nil {
			b.Error(err)
		}
	})
	first := work.Cells[0]
	first.Tokens = 100 // loads the server
	if o, err := l.attempt(context.Background(), l.shot(first, 1)); err != nil || o.Outcome != trial.Pass {
		b.Fatal(o, err)
	}
	return l
}

// plainRequest is the body that a simple client would send for the same prompt.
func plainRequest(b *testing.B, s *Screen, r trial.Request) []byte {
	b.Helper()
	shape, err := shapes.Parse(r.Shape)
	if err != nil {
		b.Fatal(err)
	}
	p, err := s.maker.Make(context.Background(), prompts.Recipe{Shape: shape, Seed: r.Seed, Tokens: r.Target, Nonce: r.Nonce, Form: prompts.IDs})
	if err != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{
		"prompt": p.IDs, "n_predict": 4, "id_slot": 0, "cache_prompt": false, "stream": true, "temperature": 0, "ignore_eos": true,
		"response_fields": []string{"stop", "timings"},
	})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func sendPlainly(b *testing.B, url string, body []byte) string {
	b.Helper()
	response, err := http.Post(url+"/completion", "application/json", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !bytes.Contains(text, []byte(`"stop":true`)) {
		b.Fatal(response.Status, err, fmt.Sprintf("%.300s", text))
	}
	return string(text)
}

func quarter(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/4]
}

// BenchmarkStartStop is the life of a server that does next to nothing: launch, read-back, a prompt
// of 100 tokens, end. load-ms is the server's own share, from launch to ready.
func BenchmarkStartStop(b *testing.B) {
	for name, lab := range map[string]func() *Lab{
		"sim": func() *Lab { return simLab(b, "") }, "real": func() *Lab { return realLab(b, tinymodel.Gemma3) },
	} {
		b.Run(name, func(b *testing.B) {
			s, recorded, _ := matrix{tokens: []int{100}, serverArgs: oneThread}.screen(b, lab())
			for b.Loop() {
				if err := s.Run(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			var load, stop time.Duration
			for i, start := range recorded.starts {
				a := recorded.attempts[i]
				load += start.Load
				stop += start.Ended.Sub(a.Began.Add(a.Elapsed))
			}
			n := float64(len(recorded.starts))
			b.ReportMetric(load.Seconds()*1e3/n, "load-ms")
			b.ReportMetric(stop.Seconds()*1e3/n, "stop-ms")
		})
	}
}

// BenchmarkCrashToVerdict is how long it takes from the death of a server in the middle of a prompt until the
// attempt is recorded as a crash, fsync included: of a real one that is sent SIGSEGV, and of a simulated one that
// breaks by itself.
func BenchmarkCrashToVerdict(b *testing.B) {
	for name, lab := range map[string]func() *Lab{
		"sim":  func() *Lab { return simLab(b, "segfault when position>=3000") },
		"real": func() *Lab { return realLab(b, tinymodel.Llama) },
	} {
		b.Run(name, func(b *testing.B) {
			s, recorded, heard := matrix{ps: 24000, tokens: []int{cellTokens}, isolation: "config", serverArgs: oneThread}.screen(b, lab())
			s.Recorder, s.Limits.Late = durable(b, recorded), DefaultLimits.Late
			var pid int
			var dead chan time.Time
			var told time.Time
			var took []time.Duration
			heard.on = func(e trial.Event) {
				switch e := e.(type) {
				case trial.Ready:
					pid, dead, told = e.Start.PID, nil, time.Time{}
				case trial.Progress:
					if dead == nil {
						dead = make(chan time.Time, 1)
						go func() { dead <- untilDead(pid) }()
					}
					if name == "real" && e.Processed >= 3000 {
						_ = syscall.Kill(pid, syscall.SIGSEGV)
					}
				case trial.AttemptEnded:
					if told.IsZero() { // later ones only say more
						told = time.Now()
						took = append(took, told.Sub(<-dead))
					}
				}
			}
			for b.Loop() {
				if err := s.Run(context.Background()); err != nil {
					b.Fatal(err)
				}
				if a := recorded.attempts[len(recorded.attempts)-1]; a.Outcome != trial.Crash || a.Fault == nil || a.Fault.Class != "crash.segv" {
					b.Fatal(a.Outcome, a.Reason)
				}
				recorded.starts, recorded.attempts = nil, nil
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2].Seconds()*1e3, "ms")
			b.ReportMetric(took[len(took)*95/100].Seconds()*1e3, "p95-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// untilDead is when the process was first seen dead: gone, or a zombie.
func untilDead(pid int) time.Time {
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if _, state, _ := strings.Cut(string(stat), ") "); err != nil || strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X") {
			return time.Now()
		}
		time.Sleep(time.Millisecond)
	}
}
