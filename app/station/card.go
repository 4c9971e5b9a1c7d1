package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"satchel/store"
	"satchel/store/record"
)

// printCard prints what the emergency card shows, in its order. Text of the
// record is printed as it is, but for control characters: a terminal is a
// screen that obeys them.
func printCard(w io.Writer, o *store.Opened, now time.Time) {
	s := o.Summary
	if s == nil {
		fmt.Fprintln(w, "This record cannot be read by this version; --raw prints it as received.")
		return
	}
	if s.Person != nil {
		b := s.Person.Banner(now)
		line(w, "%s", b.Name)
		line(w, "Born %s   Gender %s   NHS No. %s", b.Born, b.Sex, orNotKnown(b.NHS))
	}
	c := s.Card(now)
	line(w, "As at %s   Source %s   Checked %s   Ends %s", c.AsAt.Format(), c.Source, when(o.Checked), when(o.LeaseEnds))
	if o.Withheld {
		line(w, "Some items withheld")
	}
	for _, t := range c.Tiles {
		printTile(w, t)
	}
	line(w, "%d entries received, %d shown, %d could not be read", s.EntriesReceived, s.EntriesShown, s.EntriesUnreadable)
}

func printTile(w io.Writer, t record.Tile) {
	line(w, "")
	line(w, "%s: %s%s", t.Title, t.State, dash(t.Note))
	for _, f := range t.Lines {
		line(w, "  %s: %s", f.Label, f.Value)
	}
	for _, i := range t.Items {
		line(w, "  - %s%s%s", i.Title, dash(i.Status), dash(i.HighRisk))
		for _, f := range i.Detail {
			line(w, "      %s: %s", f.Label, f.Value)
		}
	}
	if len(t.More) > 0 {
		line(w, "  and %d that are older, ended or in error", len(t.More))
	}
	if len(t.Narrative) > 0 {
		line(w, "  as written by the source: see the whole summary")
	}
}

func dash(s string) string {
	if s == "" {
		return ""
	}
	return " - " + s
}

func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("02-Jan-2006 15:04")
}

func line(w io.Writer, format string, args ...any) {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, fmt.Sprintf(format, args...))
	fmt.Fprintln(w, text)
}
