package strict_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
)

// TestLargeFilesAreReadInTime keeps a hostile or broken file from holding up the start of the program.
func TestLargeFilesAreReadInTime(t *testing.T) {
	fill := func(line string, n int) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			b.WriteString(strings.ReplaceAll(line, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	const size = 60 << 10
	for name, text := range map[string]string{
		"many keys":     fill("k#: v\n", size),
		"many items":    "a:\n" + fill("- x\n", size),
		"flow items":    "a: [" + fill("x, ", size) + "x]\n",
		"one long text": "a: \"" + fill("word ", size) + "\"\n",
		"comments":      fill("# nothing\n", size) + "a: b\n",
		"brackets":      strings.Repeat("[", size),
		"dashes":        strings.Repeat("- ", size/2),
		"braces":        strings.Repeat("{a: ", size/4),
		"stairs":        stairs(size),
		"colons":        strings.Repeat("a:", size/2),
		"question":      strings.Repeat("? ", size/2),
		"nul":           strings.Repeat("\x00", size),
		"quotes":        strings.Repeat("'", size),
		"too large":     fill("k#: v\n", 300<<10),
		"ampersands":    strings.Repeat("&a ", size/3),
		"tags":          strings.Repeat("!a ", size/3),
		"pipes":         fill("k#: |\n  text\n", size),
	} {
		start := time.Now()
		var out strict.List
		strict.Parse("x.yaml", []byte(text), &out)
		took := time.Since(start)
		t.Logf("%-14s %v", name, took)
		if took > 30*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// stairs nests one level deeper on every line.
func stairs(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
