package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// The size of a chart and of what is drawn in it.
const (
	chartWidth, chartHeight                      = 320, 190
	chartLeft, chartRight, chartTop, chartBottom = 44, 308, 10, 160
	shownCharts                                  = 60
	shownPoints                                  = 120 // of one chart; more say nothing more
)

// pageChart is latency against tokens of one shape and number of slots: points, and the curve that is
// fitted to the cold ones. Coordinates are those of the picture.
type pageChart struct {
	Title, Target, Fit string
	Points             []pagePoint
	Curve              string // a path; "" where one size was measured
	X, Y               []pageTick
}

type pagePoint struct {
	X, Y  float64
	Kind  string // cold, cached, broke
	Label string
}

type pageTick struct {
	At    float64
	Label string
}

// series is what a chart is made of.
type series struct {
	target, shape string
	np            int
	points        []measure
	fit           search.Latency
	sizes         map[int]bool
}

type measure struct {
	tokens  int
	seconds float64
	kind    string
}

// pageCharts draws a chart for each series that has an answer, in the order of the plan.
func pageCharts(s Summary) (list []pageChart, more int) {
	var order []*series
	at := map[string]*series{}
	for i := range s.Cells {
		c := &s.Cells[i]
		target := oneLine(" · ", c.Model, c.Backend, c.Topology)
		key := fmt.Sprint(target, "\x00", c.Shape, "\x00", c.NP)
		if at[key] == nil {
			at[key] = &series{target: target, shape: c.Shape, np: c.NP, sizes: map[int]bool{}}
			order = append(order, at[key])
		}
		at[key].take(c)
	}
	for _, se := range order {
		if len(se.sizes) == 0 {
			continue
		}
		if len(list) == shownCharts {
			more++
			continue
		}
		list = append(list, se.draw())
	}
	return list, more
}

// take adds the attempts of a cell. Only cold answers teach the curve anything.
func (se *series) take(c *Cell) {
	for _, a := range c.Attempts {
		m := measure{max(a.PromptTokens, c.TargetTokens), a.Seconds, "broke"}
		switch passed := a.Outcome == trial.Pass || a.Outcome == trial.Warn; {
		case passed && a.Cached:
			m.kind = "cached"
		case passed && a.Cold:
			m.kind = "cold"
			se.fit.See(m.tokens, m.seconds)
			se.sizes[m.tokens] = true
		case passed || !a.Outcome.Bad():
			continue
		}
		se.points = append(se.points, m)
	}
}

func (se *series) draw() pageChart {
	c := pageChart{Title: fmt.Sprintf("%s, np %d", se.shape, se.np), Target: se.target}
	mostTokens, mostSeconds := 0, 0.0
	for _, p := range se.points {
		mostTokens, mostSeconds = max(mostTokens, p.tokens), max(mostSeconds, p.seconds)
	}
	mostSeconds = max(mostSeconds, se.fit.At(mostTokens))
	x := func(tokens float64) float64 {
		return round2(chartLeft + (chartRight-chartLeft)*tokens/float64(max(1, mostTokens)))
	}
	y := func(seconds float64) float64 {
		return round2(chartBottom - (chartBottom-chartTop)*seconds/max(mostSeconds, 1e-9))
	}
	step := (len(se.points) + shownPoints - 1) / shownPoints
	for i := 0; i < len(se.points); i += step {
		p := se.points[i]
		c.Points = append(c.Points, pagePoint{x(float64(p.tokens)), y(p.seconds), p.kind, fmt.Sprintf("%d tokens, %s, %s", p.tokens, short(p.seconds), p.kind)})
	}
	c.Fit = se.formula()
	if len(se.sizes) > 1 {
		c.Curve = se.path(mostTokens, x, y)
	}
	c.X, c.Y = ticks(float64(mostTokens), x, thousands), ticks(mostSeconds, y, short)
	return c
}

func (se *series) path(most int, x, y func(float64) float64) string {
	var b strings.Builder
	for i := range 25 {
		n := most * i / 24
		fmt.Fprintf(&b, "%c%g %g", "ML"[min(i, 1)], x(float64(n)), y(se.fit.At(n)))
	}
	return b.String()
}

// formula is the fitted curve with coefficients per token, as the field writes it.
func (se *series) formula() string {
	if len(se.sizes) < 2 {
		return "one size: no curve"
	}
	a, b := se.fit.Coefficients()
	return fmt.Sprintf("t = %.3g·n + %.3g·n² s", a, b)
}

// ticks are three to six round numbers from 0 up to most.
func ticks(most float64, at func(float64) float64, label func(float64) string) []pageTick {
	if most <= 0 {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, f := range []float64{0.2, 0.5, 1, 2} {
		if most/(step*f) <= 5 {
			step *= f
			break
		}
	}
	var list []pageTick
	for v := 0.0; v <= most*1.0001; v += step {
		list = append(list, pageTick{at(v), label(v)})
	}
	return list
}

func thousands(n float64) string {
	if n >= 1000 {
		return strconv.FormatFloat(n/1000, 'f', -1, 64) + "k"
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func short(seconds float64) string { return strconv.FormatFloat(seconds, 'g', 3, 64) + " s" }

func round2(v float64) float64 { return math.Round(v*100) / 100 }
