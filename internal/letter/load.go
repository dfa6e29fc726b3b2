package letter

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
	"github.com/nostos-avrr/nostos/internal/platform/i18n"
)

var (
	codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	keyForm  = regexp.MustCompile(`^(print|consent)(\.[a-z0-9_]+)+$`) // only what is complete in every language
	kinds    = []string{"title", "heading", "para", "item", "field", "choice", "decided", "contest", "signature", "thumbprint"}
)

// reserved cannot be the code of a letter: the address means something else.
const reserved = "pack"

// Library holds the letters of every programme.
type Library struct {
	letters map[string][]*Letter
	texts   []ref
}

// ref is a text a letter uses, with the values that stand ready for it.
type ref struct {
	key    string
	values []string
	at     strict.Mark
}

// common is the folder of what programmes have in common.
const common = "common"

// Load reads letters/*.yaml in every programme of a folder of programmes, and for each of them the common letters it has none
// of its own for, with what its letters.yaml sets in them. Nothing is loaded if anything is wrong: the error is a
// *programme.Refused that names each mistake with its file, line and column.
func Load(fsys fs.FS) (*Library, error) {
	lib, out := &Library{letters: map[string][]*Letter{}}, strict.List{}
	files, err := fs.Glob(fsys, "*/letters/*.yaml")
	if err != nil {
		return nil, err
	}
	shared, err := fs.Glob(fsys, common+"/letters/*.yaml")
	if err != nil {
		return nil, err
	}
	programmes, err := fs.Glob(fsys, "*/programme.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		home, _, _ := strings.Cut(name, "/")
		if home == common {
			continue
		}
		if err := lib.add(fsys, home, name, nil, &out); err != nil {
			return nil, err
		}
	}
	for _, p := range programmes {
		home, _, _ := strings.Cut(p, "/")
		set, err := settings(fsys, home+"/letters.yaml", &out)
		if err != nil {
			return nil, err
		}
		for _, name := range shared {
			if lib.Letter(home, codeOf(name)) == nil {
				if err := lib.add(fsys, home, name, set, &out); err != nil {
					return nil, err
				}
			}
		}
		slices.SortFunc(lib.letters[home], func(a, b *Letter) int { return strings.Compare(a.Code, b.Code) })
	}
	if len(out) > 0 {
		return nil, &programme.Refused{Mistakes: out.Sorted()}
	}
	return lib, nil
}

func codeOf(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }

// settings reads what a programme says in the common letters.
func settings(fsys fs.FS, name string, out *strict.List) (map[string]string, error) {
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	set := map[string]string{}
	if root, ok := strict.Parse(name, data, out); ok {
		root.Fields(strict.Fields{"set": readSet(set)}, "set")
	}
	return set, nil
}

// readSet reads names with their texts; none may hide a value that a letter has anyway.
func readSet(into map[string]string) strict.Read {
	return func(n strict.Node) {
		n.Entries(func(key string, at, value strict.Node) {
			if !codeForm.MatchString(key) || slices.Contains(valuesOf(PerPayment), key) {
				at.Refuse("a name of small letters, digits and _ that is not taken")
			}
			var s string
			strict.Text(&s)(value)
			into[key] = s
		})
	}
}

func (lib *Library) add(fsys fs.FS, home, name string, set map[string]string, out *strict.List) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	root, ok := strict.Parse(name, data, out)
	if !ok {
		return nil
	}
	l := lib.read(root, set)
	l.source = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	for _, k := range slices.Sorted(maps.Keys(set)) {
		l.source = append(l.source, k+"="+set[k]+"\n"...)
	}
	if want := codeOf(name); l.Code != "" && l.Code != want {
		out.Add(strict.Mark{File: name}, "the code "+l.Code, "the code "+want+", as the file is called")
	}
	lib.letters[home] = append(lib.letters[home], l)
	return nil
}

func (lib *Library) read(root strict.Node, set map[string]string) *Letter {
	l := &Letter{Permission: casefile.PermView, Set: map[string]string{}}
	maps.Copy(l.Set, set)
	var blocks []strict.Node
	root.Fields(strict.Fields{
		"code": func(n strict.Node) {
			strict.Shaped(&l.Code, codeForm, "a name of small letters, digits and _")(n)
			if l.Code == reserved {
				n.Refuse("another name: this one is taken")
			}
		},
		"per":        strict.OneOf(&l.Per, PerPerson, PerPayment),
		"permission": strict.OneOf(&l.Permission, casefile.PermView, PermMoney),
		"set":        readSet(l.Set),
		"blocks":     strict.Each(func(n strict.Node) { blocks = append(blocks, n) }),
	}, "code", "per", "blocks")
	if l.Per == PerPayment && l.Permission != PermMoney {
		root.RefuseAs("a letter about money that needs no permission for it", "permission: "+PermMoney)
	}
	if len(blocks) == 0 || !blocks[0].Has("kind") {
		root.RefuseAs("no title", "a first block of kind title")
	}
	for i, n := range blocks {
		if n.Has("needs") { // a text about something that not every programme has, such as an address
			var name string
			n.Field("needs", strict.Shaped(&name, codeForm, "a name that a programme may set"))
			if _, set := l.Set[name]; !set {
				continue
			}
		}
		b := lib.readBlock(l, n)
		if (b.Kind == "title") != (i == 0) && b.Kind != "" {
			n.RefuseAs("a block of kind "+b.Kind+" here", "one title, as the first block")
		}
		l.Blocks = append(l.Blocks, b)
	}
	return l
}

func (lib *Library) readBlock(l *Letter, n strict.Node) (b Block) {
	values := valuesOf(l.Per)
	for k := range l.Set {
		values = append(values, k)
	}
	slices.Sort(values)
	key := func(dst *string) strict.Read {
		return strict.Shaped(dst, keyForm, "a message key such as print.declaration.free")
	}
	var textAt, emptyAt strict.Node
	n.Fields(strict.Fields{
		"kind":  strict.OneOf(&b.Kind, kinds...),
		"text":  func(v strict.Node) { textAt = v; key(&b.Text)(v) },
		"empty": func(v strict.Node) { emptyAt = v; key(&b.Empty)(v) },
		"value": strict.OneOf(&b.Value, values...),
		"each":  strict.OneOf(&b.Each, listsOf(l.Per)...),
		"when":  strict.OneOf(&b.When, "adult", "child"),
		"needs": func(strict.Node) {}, // read before
	}, "kind")
	own := b.Kind == "choice" || b.Kind == "decided" || b.Kind == "contest" // these bring their own words
	switch {
	case b.Kind == "":
		return b
	case b.Kind == "choice" && b.Each != listQuestions:
		n.RefuseAs("a choice of something else", "each: "+listQuestions+", which has its own words")
	case own && b.Text != "":
		n.RefuseAs("a text at a block of kind "+b.Kind, "none: it has its own words")
	case own && l.Per != PerPerson:
		n.RefuseAs("a block of kind "+b.Kind+" in a letter about a payment", "it in a letter about a person only")
	case !own && b.Text == "":
		n.RefuseAs(`no field "text"`, "it: it is required here")
	case b.Kind == "field" && b.Value == "":
		n.RefuseAs(`no field "value"`, "it; blank leaves a line to write on")
	case b.Value != "" && b.Kind != "field" && b.Kind != "signature":
		n.RefuseAs("a value at a block of kind "+b.Kind, "it at a field or a signature only")
	case b.Each != "" && b.Kind != "item" && b.Kind != "choice":
		n.RefuseAs("a list at a block of kind "+b.Kind, "it at an item or a choice only")
	case (b.Each == "" || b.Kind == "choice") && b.Empty != "":
		n.RefuseAs(`a field "empty" without a list`, "it beside each")
	}
	if b.Text != "" {
		lib.texts = append(lib.texts, ref{b.Text, append(values, itemValues[b.Each]...), textAt.Mark()})
	}
	if b.Empty != "" {
		lib.texts = append(lib.texts, ref{b.Empty, values, emptyAt.Mark()})
	}
	return b
}

// Check holds the letters against the catalogue: each text must exist in every language offered to people, and may use only
// values that stand ready where it is used.
func (lib *Library) Check(cat *i18n.Catalogue) error {
	var out strict.List
	for _, t := range lib.texts {
		for _, lang := range cat.Languages() {
			shape, ok := cat.Shape(lang.Tag, t.key)
			switch {
			case !lang.Public:
				continue
			case !ok:
				out.Add(t.at, "the message key "+strconv.Quote(t.key)+" without a text in "+lang.Tag, "a text in locales/"+lang.Tag)
			case shape.Forms != nil:
				out.Add(t.at, "the message key "+strconv.Quote(t.key)+" with plural forms", "a plain text")
			}
			for _, name := range shape.Placeholders {
				if !slices.Contains(t.values, name) {
					out.Add(t.at, "the message key "+strconv.Quote(t.key)+" with {"+name+"} in "+lang.Tag, "one of "+strings.Join(t.values, ", "))
				}
			}
		}
	}
	if len(out) > 0 {
		return &programme.Refused{Mistakes: out.Sorted()}
	}
	return nil
}

// Of lists the letters of a programme in the order in which they are offered.
func (lib *Library) Of(programme string) []*Letter {
	if lib == nil {
		return nil
	}
	return lib.letters[programme]
}

// Letter finds a letter of a programme, nil if it has none of that name.
func (lib *Library) Letter(programme, code string) *Letter {
	for _, l := range lib.Of(programme) {
		if l.Code == code {
			return l
		}
	}
	return nil
}

// titleKey is the message key of a letter's name.
func (l *Letter) titleKey() string { return l.Blocks[0].Text }
