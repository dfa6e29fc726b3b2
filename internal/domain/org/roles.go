package org

import (
	"bytes"
	"context"
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// ParseRoles reads the roles that come with the packs.
func ParseRoles(text []byte) ([]Role, error) {
	var file struct {
		Roles []struct {
			Code         string   `yaml:"code"`
			TitleKey     string   `yaml:"title_key"`
			AssignedOnly bool     `yaml:"assigned_only"`
			Classes      []string `yaml:"classes"`
			Permissions  []string `yaml:"permissions"`
		} `yaml:"roles"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&file); err != nil {
		return nil, fmt.Errorf("roles.yaml: %w", err)
	}
	var out []Role
	for _, r := range file.Roles {
		out = append(out, Role{r.Code, r.TitleKey, r.AssignedOnly, r.Classes, r.Permissions})
	}
	return out, nil
}

// AddMissingRoles writes the roles that the database does not know yet and leaves the others as the office changed them.
func AddMissingRoles(ctx context.Context, t *db.Tx, roles []Role) (added []string, err error) {
	have, err := Roles(ctx, t)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, r := range have {
		known[r.Code] = true
	}
	for _, r := range roles {
		if known[r.Code] {
			continue
		}
		if err := PutRole(ctx, t, r); err != nil {
			return nil, err
		}
		added = append(added, r.Code)
	}
	return added, nil
}
