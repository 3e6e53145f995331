// Package faults turns evidence into a fault: what died, who died first, under a signature that is
// equal for equal bugs. It is pure: text in, value out; no clock, file, process or network.
//
// # The walk
//
//  1. A [Scanner] reads each log once, whatever its length. One automaton looks for the literals of
//     all patterns; a line without any is remembered as a possible last line and nothing else.
//  2. A line with a literal loses its prefixes (router, container, journal, logger) and the text that
//     a model or a client wrote: what() bodies, grammars, templates, tokens, JSON (the echoes).
//     Where such text goes on over lines, last words inside it are doubted: they count only if
//     nothing but backtraces follows.
//  3. The rules whose literals were seen run over what is left. Rules that drop a line (known noise,
//     consequences) come first; rules for the rest, which say no more than what kind of complaint a
//     line is, see only lines that no other rule finds anything in. Details of the same and of later
//     lines (a page fault's client, a reset's end) are added to what was found.
//  4. [Classify] puts logs, kernel lines, HTTP errors, exit statuses and hangs together: whose line
//     is it, was the server ready, was a stop requested, was it survived. What the kernel says of a
//     death is of ours only if one of ours may have died so, there. The strongest [Level] wins,
//     within a level the process that died first, then the earliest line.
//  5. The winner's template makes the title; the same without addresses, numbers and paths is the
//     signature. Everything else that was found is listed as a consequence.
//
// A text that somebody pasted is first made the log it cites: the fenced part of an issue, without
// what it is indented by. Classify then reads it as every other log.
//
// Nothing found is "none"; only harmless lines found is their benign.* label. A death that nothing
// explains keeps its signal's class (crash.segv, crash.abort…) or is "unknown", with the last lines as
// excerpt. The labels are those of the taxonomy that the corpus in testdata is labelled with.
//
// # To add a rule
//
//  1. Find the line in the source of the program that prints it, and write it into the table of the
//     rules_*.go file that fits, as the Example of a new [Rule], with that file as Source.
//  2. Choose the class (the labels are in rules_test.go), the streams and the [Level]: what kind of
//     word is it, the driver's, the runtime's, the program's last?
//  3. Write the Pattern for what the format string fixes, with groups for what belongs into the
//     title (a reason, an expression, a file) and nothing for addresses, numbers and names. Write the
//     part that is rare in a clean log as one piece: it becomes the literal. If the line sounds bad and
//     is not, set Drop.
//  4. Run go test. It checks the rule's form, runs its example through Classify, and tells if a log of
//     the corpus has changed its label. Put other spellings of the line into families_test.go, and a
//     whole log into variants_test.go if there is one.
package faults
