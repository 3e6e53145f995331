package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers says which of our packages each package may import, tests aside. The order is that of the
// house: what stands lower knows nothing of what stands higher. A new package must be entered here.
var layers = []struct {
	pkg string
	may []string
	why string
}{
	{"shapes", nil, "what can stand in a prompt is pure"},
	{"prompts", []string{"shapes"}, "a tokenizer comes in through an interface"},
	{"harness/spelling", nil, "which word was meant; pure"},
	{"harness/gguf", nil, "a file format"},
	{"harness/tinymodel", []string{"harness/gguf"}, "writes a model, starts nothing"},
	{"harness/provision", nil, "finds programs, knows nothing of what they are for"},
	{"harness/provision/provisiontest", []string{"harness/provision"}, "for tests"},
	{"harness/faults", nil, "evidence in, fault out; pure"},
	{"harness/oracle", nil, "is this answer corrupt; pure"},
	{"harness/rates", nil, "statistics of few trials; pure"},
	{"harness/search", []string{"harness/rates"}, "what to ask next, and what follows; pure"},
	{"harness/scenario", []string{"shapes"}, "what is replayed; pure"},
	{"harness/minimize", []string{"shapes", "harness/rates", "harness/scenario"}, "reproduce, shrink, bisect builds: what to ask next; pure"},
	{"harness/fuzz", []string{"shapes", "harness/rates", "harness/scenario", "harness/minimize"}, "what to try next in an open hunt; pure"},
	{"harness/plan", []string{"shapes"}, "what is to be run; pure"},
	{"harness/labfile", []string{"shapes", "harness/plan", "harness/spelling"}, "a file's bytes in, what is to be run out; pure"},
	{"harness/trial", []string{"shapes", "harness/plan", "harness/faults", "harness/rates", "harness/search", "harness/minimize", "harness/fuzz"}, "what was seen and how it is judged; pure"},
	{"harness/expect", []string{"harness/plan", "harness/trial", "harness/rates", "harness/minimize", "harness/spelling"}, "what is expected to fail: bytes in, words out; pure"},
	{"harness/night", nil, "what an unattended night is made of; pure"},
	{"harness/simserver", []string{"shapes"}, "knows llama-server's protocol from the outside, not our client"},
	{"harness/internal/process", []string{"harness/plan"}, "owns one child"},
	{"harness/internal/awake", nil, "time that passed while we ran"},
	{"harness/internal/kernlog", nil, "follows a kernel log"},
	{"harness/internal/gpu", nil, "reads GPU counters where the system keeps them"},
	{"harness/internal/peer", []string{"harness/plan", "harness/internal/process"}, "starts and watches rpc-servers"},
	{"harness/internal/far", []string{"harness/internal/process", "harness/internal/peer", "harness/internal/kernlog", "harness/internal/gpu"}, "rpc-servers on other hosts, and what is watched there"},
	{"harness/fartest", []string{"harness/internal/process"}, "for tests"},
	{"harness/internal/server", []string{"harness/plan", "harness/internal/awake", "harness/internal/process"}, "knows llama-server and nothing of trials"},
	{"harness", []string{"shapes", "prompts", "harness/*"}, "the loop"},
	{"store", []string{"shapes", "harness/plan", "harness/trial", "harness/faults", "harness/search", "harness/minimize", "harness/fuzz"}, "never imports harness or reports: cmd introduces them"},
	{"reports", []string{"shapes", "harness/plan", "harness/trial", "harness/faults", "harness/rates", "harness/search", "harness/minimize", "harness/fuzz", "harness/scenario", "harness/expect", "harness/night"}, "a value and a writer; never imports harness or store"},
	{"reports/handover", []string{"shapes", "harness/scenario", "harness/minimize", "harness/trial", "reports"}, "a fault as a script and a manifest; pure"},
	{"cmd/ctxcliff", []string{"*"}, "arguments in, exit code out"},
}

// pure packages know no clock, file, process or network.
var pure = []string{"shapes", "harness/spelling", "harness/expect", "harness/night", "harness/plan", "harness/labfile", "harness/trial", "harness/faults", "harness/oracle", "harness/rates", "harness/search", "harness/scenario", "harness/minimize", "harness/fuzz", "reports/handover"}

var impure = []string{"os", "os/exec", "net", "net/http", "syscall", "io/ioutil", "database/sql", "golang.org/x/sys/unix"}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "ctxcliff/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, "ctxcliff/")
		all = append(all, p)
	}
}

func TestLayers(t *testing.T) {
	for _, p := range listPackages(t) {
		i := slices.IndexFunc(layers, func(l struct {
			pkg string
			may []string
			why string
		}) bool {
			return l.pkg == p.ImportPath
		})
		if i < 0 {
			t.Errorf("%s is not in the table of layers: say what it may import, and why", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if ours, ok := strings.CutPrefix(imp, "ctxcliff/"); ok && !allowed(layers[i].may, ours) {
				t.Errorf("%s imports %s; it may import %v: %s", p.ImportPath, ours, layers[i].may, layers[i].why)
			}
			if slices.Contains(pure, p.ImportPath) && slices.Contains(impure, imp) {
				t.Errorf("%s is pure and imports %s", p.ImportPath, imp)
			}
			if imp == "pgregory.net/rapid" || imp == "testing" && !strings.HasSuffix(p.ImportPath, "test") {
				t.Errorf("%s imports %s outside of its tests", p.ImportPath, imp)
			}
		}
	}
}

func allowed(may []string, imp string) bool {
	return slices.ContainsFunc(may, func(m string) bool {
		prefix, wild := strings.CutSuffix(m, "*")
		return m == imp || wild && strings.HasPrefix(imp, prefix)
	})
}
