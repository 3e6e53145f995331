package simserver

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

// BenchmarkWave is a wave of four prompts of 150,000 tokens, with progress: the largest of ORIGIN.
func BenchmarkWave(b *testing.B) {
	profile, err := ParseProfile("abort when shape=repeat and tokens>=1000k; abort when period=7 and distinct<2")
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Options{NP: 4, Ctx: 4 * 150528, Profile: profile})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	requests := make([][]byte, 4)
	for slot := range requests {
		ids := make([]int, 150_000)
		for i := range ids {
			ids[i] = 97 + (i*i+slot)%26
		}
		requests[slot] = encode(body{
			"prompt": ids, "n_predict": 16, "stream": true, "return_progress": true, "cache_prompt": false, "id_slot": slot,
			"response_fields": []string{"timings", "stop", "tokens_evaluated"},
		})
	}
	for b.Loop() {
		done := make(chan struct{})
		for _, raw := range requests {
			go func() {
				r, _ := http.NewRequest(http.MethodPost, "/completion", bytes.NewReader(raw))
				s.ServeHTTP(discard{http.Header{}}, r)
				done <- struct{}{}
			}()
		}
		for range requests {
			<-done
		}
	}
}

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return io.Discard.Write(p) }
