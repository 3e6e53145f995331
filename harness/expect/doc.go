// Package expect knows what is expected to fail: lists of cells in the manner of Mesa and of the kernel's
// DRM CI. Of each target there are up to three files, <backend>-<gpu>-<topology>-fails.txt, -flakes.txt and
// -skips.txt. The package reads them, judges what was seen by them, and writes the next ones. It is pure:
// bytes in, bytes out.
//
// A line is a pattern over cell ids, in which * stands for anything and ? for one letter. Behind it may stand
// the one outcome that is meant (crash, hang…) and the id of the one fault (F-…). Lines that begin with # are
// comments; those right above an entry, and above the entries that follow it without a gap, are about it:
//
//	# Bug Report: https://github.com/ggml-org/llama.cpp/issues/NNNNN
//	# Failure Rate: 3/20 starts
//	# Build: b10631 (5d5cb4c)
//	qwen397b__rocm-7.2.4__single__np4_ps32k__repeat:contexttoken__5k  gpufault
//
// An entry of flakes must have these three: a flake without a link, a rate and a build is not known, it is
// only ignored.
package expect
