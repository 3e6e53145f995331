package reports

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
)

// Issue is a fault as those hear of it who are to mend it.
type Issue struct {
	ID       string // of the bug
	Fault    faults.Fault
	Outcome  trial.Outcome
	Position string // where it broke: "after 4,096 of 5,376 prompt tokens"; "" unknown

	Server  trial.Binary
	Model   trial.Model
	Digest  string // of the model file, in words; "" not computed
	Host    trial.Host
	Target  plan.Target
	Command []string // the server's command line

	Scenario scenario.Scenario // what is sent
	Sentence string            // what minimising showed; "" it was not minimised
	Rate     minimize.Rate     // of the scenario; no run: it was not measured
	Alone    minimize.History  // whether what came before the last request matters; "" unknown
	Rows     []minimize.Row    // the scenario with one setting changed
	FirstBad *minimize.FirstBad
	Caveats  []string // what may be otherwise elsewhere, in sentences

	Log  []string // the server's last lines
	More []string // what else is in the bundle
}

// Issue is the issue with nothing sensitive in it.
func (r *Redactor) Issue(i Issue) Issue {
	if r == nil {
		return i
	}
	r.learnHosts(hostsOf(i.Target.Topology.Peers))
	r.learnUsers(i.Target.Topology)
	return redacted(r, i)
}

// Write is report.md: the fields of llama.cpp's form "Bug (model use)", with its headings and in its order
// (.github/ISSUE_TEMPLATE/011-bug-results.yml), so that each can be copied into the form, or the whole be
// given to gh issue create.
func (i Issue) Write(w io.Writer) error {
	d := &document{}
	d.printf("<!-- title: %s -->\n\n", strings.ReplaceAll(clean("Eval bug: "+i.Fault.Title), "--", "—"))
	d.section("Name and Version", i.version())
	d.section("Operating systems", []string{prose(systemName(i.Host.OS))})
	d.section("GGML backends", []string{prose(strings.Join(i.backends(), ", "))})
	d.section("Hardware", i.hardware())
	d.section("Models", i.models())
	d.printf("### Problem description & steps to reproduce\n\n")
	i.problem(d)
	d.section("First Bad Commit", i.firstBad())
	d.printf("### Relevant log output\n\n<details>\n<summary>Logs</summary>\n\n%s\n</details>\n", preformatted(i.Log))
	_, err := io.WriteString(w, d.b.String())
	return err
}

// section is a field of the form; the lines are escaped already.
func (d *document) section(title string, lines []string) {
	d.printf("### %s\n\n%s\n\n", title, strings.Join(lines, "\n"))
}

func (i Issue) version() []string {
	text := fmt.Sprintf("llama-server, build %d (%s)", i.Server.Build, orDash(i.Server.Commit))
	if v := strings.TrimSpace(i.Server.Version); v != "" {
		text += ", which calls itself " + v
	}
	return []string{prose(text)}
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

func systemName(os string) string {
	switch name := strings.ToLower(os); {
	case strings.Contains(name, "darwin"), strings.Contains(name, "mac"):
		return "Mac"
	case strings.Contains(name, "windows"):
		return "Windows"
	case strings.Contains(name, "bsd"):
		return "BSD"
	}
	return "Linux"
}

// ggmlBackends are the choices of the form, by how ggml begins the names of its devices.
var ggmlBackends = []struct{ device, name string }{
	{"cuda", "CUDA"}, {"rocm", "HIP"}, {"hip", "HIP"}, {"vulkan", "Vulkan"}, {"sycl", "SYCL"}, {"metal", "Metal"},
	{"mtl", "Metal"}, {"musa", "Musa"}, {"opencl", "OpenCL"}, {"gpuopencl", "OpenCL"}, {"rpc", "RPC"}, {"blas", "BLAS"},
}

func (i Issue) backends() []string {
	var list []string
	add := func(name string) {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	for _, d := range i.Server.Devices {
		for _, b := range ggmlBackends {
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(d)), b.device) {
				add(b.name)
			}
		}
	}
	if len(i.Target.Topology.Peers) > 0 {
		add("RPC")
	}
	if len(list) == 0 || len(list) == 1 && list[0] == "RPC" {
		list = append([]string{"CPU"}, list...)
	}
	return list
}

func (i Issue) hardware() []string {
	h := i.Host
	lines := []string{fmt.Sprintf("- %s, %s, %s of memory", prose(orDash(h.CPU)), count(h.Cores, "core"), mebibytes(h.MemoryMiB))}
	for _, d := range i.Server.Devices {
		lines = append(lines, "- "+prose(d))
	}
	lines = append(lines, fmt.Sprintf("- %s %s, kernel %s", prose(h.OS), prose(h.Arch), prose(orDash(h.Kernel))))
	if i.Target.Power != "" {
		lines = append(lines, "- power profile "+prose(i.Target.Power))
	}
	if n := len(i.Target.Topology.Peers); n > 0 {
		lines = append(lines, fmt.Sprintf("- spread over %s", count(n, "rpc-server")))
	}
	return lines
}

func mebibytes(n int) string {
	if n <= 0 {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/1024)
}

func (i Issue) models() []string {
	m := i.Model
	text := oneLine(", ", m.Name, word("architecture ", m.Arch), m.FileType, filepath.Base(m.Path))
	if m.SizeBytes > 0 {
		text += fmt.Sprintf(", %s bytes", scenario.Count(int(m.SizeBytes)))
	}
	lines := []string{prose(text)}
	if i.Digest != "" {
		lines = append(lines, "", prose(i.Digest))
	}
	return lines
}

func (i Issue) problem(d *document) {
	d.printf("%s", code(i.Fault.Title))
	if m := meanings[i.Fault.Class]; m != "" {
		d.printf(": %s", prose(m))
	}
	d.printf("\n\n")
	for _, s := range i.sentences() {
		d.printf("- %s\n", prose(s))
	}
	d.printf("\nThe server:\n\n%s\nWhat it is sent, each line a request, those of one number at once:\n\n%s\n",
		preformatted([]string{commandLine(i.Command)}), preformatted(strings.Split(i.Scenario.String(), "\n")))
	d.printf("`repro.sh` of the attached bundle starts the server and sends exactly these token ids; it needs bash and curl only:\n\n%s\n",
		preformatted([]string{"LLAMA_SERVER=build/bin/llama-server MODEL=model.gguf ./repro.sh"}))
	if len(i.Rows) > 0 {
		d.printf("With one setting changed:\n\n")
		d.table("", "setting", "value", "what happened")
		for _, r := range i.Rows {
			d.printf("%s", tableRow(prose(r.Setting), code(r.Value), prose(rowWords(r))))
		}
		d.printf("\n")
	}
	d.bullets("What may be otherwise elsewhere:", i.Caveats)
	d.bullets("In the bundle:", i.More)
	d.printf("Found by ctxcliff as `%s`, signature %s.\n\n", i.ID, code(i.Fault.Signature))
}

func (d *document) bullets(title string, list []string) {
	if len(list) == 0 {
		return
	}
	d.printf("%s\n\n", title)
	for _, l := range list {
		d.printf("- %s\n", prose(l))
	}
	d.printf("\n")
}

// sentences are what is known, the most useful first.
func (i Issue) sentences() []string {
	var list []string
	if i.Sentence != "" {
		list = append(list, "the least that breaks it: "+i.Sentence)
	}
	what := i.Outcome.Words()
	if i.Position != "" {
		what += ", " + i.Position
	}
	if i.Fault.FirstDeath != "" && i.Fault.FirstDeath != "none" {
		what += "; who died first: " + i.Fault.FirstDeath
	}
	list = append(list, what)
	if i.Rate.Runs > 0 {
		list = append(list, "what is sent below "+rateWords(i.Rate))
	} else {
		list = append(list, "how often it breaks was not measured; it was seen once at least")
	}
	switch i.Alone {
	case minimize.HistoryNotMust:
		list = append(list, "the last request alone breaks as well")
	case minimize.HistoryMatters:
		list = append(list, "the last request alone stayed clean: what came before matters")
	}
	return list
}

func (i Issue) firstBad() []string {
	f := i.FirstBad
	if f == nil {
		return []string{"Not bisected."}
	}
	var lines []string
	for _, s := range firstBadWords(*f) {
		lines = append(lines, "- "+prose(s))
	}
	return lines
}
