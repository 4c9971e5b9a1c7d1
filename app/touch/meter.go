package touch

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Meter is a bar for known amounts: so many of so many. It never moves by
// itself.
type Meter struct {
	widget.BaseWidget
	got, of int
}

// NewMeter returns a bar.
func NewMeter(got, of int) *Meter {
	m := &Meter{got: got, of: of}
	m.ExtendBaseWidget(m)
	return m
}

// Set changes the amounts.
func (m *Meter) Set(got, of int) {
	if m.got != got || m.of != of {
		m.got, m.of = got, of
		m.Refresh()
	}
}

const meterHeight float32 = 16

// MinSize implements fyne.CanvasObject.
func (m *Meter) MinSize() fyne.Size { return fyne.NewSize(80, meterHeight) }

// CreateRenderer implements fyne.Widget.
func (m *Meter) CreateRenderer() fyne.WidgetRenderer {
	return &meterRenderer{m: m, track: canvas.NewRectangle(color.Transparent), done: canvas.NewRectangle(color.Transparent)}
}

type meterRenderer struct {
	m           *Meter
	track, done *canvas.Rectangle
}

func (r *meterRenderer) Layout(s fyne.Size) {
	th := look.Current()
	r.track.FillColor, r.track.StrokeColor, r.track.StrokeWidth = th.Colour(look.Card), th.Colour(look.Edge), th.EdgeWidth()
	r.done.FillColor = th.Colour(look.Action)
	share := float32(0)
	if r.m.of > 0 {
		share = min(max(float32(r.m.got)/float32(r.m.of), 0), 1)
	}
	r.track.Resize(s)
	r.done.Resize(fyne.NewSize(s.Width*share, s.Height))
}

func (r *meterRenderer) MinSize() fyne.Size           { return r.m.MinSize() }
func (r *meterRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.track, r.done} }
func (r *meterRenderer) Destroy()                     {}

func (r *meterRenderer) Refresh() {
	r.Layout(r.m.Size())
	canvas.Refresh(r.m)
}
