package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

const cellTokens = 20000

// BenchmarkCellOverhead compares an attempt of a cell of 20,000 tokens, from the record of its
// intent to the record of its result, with a plain HTTP client that sends the same ids to the same
// server. The two take turns, so that both meet the same machine.
func BenchmarkCellOverhead(b *testing.B) {
	for _, family := range []tinymodel.Family{tinymodel.Gemma3, tinymodel.Llama} {
		b.Run(string(family), func(b *testing.B) {
			s, recorded, heard := matrix{ps: 24000, tokens: []int{cellTokens}, shapes: "natural", isolation: "config", serverArgs: oneThread}.screen(b, realLab(b, family))
			l := begun(b, s)
			var body []byte
			heard.on = func(e trial.Event) {
				if begun, ok := e.(trial.AttemptBegan); ok && body == nil {
					body = plainRequest(b, s, begun.Attempt.Requests[0])
				}
			}
			cell := s.Plan.Configurations[0].Cells[0]
			round := func() (ours, plain time.Duration) {
				at := time.Now()
				if o, err := l.attempt(context.Background(), l.shot(cell, 1)); err != nil || o.Outcome != trial.Pass {
					b.Fatal(o, err, recorded.attempts[len(recorded.attempts)-1].Reason)
				}
				ours = time.Since(at)
				at = time.Now()
				sendPlainly(b, l.server.URL, body)
				return ours, time.Since(at)
			}
			round()
			var ours, plain []time.Duration
			for b.Loop() {
				o, p := round()
				ours, plain = append(ours, o), append(plain, p)
			}
			with, without := median(ours), median(plain)
			extra := with - without
			b.ReportMetric(without.Seconds()*1e3, "plain-ms")
			b.ReportMetric(extra.Seconds()*1e3, "extra-ms")
			b.ReportMetric(100*extra.Seconds()/without.Seconds(), "extra-%")
			b.ReportMetric(float64(s.tokenizer.now.Calls()), "tokenise-calls")
			b.ReportMetric(0, "ns/op")
		})
	}
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
		"response_fields": []string{"stop"},
	})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func sendPlainly(b *testing.B, url string, body []byte) {
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
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
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
