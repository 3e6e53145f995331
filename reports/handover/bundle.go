package handover

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
)

// The files that every bundle has.
const (
	ScriptName   = "repro.sh"
	ReportName   = "report.md"
	RecipeName   = "recipe.json"
	ManifestName = "manifest.json"
	EvidenceDir  = "evidence/"
)

// Bundle is a fault handed over: files by their names, with / between the parts.
type Bundle map[string][]byte

// Recipe is recipe.json: all that is needed to send the same again, and what should come of it.
type Recipe struct {
	Scenario   scenario.Scenario `json:"scenario"` // in its canonical form
	Signatures []string          `json:"signatures"`
	Vocabulary string            `json:"vocabulary"` // the tokenizer that the prompts were made with
	Prompts    []PromptSum       `json:"prompts"`    // in the order of the scenario's places
}

// PromptSum tells whether a prompt is the same one.
type PromptSum struct {
	Step    int    `json:"step"`
	Request int    `json:"request"`
	Tokens  int    `json:"tokens"`
	SHA256  string `json:"sha256"` // of the ids as little-endian int32; of a grown prompt, before it begins with what its slot held
}

// Manifest is manifest.json: where the bundle comes from, and what is in it.
type Manifest struct {
	Format   int       `json:"format"` // 1
	Made     string    `json:"made"`   // RFC 3339, UTC
	Ctxcliff string    `json:"ctxcliff"`
	Redacted bool      `json:"redacted"`
	Fault    FaultNote `json:"fault"`

	Minimized bool          `json:"minimized"` // the recipe is the smallest that was found, not what was first seen
	Rate      minimize.Rate `json:"rate"`      // of the recipe; no run: it was not measured

	Server Binary `json:"server"`
	Model  Model  `json:"model"`
	Digest Digest `json:"digest"`
	Host   Host   `json:"host"`
	Setup  Setup  `json:"setup"`
	Files  []File `json:"files"` // all others, by name
}

// FaultNote is what the bundle is about.
type FaultNote struct {
	ID         string `json:"id"`
	Class      string `json:"class"`
	Title      string `json:"title"`
	Signature  string `json:"signature"`
	Outcome    string `json:"outcome"`
	Phase      string `json:"phase"`
	Position   int    `json:"position"` // prompt tokens; -1 unknown
	FirstDeath string `json:"first_death"`
}

// Setup is how the server was run, for those who have ctxcliff. What is executed (program, launcher,
// environment) is for people to read: nothing of it is ever run from a bundle.
type Setup struct {
	Name    string   `json:"name"` // label of the model
	Backend string   `json:"backend"`
	Power   string   `json:"power,omitempty"`
	Args    []string `json:"args"` // passed on to llama-server verbatim
	Launch  []string `json:"launch,omitempty"`
	Env     []string `json:"env,omitempty"`
	Peers   []string `json:"peers,omitempty"`
}

// Binary, Model and Host are those of package trial, in JSON.
type (
	Binary struct {
		Path    string   `json:"path"`
		Version string   `json:"version"`
		Commit  string   `json:"commit"`
		Build   int      `json:"build"`
		Devices []string `json:"devices"`
	}
	Model struct {
		Path           string `json:"path"`
		Name           string `json:"name"`
		Arch           string `json:"arch"`
		FileType       string `json:"file_type"`
		SizeBytes      int64  `json:"bytes"`
		TrainedContext int    `json:"trained_context"`
		Vocabulary     int    `json:"vocabulary"`
	}
	Host struct {
		OS        string `json:"os"`
		Kernel    string `json:"kernel"`
		Arch      string `json:"arch"`
		CPU       string `json:"cpu"`
		Cores     int    `json:"cores"`
		MemoryMiB int    `json:"memory_mib"`
		BootID    string `json:"-"`
	}
)

// Tested is what was known of the target when the fault was seen.
func (m Manifest) Tested() (trial.Binary, trial.Model, trial.Host) {
	return trial.Binary(m.Server), trial.Model(m.Model), trial.Host(m.Host)
}

// Digest names the bytes of a model.
type Digest struct {
	Bytes  int64  `json:"bytes"`  // how many of the file, from its beginning
	SHA256 string `json:"sha256"` // of these; "" not computed
}

// File is a file of the bundle.
type File struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Seal adds the manifest, with the sums of all other files.
func (b Bundle) Seal(m Manifest) error {
	m.Format, m.Files = 1, nil
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if name != ManifestName {
			m.Files = append(m.Files, File{name, len(b[name]), sum(b[name])})
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	b[ManifestName] = append(text, '\n')
	return err
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// Open reads what a bundle says, and proves that it is whole. The error is one sentence.
func (b Bundle) Open() (Manifest, Recipe, error) {
	var m Manifest
	var r Recipe
	for name, into := range map[string]any{ManifestName: &m, RecipeName: &r} {
		data, ok := b[name]
		if !ok {
			return m, r, fmt.Errorf("it has no %s: it is no bundle of ctxcliff faults export, or not all of one", name)
		}
		if err := json.Unmarshal(data, into); err != nil {
			return m, r, fmt.Errorf("its %s makes no sense: %w", name, err)
		}
	}
	if m.Format != 1 {
		return m, r, fmt.Errorf("it has the format %d, and this ctxcliff reads 1", m.Format)
	}
	if err := b.whole(m); err != nil {
		return m, r, err
	}
	if r.Vocabulary == "" && len(r.Prompts) > 0 {
		return m, r, errors.New("its recipe names no vocabulary")
	}
	return m, r, r.Scenario.Validate()
}

// whole compares the files with the manifest.
func (b Bundle) whole(m Manifest) error {
	for _, f := range m.Files {
		switch data, ok := b[f.Name]; {
		case !ok:
			return fmt.Errorf("%s is missing from it", strings.ToValidUTF8(f.Name, "?"))
		case sum(data) != f.SHA256:
			return fmt.Errorf("%s is not as it was when the bundle was made", strings.ToValidUTF8(f.Name, "?"))
		}
	}
	return nil
}
