package reports

import (
	"fmt"
	"math"
)

// Stat is the mean of some measurements and their standard deviation.
type Stat struct {
	N        int // measurements; 0: Mean and SD mean nothing
	Mean, SD float64
}

// statOf leaves out values that are not above zero: the server gave no timing for them.
func statOf(values []float64) Stat {
	var s Stat
	sum := 0.0
	for _, v := range values {
		if v > 0 {
			s.N++
			sum += v
		}
	}
	if s.N == 0 {
		return s
	}
	s.Mean = sum / float64(s.N)
	if s.N > 1 {
		squares := 0.0
		for _, v := range values {
			if v > 0 {
				squares += (v - s.Mean) * (v - s.Mean)
			}
		}
		s.SD = math.Sqrt(squares / float64(s.N-1))
	}
	return s
}

// short is the mean in at most six columns, "-" when nothing was measured.
func (s Stat) short() string {
	switch {
	case s.N == 0:
		return "-"
	case s.Mean < 10:
		return fmt.Sprintf("%.2f", s.Mean)
	case s.Mean < 1000:
		return fmt.Sprintf("%.1f", s.Mean)
	}
	return fmt.Sprintf("%.0f", s.Mean)
}

// full is the mean with its deviation as llama-bench writes it: 193.25 ± 0.14.
func (s Stat) full() string {
	switch s.N {
	case 0:
		return "–"
	case 1:
		return fmt.Sprintf("%.2f", s.Mean)
	}
	return fmt.Sprintf("%.2f ± %.2f", s.Mean, s.SD)
}

// count is for whole numbers that several attempts nearly agree on: their mean, without decimals.
func (s Stat) count() string {
	if s.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", s.Mean)
}
