package screen

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
	"satchel/store/identity"
)

// openingAfter is how long nothing is said while something is being opened.
const openingAfter = 300 * time.Millisecond

// openingRoute is a record that is being opened.
type openingRoute struct {
	a   Approach
	why Reason
}

func (r openingRoute) person() identity.Handle { return r.a.Row.Handle }

func (r openingRoute) open(s *Shell) view {
	v := &openingView{s: s, r: r, words: touch.NewStyled("", touch.Style{Size: look.Title, Ink: look.Secondary})}
	v.box = touch.Pad(24, v.words)
	return v
}

// openingView says nothing for 300 ms, then that a record is being opened.
type openingView struct {
	s     *Shell
	r     openingRoute
	words *touch.Text
	box   *fyne.Container
}

func (v *openingView) where() string              { return v.s.words.Say("find.where") }
func (v *openingView) content() fyne.CanvasObject { return v.box }
func (v *openingView) focus() fyne.Focusable      { return nil }

// arrive begins to open once the page is on the window.
func (v *openingView) arrive() {
	s := v.s
	var got *Opened
	ctx := s.work(func(ctx context.Context) (err error) {
		got, err = s.desk.Open(ctx, v.r.a.Row.Handle, v.r.why)
		return err
	}, func(err error) {
		if err != nil {
			s.replace(closedRoute{row: v.r.a.Row, problem: problemOf(err), stays: true})
			return
		}
		s.show1(v.r.a.Row, got)
	})
	s.spawn(func() {
		select {
		case <-ctx.Done():
		case <-time.After(openingAfter):
			s.do1(func() {
				if ctx.Err() == nil {
					v.words.SetWords(s.words.Say("opening.words"))
					v.box.Refresh()
				}
			})
		}
	})
}

// show1 shows the one record that may be open. The pages that led to it go:
// Back from a record leads to the list.
func (s *Shell) show1(row Row, o *Opened) {
	for len(s.stack) > 0 {
		p, ok := s.top().(personRoute)
		if !ok || p.person() != o.Handle {
			break
		}
		s.stack = s.stack[:len(s.stack)-1]
	}
	if s.opened != nil && s.opened.Handle != o.Handle {
		s.drop()
	}
	s.view = nil
	s.opened, s.row = o, row
	s.go1(recordRoute{handle: o.Handle})
}
