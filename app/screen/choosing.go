package screen

import (
	"bytes"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

// choosing is the part of a page on which somebody chooses a new passphrase,
// or a PIN where hardware limits the tries, by typing it twice.
type choosing struct {
	s      *Shell
	hints  []func() string // words the secret must not lean on
	pin    bool
	submit func() // Enter in the second box
	grown  func() // the height may have changed

	first, again *touch.Secret
	into         *touch.Secret // what the pad types into
	said         *fyne.Container
	fields       *fyne.Container
	box          *fyne.Container // what goes on the page
}

// newChoosing makes it for somebody of whom hints are known.
func newChoosing(s *Shell, submit, grown func(), hints ...func() string) *choosing {
	c := &choosing{s: s, hints: hints, submit: submit, grown: grown}
	c.fields = touch.Column(12)
	c.box = touch.Column(12)
	if s.state.MayPIN {
		kinds := touch.NewOptions(0, func(i int) {
			c.pin = i == 1
			c.draw()
			grown()
			s.win.Canvas().Focus(c.first.Focusable())
		}, touch.Option{Title: s.words.Say("choose.passphrase"), Detail: s.words.Say("choose.passphrase-detail")},
			touch.Option{Title: s.words.Say("choose.pin"), Detail: s.words.Say("choose.pin-detail", "least", PINLeast, "most", PINMost)})
		c.box.Add(touch.Cells(look.Gap, touch.Grow(kinds.Rows()[0]), touch.Grow(kinds.Rows()[1])))
	}
	c.box.Add(c.fields)
	c.draw()
	return c
}

// draw makes the boxes for the kind that is chosen.
func (c *choosing) draw() {
	w := c.s.words
	c.wipe()
	first, again, hint := "choose.new", "choose.again", w.Say("choose.hint")
	if c.pin {
		first, again, hint = "choose.new-pin", "choose.again-pin", w.Say("choose.hint-pin", "least", PINLeast, "most", PINMost)
	}
	c.first, c.again = secretBox(c.s, w.Say(first), c.pin), secretBox(c.s, w.Say(again), c.pin)
	c.first.WithHint(hint)
	c.into = c.first
	c.first.OnFocus, c.again.OnFocus = func() { c.into = c.first }, func() { c.into = c.again }
	c.said = touch.Column(0)
	c.first.OnChanged = c.judge
	c.again.OnChanged = func() { c.again.SetFault("") }
	c.first.OnSubmitted = c.next
	c.again.OnSubmitted = c.next
	c.fields.Objects = []fyne.CanvasObject{c.first, c.said, c.again}
	if c.pin {
		pad := touch.NewKeypad(func() touch.Digits { return c.into }, w.Say("pad.back"), w.Say("pad.next"), c.next)
		c.fields.Add(pad.Box)
	}
}

// secretBox is a box for a passphrase or a PIN, with Show and a warning of
// Caps Lock.
func secretBox(s *Shell, label string, pin bool) *touch.Secret {
	w := s.words
	box := touch.NewSecret(label, w.Say("word.show"), w.Say("word.hide"), w.Say("unlock.caps-lock"))
	if pin {
		box.OnlyDigits(PINMost)
	}
	return box
}

// next goes from the first box to the second, and from there on.
func (c *choosing) next() {
	if c.into == c.first {
		c.s.win.Canvas().Focus(c.again.Focusable())
		return
	}
	c.submit()
}

// quality asks how hard what stands in the first box is to guess.
func (c *choosing) quality() (q Quality) {
	c.first.With(func(text []byte) {
		if len(text) > 0 {
			hints := []string{c.s.state.Laptop, c.s.state.Organisation}
			for _, hint := range c.hints {
				hints = append(hints, hint())
			}
			q = c.s.desk.Quality(Secret{Text: text, PIN: c.pin}, hints...)
		}
	})
	return q
}

// judge says the quality as somebody types.
func (c *choosing) judge() {
	c.first.SetFault("")
	c.said.Objects = nil
	if m := qualityChip(c.s.words, c.quality()); m.Words != "" {
		c.said.Add(touch.Left(touch.NewChipSized(sign(m), look.Small)))
	}
	c.grown()
}

// take gives what was chosen, or says beside the boxes what is wrong with it,
// with the keyboard on the first. The boxes keep what was typed: where a page
// fails further on, nobody types it again.
func (c *choosing) take() (Secret, bool) {
	first, again := choosingFaults(c.s.words, c.quality(), c.first.Same(c.again), c.pin)
	if first != "" {
		c.said.Objects = nil // the fault says it
	}
	c.first.SetFault(first)
	c.again.SetFault(again)
	c.grown()
	for _, box := range []*touch.Secret{c.first, c.again} {
		if box.Fault() != "" {
			c.s.win.Canvas().Focus(box.Focusable())
			return Secret{}, false
		}
	}
	out := Secret{PIN: c.pin}
	c.first.With(func(text []byte) { out.Text = bytes.Clone(text) })
	return out, true
}

// typed tells whether anything stands in the boxes.
func (c *choosing) typed() bool { return c.first.Len()+c.again.Len() > 0 }

// wipe forgets what was typed.
func (c *choosing) wipe() {
	if c.first != nil {
		c.first.Wipe()
		c.again.Wipe()
	}
}
