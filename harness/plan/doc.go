// Package plan says what is to be tested: targets, configurations, cells, and the matrix that
// enumerates them. A plan is a value: it is made from flags, printed by --dry-run, and only then
// run. The package is pure; it knows no clock, file, process or network.
//
// The way from flags to work:
//
//  1. A [Matrix] holds the axes: targets, -np, total or per-slot context, shapes, prompt sizes.
//  2. [Matrix.Plan] multiplies them into [Configuration] values (what needs a server start to
//     change), each with its [Cell] values (one square of the matrix), gentle ones first, and
//     with [Skip] values for what cannot be run, with the reason.
//  3. [Cell.ID] names a cell in the field's dialect, stable across runs and machines:
//     qwen397b-ud-q4kxl__rocm-7.2.4__rpc2__np2_ps100k__mixed__70k.
//
// Sizes are token counts. They are parsed by [ParseSize] (32k = 32000, 32Ki = 32768) and printed
// by [Label] so that the label parses back to the same integer.
package plan
