package screen

import (
	"context"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
	"satchel/store/identity"
)

type (
	// saveRoute chooses where a request is kept.
	saveRoute struct{ who identity.SlotID }
	// openRoute chooses the file with the answer.
	openRoute struct{ who identity.SlotID }
)

func (r saveRoute) open(s *Shell) view { return newPlacesView(s, r.who, true) }
func (r openRoute) open(s *Shell) view { return newPlacesView(s, r.who, false) }

// placesView is a list that is looked for on arrival: one tap saves or opens.
// The system's own windows for files have targets too small for a glove.
type placesView struct {
	s     *Shell
	who   identity.SlotID
	save  bool
	m     placesModel
	rows  []fyne.Focusable
	again *touch.Button
	page  *touch.Page
	busy  bool
	found bool // it was looked for

	places []Place
	files  []AnswerFile
}

func newPlacesView(s *Shell, who identity.SlotID, save bool) *placesView {
	v := &placesView{s: s, who: who, save: save}
	v.again = touch.NewButton(s.words.Say("places.again"), touch.Plain, v.arrive)
	v.page = pageOf(touch.NewPage(touch.Column(0), v.again), s.words)
	v.draw(nil)
	return v
}

func (v *placesView) where() string              { return v.s.words.Say("forgotten.where") }
func (v *placesView) content() fyne.CanvasObject { return v.page.Box }
func (v *placesView) scrolls() scroller          { return v.page.Scroll }

func (v *placesView) focus() fyne.Focusable {
	if len(v.rows) > 0 {
		return v.rows[0]
	}
	return v.again
}

// arrive looks for places or files, which may take a moment with a slow stick.
func (v *placesView) arrive() {
	if v.busy {
		return
	}
	v.busy = true
	v.s.work(func(ctx context.Context) (err error) {
		if v.save {
			v.places, err = v.s.desk.Places(ctx)
		} else {
			v.files, err = v.s.desk.Answers(ctx)
		}
		return err
	}, func(err error) {
		v.busy, v.found = false, true
		v.draw(err)
		v.s.win.Canvas().Focus(v.focus())
	})
}

// draw shows what was found.
func (v *placesView) draw(err error) {
	w := v.s.words
	v.m = newAnswersModel(w, v.files, v.s.now())
	if v.save {
		v.m = newSaveModel(w, v.places)
	}
	body := touch.Column(16)
	if err != nil {
		body.Add(touch.NewErrorBox(problemOf(err).words(w)))
	}
	body.Add(touch.NewHeading(v.m.Title))
	body.Add(touch.NewText(v.m.Intro))
	if v.found && err == nil && v.m.None != "" {
		body.Add(touch.NewBold(v.m.None))
	}
	list := touch.Column(8)
	v.rows = nil
	for i, r := range v.m.Rows {
		row := touch.NewChoice(r.Name, r.Detail, func() { v.choose(i) })
		v.rows = append(v.rows, row)
		list.Add(row)
	}
	body.Add(list)
	v.page.SetBody(body)
}

// choose saves into a place, or opens a file, and goes back with what came of
// it.
func (v *placesView) choose(i int) {
	if v.busy {
		return
	}
	v.busy = true
	w := v.s.words
	var text string
	v.s.work(func(ctx context.Context) (err error) {
		if v.save {
			text, err = v.s.desk.SaveRequest(ctx, v.places[i], v.who)
		} else {
			text, err = v.s.desk.ReadAnswer(ctx, v.files[i])
		}
		return err
	}, func(err error) {
		v.busy = false
		if err != nil {
			v.draw(err)
			return
		}
		switch r := v.s.below().(type) {
		case recoverRoute:
			r.said = w.Say("places.saved", "file", text, "place", v.places[i].Name, "time", clock(v.s.now()))
			v.s.stack[len(v.s.stack)-2] = r
		case answerRoute:
			r.text = text
			v.s.stack[len(v.s.stack)-2] = r
		}
		v.s.goBack()
	})
}

// below is the place that Back leads to, or nil.
func (s *Shell) below() route {
	if len(s.stack) < 2 {
		return nil
	}
	return s.stack[len(s.stack)-2]
}
