package reports

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

var long = flag.Bool("long", false, "open the page of 10,000 cells, too")

func TestThePageInABrowser(t *testing.T) {
	browser := browse(t)
	t.Run("use", func(t *testing.T) { usePage(t, browser) })
	t.Run("hostile", func(t *testing.T) { openHostile(t, browser) })
	t.Run("sizes", func(t *testing.T) {
		if !*long {
			t.Skip("only with -long")
		}
		openSizes(t, browser)
	})
}

// usePage does what a reader does: look, click, use keys, filter, change the theme, follow a link.
func usePage(t *testing.T, browser context.Context) {
	p := open(t, browser, render(t, "html", Summarize(troubled(t)), TextOptions{}))
	if got := js[string](p, `document.querySelector(".totals").textContent`); got != totalsLine(Summarize(troubled(t))) {
		t.Errorf("totals: %s", got)
	}
	cell := `td[aria-label="flaky, gpufault, 1 of 2 starts passed"]`
	p.do(chromedp.Click(chromedp.CSS(cell)))
	panel := js[string](p, `document.getElementById("panel").innerText`)
	for _, want := range []string{"np1_ps16k__natural__8k", "rpc1 died first", "+0.690", "Aborted (core dumped)", "cached", "--shape natural", "00ff",
		"/usr/bin/llama-server -m", "gpu-fault.memory-access", "103424 MiB of 131072 MiB, 5120 MiB before", "at token 4096 of 8000"} {
		if !strings.Contains(panel, want) {
			t.Errorf("the panel lacks %q:\n%s", want, panel)
		}
	}
	p.shoot("24-panel", false)
	js[bool](p, `panel.scrollTop = panel.scrollHeight, true`)
	p.shoot("24-panel-end", false)
	keys(t, p)
	filters(t, p)
	themes(t, p)
	p.do(chromedp.Click(chromedp.CSS("button[data-open]")))
	if !js[bool](p, `!document.getElementById("panel").hidden && location.hash.length > 10`) {
		t.Error("the table of faults opens nothing")
	}
	p.quiet()
}

// keys walks by arrows, opens with Enter, closes with Escape, and comes back to where it was.
func keys(t *testing.T, p *tab) {
	focus := func() string { return js[string](p, `document.activeElement.dataset.i || document.activeElement.id`) }
	p.do(chromedp.KeyEvent(kb.Escape))
	was := focus()
	if js[bool](p, `!document.getElementById("panel").hidden`) || was == "" {
		t.Error("Escape does not close the panel and go back")
	}
	p.do(chromedp.KeyEvent(kb.ArrowRight))
	right := focus()
	p.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.ArrowLeft))
	if focus() != was || right == was {
		t.Errorf("from %s by arrows to %s and back to %s", was, right, focus())
	}
	p.do(chromedp.KeyEvent(kb.End), chromedp.KeyEvent(kb.Home), chromedp.KeyEvent(kb.Enter))
	if focus() != "panel" {
		t.Errorf("Enter leaves the focus at %s", focus())
	}
	p.do(chromedp.KeyEvent(kb.Escape))
	if n := js[int](p, `document.querySelectorAll('table.map td[tabindex="0"]').length`); n != 1 {
		t.Errorf("%d squares are in the tab order", n)
	}
}

func filters(t *testing.T, p *tab) {
	count := func() string { return js[string](p, `document.getElementById("f-count").textContent`) }
	p.do(chromedp.SendKeys(chromedp.CSS("#f-text"), "np2 natural"))
	if got := count(); got != "6 of 24 cells" {
		t.Errorf("text: %s", got)
	}
	if n := js[int](p, `[...document.querySelectorAll("table.map thead tr:last-child th")].filter((th) => !th.hidden).length`); n != 3 {
		t.Errorf("%d headings are left", n)
	}
	p.do(chromedp.Click(chromedp.CSS(`button[type="reset"]`)), chromedp.Click(chromedp.CSS(`button[data-outcome="gpufault"]`)))
	if got := count(); got != "2 of 24 cells" {
		t.Errorf("outcome: %s", got)
	}
	p.shoot("24-filtered", false)
	p.do(chromedp.Click(chromedp.CSS(`button[data-bug]`)))
	time.Sleep(50 * time.Millisecond) // the form is reset behind the click
	if got := count(); got != "2 of 24 cells" {
		t.Errorf("the cells of a bug: %s", got)
	}
	p.do(chromedp.Click(chromedp.CSS(`button[type="reset"]`)))
	time.Sleep(50 * time.Millisecond)
	if got := count(); got != "24 cells" {
		t.Errorf("reset: %s", got)
	}
}

func themes(t *testing.T, p *tab) {
	paper := func() string { return js[string](p, `getComputedStyle(document.body).backgroundColor`) }
	p.media("light", "none")
	light := paper()
	p.media("dark", "none")
	dark := paper()
	p.do(chromedp.Click(chromedp.CSS("#theme")))
	chosen := paper()
	if light == dark || chosen != light {
		t.Errorf("light %s, dark %s, light chosen in the dark %s", light, dark, chosen)
	}
	p.do(chromedp.Click(chromedp.CSS("#theme")), chromedp.Click(chromedp.CSS("#theme")))
	p.media("light", "none")
}

// xss are the ways in which text has become more than text elsewhere.
var xss = []string{
	`<script>alert(1)</script>`, `</script><script>alert(2)</script>`, `<img src=x onerror=alert(3)>`, `<svg onload=alert(4)>`, `"><svg/onload=alert(5)>`,
	`' onmouseover='alert(6)`, `javascript:alert(7)`, `<a href="javascript:alert(8)">x</a>`, `<iframe src="https://example.com/x"></iframe>`, `<link rel=stylesheet href=//example.com/x>`,
	`<meta http-equiv=refresh content="0;url=https://example.com">`, `<!--<script>`, `]]><x>`, `</style><style>body{display:none}</style>`, `</title><script>alert(9)</script>`, `</textarea></select><b>`,
	`{{.}} {{template "x"}} ${alert(10)} <%= 1 %>`, "\u202Etxt.exe\u202C", "a\x00b", "\x1b]8;;http://example.com\x1b\\x\x1b]8;;\x1b\\", "\u2028\u2029", `\u003cscript\u003ealert(11)\u003c/script\u003e`,
	`<base href=//example.com>`, `<form action=//example.com><button autofocus onfocus=alert(12)>`, `<details open ontoggle=alert(13)>`, `__proto__`, `constructor`,
}

// poisoned is a record with an entry of the corpus wherever text can be.
func poisoned(t testing.TB) trial.Record {
	r := troubled(t)
	i := 0
	next := func() string { i++; return xss[i%len(xss)] }
	all := strings.Join(xss, " ")
	r.Run.ID, r.Run.Command, r.Run.Argv, r.Run.Version, r.Notes = next(), next(), xss, next(), xss
	r.Run.Target.Name, r.Run.Target.Args, r.Run.Host.CPU, r.Run.Server.Devices, r.Run.Model.Name = all, xss, next(), xss, next()
	for j := range r.Cells {
		c := &r.Cells[j].Configuration.Target
		c.Backend, c.Server, c.Args = next(), next(), xss
		if s, err := shapes.New(shapes.Span{Family: "repeat", Word: "w" + strings.TrimSpace(next())}); err == nil && j%3 == 0 {
			r.Cells[j].Shape = s
		}
	}
	for j, a := range r.Attempts {
		at := (j * 7) % len(r.Cells)
		a.CellID, a.Reason, a.Files = r.Cells[at].ID(), next(), xss
		if a.Fault != nil {
			f := *a.Fault
			f.Title, f.Component, f.Phase, f.FirstDeath, f.Excerpt, f.Consequences, f.Class = next(), next(), next(), next(), xss, xss, next()
			a.Fault = &f
		}
		for k := range a.TimeLine {
			a.TimeLine[k].Source, a.TimeLine[k].Text = next(), next()
		}
		a.Opinions = []trial.Opinion{{Oracle: next(), Says: trial.Corrupt, Reason: all}}
		for k := range a.Requests {
			a.Requests[k].Nonce, a.Requests[k].Vocabulary = next(), next()
		}
		r.Attempts[j] = a
	}
	for j := range r.Starts {
		r.Starts[j].Argv, r.Starts[j].Exit, r.Starts[j].Unobserved = xss, next(), xss
	}
	return r
}

// Whatever prompts, logs, labels and models say, it is text: nothing runs, nothing is loaded, no element
// comes of it.
func openHostile(t *testing.T, browser context.Context) {
	for _, make := range []func(testing.TB) trial.Record{hostile, poisoned} {
		s := Summarize(make(t))
		p := open(t, browser, render(t, "html", s, TextOptions{}))
		if n := js[int](p, `document.querySelectorAll("script:not([type])").length`); n != 1 {
			t.Errorf("%d scripts", n)
		}
		for i := range s.Cells {
			js[bool](p, fmt.Sprintf(`openPanel(%d, false), true`, i))
		}
		foreign := js[[]string](p, `[...document.querySelectorAll("img, iframe, link, base, form:not(#filters), a, b[id], textarea, meta[http-equiv=refresh], details[ontoggle], svg[onload]")].map((e) => e.outerHTML.slice(0, 80))`)
		if len(foreign) > 0 {
			t.Errorf("elements came of text: %q", foreign)
		}
		if js[string](p, `getComputedStyle(document.body).display`) == "none" {
			t.Error("a style came of text")
		}
		if body := js[string](p, `document.body.textContent`); strings.ContainsAny(body, "\x00\u202e\u2028\x1b") {
			t.Error("characters that steer are left")
		}
		p.quiet()
	}
}

// ofSize is a record of at least n cells, of all kinds.
func ofSize(t testing.TB, shapeCount, tokens int, np ...int) trial.Record {
	names := []string{"opt", "natural", "mixed", "code", "tools", "random", "unicode", "lines"}
	for i := len(names); i < shapeCount; i++ {
		names = append(names, fmt.Sprintf("repeat:word%d", i))
	}
	b := newBook(t, plan.Matrix{NP: np, PerSlot: []int{131072}, Shapes: shapeList(t, strings.Join(names[:shapeCount], ",")), Tokens: manySizes(tokens)},
		trial.Settings{Starts: 2, Attempts: 2, Isolation: "config", Reply: 16})
	for i, c := range b.Cells {
		word := len(c.Shape.String()) + c.Configuration.NP
		switch at := i / shapeCount; {
		case word%5 == 2 && at%tokens > tokens/2:
			b.crash(c, trial.GPUFault, gpuFault(c.Tokens/2))
		case word%7 == 3 && at%tokens == tokens/2:
			b.pass(c)
			b.crash(c, trial.Crash, gpuFault(c.Tokens/3))
		case word%11 == 4 && at%tokens > tokens*3/4:
			b.refuse(c)
		default:
			b.pass(c)
			if i%3 > 0 {
				b.pass(c)
			}
		}
	}
	return b.Record
}

// openSizes opens pages of 1, 24, 100 and 10,000 cells in every light, and prints them. What is fluent does not
// depend on how busy the machine is: whatever is done with a page takes less than opening it did, and a hundred
// times as many cells take less than a hundred times as long.
func openSizes(t *testing.T, browser context.Context) {
	var hundred float64 // ms that a page of 100 cells took to open
	for _, c := range []struct {
		name string
		make func() trial.Record
	}{
		{"1", func() trial.Record { return ofSize(t, 1, 1, 1) }}, {"24", func() trial.Record { return troubled(t) }},
		{"100", func() trial.Record { return ofSize(t, 5, 10, 1, 2) }}, {"10000", func() trial.Record { return ofSize(t, 25, 100, 1, 2, 4, 8) }},
	} {
		began := time.Now()
		html := render(t, "html", Summarize(c.make()), TextOptions{})
		rendered := time.Since(began)
		p := open(t, browser, html)
		load := js[float64](p, `performance.getEntriesByType("navigation")[0].duration`)
		cells := js[int](p, `index.cells.length`)
		filter := timed(p, `$("f-text").value = "natural"; applyFilters()`)
		back := timed(p, `$("f-text").value = ""; applyFilters()`)
		panel := timed(p, `openPanel(0, false)`)
		js[bool](p, `closePanel(), true`)
		t.Logf("%d cells: %.1f MB, made in %v, loaded in %.0f ms, filtered in %.0f ms, all again in %.0f ms, first panel in %.0f ms",
			cells, float64(len(html))/1e6, rendered.Round(time.Millisecond), load, filter, back, panel)
		if cells == 100 {
			hundred = load
		}
		if cells == 10_000 && (max(filter, back, panel) > load || load > 100*hundred) {
			t.Errorf("%d cells are not fluent", cells)
		}
		p.quiet()
		pictures(p, c.name)
	}
}

// The curve of a chart is the one that the home lab found in its own latencies.
func TestTheFittedCurve(t *testing.T) {
	se := series{sizes: map[int]bool{}}
	for tokens, seconds := range map[int]float64{75010: 417.9, 100010: 636.2, 125004: 894.2, 150010: 1193.4} {
		se.take(&Cell{TargetTokens: tokens, Attempts: []Attempt{{Outcome: trial.Pass, Cold: true, PromptTokens: tokens, Seconds: seconds}}})
	}
	if got := se.formula(); got != "t = 0.00319·n + 3.18e-08·n² s" && got != "t = 0.00318·n + 3.18e-08·n² s" {
		t.Error(got)
	}
	if c := se.draw(); len(c.Points) != 4 || c.Curve == "" || len(c.X) < 3 || len(c.Y) < 3 {
		t.Errorf("%+v", c)
	}
}

// The policy of the page names the very style and script that are in it, and the page has no other.
func TestThePolicyOfThePage(t *testing.T) {
	got := render(t, "html", Summarize(troubled(t)), TextOptions{})
	for _, text := range []string{"<style>" + pageStyle + "</style>", "<script>" + pageScript + "</script>", "default-src &#39;none&#39;"} {
		if strings.Count(got, text) != 1 {
			t.Errorf("not once in the page: %.60s", text)
		}
	}
	for _, word := range []string{"http://", "https://", "style=", "onclick", "unsafe", "@import", "url("} {
		if strings.Contains(got, word) {
			t.Errorf("the page has %s", word)
		}
	}
}

// timed runs a statement and waits until its outcome is on the screen.
func timed(p *tab, statement string) float64 {
	p.Helper()
	p.do(chromedp.Func(func(context.Context, *chromedp.Target) error { return nil }))
	js[bool](p, `window.took = -1, requestAnimationFrame(() => { const t = performance.now(); `+statement+`; requestAnimationFrame(() => setTimeout(() => { window.took = performance.now() - t })) }), true`)
	for range 600 {
		if took := js[float64](p, `window.took`); took >= 0 {
			return took
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.Fatalf("%s never ends", statement)
	return 0
}

func pictures(p *tab, name string) {
	whole := name != "10000"
	p.media("light", "none")
	p.shoot(name+"-light", whole)
	p.media("dark", "none")
	p.shoot(name+"-dark", whole)
	if name == "100" || name == "24" {
		for _, deficiency := range []string{"achromatopsia", "deuteranopia"} {
			p.media("light", deficiency)
			p.shoot(name+"-"+deficiency, false)
		}
	}
	p.media("light", "none")
	if whole {
		p.pdf(name)
	}
}
