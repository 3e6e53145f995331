package reports

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"io/fs"
	"strings"
)

//go:embed page
var pageFiles embed.FS

// HTML writes one page that needs nothing else: it opens from disk, loads nothing, and its content
// security policy lets run only the script that this program was built with. Everything from elsewhere
// comes into it as text: through html/template, or as JSON that the script sets as text.
func HTML(w io.Writer, s Summary) error {
	p, err := pageOf(s)
	if err != nil {
		return err
	}
	return pageTemplate.ExecuteTemplate(w, "page.html", p)
}

// The style and the script of the page, put together from their files in the order of their names.
var (
	pageStyle  = assets("css")
	pageScript = "\"use strict\";\n" + assets("js")
)

// pagePolicy allows the one style and the one script, by their hashes, and nothing else.
var pagePolicy = "default-src 'none'; style-src '" + sourceHash(pageStyle) + "'; script-src '" + sourceHash(pageScript) + "'; base-uri 'none'; form-action 'none'"

var pageTemplate = template.Must(template.New("").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(pageStyle) },
	"script": func() template.JS { return template.JS(pageScript) },
	"policy": func() string { return pagePolicy },
}).ParseFS(pageFiles, "page/*.html"))

func assets(extension string) string {
	names, err := fs.Glob(pageFiles, "page/*."+extension)
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var b strings.Builder
	for _, name := range names {
		text, err := pageFiles.ReadFile(name)
		if err != nil {
			panic(err) // it is part of the program
		}
		b.Write(text)
	}
	return b.String()
}

// sourceHash is how a content security policy names an inline text (CSP Level 3, 2.3.1).
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// embedded is a value as JSON that can stand in a script element: the encoder writes < > and & as escapes,
// so nothing in it can end the element.
func embedded(value any) (template.JS, error) {
	text, err := json.Marshal(value)
	return template.JS(text), err
}
