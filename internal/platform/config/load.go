package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FileName is the settings file looked for in the data folder when none is named.
const FileName = "nostos.yaml"

// Load puts the settings together. flags holds only the flags that were given, by name without dashes ("smtp-host");
// "config" names the settings file. env is os.Environ(). All mistakes are reported at once.
func Load(flags map[string]string, env []string) (*Config, error) {
	c := &Config{sources: map[string]string{}}
	for _, f := range fields {
		if err := c.set(f, f.def, "default"); err != nil && f.def != "" {
			panic("config: default of " + f.key + ": " + err.Error())
		}
	}
	vars, errs := readEnv(env)
	given, flagErrs := readFlags(flags)
	errs = append(errs, flagErrs...)

	file, required := c.settingsFile(given, vars)
	errs = append(errs, c.loadFile(file, required)...)
	for _, layer := range []map[string]value{vars, given} {
		for _, key := range slices.Sorted(maps.Keys(layer)) {
			if f, ok := fields[key]; ok {
				if err := c.set(f, layer[key].text, layer[key].source); err != nil {
					errs = append(errs, fmt.Errorf("%s: %w", layer[key].source, err))
				}
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// value is a setting's text and where it came from.
type value struct{ text, source string }

func (c *Config) set(f field, text, source string) error {
	if source == "default" && text == "" {
		c.sources[f.key] = source
		return nil
	}
	if err := f.set(c, text); err != nil {
		return err
	}
	c.sources[f.key] = source
	return nil
}

func (c *Config) source(key string) string { return c.sources[key] }

// settingsFile is the file to read, and whether it must be there.
func (c *Config) settingsFile(flags, env map[string]value) (path string, required bool) {
	data := c.Data
	for _, layer := range []map[string]value{flags, env} {
		if v, ok := layer["config"]; ok {
			return v.text, true
		}
	}
	for _, layer := range []map[string]value{env, flags} {
		if v, ok := layer["data"]; ok {
			data = v.text
		}
	}
	return filepath.Join(data, FileName), false
}

func (c *Config) loadFile(path string, required bool) []error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return nil
	}
	if err != nil {
		return []error{fmt.Errorf("settings file: %w", err)}
	}
	values, errs := parseFile(path, text)
	if v, ok := values["data"]; ok && !required {
		errs = append(errs, fmt.Errorf("%s: data cannot be set in the file that is found through it: use --data, or name the file with --config", v.source))
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if err := c.set(fields[key], values[key].text, values[key].source); err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", values[key].source, key, err))
		}
	}
	return errs
}

func readEnv(env []string) (map[string]value, []error) {
	names := map[string]string{"NOSTOS_CONFIG": "config"} // variable -> key
	files := map[string]string{}                          // variable with a file's name -> key
	for key, f := range fields {
		names[f.env] = key
		if f.fromFile() {
			files[f.env+"_FILE"] = key
		}
	}
	out, errs := map[string]value{}, []error(nil)
	for _, kv := range env {
		name, text, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "NOSTOS_") {
			continue
		}
		if key, ok := names[name]; ok {
			errs = append(errs, put(out, key, value{text, name})...)
		} else if key, ok := files[name]; ok {
			v, err := readSecret(text, name)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			errs = append(errs, put(out, key, v)...)
		} else {
			all := append(slices.Collect(maps.Keys(names)), slices.Collect(maps.Keys(files))...)
			errs = append(errs, unknown("environment", name, all))
		}
	}
	return out, errs
}

func put(out map[string]value, key string, v value) []error {
	if old, ok := out[key]; ok {
		return []error{fmt.Errorf("%s and %s are both set: keep one", old.source, v.source)}
	}
	out[key] = v
	return nil
}

// readSecret takes a secret from its file. One line end is cut off, because every editor adds one.
func readSecret(path, source string) (value, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return value{}, fmt.Errorf("%s: %w", source, err)
	}
	return value{strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), source}, nil
}

func readFlags(flags map[string]string) (map[string]value, []error) {
	names := map[string]string{"config": "config"}
	for key, f := range fields {
		names[f.flag] = key
	}
	out, errs := map[string]value{}, []error(nil)
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		source := "--" + name
		key, ok := names[name]
		switch {
		case !ok:
			errs = append(errs, unknown("flag", name, slices.Collect(maps.Keys(names))))
		case fields[key].secret:
			errs = append(errs, fmt.Errorf("%s: a secret on the command line can be read by everyone on this machine: use %s", source, secretHint(fields[key])))
		default:
			out[key] = value{flags[name], source}
		}
	}
	return out, errs
}

func secretHint(f field) string {
	if f.fromFile() {
		return f.env + "_FILE"
	}
	return "--" + f.flag + "-file"
}

func unknown(where, name string, known []string) error {
	if n := nearest(name, known); n != "" {
		return fmt.Errorf("%s: %s is not a setting, did you mean %s?", where, name, n)
	}
	return fmt.Errorf("%s: %s is not a setting: `nostos config` lists them", where, name)
}

// Item is one line of `nostos config`.
type Item struct {
	Name   string // key as in the settings file
	Flag   string
	Env    string
	Value  string // masked when secret
	Source string // "default", a flag, a variable, or file:line:column
	Doc    string
}

// Effective lists every setting with the value in force, by name. Secrets are masked.
func (c *Config) Effective() []Item {
	var out []Item
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		f := fields[key]
		out = append(out, Item{Name: key, Flag: "--" + f.flag, Env: f.env, Value: f.show(c), Source: c.source(key), Doc: f.doc})
	}
	return out
}
