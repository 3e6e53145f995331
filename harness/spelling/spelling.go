// Package spelling finds the word that somebody meant. It is pure.
package spelling

// Near is the word that text is most likely to be a slip of; "" none comes close.
func Near(text string, words []string) string {
	best, least := "", 1+len(text)/3
	for _, w := range words {
		if len(text) > 2*len(w)+2 {
			continue // more than that is no slip
		}
		if d := distance(text, w); d <= least {
			best, least = w, d-1
		}
	}
	return best
}

// distance counts the letters to add, drop, change or swap with their neighbour.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			rows[i][j] = min(change, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
