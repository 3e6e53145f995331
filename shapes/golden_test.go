package shapes

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The golden file pins what seeds mean. A difference here changes the prompts of every stored recipe:
// then say so in the commit.
func TestStreamsAreTheSameOnEveryMachine(t *testing.T) {
	const path = "testdata/streams.golden"
	var b strings.Builder
	for _, f := range Families() {
		shape, err := Parse(f.Default)
		if err != nil {
			t.Fatal(err)
		}
		s := shape.Spans()[0]
		lexicon := s.Lexicon()
		symbols := make([]Symbol, 100000)
		s.Stream(42).Fill(symbols)
		fmt.Fprintf(&b, "%s: %d pieces %.8x\n", s, len(lexicon), sha256.Sum256([]byte(strings.Join(lexicon, "\x00"))))
		fmt.Fprintf(&b, "  100000 symbols of seed 42 %.8x\n  %d\n", sha256.Sum256(fmt.Append(nil, symbols)), symbols[:24])
		if s.Family != "random" {
			fmt.Fprintf(&b, "  %q\n", render(lexicon, symbols[:60]))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("streams changed; got\n%s\nwant\n%s", b.String(), want)
	}
}
