package reports

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// SQL writes one transaction that makes tables and fills them: pipe it into sqlite3 x.db. A run that the
// database has already is replaced. Text with control characters is written as the hex of its bytes, so
// that no line of a log can end a statement or begin a command of the shell; NUL and bytes that are not
// UTF-8 become U+FFFD.
func SQL(w io.Writer, s Summary) error {
	var b sqlScript
	d := documentOf(s)
	b.WriteString("BEGIN;\n" + sqlSchema)
	for _, t := range sqlTables {
		fmt.Fprintf(&b, "DELETE FROM %s WHERE %s = %s;\n", t.table, t.run, literal(d.Run.ID))
	}
	b.run(d)
	for _, c := range d.Cells {
		b.cell(d.Run.ID, c)
	}
	for _, e := range s.Edges {
		b.edge(d.Run.ID, e)
	}
	b.comparison(d.Run.ID, d.Comparison)
	for _, c := range d.Configurations {
		b.memory(d.Run.ID, c)
	}
	for _, st := range d.Starts {
		b.insert("starts", d.Run.ID, st.N, st.Configuration, st.Outcome.String(), st.Exit, st.Requested, st.LoadSeconds,
			st.SlotContext, st.Build, st.Argv, st.LogFile, st.LogBytes)
	}
	for _, c := range d.Cells {
		if c.Gate != "" {
			b.insert("gate", d.Run.ID, c.ID, string(c.Gate), c.GateSays)
		}
	}
	for _, text := range d.Notes {
		b.insert("notes", d.Run.ID, "note", text)
	}
	for _, text := range d.Unobserved {
		b.insert("notes", d.Run.ID, "not observed", text)
	}
	b.WriteString("COMMIT;\n")
	_, err := io.WriteString(w, b.String())
	return err
}

type sqlScript struct{ strings.Builder }

func (b *sqlScript) run(d jsonDocument) {
	r, t := d.Run, d.Summary
	b.insert("runs", r.ID, r.Command, r.Version, r.Target.Name, r.Target.Backend, r.Target.Topology, strconv.FormatUint(r.Seed, 10),
		r.Began, r.Ended, r.Seconds, r.Status, r.Server.Build, r.Server.Commit, r.Host.Kernel, r.Host.CPU,
		t.Result, t.Cells, t.Tested, t.Unexpected, t.Troubled, t.Starts, t.Counted, t.Failed, t.RateUpper95, t.Attempts, t.Passes, t.Warmups)
}

func (b *sqlScript) cell(run string, c jsonCell) {
	var fault *string
	if c.Fault != nil {
		fault = &c.Fault.ID
	}
	b.insert("cells", run, c.ID, c.Configuration, c.Shape, c.NP, c.Ctx, c.PS, c.TargetTokens, c.PromptTokens, c.Verdict.String(), c.Outcome.String(),
		c.Starts, c.Passed, c.Refused, c.Failed, c.RateUpper95, fault, c.Reason, c.Surprise, c.LogFile, commandLine(c.Again))
	for _, a := range c.Attempts {
		b.insert("attempts", run, c.ID, a.Start, a.N, a.Outcome.String(), a.Cold, a.PromptTokens, a.CachedTokens, a.PromptN, a.CacheN,
			a.PP, a.TG, a.Seconds, a.Position, a.Reason)
	}
	if f := c.Fault; f != nil {
		b.insert("faults", run, c.ID, f.ID, f.Class, f.Category, f.Title, f.Signature, f.Component, f.Phase, f.Position, f.FirstDeath, f.Fate, f.Rule, f.Excerpt)
	}
}

// insert is one row with a value for each column of the table.
func (b *sqlScript) insert(table string, values ...any) {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = sqlValue(v)
	}
	fmt.Fprintf(b, "INSERT INTO %s VALUES (%s);\n", table, strings.Join(words, ", "))
}

func sqlValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case *int64:
		if v == nil {
			return "NULL"
		}
		return fmt.Sprint(*v)
	case *float64:
		if v == nil {
			return "NULL"
		}
		return sqlValue(*v)
	case string:
		return literal(v)
	case *string:
		if v == nil {
			return "NULL"
		}
		return literal(*v)
	case int, int64:
		return fmt.Sprint(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	text, err := json.Marshal(v) // lists of texts and numbers, which cannot fail
	if err != nil {
		return "NULL"
	}
	return literal(string(text))
}

// literal is text as SQL writes it.
func literal(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if strings.ContainsFunc(text, unprintable) {
		return "CAST(X'" + hex.EncodeToString([]byte(text)) + "' AS TEXT)"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}
