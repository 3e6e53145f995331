package shapes

import "strings"

// nearest is the name that the word most likely was meant to be, or "" if none is near: at most
// half of its letters differ.
func nearest(word string, names []string) string {
	best, distance := "", 0
	for _, name := range names {
		d := editDistance(strings.ToLower(word), name)
		if 2*d <= len(name) && (best == "" || d < distance) {
			best, distance = name, d
		}
	}
	return best
}

// editDistance counts the bytes to insert, delete or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
