package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"unicode/utf8"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/identity"
	"satchel/store/search"
	"satchel/sync/device"
)

// errClosed says that nothing is open to ask.
var errClosed = errors.New("the laptop is locked")

// Meet reaches the hub of a code.
func (d *desk) Meet(ctx context.Context, code string) (screen.Hub, error) {
	c, err := identity.ParseEnrolmentCode(code)
	if err != nil {
		return screen.Hub{}, problem(err)
	}
	got, err := device.Meet(ctx, c, d.o.demo, d.now())
	if err != nil {
		return screen.Hub{}, problem(err)
	}
	cert := got.Certificate.Value
	return screen.Hub{Name: cert.Name, Words: got.Words, Demo: cert.Demo}, nil
}

// Enrol makes the vault and asks the hub for a place.
func (d *desk) Enrol(ctx context.Context, e screen.Enrolment) error {
	code, err := identity.ParseEnrolmentCode(e.Code)
	if err != nil {
		return problem(err)
	}
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "laptop"
	}
	if v, _, _ := d.held(); v != nil { // an enrolment that was interrupted
		if err := device.Enrol(ctx, v, code, d.now()); err != nil {
			return problem(err)
		}
		return d.enrolled()
	}
	v, err := device.Begin(ctx, device.Setup{
		Store: d.cfg, Code: code, Name: name, Kind: identity.Laptop,
		First: &store.FirstPerson{Name: e.Name, Role: e.Role, Passphrase: bytes.Clone(e.Passphrase)},
	})
	if v != nil {
		d.adopt(v)
	}
	if err != nil {
		return problem(err)
	}
	return d.enrolled()
}

func (d *desk) enrolled() error {
	d.startDevice()
	d.look()
	d.signals.put(screen.Changed{})
	d.narrate("enrolled")
	return nil
}

// Find looks for people.
func (d *desk) Find(query string, limit int) screen.Results {
	_, s, _ := d.held()
	out := screen.Results{Query: query}
	if s == nil {
		return out
	}
	got, err := s.Find(d.ctx, query, limit)
	if err != nil {
		return out
	}
	for _, r := range got.Rows {
		out.Rows = append(out.Rows, d.row(r))
	}
	out.More = got.Total > len(got.Rows)
	out.BadNumber = got.Understood.ImpossibleNumber
	similar := 0
	for _, r := range out.Rows {
		if r.Match == screen.MatchSimilar {
			similar++
		}
	}
	d.narrator.say(said{Did: "found", Rows: len(out.Rows), Similar: similar, Code: strconv.Itoa(utf8.RuneCountInString(query))})
	return out
}

// todayLimit is how many rows of a caseload are shown before one types: more
// than any crew visits, and read in some tens of milliseconds.
const todayLimit = 1000

// Today is the caseload, then the people opened this shift.
func (d *desk) Today() []screen.Row {
	_, s, _ := d.held()
	if s == nil {
		return nil
	}
	got, err := s.Today(d.ctx, todayLimit)
	if err != nil {
		return nil
	}
	d.mu.Lock()
	shift := slices.Clone(d.shift)
	d.mu.Unlock()
	var out []screen.Row
	for _, r := range got.Rows {
		row := d.row(r)
		row.Match, row.Recent = screen.NoMatch, slices.Contains(shift, r.Handle)
		out = append(out, row)
	}
	return out
}

func (d *desk) row(r store.Row) screen.Row {
	out := screen.Row{
		Handle: r.Handle, Name: nameLine(r), Born: bornLine(r, d.now()), Sex: r.Sex, Place: place(r),
		Match: matchOf(r), Alike: r.SimilarTo,
		Fresh: screen.Freshness{Checked: r.State.Checked, Ends: r.State.LeaseEnds, Ended: !r.State.Readable && !r.State.Missing},
	}
	out.NHS = r.Number.Spaced()
	if r.State.Restricted || r.State.Hidden {
		out.Marks = append(out.Marks, screen.MarkObjection)
	}
	if r.Restricted {
		out.Marks = append(out.Marks, screen.MarkProtected)
	}
	return out
}

func matchOf(r store.Row) screen.Match {
	switch {
	case r.Match == search.Similar:
		return screen.MatchSimilar
	case r.Why&search.ByNumber != 0:
		return screen.MatchNumber
	case r.Why&search.ByName != 0 && r.Match == search.Exact:
		return screen.MatchName
	case r.Why&search.ByName != 0:
		return screen.MatchStart
	case r.Why&search.ByBirth != 0:
		return screen.MatchBorn
	case r.Why&search.ByPostcode != 0:
		return screen.MatchPostcode
	}
	return screen.NoMatch
}

// readPassphrase takes the first line of a file.
func readPassphrase(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}
