package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// Option is one of several that exclude each other.
type Option struct {
	Title  string
	Detail string
	State  Sign // beside the detail; no words: none
}

// Options is a set of rows of which at most one is chosen; each row shows a
// ring, and the chosen one a dot in it and a coloured ground.
type Options struct {
	// Box holds the rows; it is what goes on a page.
	Box *fyne.Container
	// OnChange runs when a person chooses; it gets the option's place.
	OnChange func(int)

	rows   []*Press
	rings  []*Shape
	chosen int
}

// NewOptions returns rows one above the other. chosen is the place of the one
// chosen at first, or -1.
func NewOptions(chosen int, onChange func(int), options ...Option) *Options {
	o := &Options{OnChange: onChange, chosen: chosen, Box: Column(look.Gap)}
	for i, opt := range options {
		words := Column(2, NewBold(opt.Title))
		line := Flow(12, 2)
		if opt.Detail != "" {
			line.Add(NewSmall(opt.Detail))
		}
		if opt.State.Words != "" {
			line.Add(NewChip(opt.State))
		}
		if len(line.Objects) > 0 {
			words.Add(line)
		}
		ring := NewShapedRing()
		row := NewPress(opt.Title, choiceFace(), Cells(12, Fit(ring), Grow(words)), func() { o.choose(i) })
		row.height = (*look.Theme).Row
		o.rings, o.rows = append(o.rings, ring), append(o.rows, row)
		o.Box.Add(row)
	}
	o.dress()
	return o
}

// NewShapedRing is the ring of a choice not made.
func NewShapedRing() *Shape { return NewShape(Ring, look.Edge) }

// Chosen returns the place of the chosen option, or -1.
func (o *Options) Chosen() int { return o.chosen }

// Rows returns the rows in order, for focus.
func (o *Options) Rows() []*Press { return o.rows }

func (o *Options) choose(i int) {
	o.chosen = i
	o.dress()
	if o.OnChange != nil {
		o.OnChange(i)
	}
}

func (o *Options) dress() {
	for i, row := range o.rows {
		f := choiceFace()
		if i == o.chosen {
			f.Fill, f.Edge = look.Selection, look.Action
			o.rings[i].Set(RingDot, look.Action)
		} else {
			o.rings[i].Set(Ring, look.Edge)
		}
		row.SetFace(f)
	}
}
