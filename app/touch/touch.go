// Package touch holds Satchel's own widgets: what a person in gloves, in
// sunlight, in the dark or with only a keyboard can use.
//
// It guarantees: nothing that can be pressed is under 44 high or wide
// (TestEveryTargetIsLargeEnough); Enter and Space press what has the keyboard
// (TestKeysPress); Esc, F1 and every key a widget does not use reach the
// canvas's key handler, and shortcuts its shortcut handlers, also while typing
// (TestUnusedKeysPassOn); dragging a finger scrolls, and every long page and
// list has Page up and Page down keys (TestDragScrolls, TestPageKeys); words
// wrap and are never cut, so a drug name, a dose or a family name is always
// whole (TestTextWrapsAndNeverCuts).
//
// Heights depend on widths here: a Text of one sentence is one line high on a
// wide page and three on a narrow one. Fyne's own layouts ask for a size before
// they give a width, so this package brings its own few layouts (Column, Cells,
// Flow, Pad, Frame), which ask HeightFor. They need no second pass, and give the
// same picture in a window and on a canvas without one.
//
// It knows nothing of people, records or devices, holds no words of its own and
// does no I/O. Everything runs on Fyne's one goroutine.
package touch

import (
	"fyne.io/fyne/v2"
)

// Tall is an object whose height depends on its width.
type Tall interface {
	// HeightFor returns the height the object needs at a width.
	HeightFor(width float32) float32
}

// tallLayout is a layout whose height depends on its width.
type tallLayout interface {
	heightFor(objects []fyne.CanvasObject, width float32) float32
}

// natural is an object that knows how wide it would be on one line.
type natural interface{ NaturalWidth() float32 }

// HeightFor returns the height an object needs at a width: its own answer where
// it has one, else the height of its MinSize.
func HeightFor(o fyne.CanvasObject, width float32) float32 {
	switch o := o.(type) {
	case Tall:
		return o.HeightFor(width)
	case *fyne.Container:
		if l, ok := o.Layout.(tallLayout); ok {
			return l.heightFor(o.Objects, width)
		}
	}
	return o.MinSize().Height
}

// naturalWidth returns how wide an object would like to be.
func naturalWidth(o fyne.CanvasObject) float32 {
	switch o := o.(type) {
	case natural:
		return o.NaturalWidth()
	case *fyne.Container:
		if l, ok := o.Layout.(interface {
			naturalWidth(objects []fyne.CanvasObject) float32
		}); ok {
			return l.naturalWidth(o.Objects)
		}
	}
	return o.MinSize().Width
}

// leastWidth returns the width under which an object would have to break a word
// or cut a shape.
func leastWidth(o fyne.CanvasObject) float32 {
	switch o := o.(type) {
	case interface{ leastWidth() float32 }:
		return o.leastWidth()
	case *fyne.Container:
		if l, ok := o.Layout.(interface {
			leastWidth(objects []fyne.CanvasObject) float32
		}); ok {
			return l.leastWidth(o.Objects)
		}
	}
	return o.MinSize().Width
}

// parent is a widget of this package that holds others.
type parent interface{ children() []fyne.CanvasObject }

// childrenOf returns what an object holds, as far as this package can see.
func childrenOf(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case parent:
		return o.children()
	case *fyne.Container:
		return o.Objects
	}
	return nil
}

// Walk calls visit for an object and for everything visible in it, in tree
// order, which is the order of Tab. It stops descending where visit says false.
func Walk(o fyne.CanvasObject, visit func(fyne.CanvasObject) bool) {
	if o == nil || !o.Visible() || !visit(o) {
		return
	}
	for _, c := range childrenOf(o) {
		Walk(c, visit)
	}
}

// passKey hands a key that a widget does not use to its canvas's key handler:
// Fyne gives keys to the focused widget alone.
func passKey(from fyne.CanvasObject, key *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(from); c != nil {
		if f := c.OnTypedKey(); f != nil {
			f(key)
		}
	}
}

// reveal scrolls whatever holds the object so that the object can be seen. It
// looks through every window: Fyne knows the canvas of an object, and with it
// the object's place, only once that has been painted.
func reveal(o fyne.CanvasObject) {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if _, here := revealIn(w.Content(), o); here {
			return
		}
	}
}

// revealIn tells whether target is in o and how far beneath o's top, and moves
// every Scroll on the way.
func revealIn(o, target fyne.CanvasObject) (y float32, here bool) {
	if o == nil || o == target {
		return 0, o == target
	}
	for _, child := range childrenOf(o) {
		within, here := revealIn(child, target)
		if !here {
			continue
		}
		y = child.Position().Y + within
		if s, ok := o.(*Scroll); ok && child == s.content {
			y -= s.reveal(y, target.Size().Height)
		}
		return y, true
	}
	return 0, false
}
