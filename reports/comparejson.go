package reports

import (
	"ctxcliff/harness/trial"
)

// jsonComparison puts backends and topologies side by side; it is null in a run that has one of each.
type jsonComparison struct {
	Decided string        `json:"decided"` // what it takes to win
	Rows    []jsonContest `json:"rows"`
}

type jsonContest struct {
	Model        string             `json:"model"`
	NP           int                `json:"np"`
	PS           int                `json:"ps"`
	Shape        string             `json:"shape"`
	TargetTokens int                `json:"target_tokens"`
	Columns      []jsonContender    `json:"columns"`
	Winners      map[string]*string `json:"winners"` // by metric: the cell that wins; null none does
}

type jsonContender struct {
	Backend  string                   `json:"backend"`
	Topology string                   `json:"topology"`
	Cell     string                   `json:"cell"` // "": it was not planned
	Verdict  trial.Verdict            `json:"verdict"`
	Outcome  trial.Outcome            `json:"outcome"`
	Metrics  map[string]*jsonMeasured `json:"metrics"` // null: it does not hold, or nothing was measured
}

type jsonMeasured struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
	N    int     `json:"n"`
}

func jsonComparisonOf(s Summary) *jsonComparison {
	c := comparisonOf(s)
	if c == nil {
		return nil
	}
	j := &jsonComparison{Decided: howDecided, Rows: []jsonContest{}}
	for _, r := range c.rows {
		row := jsonContest{Model: r.model, NP: r.np, PS: r.ps, Shape: r.shape, TargetTokens: r.tokens, Winners: map[string]*string{}}
		for i, v := range c.columns {
			one := jsonContender{Backend: v.backend, Topology: v.topology, Outcome: trial.Missing, Metrics: map[string]*jsonMeasured{}}
			if cell := r.squares[i]; cell != nil {
				one.Cell, one.Verdict, one.Outcome = cell.ID, cell.Verdict, cell.Outcome
			}
			for m, by := range comparedBy {
				one.Metrics[by.key] = nil
				if stat := r.metrics[m][i]; stat.N > 0 {
					one.Metrics[by.key] = &jsonMeasured{round(stat.Mean), round(stat.SD), stat.N}
				}
			}
			row.Columns = append(row.Columns, one)
		}
		for m, by := range comparedBy {
			row.Winners[by.key] = nil
			if w := r.winners[m]; w >= 0 {
				row.Winners[by.key] = &r.squares[w].ID
			}
		}
		j.Rows = append(j.Rows, row)
	}
	return j
}
