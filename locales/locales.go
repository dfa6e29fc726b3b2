// Package locales holds every text the program shows, one folder per language
// and one file per area of work. It holds no code beyond handing the files out.
package locales

import "embed"

// Files are languages.json and the folders of all languages.
//
//go:embed languages.json en el fr ar fa
var Files embed.FS
