package screen

import (
	"strings"
	"time"

	"satchel/assets"
)

// recoverModel is a request to an admin and the place for the answer.
type recoverModel struct {
	Title, Intro string
	Lines        []string // of the request, to be read aloud
	Code         string   // the same for a camera
	Made         string   // when
	Ask          bool     // there is no request yet: one can be made
}

func newRecoverModel(w *assets.Words, u User, joined bool, r Recovery, under bool, now time.Time) recoverModel {
	m := recoverModel{Title: w.Say("recover.title", "name", u.Name), Intro: w.Say("recover.none"), Ask: !under}
	if under {
		m.Intro = w.Say("recover.intro")
	}
	if joined || u.Joined {
		m.Title, m.Intro = w.Say("recover.joined-title"), w.Say("recover.joined-intro", "name", u.Name)
	}
	if under {
		m.Lines, m.Code = recoveryLines(r.Text), recoveryCode(r.Text)
		m.Made = w.Say("recover.made", "time", when(w, r.At, now))
	}
	return m
}

// recoveryLines are the lines of a request as they are read aloud; the first
// says what it is.
func recoveryLines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// recoveryCode is the request as a camera reads it: without spaces and line
// breaks, which do not count, a code has larger squares.
func recoveryCode(text string) string { return strings.Join(strings.Fields(text), "") }
