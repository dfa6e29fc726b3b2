package config

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/log"
)

// Bytes is a size, written as 25MB.
type Bytes int64

// String writes the size with the largest unit that divides it.
func (b Bytes) String() string {
	for i := len(units) - 1; i > 0; i-- {
		if u := int64(1) << (10 * i); b != 0 && int64(b)%u == 0 {
			return strconv.FormatInt(int64(b)/u, 10) + units[i]
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

var units = []string{"B", "KB", "MB", "GB"}

// ParseBytes reads 25MB, 512KB, 1GB or a plain number of bytes.
func ParseBytes(s string) (Bytes, error) {
	t, shift := strings.ToUpper(strings.ReplaceAll(s, " ", "")), 0
	for i := len(units) - 1; i >= 0; i-- {
		if rest, ok := strings.CutSuffix(t, units[i]); ok {
			t, shift = rest, 10*i
			break
		}
	}
	n, err := strconv.ParseInt(t, 10, 64)
	if err != nil || n < 0 || n > (1<<62)>>shift {
		return 0, fmt.Errorf("%q is not a size: write it as 25MB", s)
	}
	return Bytes(n << shift), nil
}

// field is one setting: where it stands in a Config, and what it is called in each source.
type field struct {
	key, env, flag, def, doc string
	secret                   bool // never as a flag: other users of the machine see the command line
	maskURL                  bool
	typ                      reflect.Type
	index                    []int
}

// fields is the table all sources share; made once from the struct, so a setting cannot exist in one source only.
var fields = func() map[string]field {
	out := map[string]field{}
	var walk func(t reflect.Type, at []int)
	walk = func(t reflect.Type, at []int) {
		for i := range t.NumField() {
			f := t.Field(i)
			index := append(append([]int{}, at...), i)
			key := f.Tag.Get("key")
			switch {
			case key != "":
				out[key] = field{
					key: key, env: "NOSTOS_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_")),
					flag: strings.NewReplacer(".", "-", "_", "-").Replace(key),
					def:  f.Tag.Get("default"), doc: f.Tag.Get("doc"),
					secret: f.Type == reflect.TypeFor[log.Secret](), maskURL: f.Tag.Get("mask") == "url",
					typ: f.Type, index: index,
				}
			case f.IsExported() && f.Type.Kind() == reflect.Struct:
				walk(f.Type, index)
			}
		}
	}
	walk(reflect.TypeFor[Config](), nil)
	return out
}()

// fromFile says whether the setting may be read from a file of its own (key + "_file").
func (f field) fromFile() bool {
	_, own := fields[f.key+"_file"]
	return (f.secret || f.maskURL) && !own
}

// set reads text into the field. The text of a secret never enters an error.
func (f field) set(c *Config, text string) error {
	v := reflect.ValueOf(c).Elem().FieldByIndex(f.index)
	switch v.Interface().(type) {
	case string:
		v.SetString(text)
	case log.Secret:
		v.Set(reflect.ValueOf(log.NewSecret(text)))
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(int64(n))
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration: write it as 30m or 12h", text)
		}
		v.SetInt(int64(d))
	case Bytes:
		b, err := ParseBytes(text)
		if err != nil {
			return err
		}
		v.SetInt(int64(b))
	default:
		panic("config: no way to read a " + f.typ.String() + " for " + f.key)
	}
	return nil
}

// show is the value as `nostos config` prints it.
func (f field) show(c *Config) string {
	v := reflect.ValueOf(c).Elem().FieldByIndex(f.index).Interface()
	s := fmt.Sprint(v)
	if f.maskURL && s != "" {
		return maskURL(s)
	}
	return s
}

// maskURL hides the password in an address, and the whole address when it cannot be read.
func maskURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return log.Mask
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), log.Mask)
	}
	q := u.Query()
	for k := range q {
		if strings.Contains(strings.ToLower(k), "password") {
			q.Set(k, log.Mask)
		}
	}
	u.RawQuery = q.Encode()
	return strings.ReplaceAll(u.String(), url.PathEscape(log.Mask), log.Mask)
}
