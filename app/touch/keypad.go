package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// Digits is a box that a Keypad types into.
type Digits interface {
	Type(r rune)
	Back()
}

// Keypad is the 3x4 pad of digits, its keys 88 high at every density: it is
// pressed in gloves, in the dark, without looking for long. The last key is
// the page's main action where it has one; Enter on any key does that too.
type Keypad struct {
	// Box holds the keys; it is what goes on a page.
	Box *fyne.Container

	into func() Digits
	keys []*Button
	done *Button
}

// padKey is how high a key is, and padWide how wide the pad gets.
const (
	padKey  float32 = 88
	padWide float32 = 3*112 + 2*look.Gap
)

// NewKeypad returns a pad that types into what into returns at each press. remove
// is the words of the key that takes the last digit away, done those of the
// last key, and onDone what it does; with a nil onDone that place stays empty.
func NewKeypad(into func() Digits, remove, done string, onDone func()) *Keypad {
	p := &Keypad{into: into}
	key := func(words string, k Kind, press func(Digits)) *Button {
		b := NewButton(words, k, nil)
		b.height = func(*look.Theme) float32 { return padKey }
		b.padX = 4
		b.OnPress = func() {
			press(p.into())
			// A tap takes the keyboard from the box. The key has it now, and
			// hands on what is typed: giving it back to the box would move the
			// page under the finger where the box is out of sight.
			if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil {
				c.Focus(b)
			}
		}
		b.onRune = func(r rune) { p.into().Type(r) }
		b.onKey = func(k *fyne.KeyEvent) bool {
			switch {
			case k.Name == fyne.KeyBackspace:
				p.into().Back()
			case onDone != nil && (k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter):
				onDone()
			default:
				return false
			}
			return true
		}
		p.keys = append(p.keys, b)
		return b
	}
	digit := func(r rune) *Button {
		b := key(string(r), Plain, func(d Digits) { d.Type(r) })
		b.text.style.Size = look.Heading
		return b
	}
	var rows []fyne.CanvasObject
	for _, line := range []string{"123", "456", "789"} {
		var cells []Cell
		for _, r := range line {
			cells = append(cells, Grow(digit(r)))
		}
		rows = append(rows, Cells(look.Gap, cells...))
	}
	last := []Cell{Grow(key(remove, Plain, Digits.Back)), Grow(digit('0'))}
	if onDone == nil {
		last = append(last, Space())
	} else {
		p.done = key(done, Primary, nil)
		p.done.OnPress = onDone
		last = append(last, Grow(p.done))
	}
	rows = append(rows, Cells(look.Gap, last...))
	p.Box = AtMost(padWide*max(1, look.Current().TextScale()/1.25), Column(look.Gap, rows...))
	return p
}

// Done returns the last key, or nil.
func (p *Keypad) Done() *Button { return p.done }
