package reports

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// counts are the totals that every format for machines gives back.
type counts struct {
	Cells, Unexpected, Attempts, Passes, Starts int
	Verdicts                                    map[string]int
}

func countsOf(s Summary) counts {
	t := s.Totals
	return counts{t.Cells, t.Unexpected, t.Attempts, t.Passes, t.Starts, byName(t.Verdicts)}
}

func passed(outcome string) bool { return outcome == "pass" || outcome == "warn" }

func unexpected(verdict string) bool { return verdict == "breaks" || verdict == "flaky" }

// readers load a rendered report back and count what is in it, not what it says of itself.
var readers = map[string]func(testing.TB, string) counts{"jsonl": readJSONL, "csv": readCSV, "sql": readSQL, "junit": readJUnit}

func readJSONL(t testing.TB, text string) counts {
	c := counts{Verdicts: map[string]int{}}
	var order []string
	for in := bufio.NewScanner(strings.NewReader(text)); in.Scan(); {
		var l struct{ Type, Verdict, Outcome, Cell string }
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if len(order) == 0 || order[len(order)-1] != l.Type {
			order = append(order, l.Type)
		}
		switch l.Type {
		case "cell":
			c.Cells++
			c.Verdicts[l.Verdict]++
			if unexpected(l.Verdict) {
				c.Unexpected++
			}
		case "start":
			c.Starts++
		case "attempt":
			c.Attempts++
			if passed(l.Outcome) {
				c.Passes++
			}
			if l.Cell == "" {
				t.Error("an attempt without its cell")
			}
		}
	}
	if got := strings.Join(order, " "); !regexp.MustCompile(`^run( cell)?( start)?( attempt)?( fault)?( contest)?( configuration)? summary$`).MatchString(got) {
		t.Errorf("kinds come as %s", got)
	}
	return c
}

func readCSV(t testing.TB, text string) counts {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll() // refuses rows of unequal length
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(text, "\r\n") != len(rows) || strings.Count(text, "\n") != len(rows) {
		t.Errorf("%d rows, %d ends of lines", len(rows), strings.Count(text, "\n"))
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	c := counts{Cells: len(rows) - 1, Verdicts: map[string]int{}, Passes: -1, Starts: -1} // a row does not know them
	for _, row := range rows[1:] {
		c.Verdicts[row[at["verdict"]]]++
		if unexpected(row[at["verdict"]]) {
			c.Unexpected++
		}
		n, err := strconv.Atoi(row[at["attempts"]])
		if err != nil {
			t.Fatal(err)
		}
		c.Attempts += n
	}
	return c
}

func loadSQL(t testing.TB, scripts ...string) *sql.DB {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for _, script := range scripts {
		if _, err := db.ExecContext(context.Background(), script); err != nil {
			t.Fatalf("%v\n%s", err, script)
		}
	}
	return db
}

func readSQL(t testing.TB, text string) counts {
	db := loadSQL(t, text, text) // loading it twice changes nothing
	c := counts{Verdicts: map[string]int{}}
	for query, n := range map[string]*int{
		"SELECT count(*) FROM cells":                                     &c.Cells,
		"SELECT count(*) FROM cells WHERE verdict IN ('breaks','flaky')": &c.Unexpected,
		"SELECT count(*) FROM attempts":                                  &c.Attempts,
		"SELECT count(*) FROM attempts WHERE outcome IN ('pass','warn')": &c.Passes,
		"SELECT count(*) FROM starts":                                    &c.Starts,
	} {
		if err := db.QueryRow(query).Scan(n); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := db.Query("SELECT verdict, count(*) FROM cells GROUP BY verdict")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		c.Verdicts[name] = n
	}
	return c
}

// What machines load comes to the same totals as the summary.
func TestMachinesCountTheSame(t *testing.T) {
	for _, r := range records {
		s := Summarize(r.make(t))
		for format, read := range readers {
			want, got := countsOf(s), read(t, render(t, format, s, TextOptions{}))
			for _, n := range []struct{ want, got *int }{{&want.Attempts, &got.Attempts}, {&want.Passes, &got.Passes}, {&want.Starts, &got.Starts}} {
				if *n.got < 0 {
					*n.got = *n.want
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s as %s: %s", r.name, format, diff)
			}
		}
	}
}

// The values of a spreadsheet are those of the summary, and none of them is a formula.
func TestCSVHoldsNoFormula(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		reason := rapid.StringMatching(`[=+@ \t\r\n"',;a-|＝-]{0,9}`).Draw(rt, "reason")
		s := oneCell(t, 1000)
		s.Cells[0].Reason, s.Cells[0].Shape = reason, reason
		rows, err := csv.NewReader(strings.NewReader(render(t, "csv", s, TextOptions{}))).ReadAll()
		if err != nil || len(rows) != 2 {
			rt.Fatalf("%v, %d rows", err, len(rows))
		}
		for i, value := range rows[1] {
			if value != "" && strings.ContainsAny(value[:1], "=+-@\t\r\n") || strings.HasPrefix(value, "＝") {
				rt.Fatalf("%s is %q", rows[0][i], value)
			}
		}
		if got := strings.TrimPrefix(rows[1][6], "'"); got != strings.TrimPrefix(clean(reason), "'") {
			rt.Fatalf("%q became %q", reason, got)
		}
	})
}

// A text comes back from the database as it was, and ends no statement.
func TestSQLHoldsAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(
			rapid.StringMatching(`[';\n.a-z()\\"-]*`),
			rapid.Map(rapid.SliceOf(rapid.ByteRange(1, 127)), func(b []byte) string { return string(b) }),
			rapid.String(),
		).Draw(rt, "text")
		var got string
		if err := loadSQL(t).QueryRow("SELECT " + literal(text)).Scan(&got); err != nil {
			rt.Fatal(err)
		}
		if want := strings.ReplaceAll(text, "\x00", "\uFFFD"); got != want {
			rt.Fatalf("%q became %q", text, got)
		}
		if strings.Contains(literal(text), "\n") {
			rt.Fatalf("%q is written on several lines", text)
		}
	})
}

func TestSQLOfSeveralRuns(t *testing.T) {
	other := Summarize(troubled(t))
	other.Run.ID = "20261125-101500-aaaa"
	db := loadSQL(t, render(t, "sql", Summarize(allPass(t)), TextOptions{}), render(t, "sql", other, TextOptions{}))
	var runs, faults int
	if err := db.QueryRow("SELECT count(DISTINCT run), (SELECT count(*) FROM cells c JOIN faults f ON f.run = c.run AND f.cell = c.id) FROM cells").Scan(&runs, &faults); err != nil {
		t.Fatal(err)
	}
	if runs != 2 || faults != 3 {
		t.Errorf("%d runs, %d cells with faults", runs, faults)
	}
}

// A summary that GitHub would drop is cut at a section, and says so.
func TestGitHubStaysUnderItsLimit(t *testing.T) {
	b := newBook(t, plan.Matrix{NP: []int{1}, PerSlot: []int{64000}, Shapes: shapeList(t, "opt,natural"), Tokens: manySizes(1500)},
		trial.Settings{Starts: 1, Attempts: 1, Isolation: "cell", Reply: 16})
	for _, c := range b.Cells {
		b.crash(c, trial.GPUFault, gpuFault(512))
	}
	s := Summarize(b.Record)
	got := render(t, "github", s, TextOptions{})
	if len(got) > summaryLimit || len(got) < summaryLimit/2 {
		t.Errorf("%d bytes", len(got))
	}
	if !strings.Contains(got, "sections left out") || !strings.Contains(got, totalsLine(s)) {
		t.Errorf("the end: %s", got[len(got)-300:])
	}
	if a, b := strings.Count(got, "<details>"), strings.Count(got, "</details>"); a != b || a == 0 {
		t.Errorf("%d details are opened, %d closed", a, b)
	}
	if whole := render(t, "github", Summarize(troubled(t)), TextOptions{}); strings.Contains(whole, "left out:") || !bytes.Contains([]byte(whole), []byte("Not observed")) {
		t.Error("a small one is cut, too")
	}
}

func manySizes(n int) []int {
	var list []int
	for i := range n {
		list = append(list, 100+10*i)
	}
	return list
}
