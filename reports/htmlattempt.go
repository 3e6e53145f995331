package reports

import (
	"fmt"
	"reflect"
	"strconv"
)

// pageAttempt is a row of the panel's table: start, attempt, outcome, cache, tokens, tokens from the cache,
// seconds, prompt and reply rates, reason.
func pageAttempt(a Attempt) []string {
	cache := "unproven"
	switch {
	case a.Cached:
		cache = "cached"
	case a.Cold:
		cache = "cold"
	}
	return []string{strconv.Itoa(a.Start), strconv.Itoa(a.N), a.Outcome.Glyph() + " " + a.Outcome.String(), cache,
		number(a.PromptTokens), perSlot(a.Processed, a), perSlot(a.CacheN, a), fmt.Sprintf("%.3f", a.Seconds), rate(a.PP), rate(a.TG), a.Reason}
}

// pageGauges are rows of highest readings: start, attempt, device, memory, temperature, power, load.
func pageGauges(a Attempt) [][]string {
	var rows [][]string
	for _, g := range a.Gauges {
		memory := reading(float64(g.MemoryBytes)/(1<<20), "MiB")
		if g.MemoryTotal > 0 {
			memory += " of " + reading(float64(g.MemoryTotal)/(1<<20), "MiB")
		}
		if g.MemoryBefore > 0 {
			memory += ", " + reading(float64(g.MemoryBefore)/(1<<20), "MiB") + " before"
		}
		rows = append(rows, []string{strconv.Itoa(a.Start), strconv.Itoa(a.N), g.Device, memory, reading(g.TempC, "°C"), reading(g.PowerW, "W"), reading(g.BusyPercent, "%")})
	}
	return rows
}

// reading is a number with its unit; a dash where it could not be read.
func reading(v float64, unit string) string {
	if v < 0 {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " " + unit
}

// pageRecipe is what one attempt sent. The slots differ in seed, nonce and hash.
type pageRecipe struct {
	Start int        `json:"start"`
	N     int        `json:"n"`
	Says  []string   `json:"says"`  // shape, tokens, form, vocabulary
	Slots [][]string `json:"slots"` // slot, seed, nonce, hash
}

// pageRecipes are those of the attempts. One that sent what the one before it did is not told again.
func pageRecipes(attempts []Attempt) []pageRecipe {
	var list []pageRecipe
	for i, a := range attempts {
		if len(a.Prompts) == 0 || i > 0 && reflect.DeepEqual(a.Prompts, attempts[i-1].Prompts) {
			continue
		}
		first := a.Prompts[0]
		r := pageRecipe{Start: a.Start, N: a.N, Says: []string{first.Shape, strconv.Itoa(first.Target), first.Form, first.Vocabulary}}
		for _, p := range a.Prompts {
			r.Slots = append(r.Slots, []string{strconv.Itoa(p.Slot), strconv.FormatUint(p.Seed, 10), p.Nonce, p.Hash})
		}
		list = append(list, r)
	}
	return list
}

// pageLine is a command line, told from another: the number of that, then pairs of a position and the word
// that stands there instead.
type pageLine []any

// commandLines keeps the words of one command line for each key; thousands of others differ from it in a
// port or a size.
type commandLines struct {
	words [][]string
	at    map[string]int
}

func (l *commandLines) tell(key string, argv []string) pageLine {
	if len(argv) == 0 {
		return nil
	}
	quoted := make([]string, len(argv))
	for i, word := range argv {
		quoted[i] = Quote(word)
	}
	at, known := l.at[key]
	if !known || len(l.words[at]) != len(quoted) {
		at = len(l.words)
		l.at[key], l.words = at, append(l.words, quoted)
	}
	line := pageLine{at}
	for i, word := range quoted {
		if word != l.words[at][i] {
			line = append(line, i, word)
		}
	}
	return line
}
