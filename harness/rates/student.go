package rates

import "math"

// Differ is the chance that two samples would lie at least as far apart if their means were the same, by
// Welch's unequal variances t-test, two-sided. Below two measurements on either side nothing is known of
// their noise: 1.
func Differ(a, b Sample) float64 {
	if a.N < 2 || b.N < 2 {
		return 1
	}
	va, vb := a.SD*a.SD/float64(a.N), b.SD*b.SD/float64(b.N)
	difference := math.Abs(a.Mean - b.Mean)
	switch {
	case difference == 0:
		return 1
	case va+vb == 0:
		return 0
	}
	share := va / (va + vb)
	freedom := 1 / (share*share/float64(a.N-1) + (1-share)*(1-share)/float64(b.N-1))
	t := difference / math.Sqrt(va+vb)
	return incompleteBeta(freedom/2, 0.5, freedom/(freedom+t*t))
}

// incompleteBeta is the regularised incomplete beta function, by its continued fraction (Abramowitz and
// Stegun 26.5.8), evaluated as Lentz does it.
func incompleteBeta(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2): // where the other one converges faster
		return 1 - incompleteBeta(b, a, 1-x)
	}
	lg := func(v float64) float64 { l, _ := math.Lgamma(v); return l }
	front := math.Exp(lg(a+b)-lg(a)-lg(b)+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	c, d, fraction := 1.0, 0.0, 1.0
	for i := range 500 {
		m := float64(i / 2)
		step := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			step = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			step = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		if d = 1 + step*d; math.Abs(d) < tiny {
			d = tiny
		}
		d = 1 / d
		if c = 1 + step/c; math.Abs(c) < tiny {
			c = tiny
		}
		fraction *= c * d
		if math.Abs(1-c*d) < 1e-12 {
			break
		}
	}
	return front * (fraction - 1)
}
