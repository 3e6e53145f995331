package reports

import "strings"

// endings are how the files of the formats end. Of those that are Markdown, the one in the home lab's style
// has its plain name.
var endings = map[string]string{
	"text": ".txt", "md": ".full.md", "origin": ".md", "json": ".json", "jsonl": ".jsonl", "csv": ".csv", "sql": ".sql",
	"junit": ".xml", "github": ".github.md", "html": ".html",
}

// FileName is the name that a report has among others: that of [OriginName], which begins with the date,
// with the ending of the format.
func FileName(s Summary, format string) string {
	return strings.TrimSuffix(OriginName(s), ".md") + endings[format]
}
