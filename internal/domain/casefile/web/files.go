package caseweb

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/pages"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/room"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/ui"
)

func (x *Web) files(w http.ResponseWriter, r *web.Request) error { return x.showFiles(w, r, nil, nil) }

func (x *Web) showFiles(w http.ResponseWriter, r *web.Request, typed map[string]string, ps []ui.Problem) error {
	var list []casefile.Attachment
	var ms []casefile.Member
	var names map[string]string
	var actor *org.Actor
	c, err := x.look(r, func(ctx context.Context, g *gate.R, c casefile.Case) (err error) {
		actor = g.Actor
		if list, err = casefile.Attachments(ctx, g, c.ID); err != nil {
			return err
		}
		if ms, err = casefile.Members(ctx, g, c.ID); err != nil {
			return err
		}
		names, _, err = staffNames(ctx, g)
		return err
	})
	if err != nil {
		return err
	}
	p := r.P
	may := actor.Can(casefile.PermAttach)
	who := map[string]string{"": p.T("case.whole")}
	for _, o := range memberOptions(p, ms, false) {
		who[o.Value] = o.Label
	}
	g := pages.Group{Title: p.T("case.files.title"), Empty: p.T("case.files.none")}
	for _, a := range list {
		base := room.Href(c.ID, "files", a.ID)
		e := pages.Entry{Title: a.Title, Tags: []pages.Tag{{Text: p.T("case.file_kind." + a.Kind)}},
			Lines: []string{p.T("case.files.about", "who", who[a.PersonID], "size", kilobytes(a.Size), "name", a.FileName), p.T("case.files.added", "name", names[a.By], "date", p.Time(a.At)), p.T("case.scan." + a.Scan)}}
		if a.Class != org.Normal {
			e.Tags = append(e.Tags, pages.Tag{Kind: "care", Text: p.T("case.class." + a.Class)})
		}
		if a.HasPreview && a.Class == org.Normal { // a protected picture is not shown to whoever looks over a shoulder
			e.Image, e.Alt = base+"/preview", p.T("case.files.preview", "title", a.Title)
		}
		if may {
			e.Links = []pages.Link{{Href: base, Label: p.T("common.download")}}
			e.Posts = []pages.Post{{Action: base + "/remove", Label: p.T("common.remove"), Kind: "no"}}
		}
		g.Entries = append(g.Entries, e)
	}
	v := pages.Sheet{P: p, Problems: ps, Groups: []pages.Group{g}}
	if may {
		formID := typed["id"]
		if formID == "" {
			formID = newID()
		}
		items := []pages.Item{
			{Kind: "text", Field: ui.Field{Name: "title", Label: p.T("case.files.what"), Required: true, MaxLen: 200, Value: typed["title"]}},
			{Kind: "select", Field: ui.Field{Name: "kind", Label: p.T("case.files.kind"), Required: true, Value: typed["kind"], Options: append([]ui.Option{choose(p)}, ui.Options(casefile.FileKinds, ui.Keyed(p, "case.file_kind."))...)}},
			{Kind: "select", Field: ui.Field{Name: "person", Label: p.T("case.files.person"), Value: typed["person"], Options: memberOptions(p, ms, true)}},
			{Kind: "radios", Field: ui.Field{Name: "class", Label: p.T("case.class"), Hint: p.T("case.class_hint"), Required: true, Value: orNormal(typed["class"]), Options: classOptions(p, actor)}},
			{Kind: "file", Field: ui.Field{Name: "file", Label: p.T("case.files.file"), Hint: p.T("case.files.hint", "mb", casefile.MaxFile>>20), Required: true}},
		}
		room.Mark(items, ps)
		v.Asks = []pages.Ask{{P: p, Title: p.T("case.files.add"), Action: room.Href(c.ID, "files"), Upload: true, Hidden: map[string]string{"id": formID}, Submit: p.T("case.files.add"), Items: items}}
	}
	return x.inCase(w, r, c, "documents", p.T("case.files.title"), ps, pages.SheetPage(v))
}

func orNormal(class string) string {
	if class == "" {
		return org.Normal
	}
	return class
}

func kilobytes(n int64) string {
	if n < 1<<20 {
		return strconv.FormatInt((n+1023)>>10, 10) + " KB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
}

// Limits of an upload's small fields: they stand before the file, and there are a handful of them.
const (
	maxFieldBytes = 4 << 10
	maxFieldCount = 12
)

// upload takes one file while it streams in. What is too large is cut where the limit is reached: nothing of it is kept in
// memory, and the rest is not read.
func (x *Web) upload(w http.ResponseWriter, r *web.Request) error {
	if _, err := x.look(r, nil); err != nil { // out of scope: not even the fields are read
		return err
	}
	mr, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "fault.form_type").Because(err)
	}
	typed := map[string]string{}
	for n := 0; ; n++ {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return x.badUpload(w, r, typed, fault.At("file", "case.err.file_empty"))
		}
		if err != nil || n > maxFieldCount {
			return fault.New(fault.Invalid, "fault.form_broken").Because(err)
		}
		if part.FormName() == "file" {
			name := part.FileName()
			if name == "" {
				return x.badUpload(w, r, typed, fault.At("file", "case.err.file_empty"))
			}
			a := casefile.Attachment{ID: typed["id"], CaseID: r.PathValue("id"), PersonID: typed["person"], Class: typed["class"], Kind: typed["kind"], Title: typed["title"], FileName: name}
			if _, err := x.Cases.Attach(r.Context(), r.UserID, a, part); err != nil {
				return x.badUpload(w, r, typed, err)
			}
			return done(w, r, room.Href(r.PathValue("id"), "files"), "case.said.file_added", room.Href(a.CaseID, "files", a.ID, "remove"), nil)
		}
		b, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
		if err != nil || len(b) > maxFieldBytes {
			return fault.New(fault.TooLarge, "fault.form_too_large")
		}
		if !utf8.Valid(b) {
			return fault.New(fault.Invalid, "fault.form_encoding")
		}
		typed[part.FormName()] = string(b)
	}
}

func (x *Web) badUpload(w http.ResponseWriter, r *web.Request, typed map[string]string, err error) error {
	ps, ok := badForm(r, err)
	if !ok {
		return err
	}
	w.Header().Set("Connection", "close") // the rest of the file is not wanted
	return x.showFiles(w, r, typed, ps)
}

func (x *Web) download(w http.ResponseWriter, r *web.Request) error { return x.serve(w, r, false) }
func (x *Web) preview(w http.ResponseWriter, r *web.Request) error  { return x.serve(w, r, true) }

func (x *Web) serve(w http.ResponseWriter, r *web.Request, preview bool) error {
	a, content, err := x.Cases.Download(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("file"), preview)
	if err != nil {
		return err
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	if preview {
		h.Set("Content-Type", "image/jpeg")
		h.Set("Content-Disposition", "inline")
	} else {
		h.Set("Content-Type", a.Type)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.FileName}))
	}
	_, err = io.Copy(w, content)
	if err != nil {
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	return nil
}

func (x *Web) removeFile(w http.ResponseWriter, r *web.Request) error {
	if err := x.Cases.RemoveAttachment(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("file")); err != nil {
		return err
	}
	return done(w, r, room.Href(r.PathValue("id"), "files"), "case.said.file_removed", room.Href(r.PathValue("id"), "files", r.PathValue("file"), "restore"), nil)
}

func (x *Web) restoreFile(w http.ResponseWriter, r *web.Request) error {
	if err := x.Cases.RestoreAttachment(r.Context(), r.UserID, r.PathValue("id"), r.PathValue("file")); err != nil {
		return err
	}
	return done(w, r, room.Href(r.PathValue("id"), "files"), "case.said.file_restored", "", nil)
}
