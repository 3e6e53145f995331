package rates

import "math"

// Sample is what is known of some measurements.
type Sample struct {
	N        int
	Mean, SD float64 // standard deviation of the sample, with N-1
}

// Apart reports whether two samples come from different means, at 95 % confidence, by Welch's unequal
// variances t-test. A single measurement says nothing of its noise: below two on either side it is false.
func Apart(a, b Sample) bool {
	if a.N < 2 || b.N < 2 {
		return false
	}
	va, vb := a.SD*a.SD/float64(a.N), b.SD*b.SD/float64(b.N)
	difference := math.Abs(a.Mean - b.Mean)
	if va+vb == 0 {
		return difference > 0
	}
	freedom := (va + vb) * (va + vb) / (va*va/float64(a.N-1) + vb*vb/float64(b.N-1))
	return difference > student(freedom)*math.Sqrt(va+vb)
}

// student is the two-sided 95 % quantile of Student's t distribution, rounded up where the table has no
// entry for that many degrees of freedom.
func student(freedom float64) float64 {
	table := []struct{ freedom, t float64 }{
		{1, 12.706}, {2, 4.303}, {3, 3.182}, {4, 2.776}, {5, 2.571}, {6, 2.447}, {7, 2.365}, {8, 2.306}, {9, 2.262}, {10, 2.228},
		{12, 2.179}, {15, 2.131}, {20, 2.086}, {30, 2.042}, {60, 2.000}, {120, 1.980},
	}
	t := table[0].t
	for _, row := range table {
		if row.freedom <= freedom {
			t = row.t
		}
	}
	return t
}
