package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// field is what stands around a box to type in: a label above, a hint, and what
// is wrong with what was typed, in words.
type field struct {
	label   *Text
	hint    *Text
	fault   *Text
	faults  *fyne.Container
	content *fyne.Container
	grown   func() // the height may have changed
}

// newField returns the surroundings of a box; an empty label leaves it out.
func newField(label string, grown func()) field {
	f := field{
		label: NewBold(label), hint: NewSmall(""), grown: grown,
		fault: NewStyled("", Style{Size: look.Body, Ink: look.DangerInk, Bold: true}),
	}
	f.label.Hidden = label == ""
	f.hint.Hidden = true
	f.faults = Cells(look.Gap, Fit(NewShape(Exclaim, look.DangerInk)), Grow(f.fault))
	f.faults.Hidden = true
	return f
}

// surround puts the surroundings around the box, and more beneath it.
func (f *field) surround(box fyne.CanvasObject, beneath ...fyne.CanvasObject) {
	f.content = Column(4, append([]fyne.CanvasObject{f.label, f.hint, f.faults, box}, beneath...)...)
}

func (f *field) setHint(words string) {
	f.hint.SetWords(words)
	f.hint.Hidden = words == ""
}

// SetFault says what is wrong with what was typed, beside the box; "" takes it
// away.
func (f *field) SetFault(words string) {
	f.fault.SetWords(words)
	if hidden := words == ""; hidden != f.faults.Hidden {
		f.faults.Hidden = hidden
		f.content.Refresh()
		f.grown()
	}
}

// Fault returns what SetFault said.
func (f *field) Fault() string { return f.fault.Words() }

// Label returns the words above the box.
func (f *field) Label() string { return f.label.Words() }

// HeightFor implements Tall.
func (f *field) HeightFor(width float32) float32 { return HeightFor(f.content, width) }

func (f *field) children() []fyne.CanvasObject { return []fyne.CanvasObject{f.content} }
