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
	children map[uint8]int
	fail     int
	ends     []int
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
	nodes := []node{{children: map[uint8]int{}}}
	for id, l := range literals {
		at := 0
		for i := 0; i < len(l); i++ {
			kind := a.kinds[l[i]]
			if _, known := nodes[at].children[kind]; !known {
				nodes[at].children[kind] = len(nodes)
				nodes = append(nodes, node{children: map[uint8]int{}})
			}
			at = nodes[at].children[kind]
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
		for kind := range 256 {
			child, known := nodes[at].children[uint8(kind)]
			if !known {
				continue
			}
			order = append(order, child)
			if at == 0 {
				continue
			}
			back := nodes[at].fail
			for {
				if to, fits := nodes[back].children[uint8(kind)]; fits {
					nodes[child].fail = to
					break
				}
				if back == 0 {
					break
				}
				back = nodes[back].fail
			}
			nodes[child].ends = append(nodes[child].ends, nodes[nodes[child].fail].ends...)
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
		for kind, child := range nodes[at].children {
			row[kind] = uint32(state[child] * a.width)
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
