package screen

import (
	"reflect"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

// frame is what surrounds every screen. It is drawn anew only where its model
// has changed, so that a status line that moves on takes no focus away.
type frame struct {
	s       *Shell
	model   frameModel
	drawn   bool
	bar     *fyne.Container
	banner  *fyne.Container
	strips  *fyne.Container
	content *fyne.Container
	status  *fyne.Container
	root    fyne.CanvasObject
	inner   *fyne.Container
}

// windowLeast is the smallest window that Satchel works in.
var windowLeast = fyne.NewSize(1024, 640)

func newFrame(s *Shell, content fyne.CanvasObject, banner *bannerModel, m frameModel) *frame {
	f := &frame{
		s: s, bar: touch.Column(0), banner: touch.Column(0), strips: touch.Column(0),
		content: touch.Layer(content), status: touch.Column(0),
	}
	f.inner = touch.Frame(windowLeast, []fyne.CanvasObject{f.bar, f.banner, f.strips}, f.content, []fyne.CanvasObject{f.status})
	f.root = f.inner
	if m.Demo { // R57: the word on every screen, and a purple frame
		f.root = touch.NewPanel(touch.Face{Fill: look.Page, Edge: look.CPREdge, EdgeWidth: 6}, 6, f.inner)
	}
	if banner != nil {
		b := touch.NewBanner(banner.facts(s.words))
		b.OnResize = f.inner.Refresh
		f.banner.Add(b.Press)
	}
	f.update(m)
	return f
}

// update draws what has changed.
func (f *frame) update(m frameModel) {
	if f.drawn && reflect.DeepEqual(f.model, m) {
		return
	}
	old := f.model
	f.model = m
	barChanged := old.Where != m.Where || old.Back != m.Back || old.Find != m.Find || old.Lock != m.Lock ||
		old.Who != m.Who || old.StatusGoes != m.StatusGoes || old.Connection != m.Connection || old.Night != m.Night
	if !f.drawn || barChanged {
		f.bar.Objects = []fyne.CanvasObject{f.topBar(m)}
	}
	if !f.drawn || !reflect.DeepEqual(old.Strips, m.Strips) {
		line := touch.Flow(0, 0)
		for _, c := range m.Strips {
			line.Add(touch.NewStrip(sign(c), nil))
		}
		f.strips.Objects = []fyne.CanvasObject{touch.NewPanel(touch.Face{Fill: look.Bar}, 0, line)}
	}
	if !f.drawn || !reflect.DeepEqual(old.Status, m.Status) || old.StatusGoes != m.StatusGoes {
		f.status.Objects = []fyne.CanvasObject{f.statusLine(m)}
	}
	first := !f.drawn
	f.drawn = true
	f.inner.Refresh()
	if !first { // a button of the frame that had the keyboard may have been replaced
		f.s.keepFocus(f.s.win.Canvas().Focused())
	}
}

func (f *frame) topBar(m frameModel) fyne.CanvasObject {
	w := f.s.words
	var cells []touch.Cell
	if m.Back {
		cells = append(cells, touch.Fit(touch.NewShapedButton(w.Say("bar.back"), touch.ArrowLeft, touch.OnBar, f.s.back)))
	}
	cells = append(cells, touch.Grow(touch.NewStyled(m.Where, touch.Style{Size: look.Title, Ink: look.OnBar, Bold: true})))
	if m.Find {
		cells = append(cells, touch.Fit(touch.NewShapedButton(w.Say("bar.find"), touch.Glass, touch.OnBar, f.s.goFind)))
	}
	large := look.Current().TextScale() > largeText
	if m.Connection.Words != "" && !(large && len(m.Status) > 0) { // the status line says it too
		ink := look.Secondary
		if m.Connection.Kind == chipDone {
			ink = look.DoneInk
		}
		if m.Connection.Kind == chipDanger {
			ink = look.DangerInk
		}
		cells = append(cells, touch.Fit(touch.NewChip(plainSign(m.Connection, ink))))
	}
	words, form := w.Say("bar.night"), touch.Moon
	if m.Night {
		words, form = w.Say("bar.day"), touch.Sun
	}
	cells = append(cells, touch.Fit(touch.NewShapedButton(words, form, touch.OnBar, f.s.toggleNight)))
	if m.Who != "" {
		who := touch.Cells(8, touch.Fit(touch.NewShape(touch.Person, look.OnBar)), touch.Fit(touch.NewStyled(m.Who, touch.Style{Size: look.Small, Ink: look.OnBar})))
		if m.StatusGoes { // signed in, the duty accepted
			cells = append(cells, touch.Fit(touch.NewOnBar(w.Say("self.where"), who, f.s.goSelf)))
		} else {
			cells = append(cells, touch.Fit(who))
		}
	}
	if m.Lock {
		cells = append(cells, touch.Fixed(124*look.Current().TextScale(), touch.NewShapedButton(w.Say("bar.lock"), touch.Padlock, touch.OnBar, f.s.lock)))
	}
	return touch.NewPanelInset(touch.Face{Fill: look.Bar}, 8, 12, 8, 12, touch.Cells(12, cells...)).AtLeast(look.TopBar)
}

func (f *frame) statusLine(m frameModel) fyne.CanvasObject {
	if len(m.Status) == 0 {
		return touch.Column(0)
	}
	st := touch.Status{}
	if m.StatusGoes {
		st.OnPress = f.s.goSync
	}
	for _, c := range m.Status {
		ink := look.Secondary
		switch c.Kind {
		case chipWarning, chipEarlier, chipPlain:
			ink = look.OnBar
		case chipDone:
			ink = look.DoneInk
		case chipDanger:
			ink = look.DangerInk
		}
		st.Signs = append(st.Signs, plainSign(c, ink))
	}
	return touch.NewStatusLine(st)
}
