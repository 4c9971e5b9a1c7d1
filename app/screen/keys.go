package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/touch"
)

func (keysRoute) open(s *Shell) view { return newKeysView(s) }

// keysView is the F1 page: every key and what it does, from the one table.
type keysView struct {
	s    *Shell
	page *touch.Page
}

func newKeysView(s *Shell) *keysView {
	w := s.words
	list := touch.Column(0)
	add := func(key, words string) {
		list.Add(touch.NewPanelInset(touch.CardFace(), 10, 16, 10, 16,
			touch.Cells(16, touch.Fixed(180, touch.NewBold(key)), touch.Grow(touch.NewText(words)))))
	}
	for _, c := range commands {
		add(c.keyWords(), w.Say(c.words))
	}
	add("Ctrl+1 … Ctrl+9", w.Say("command.section"))
	add(w.Say("keys.tab"), w.Say("keys.tab-words"))
	add(w.Say("keys.enter"), w.Say("keys.enter-words"))
	add(w.Say("keys.arrows"), w.Say("keys.arrows-words"))
	body := touch.Column(16, touch.NewHeading(w.Say("command.keys")), touch.NewText(w.Say("keys.intro")), list)
	return &keysView{s, pageOf(touch.NewPage(body), w)}
}

func (v *keysView) where() string              { return v.s.words.Say("command.keys") }
func (v *keysView) content() fyne.CanvasObject { return v.page.Box }
func (v *keysView) focus() fyne.Focusable      { return nil }
func (v *keysView) scrolls() scroller          { return v.page.Scroll }
