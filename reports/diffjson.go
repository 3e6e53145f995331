package reports

// jsonDiff is the document of a comparison, as stable as that of a screen.
type jsonDiff struct {
	A       jsonDiffSide    `json:"a"`
	B       jsonDiffSide    `json:"b"`
	Cells   []jsonDiffCell  `json:"cells"`
	Faults  []jsonDiffFault `json:"faults"`
	Edges   []jsonDiffEdge  `json:"edges"`
	Rates   []jsonDiffRate  `json:"rates"`
	OnlyA   []string        `json:"only_a"`
	OnlyB   []string        `json:"only_b"`
	Summary jsonDiffSummary `json:"summary"`
}

type jsonDiffSide struct {
	Name   string   `json:"name"`
	Runs   []string `json:"runs"`
	Builds []string `json:"builds"`
	Cells  int      `json:"cells"`
	Starts int      `json:"starts"`
}

type jsonTried struct {
	Verdict string `json:"verdict"`
	Outcome string `json:"outcome"`
	Starts  int    `json:"starts"`
	Failed  int    `json:"failed"`
	Refused int    `json:"refused"`
	Fault   string `json:"fault"`
}

// jsonCertainty is said of every change: change is worse or better, sure is yes or undecided.
type jsonCertainty struct {
	Change Change  `json:"change"`
	Sure   Sure    `json:"sure"`
	P      float64 `json:"p"`
}

type jsonDiffCell struct {
	ID string `json:"id"`
	jsonCertainty
	A     jsonTried `json:"a"`
	B     jsonTried `json:"b"`
	Needs int       `json:"needs_starts"`
}

type jsonExposed struct {
	Hits  int `json:"hits"`
	Clean int `json:"clean"`
	Runs  int `json:"runs"`
}

type jsonDiffFault struct {
	ID    string `json:"id"`
	Class string `json:"class"`
	Title string `json:"title"`
	What  string `json:"what"` // new, gone, more often, less often
	jsonCertainty
	A     jsonExposed `json:"a"`
	B     jsonExposed `json:"b"`
	Needs int         `json:"needs_clean"`
	Cells []string    `json:"cells"`
}

type jsonDiffEdge struct {
	Line string `json:"line"`
	jsonCertainty
	SafeA   int    `json:"safe_a"`
	SafeB   int    `json:"safe_b"`
	UnsafeA int    `json:"unsafe_a"` // 0 none is known
	UnsafeB int    `json:"unsafe_b"`
	LimitA  string `json:"limit_a"`
	LimitB  string `json:"limit_b"`
	BrokeA  int    `json:"broke_a"`
	TriedA  int    `json:"tried_a"`
	BrokeB  int    `json:"broke_b"`
	TriedB  int    `json:"tried_b"`
}

type jsonStat struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

type jsonDiffRate struct {
	Where  string `json:"where"`
	Metric string `json:"metric"`
	jsonCertainty
	A  jsonStat `json:"a"`
	B  jsonStat `json:"b"`
	By float64  `json:"by"`
}

type jsonDiffSummary struct {
	Result   string  `json:"result"` // clean, failures (surely worse), inconclusive
	Compared int     `json:"cells_compared"`
	Same     int     `json:"cells_same"`
	Edges    int     `json:"edges_compared"`
	Numbers  int     `json:"rates_compared"`
	ByChance float64 `json:"by_chance"`
}

func jsonDiffOf(d Difference) jsonDiff {
	side := func(s DiffSide) jsonDiffSide {
		return jsonDiffSide{s.Name, list(s.Runs), list(s.Builds), s.Cells, s.Starts}
	}
	tried := func(t Tried) jsonTried {
		return jsonTried{t.Verdict.String(), t.Outcome.String(), t.Starts, t.Failed, t.Refused, t.Bug}
	}
	j := jsonDiff{
		A: side(d.A), B: side(d.B), Cells: []jsonDiffCell{}, Faults: []jsonDiffFault{}, Edges: []jsonDiffEdge{}, Rates: []jsonDiffRate{},
		OnlyA: list(d.OnlyA), OnlyB: list(d.OnlyB),
		Summary: jsonDiffSummary{d.Exit().String(), d.Compared, d.Same, d.Lines, d.Numbers, round(d.ByChance)},
	}
	for _, c := range d.Cells {
		j.Cells = append(j.Cells, jsonDiffCell{c.ID, jsonCertainty{c.Change, c.Sure, round(c.P)}, tried(c.A), tried(c.B), c.Needs})
	}
	for _, f := range d.Faults {
		j.Faults = append(j.Faults, jsonDiffFault{f.ID, f.Class, f.Title, f.What, jsonCertainty{f.Change, f.Sure, round(f.P)},
			jsonExposed(f.A), jsonExposed(f.B), f.Needs, list(f.Cells)})
	}
	for _, e := range d.Edges {
		j.Edges = append(j.Edges, jsonDiffEdge{e.Line, jsonCertainty{e.Change, e.Sure, round(e.P)}, e.SafeA, e.SafeB, e.UnsafeA, e.UnsafeB,
			e.LimitA, e.LimitB, e.BrokeA, e.TriedA, e.BrokeB, e.TriedB})
	}
	for _, r := range d.Rates {
		stat := func(s Stat) jsonStat { return jsonStat{s.N, round(s.Mean), round(s.SD)} }
		j.Rates = append(j.Rates, jsonDiffRate{r.Where, r.Metric, jsonCertainty{r.Change, Yes, round(r.P)}, stat(r.A), stat(r.B), round(r.By)})
	}
	return j
}
