package search

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// matrix draws 6 shapes x np 1, 2, 4 of one backend: 18 cells in three configurations, whose
// slots share the context.
func matrix(seed uint64, ceiling int) ([]Cell, map[string]*world) {
	r := rand.New(rand.NewPCG(seed, 3))
	var cells []Cell
	worlds := map[string]*world{}
	for _, np := range []int{1, 2, 4} {
		for shape := range 6 {
			key := fmt.Sprintf("np%d_shape%d", np, shape)
			w := drawWorld(r, "", ceiling/np)
			w.slow = float64(np)
			worlds[key] = w
			cells = append(cells, Cell{
				Key: key, Config: fmt.Sprintf("np%d", np), Shape: fmt.Sprint("shape", shape), NP: np, Ctx: ceiling,
				Ceiling: ceiling / np, Accepts: ceiling / np,
			})
		}
	}
	return cells, worlds
}

// runMatrices adds up whole matrices: starts and crashes of a matrix, over-claims of its cells.
func runMatrices(n, ceiling int, set Settings) (hours, starts, crashes, over float64) {
	for i := range n {
		cells, worlds := matrix(uint64(i), ceiling)
		g := newRig(uint64(i), worlds)
		c, err := New(set, cells)
		if err != nil {
			panic(err)
		}
		g.drive(c)
		for _, e := range c.Edges() {
			if e.Safe > 0 && worlds[e.Cell].worst(float64(e.Safe)) > 0.05 {
				over++
			}
		}
		hours, starts, crashes = hours+g.clock/3600, starts+float64(g.starts), crashes+float64(g.crashes)
	}
	m := float64(n)
	return hours / m, starts / m, crashes / m, 100 * over / m / 18
}

func TestAMatrixOfEighteenCellsTakesAtMostAStartPerCell(t *testing.T) {
	n := many(60)
	for _, k := range []int{2, 3, 5} {
		hours, starts, crashes, over := runMatrices(n, fieldCeiling, Settings{Exposures: k})
		t.Logf("K=%d: %.1f h, %.1f starts, %.1f crashes, %.1f %% of cells over-claimed", k, hours, starts, crashes, over)
		if k <= 3 && starts > 18 {
			t.Errorf("K=%d: %.1f starts for 18 cells, want at most 18", k, starts)
		}
	}
	hours, starts, crashes, over := runMatrices(n, fieldCeiling/2, Settings{})
	t.Logf("128k ceiling, K=3: %.1f h, %.1f starts, %.1f crashes, %.1f %% of cells over-claimed", hours, starts, crashes, over)
}
