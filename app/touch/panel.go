package touch

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Face is the ground a widget stands on: its fill, its edge and a mark on its
// left side. The zero value is a plain page-coloured ground with no edge.
type Face struct {
	Fill      look.Role
	NoFill    bool // let what is behind show
	Edge      look.Role
	EdgeWidth float32   // 0 means no edge
	Mark      look.Role // a bar on the left side
	MarkWidth float32   // 0 means no bar
	Radius    float32
	Hatched   bool      // diagonal lines over the fill, in Hatch
	Hatch     look.Role // a colour that the same text is legible on
}

// CardFace is a white card with a hairline edge.
func CardFace() Face {
	return Face{Fill: look.Card, Edge: look.Rule, EdgeWidth: 1, Radius: look.Radius}
}

// Panel is a ground with something on it.
type Panel struct {
	widget.BaseWidget
	face    Face
	content fyne.CanvasObject
	pad     [4]float32 // top, right, bottom, left
	least   float32
}

// NewPanel puts content on a ground, with the same space on every side.
func NewPanel(f Face, pad float32, content fyne.CanvasObject) *Panel {
	return NewPanelInset(f, pad, pad, pad, pad, content)
}

// NewPanelInset is NewPanel with the space of each side given.
func NewPanelInset(f Face, top, right, bottom, left float32, content fyne.CanvasObject) *Panel {
	p := &Panel{face: f, content: content, pad: [4]float32{top, right, bottom, left}}
	p.ExtendBaseWidget(p)
	return p
}

// AtLeast makes the panel at least so high, its content in the middle.
func (p *Panel) AtLeast(height float32) *Panel {
	p.least = height
	return p
}

// SetFace changes the ground.
func (p *Panel) SetFace(f Face) {
	p.face = f
	p.Refresh()
}

// SetContent changes what stands on the ground.
func (p *Panel) SetContent(o fyne.CanvasObject) {
	p.content = o
	p.Refresh()
}

// HeightFor implements Tall.
func (p *Panel) HeightFor(width float32) float32 {
	inner := width - p.pad[1] - p.pad[3] - p.face.MarkWidth
	return max(HeightFor(p.content, inner)+p.pad[0]+p.pad[2], p.least)
}

// NaturalWidth returns the width the content would like, with the space around.
func (p *Panel) NaturalWidth() float32 {
	return naturalWidth(p.content) + p.pad[1] + p.pad[3] + p.face.MarkWidth
}

func (p *Panel) leastWidth() float32 {
	return leastWidth(p.content) + p.pad[1] + p.pad[3] + p.face.MarkWidth
}

func (p *Panel) children() []fyne.CanvasObject { return []fyne.CanvasObject{p.content} }

// CreateRenderer implements fyne.Widget.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{p: p, ground: newGround()}
	r.Refresh()
	return r
}

type panelRenderer struct {
	p      *Panel
	ground *ground
}

func (r *panelRenderer) Layout(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	r.ground.layout(r.p.face, s)
	pad := r.p.pad
	w := s.Width - pad[1] - pad[3] - r.p.face.MarkWidth
	room := s.Height - pad[0] - pad[2]
	h := min(HeightFor(r.p.content, w), room)
	if r.p.least == 0 {
		h = room
	}
	r.p.content.Move(fyne.NewPos(pad[3]+r.p.face.MarkWidth, pad[0]+(room-h)/2))
	r.p.content.Resize(fyne.NewSize(w, h))
}

func (r *panelRenderer) MinSize() fyne.Size {
	m := r.p.content.MinSize()
	m = m.AddWidthHeight(r.p.pad[1]+r.p.pad[3]+r.p.face.MarkWidth, r.p.pad[0]+r.p.pad[2])
	m.Height = max(m.Height, r.p.least)
	return m
}

func (r *panelRenderer) Objects() []fyne.CanvasObject {
	return append(r.ground.objects(), r.p.content)
}
func (r *panelRenderer) Destroy() {}

func (r *panelRenderer) Refresh() {
	r.Layout(r.p.Size())
	canvas.Refresh(r.p)
}

// ground draws a Face: the one place that fills and edges are drawn.
type ground struct {
	box   *canvas.Rectangle
	mark  *canvas.Rectangle
	hatch []*canvas.Line
}

func newGround() *ground {
	return &ground{box: canvas.NewRectangle(color.Transparent), mark: canvas.NewRectangle(color.Transparent)}
}

// hatchStep is how far apart the lines of a hatched ground are.
const hatchStep float32 = 14

func (g *ground) layout(f Face, s fyne.Size) {
	s = s.Max(fyne.NewSize(0, 0)) // painters cannot draw less than nothing
	th := look.Current()
	g.box.FillColor = color.Transparent
	if !f.NoFill {
		g.box.FillColor = th.Colour(f.Fill)
	}
	g.box.StrokeColor, g.box.StrokeWidth, g.box.CornerRadius = th.Colour(f.Edge), f.EdgeWidth, f.Radius
	switch {
	case f.EdgeWidth == 0:
		g.box.StrokeColor = color.Transparent
	case f.EdgeWidth >= 2: // an edge with a meaning; wider in sunlight
		g.box.StrokeWidth = max(f.EdgeWidth, th.EdgeWidth())
	}
	g.box.Move(fyne.NewPos(0, 0))
	g.box.Resize(s)
	g.mark.FillColor = th.Colour(f.Mark)
	g.mark.Hidden = f.MarkWidth == 0
	g.mark.Resize(fyne.NewSize(f.MarkWidth, s.Height))
	g.layoutHatch(f, s)
}

// layoutHatch draws lines from bottom left to top right, cut at the ground's
// own edges so that nothing is drawn outside it.
func (g *ground) layoutHatch(f Face, s fyne.Size) {
	g.hatch = g.hatch[:0]
	if !f.Hatched || s.Width <= 0 || s.Height <= 0 {
		return
	}
	ink := look.Current().Colour(f.Hatch)
	for x := -s.Height; x < s.Width; x += hatchStep {
		from, to := fyne.NewPos(x, s.Height), fyne.NewPos(x+s.Height, 0)
		if from.X < 0 {
			from = fyne.NewPos(0, s.Height+from.X)
		}
		if to.X > s.Width {
			to = fyne.NewPos(s.Width, to.X-s.Width)
		}
		line := canvas.NewLine(ink)
		line.StrokeWidth = 3
		line.Position1, line.Position2 = from, to
		g.hatch = append(g.hatch, line)
	}
}

func (g *ground) objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{g.box}
	for _, l := range g.hatch {
		out = append(out, l)
	}
	return append(out, g.mark)
}
