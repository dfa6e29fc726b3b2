package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/desk/signin"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

type userCmd struct {
	Add userAddCmd `cmd:"" help:"Add a member of staff: the first administrator, above all."`
}

type userAddCmd struct {
	settings
	Login      string `arg:"" help:"Name to sign in with."`
	Name       string `name:"name" help:"The person's name." required:""`
	Email      string `name:"email" help:"E-mail address."`
	Role       string `name:"role" help:"Role." default:"admin"`
	Office     string `name:"office" help:"Code of their office." default:"head-office"`
	OfficeName string `name:"office-name" help:"Name of the office, if it does not exist yet." default:"Head office"`
	Country    string `name:"country" help:"Country of a new office." default:"GR"`
	Language   string `name:"language" help:"Language of their screens." default:"en"`
}

// Help gives an example.
func (userAddCmd) Help() string {
	return "Asks for the password (or reads it from standard input). There is no default password. At the first sign-in a second factor is set up.\nExample: nostos user add --data /var/lib/nostos --name 'Eleni Markou' eleni"
}

func (c *userAddCmd) Run(ctx context.Context) error {
	cfg, err := c.open()
	if err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{Config: cfg})
	if err != nil {
		return err
	}
	defer a.Close()
	password, err := askPassword()
	if err != nil {
		return exitCode{2, err}
	}
	if bad := signin.CheckPassword("password", password, c.Login, c.Name); bad != nil {
		return bad
	}
	hash, err := signin.HashPassword(ctx, password)
	if err != nil {
		return err
	}
	return a.Gate.Batch(ctx, org.SystemID, "org.manage", func(ctx context.Context) error {
		if err := c.office(ctx, a); err != nil {
			return err
		}
		id, err := signin.AddUser(ctx, a.Gate, org.SystemID, signin.NewUser{Login: c.Login, Name: c.Name, Email: c.Email, Office: c.Office, Language: c.Language, Roles: []org.Held{{Role: c.Role}}})
		if err != nil {
			return err
		}
		if err := signin.PutHash(ctx, a.Gate, org.SystemID, hash, id); err != nil {
			return err
		}
		fmt.Printf("%s can sign in as %s.\n", c.Name, org.NormalLogin(c.Login))
		return nil
	})
}

// office makes the office if it is not there yet: the very first administrator needs one.
func (c *userAddCmd) office(ctx context.Context, a *app.App) error {
	var known bool
	err := a.Gate.Peek(ctx, func(ctx context.Context, t *db.Tx) error {
		_, err := org.OfficeByCode(ctx, t, c.Office)
		if errors.Is(err, db.ErrNoRow) {
			return nil
		}
		known = err == nil
		return err
	})
	if err != nil || known {
		return err
	}
	return a.Rooms.Admin.SaveOffice(ctx, org.SystemID, org.Office{ID: a.Gate.IDs.New(), Code: c.Office, Name: c.OfficeName, Kind: "headquarters", Country: c.Country, Zone: a.Config.Zone, Active: true})
}

func askPassword() (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && line == "" {
			return "", errors.New("give the password on standard input, or run this on a terminal")
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	fmt.Fprint(os.Stderr, "Password: ")
	one, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprint(os.Stderr, "\nOnce more: ")
	two, err2 := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	if err := errors.Join(err, err2); err != nil {
		return "", err
	}
	if string(one) != string(two) {
		return "", errors.New("the two were not the same")
	}
	return string(one), nil
}
