// Package reports turns the record of a run into one [Summary] and writes that summary in several
// formats. It is a value and a writer: it starts nothing, reads no clock and no file, and knows
// nothing of the host that it runs on. What a report says is in the record.
//
//  1. [Summarize] is the one place where totals are computed. It is pure: the same record gives the
//     same summary, in whatever order the attempts come.
//  2. [Text], [Markdown], [Origin], [GitHub] and [HTML] write a summary for people, [JSON], [JSONL], [CSV], [SQL]
//     and [JUnit] for programs; [Write] picks one of them by name. None of them counts anything, so no
//     two can disagree.
//     [Redactor] takes out of a summary what tells where and by whom it was made, before any of them;
//     [Leaks] looks for that in what came out.
//  3. [Bugs] and [Bug] write bugs of many runs, [Classified] what one log says.
//  4. [Plan] writes what a run would do, before there is a record.
//  5. [Progress] tells people at a terminal, or a log, what is going on. [Forecast] says how long
//     the rest will take, from what was measured.
//
// Text that came from a server, a log or a file name is data: control characters never reach a
// terminal, and Markdown and HTML in it stay visible as they are.
package reports
