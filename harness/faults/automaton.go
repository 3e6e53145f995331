package faults

// automaton finds which of many literals stand in a text, in one pass over its bytes (Aho and
// Corasick's construction, made deterministic). It is read-only once built.
type automaton struct {
	kinds  [256]uint8 // bytes that no literal tells apart share a kind
	width  int        // number of kinds
	next   []uint32   // row of a state + kind -> row of the next state
	plain  uint32     // rows below this one end no literal
	ending [][]int    // literals that end in the state of row plain+i*width
}

// node is a state while the trie is built.
type node struct {
	children []edge // nearly always one
	fail     int
	ends     []int
}

type edge struct {
	kind uint8
	to   int
}

// child is where a byte of that kind leads; 0 nowhere.
func (n *node) child(kind uint8) int {
	for _, e := range n.children {
		if e.kind == kind {
			return e.to
		}
	}
	return 0
}

// newAutomaton builds one for the literals; a literal is known by its index.
func newAutomaton(literals []string) *automaton {
	a := &automaton{width: 1}
	for _, l := range literals {
		for i := 0; i < len(l); i++ {
			if a.kinds[l[i]] == 0 {
				a.kinds[l[i]] = uint8(a.width)
				a.width++
			}
		}
	}
	nodes, order := linked(a.trie(literals))
	a.number(nodes, order)
	return a
}

func (a *automaton) trie(literals []string) []node {
	most := 1
	for _, l := range literals {
		most += len(l)
	}
	nodes := make([]node, 1, most)
	for id, l := range literals {
		at := 0
		for i := 0; i < len(l); i++ {
			kind := a.kinds[l[i]]
			child := nodes[at].child(kind)
			if child == 0 {
				child = len(nodes)
				nodes[at].children = append(nodes[at].children, edge{kind, child})
				nodes = append(nodes, node{})
			}
			at = child
		}
		nodes[at].ends = append(nodes[at].ends, id)
	}
	return nodes
}

// linked adds to each node where to go on when a byte does not fit, and returns the nodes' order by
// depth.
func linked(nodes []node) ([]node, []int) {
	order := []int{0}
	for i := 0; i < len(order); i++ {
		at := order[i]
		for _, e := range nodes[at].children {
			order = append(order, e.to)
			if at == 0 {
				continue
			}
			back := nodes[at].fail
			for back != 0 && nodes[back].child(e.kind) == 0 {
				back = nodes[back].fail
			}
			nodes[e.to].fail = nodes[back].child(e.kind)
			nodes[e.to].ends = append(nodes[e.to].ends, nodes[nodes[e.to].fail].ends...)
		}
	}
	return nodes, order
}

// number gives states that end a literal the highest numbers, so that one comparison tells them.
func (a *automaton) number(nodes []node, order []int) {
	state := make([]int, len(nodes))
	n := 0
	for _, ends := range []bool{false, true} {
		for _, at := range order {
			if (len(nodes[at].ends) > 0) == ends {
				state[at] = n
				n++
				if ends {
					a.ending = append(a.ending, nodes[at].ends)
				}
			}
		}
		if !ends {
			a.plain = uint32(n * a.width)
		}
	}
	a.next = make([]uint32, len(nodes)*a.width)
	for _, at := range order { // a node's fail is shallower: it is complete already
		row := a.next[state[at]*a.width:][:a.width]
		if at != 0 {
			copy(row, a.next[state[nodes[at].fail]*a.width:][:a.width])
		}
		for _, e := range nodes[at].children {
			row[e.kind] = uint32(state[e.to] * a.width)
		}
	}
}

// scan calls found for each place where literals end.
func (a *automaton) scan(text []byte, found func(literals []int)) {
	row := uint32(0)
	next, kinds, plain := a.next, &a.kinds, a.plain
	for _, b := range text {
		row = next[row+uint32(kinds[b])]
		if row >= plain {
			found(a.ending[(row-plain)/uint32(a.width)])
		}
	}
}
