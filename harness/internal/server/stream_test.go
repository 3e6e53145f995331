package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// collect is all events of a stream.
func collect(r io.Reader, limit int) (got []string, err error) {
	err = events(r, limit, func(data []byte) error { got = append(got, string(data)); return nil })
	return got, err
}

func TestEvents(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []string
		err    error
	}{
		"nothing":                          {"", nil, nil},
		"one event":                        {"data: {}\n\n", []string{"{}"}, nil},
		"pings are no events":              {":\n\n:\n\ndata: 1\n\n: hello\n\n", []string{"1"}, nil},
		"a ping inside an event":           {"data: 1\n:\ndata: 2\n\n", []string{"1\n2"}, nil},
		"CRLF":                             {"data: 1\r\n\r\ndata: 2\r\n\r\n", []string{"1", "2"}, nil},
		"several data lines":               {"data: {\ndata:  \"a\"\ndata:}\n\n", []string{"{\n \"a\"\n}"}, nil},
		"no space after the colon":         {"data:x\n\n", []string{"x"}, nil},
		"only one space is taken":          {"data:  x\n\n", []string{" x"}, nil},
		"an empty event":                   {"data:\n\n", []string{""}, nil},
		"blank lines between":              {"\n\n\ndata: 1\n\n\n\n", []string{"1"}, nil},
		"other fields":                     {"event: x\nid: 7\nretry: 1\ndata: 1\n\nevent: y\n\n", []string{"1"}, nil},
		"cut within a line":                {"data: 1\n\ndata: {\"st", []string{"1"}, ErrCut},
		"cut between a line and its end":   {"data: 1\n\ndata: 2\n", []string{"1"}, ErrCut},
		"cut within a field name":          {"dat", nil, ErrCut},
		"llama-server's own end of stream": {"data: 1\n\n\n", []string{"1"}, nil},
	} {
		got, err := collect(strings.NewReader(c.stream), maxEvent)
		if !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("%s: error %v, want %v", name, err, c.err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestALargeEventArrivesWhole(t *testing.T) {
	big := strings.Repeat("x", 3<<20)
	got, err := collect(strings.NewReader("data: "+big+"\n\ndata: 2\n\n"), maxEvent)
	if err != nil || len(got) != 2 || got[0] != big {
		t.Fatalf("%d events, %v", len(got), err)
	}
}

// endless gives the same bytes for ever.
type endless struct{ text string }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.text), nil }

func TestAnEventOverTheLimitEndsTheReading(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"one endless line":   io.MultiReader(strings.NewReader("data: "), endless{"xxxxxxxx"}),
		"endless data lines": endless{"data: x\n"},
	} {
		_, err := collect(r, 1<<20)
		oneSentence(t, err, "larger than 1048576 bytes")
		if errors.Is(err, ErrCut) {
			t.Errorf("%s: taken for a cut", name)
		}
	}
}

func TestABrokenConnectionIsACutAndACancellationIsNone(t *testing.T) {
	broken := errors.New("connection reset by peer")
	_, err := collect(io.MultiReader(strings.NewReader("data: 1\n\n"), iotest.ErrReader(broken)), maxEvent)
	if !errors.Is(err, ErrCut) || !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	oneSentence(t, err, "cut before its final event: connection reset")
	if _, err = collect(iotest.ErrReader(context.Canceled), maxEvent); errors.Is(err, ErrCut) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// chunks gives its parts one by one, as a connection may.
type chunks [][]byte

func (c *chunks) Read(p []byte) (int, error) {
	for len(*c) > 0 && len((*c)[0]) == 0 {
		*c = (*c)[1:]
	}
	if len(*c) == 0 {
		return 0, io.EOF
	}
	n := copy(p, (*c)[0])
	(*c)[0] = (*c)[0][n:]
	return n, nil
}

func TestHowAStreamIsCutIntoPacketsDoesNotMatter(t *testing.T) {
	part := rapid.OneOf(rapid.SampledFrom([]string{
		"data: ", "data:", "\n", "\r\n", "\n\n", ":\n\n", "{\"stop\":true}", "data: {}\n\n", "event: x\n", "[DONE]", strings.Repeat("y", 70<<10),
	}), rapid.StringMatching(`[ -~]{0,20}`))
	rapid.Check(t, func(t *rapid.T) {
		stream := []byte(strings.Join(rapid.SliceOfN(part, 0, 30).Draw(t, "parts"), ""))
		want, wantErr := collect(bytes.NewReader(stream), maxEvent)
		var c chunks
		for rest := stream; len(rest) > 0; {
			n := rapid.IntRange(1, min(len(rest), rapid.SampledFrom([]int{1, 7, 4096, 1 << 20}).Draw(t, "scale"))).Draw(t, "n")
			if len(c) > 200 {
				n = len(rest)
			}
			c, rest = append(c, bytes.Clone(rest[:n])), rest[n:]
		}
		got, err := collect(&c, maxEvent)
		if diff := cmp.Diff(want, got); diff != "" || errors.Is(err, ErrCut) != errors.Is(wantErr, ErrCut) || (err == nil) != (wantErr == nil) {
			t.Fatalf("%v instead of %v: %s", err, wantErr, diff)
		}
	})
}

func TestWhatIsWrittenAsEventsIsReadAsEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.SliceOfN(rapid.StringMatching(`[^\r\n]*`), 1, 3)).Draw(t, "events")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
		var stream strings.Builder
		var flat []string
		for _, lines := range want {
			for _, l := range lines {
				stream.WriteString("data: " + l + end)
				if rapid.Bool().Draw(t, "ping") {
					stream.WriteString(":" + end)
				}
			}
			stream.WriteString(end)
			flat = append(flat, strings.Join(lines, "\n"))
		}
		got, err := collect(strings.NewReader(stream.String()), maxEvent)
		if diff := cmp.Diff(flat, got); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

func FuzzEvents(f *testing.F) {
	for _, s := range []string{"", "data: {}\n\n", ":\n\ndata: 1\r\n\r\n", "data: 1\ndata: 2\n\n\n", "data: {\"error\":{\"code\":500}}\n\n", "dat", "data: [DONE]\n\n"} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		want, wantErr := collect(bytes.NewReader(stream), 1<<20)
		var c chunks
		for n, rest := int(step)+1, stream; len(rest) > 0; rest = rest[min(n, len(rest)):] {
			c = append(c, bytes.Clone(rest[:min(n, len(rest))]))
		}
		got, err := collect(&c, 1<<20)
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (wantErr == nil) {
			t.Fatalf("%v instead of %v: %s", err, wantErr, diff)
		}
		// And nothing that a server says may hurt the one who listens.
		follow := follower{allowance: 10, onProgress: func(p Progress) {
			if p.Generated > 10 {
				t.Fatalf("%+v", p)
			}
		}}
		_ = events(bytes.NewReader(stream), 1<<20, follow.take)
		if len(follow.Reply) > len(stream) || follow.PromptTime < 0 || follow.PredictedTime < 0 {
			t.Fatalf("%+v", follow.Completion)
		}
	})
}

func progressStream(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "data: {\"index\":0,\"content\":\"\",\"tokens\":[0],\"stop\":false,\"id_slot\":-1,\"tokens_predicted\":0,\"tokens_evaluated\":%d,\"prompt_progress\":{\"total\":%d,\"cache\":0,\"processed\":%d,\"time_ms\":194}}\n\n", n*2048, n*2048, (i+1)*2048)
	}
	return b.Bytes()
}

func BenchmarkStreamOf1000ProgressEvents(b *testing.B) {
	stream := progressStream(1000)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		f := follower{allowance: 1, onProgress: func(Progress) { n++ }}
		if err := events(bytes.NewReader(stream), maxEvent, f.take); err != nil || n != 1000 {
			b.Fatal(n, err)
		}
	}
}
