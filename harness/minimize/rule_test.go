package minimize

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"

	"ctxcliff/harness/scenario"
)

// rule is what an imagined bug needs: a Go expression over the request that is looked at. See
// testdata/README.md for its names.
type rule struct{ expr ast.Expr }

func parseRule(text string) (rule, error) {
	expr, err := parser.ParseExpr(text)
	return rule{expr}, err
}

// holds says whether some request of the scenario has all that the rule asks for, and which.
func (r rule) holds(s scenario.Scenario, build int) (scenario.Place, bool) {
	for _, p := range s.Places() {
		if s.At(p).CancelAfter == 0 && view(s, p, build).eval(r.expr) != 0 {
			return p, true
		}
	}
	return scenario.Place{}, false
}

// names are what an expression may speak of; booleans are 0 and 1.
type names map[string]int

func view(s scenario.Scenario, p scenario.Place, build int) names {
	r := s.At(p)
	n := names{
		"tokens": r.Recipe.Tokens, "ids": idsOf(r.Recipe), "np": s.NP, "reply": r.Reply, "build": build,
		"batch": orElse(s.Flags.Batch, 2048), "micro": orElse(s.Flags.MicroBatch, 512),
		"flash": truth(s.Flags.FlashAttn != "off"), "q8": truth(s.Flags.CacheK == "q8_0"),
		"infill": truth(r.Endpoint == "/infill"), "cached": truth(fromCache(s, p)), "beside": len(s.Steps[p.Step].Requests) - 1,
	}
	for i, step := range s.Steps {
		for _, q := range step.Requests {
			if i < p.Step {
				n["earlier"]++
				n["cancelled"] += truth(q.CancelAfter > 0)
			}
		}
	}
	for i, x := range r.Recipe.Live() {
		n[fmt.Sprint("from", i)], n[fmt.Sprint("to", i)] = x.From, x.To
	}
	return n
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (n names) eval(e ast.Expr) int {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return n.eval(e.X)
	case *ast.BasicLit:
		v, _ := strconv.Atoi(e.Value)
		return v
	case *ast.Ident:
		return n[e.Name]
	case *ast.UnaryExpr:
		return truth(n.eval(e.X) == 0)
	case *ast.CallExpr: // live(from, to)
		return n.live(n.eval(e.Args[0]), n.eval(e.Args[1]))
	case *ast.BinaryExpr:
		x, y := n.eval(e.X), n.eval(e.Y)
		return truth(map[token.Token]bool{
			token.LAND: x != 0 && y != 0, token.LOR: x != 0 || y != 0, token.GEQ: x >= y, token.LEQ: x <= y,
			token.GTR: x > y, token.LSS: x < y, token.EQL: x == y, token.NEQ: x != y,
		}[e.Op])
	}
	panic(fmt.Sprintf("a rule has no %T", e))
}

func (n names) live(from, to int) int {
	for i := 0; ; i++ {
		end, ok := n[fmt.Sprint("to", i)]
		if !ok {
			return 0
		}
		if n[fmt.Sprint("from", i)] <= from && to <= end {
			return 1
		}
	}
}
