package programme

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/domain/programme/strict"
	"github.com/nostos-avrr/nostos/packs"
)

// Mistake is one thing in a pack that cannot be used: where, what was found, what was expected.
type Mistake = strict.Mistake

// Refused is what Load answers when packs hold mistakes: every one of them.
type Refused struct{ Mistakes []Mistake }

func (r *Refused) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d mistakes in the programmes", len(r.Mistakes))
	for _, m := range r.Mistakes {
		b.WriteString("\n" + m.String())
	}
	return b.String()
}

// Load reads every programme in a folder of folders, with its older versions. Nothing is loaded if anything is wrong.
func Load(fsys fs.FS) (*Library, error) {
	lib, mistakes, err := load(fsys)
	if err != nil {
		return nil, err
	}
	if len(mistakes) > 0 {
		return nil, &Refused{mistakes}
	}
	return lib, nil
}

// CheckDir lists what is wrong with the programmes in a folder. The folder may also be one programme.
func CheckDir(fsys fs.FS) []Mistake {
	_, mistakes, err := load(fsys)
	if err != nil {
		return []Mistake{{Mark: strict.Mark{File: "."}, Found: err.Error(), Expected: "a folder that can be read"}}
	}
	return mistakes
}

// Known are the names that packs use and the floors above answer for. A nil list is not checked.
type Known struct {
	Conditions  []string              // names in Stage.Requires
	Permissions []string              // names in Stage.Perm
	Text        func(key string) bool // whether a message key exists
}

// Check holds a library against what the program knows.
func Check(lib *Library, k Known) []Mistake {
	var out strict.List
	for _, p := range lib.packs {
		for _, r := range p.refs {
			switch {
			case r.kind == "condition" && k.Conditions != nil && !slices.Contains(k.Conditions, r.name):
				out.Add(r.at, "the condition "+strconv.Quote(r.name), "one of "+strings.Join(k.Conditions, ", "))
			case r.kind == "permission" && k.Permissions != nil && !slices.Contains(k.Permissions, r.name):
				out.Add(r.at, "the permission "+strconv.Quote(r.name), "one that the program knows")
			case r.kind == "text" && k.Text != nil && !k.Text(r.name):
				out.Add(r.at, "the message key "+strconv.Quote(r.name)+" without a text", "a text in locales/en")
			}
		}
	}
	return out.Sorted()
}

// Check refuses a library that asks for a condition nobody answers.
func (l *Library) Check(conditions []string) error {
	if m := Check(l, Known{Conditions: append([]string{}, conditions...)}); len(m) > 0 {
		return &Refused{m}
	}
	return nil
}

// ref is a name in a pack that only the floors above can resolve.
type ref struct {
	kind, name string
	at         strict.Mark
}

func load(fsys fs.FS) (*Library, []Mistake, error) {
	var out strict.List
	var packs []*Pack
	var dirs []string
	if _, err := fs.Stat(fsys, "programme.yaml"); err == nil {
		dirs = append(dirs, ".")
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if e.IsDir() {
			if _, err := fs.Stat(fsys, e.Name()+"/programme.yaml"); err == nil {
				dirs = append(dirs, e.Name())
			}
		}
	}
	if len(dirs) == 0 {
		out.Add(strict.Mark{File: "."}, "no programme.yaml", "a folder with a programme, or of such folders")
	}
	for _, dir := range dirs {
		current, err := loadPack(fsys, dir, dir, &out)
		if err != nil {
			return nil, nil, err
		}
		packs = append(packs, current)
		older, err := fs.ReadDir(fsys, path.Join(dir, "versions"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		for _, e := range older {
			if !e.IsDir() {
				continue
			}
			sub := path.Join(dir, "versions", e.Name())
			p, err := loadPack(fsys, sub, dir, &out)
			if err != nil {
				return nil, nil, err
			}
			at := strict.Mark{File: path.Join(sub, "programme.yaml")}
			if p.Version != "" && p.Version != e.Name() {
				out.Add(at, "version "+p.Version, "version "+e.Name()+", the name of its folder")
			}
			if p.Code != "" && p.Code != current.Code {
				out.Add(at, "code "+p.Code, "code "+current.Code+", as the current version has")
			}
			packs = append(packs, p)
		}
	}
	rivals(packs, &out)
	slices.SortFunc(packs, func(a, b *Pack) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), b.From.Compare(a.From))
	})
	return NewLibrary(packs...), out.Sorted(), nil
}

// grant gives a version the retroactive amounts of those newer ones that count.
func (l *Library) grant(p *Pack, counts func(newer *Pack) bool) {
	p.later, p.laterQuotas = nil, nil
	for _, newer := range l.packs {
		if newer.Code != p.Code || !newer.From.After(p.From) || !counts(newer) {
			continue
		}
		for _, a := range newer.Amounts {
			known := slices.ContainsFunc(p.amounts(), func(o Amount) bool { return o.Code == a.Code })
			component := slices.ContainsFunc(p.Components, func(c Component) bool { return c.Code == a.Component })
			if a.Retroactive && !known && component {
				p.later = append(p.later, a)
				if q, ok := newer.quotaNamed(a.Quota); ok {
					p.laterQuotas = append(p.laterQuotas, q)
				}
			}
		}
	}
}

// rivals refuses two versions of one programme that begin on one day: which of them holds would be chance. Otherwise the one
// that began last holds, so that a version in use need not be touched to bring the next one.
func rivals(packs []*Pack, out *strict.List) {
	for i, a := range packs {
		for _, b := range packs[:i] {
			switch {
			case a.Code == "" || a.Code != b.Code:
			case a.Version == b.Version:
				out.Add(a.mark, "version "+a.Version+" a second time", "each version once")
			case a.From == b.From && !a.From.IsZero():
				out.Add(a.mark, "a version that begins on "+a.From.String()+" as version "+b.Version+" does", "each version on a day of its own")
			}
		}
	}
}

// loadPack reads one version. home is the programme's folder: a version without forms of its own asks with the forms there,
// for a form decides nothing, and each record keeps the questions it answered.
func loadPack(fsys fs.FS, dir, home string, out *strict.List) (*Pack, error) {
	l := &loader{pack: &Pack{mark: strict.Mark{File: path.Join(dir, "programme.yaml")}}, out: out, common: commonOf(fsys)}
	read := func(name string, take func(strict.Node)) (bool, error) {
		data, err := fs.ReadFile(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if root, ok := strict.Parse(name, data, out); ok {
			take(root)
		}
		return true, nil
	}
	each := func(folder string, take func(name string, n strict.Node)) (int, error) {
		files, err := fs.Glob(fsys, path.Join(quoteGlob(folder), "*.yaml"))
		if err != nil {
			return 0, err
		}
		for _, f := range files {
			if _, err := read(f, func(n strict.Node) { take(f, n) }); err != nil {
				return 0, err
			}
		}
		return len(files), nil
	}
	if _, err := read(path.Join(dir, "programme.yaml"), l.readProgramme); err != nil {
		return nil, err
	}
	form := func(name string, n strict.Node) {
		f := l.readForm(n)
		switch base := strings.TrimSuffix(path.Base(name), ".yaml"); {
		case f.Code == "":
		case f.Code != base:
			n.RefuseAs("code "+f.Code, "code "+base+", as the file is named")
		default:
			l.pack.Forms = append(l.pack.Forms, f)
		}
	}
	n, err := each(path.Join(dir, "forms"), form)
	if err == nil && n == 0 && home != dir {
		_, err = each(path.Join(home, "forms"), form)
	}
	if err == nil && l.way != "" {
		err = l.takeForms(form)
	}
	if err != nil {
		return nil, err
	}
	if _, err := read(path.Join(dir, "eligibility.yaml"), l.readEligibility); err != nil {
		return nil, err
	}
	// After eligibility: its lines name the components there.
	if _, err := read(path.Join(dir, "entitlements.yaml"), l.readEntitlements); err != nil {
		return nil, err
	}
	if _, err := read(path.Join(dir, "selection.yaml"), l.readSelection); err != nil {
		return nil, err
	}
	if _, err := each(path.Join(dir, "examples"), func(_ string, n strict.Node) { l.readExample(n) }); err != nil {
		return nil, err
	}
	l.crossCheck()
	if l.pack.Hash, err = contentHash(fsys, dir); err == nil && l.way != "" {
		l.pack.Hash, err = withCommon(l.pack.Hash, l.common, "common/stages/"+l.way+".yaml")
	}
	return l.pack, err
}

// commonOf is where what programmes have in common lies: beside them, or in what comes with Nostos.
func commonOf(fsys fs.FS) fs.FS {
	if _, err := fs.Stat(fsys, "common"); err == nil {
		return fsys
	}
	return packs.Files
}

// takeForms adds the common forms of which the programme has none of its own. They come with the common stages, which name them.
func (l *loader) takeForms(take func(name string, n strict.Node)) error {
	files, err := fs.Glob(l.common, "common/forms/*.yaml")
	if err != nil {
		return err
	}
	for _, name := range files {
		if l.pack.Form(strings.TrimSuffix(path.Base(name), ".yaml")) != nil {
			continue
		}
		data, err := fs.ReadFile(l.common, name)
		if err != nil {
			return err
		}
		if root, ok := strict.Parse(name, data, l.out); ok {
			take(name, root)
		}
	}
	slices.SortFunc(l.pack.Forms, func(a, b *Form) int { return strings.Compare(a.Code, b.Code) })
	return nil
}

// withCommon makes a version's hash stand for a common file too: what it says binds like the version's own.
func withCommon(hash string, fsys fs.FS, name string) (string, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte(hash+"\n"+name+"\n"), bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))...))
	return hex.EncodeToString(sum[:]), nil
}

// quoteGlob keeps a folder's name from being read as a pattern.
func quoteGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// contentHash is over the names and contents of all files of a version. Its examples and its words are left out: they decide
// nothing, and may be added to and put better. Line ends count as one, so that a checkout on another system is the same version.
func contentHash(fsys fs.FS, dir string) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(name, dir+"/")
		if dir == "." {
			rel = name
		}
		if d.IsDir() {
			if rel == "versions" || rel == "examples" || rel == "locales" {
				return fs.SkipDir
			}
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
		sum := sha256.Sum256(data)
		fmt.Fprintf(h, "%q %x\n", rel, sum)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
