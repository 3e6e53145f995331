package gguf

import "math"

// half is v as an IEEE 754 half-precision number, rounded to the nearest, ties to even. What is too
// large becomes infinite; a NaN stays one.
func half(v float32) uint16 {
	b := math.Float32bits(v)
	sign := uint16(b>>16) & 0x8000
	exponent, mantissa := int(b>>23&0xff)-127, b&0x7fffff
	switch {
	case exponent == 128 && mantissa != 0:
		return sign | 0x7e00
	case exponent > 15:
		return sign | 0x7c00
	case exponent < -25:
		return sign
	case exponent < -14: // subnormal: the leading one becomes part of the mantissa
		return sign | round(mantissa|0x800000, uint(-exponent-1))
	}
	return sign | round(uint32(exponent+15)<<23|mantissa, 13) // a carry moves into the exponent, as it should
}

// round drops the low bits of b, to the nearest, ties to even.
func round(b uint32, drop uint) uint16 {
	kept, rest, middle := b>>drop, b&(1<<drop-1), uint32(1)<<(drop-1)
	if rest > middle || rest == middle && kept&1 == 1 {
		kept++
	}
	return uint16(kept)
}
