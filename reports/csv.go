package reports

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// csvColumns are the columns of CSV, in order. Columns may be added at the end, none is ever renamed
// or moved.
var csvColumns = []struct {
	name  string // of the JSON key where there is one
	value func(Summary, *Cell) string
}{
	{"run", func(s Summary, _ *Cell) string { return s.Run.ID }},
	{"id", func(_ Summary, c *Cell) string { return c.ID }},
	{"configuration", func(_ Summary, c *Cell) string { return c.Configuration }},
	{"model", func(_ Summary, c *Cell) string { return c.Model }},
	{"backend", func(_ Summary, c *Cell) string { return c.Backend }},
	{"topology", func(_ Summary, c *Cell) string { return c.Topology }},
	{"shape", func(_ Summary, c *Cell) string { return c.Shape }},
	{"np", func(_ Summary, c *Cell) string { return strconv.Itoa(c.NP) }},
	{"ctx", func(_ Summary, c *Cell) string { return strconv.Itoa(c.Ctx) }},
	{"ps", func(_ Summary, c *Cell) string { return strconv.Itoa(c.PS) }},
	{"target_tokens", func(_ Summary, c *Cell) string { return strconv.Itoa(c.TargetTokens) }},
	{"prompt_tokens", func(_ Summary, c *Cell) string { return positive(c.PromptTokens) }},
	{"verdict", func(_ Summary, c *Cell) string { return c.Verdict.String() }},
	{"outcome", func(_ Summary, c *Cell) string { return c.Outcome.String() }},
	{"starts", func(_ Summary, c *Cell) string { return strconv.Itoa(c.Starts) }},
	{"passed", func(_ Summary, c *Cell) string { return strconv.Itoa(c.Passed) }},
	{"refused", func(_ Summary, c *Cell) string { return strconv.Itoa(c.Refused) }},
	{"failed", func(_ Summary, c *Cell) string { return strconv.Itoa(c.Failed) }},
	{"rate_upper95", func(_ Summary, c *Cell) string { return decimal(c.UpperBound) }},
	{"attempts", func(_ Summary, c *Cell) string { return strconv.Itoa(len(c.Attempts)) }},
	{"cold_pp_tps", func(_ Summary, c *Cell) string { return c.Cold.PP.decimal() }},
	{"cold_tg_tps", func(_ Summary, c *Cell) string { return c.Cold.TG.decimal() }},
	{"cold_seconds", func(_ Summary, c *Cell) string { return c.Cold.Seconds.decimal() }},
	{"cached_tokens", func(_ Summary, c *Cell) string { return c.Cached.Reused.decimal() }},
	{"cached_tg_tps", func(_ Summary, c *Cell) string { return c.Cached.TG.decimal() }},
	{"cached_seconds", func(_ Summary, c *Cell) string { return c.Cached.Seconds.decimal() }},
	{"fault", func(_ Summary, c *Cell) string { return c.Bug }},
	{"class", ofFault(func(f *jsonFault) string { return f.Class })},
	{"title", ofFault(func(f *jsonFault) string { return f.Title })},
	{"first_death", ofFault(func(f *jsonFault) string { return f.FirstDeath })},
	{"phase", ofFault(func(f *jsonFault) string { return f.Phase })},
	{"position", func(_ Summary, c *Cell) string { return notNegative(reachedPosition(c)) }},
	{"reason", func(_ Summary, c *Cell) string { return c.Reason }},
	{"surprise", func(_ Summary, c *Cell) string { return c.Surprise }},
	{"log_file", func(_ Summary, c *Cell) string { return c.LogFile }},
	{"again", func(_ Summary, c *Cell) string { return commandLine(c.Again) }},
	{"gate", func(_ Summary, c *Cell) string { return string(c.Gate) }},
	{"gate_reason", func(_ Summary, c *Cell) string { return c.GateSays }},
	{"need_bytes", func(_ Summary, c *Cell) string { return positive(int(c.Need.Bytes)) }},
	{"peak_bytes", func(_ Summary, c *Cell) string { return positive(int(c.Peak)) }},
	{"need_error", func(_ Summary, c *Cell) string {
		if share, known := missOf(c.Need.Bytes, c.Peak); known {
			return decimal(share)
		}
		return ""
	}},
	{"load_seconds", func(_ Summary, c *Cell) string { return c.Load.decimal() }},
	{"wins", func(_ Summary, c *Cell) string { return strings.Join(c.Wins, " ") }},
}

func ofFault(value func(*jsonFault) string) func(Summary, *Cell) string {
	return func(_ Summary, c *Cell) string {
		if f := jsonFaultOf(c.Bug, c.Fault); f != nil {
			return value(f)
		}
		return ""
	}
}

// CSV writes a head and one row for each cell (RFC 4180: commas, CRLF, quotes doubled). What is not
// known is empty; cold and cached numbers are means over the passing attempts. Text is one printable
// line, and one that begins with = + - or @, which a spreadsheet would run as a formula, has an
// apostrophe put before it (OWASP, CSV Injection): take it off again where no spreadsheet is involved.
func CSV(w io.Writer, s Summary) error {
	if s.Hunt != nil {
		return huntCSV(w, s)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	row := make([]string, len(csvColumns))
	for i, column := range csvColumns {
		row[i] = column.name
	}
	err := out.Write(row)
	for c := range s.Cells {
		for i, column := range csvColumns {
			row[i] = harmless(clean(column.value(s, &s.Cells[c])))
		}
		if err == nil {
			err = out.Write(row)
		}
	}
	if out.Flush(); err == nil {
		err = out.Error()
	}
	return err
}

// formula are the characters that begin a formula, the wide forms that some spreadsheets take for them
// included.
const formula = "=+-@＝＋－＠"

// harmless keeps a spreadsheet from reading text as a formula. No number that is written here begins
// with a sign.
func harmless(text string) string {
	if text != "" && strings.ContainsRune(formula, []rune(text)[0]) {
		return "'" + text
	}
	return text
}

func decimal(v float64) string { return strconv.FormatFloat(round(v), 'f', -1, 64) }

func (s Stat) decimal() string {
	if s.N == 0 {
		return ""
	}
	return decimal(s.Mean)
}

func notNegative(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}
