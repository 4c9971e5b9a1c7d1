package screen

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// command is something a person can do from anywhere with a key. Menu,
// shortcuts and the F1 page are made from the one table.
type command struct {
	id      string
	words   string // key in the language file
	key     fyne.KeyName
	plain   bool // the key alone, without Ctrl
	enabled func(*Shell) bool
	run     func(*Shell)
}

func always(*Shell) bool        { return true }
func whenOpen(s *Shell) bool    { return s.state.Phase == PhaseOpen }
func whenRecord(s *Shell) bool  { return whenOpen(s) && s.opened != nil }
func whenSigned(s *Shell) bool  { return s.state.Phase == PhaseOpen || s.state.Phase == PhaseDuty }
func whenHistory(s *Shell) bool { return s.canGoBack() }

// commands is the table. No key is one that editing needs (A, C, V, X, Y, Z).
var commands = []command{
	{id: "lock", words: "command.lock", key: fyne.KeyL, enabled: whenSigned, run: (*Shell).lock},
	{id: "find", words: "command.find", key: fyne.KeyF, enabled: whenOpen, run: (*Shell).goFind},
	{id: "card", words: "command.card", key: fyne.KeyE, enabled: whenRecord, run: func(s *Shell) { s.goSection(0) }},
	{id: "sync", words: "command.sync", key: fyne.KeyR, enabled: whenOpen, run: (*Shell).goSync},
	{id: "waiting", words: "command.waiting", key: fyne.KeyO, enabled: whenOpen, run: (*Shell).goWaiting},
	{id: "self", words: "command.self", key: fyne.KeyU, enabled: whenOpen, run: (*Shell).goSelf},
	{id: "night", words: "command.night", key: fyne.KeyD, enabled: always, run: (*Shell).toggleNight},
	{id: "back", words: "command.back", key: fyne.KeyEscape, plain: true, enabled: whenHistory, run: (*Shell).back},
	{id: "keys", words: "command.keys", key: fyne.KeyF1, plain: true, enabled: always, run: (*Shell).goKeys},
}

// sectionKeys are Ctrl+1 to Ctrl+9: a section of the summary.
var sectionKeys = []fyne.KeyName{
	fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9,
}

// do runs a command if it makes sense now, and tells whether it did.
func (s *Shell) do(c command) bool {
	if !c.enabled(s) {
		return false
	}
	c.run(s)
	return true
}

// shortcuts lists every key with Ctrl (Cmd on a Mac) and what it does.
func (s *Shell) shortcuts() map[*desktop.CustomShortcut]func() {
	out := map[*desktop.CustomShortcut]func(){}
	for _, c := range commands {
		if !c.plain {
			out[&desktop.CustomShortcut{KeyName: c.key, Modifier: fyne.KeyModifierShortcutDefault}] = func() { s.do(c) }
		}
	}
	for i, key := range sectionKeys {
		out[&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}] = func() {
			if whenRecord(s) {
				s.goSection(i + 1)
			}
		}
	}
	return out
}

// Menu returns the same commands as a main menu, for systems whose menu stands
// outside the window (macOS). Inside a window it would cost a row of height;
// there the shortcuts work without it, also while typing.
func (s *Shell) Menu() *fyne.MainMenu {
	menu := fyne.NewMenu(s.words.Say("app.name"))
	for _, c := range commands {
		item := fyne.NewMenuItem(s.words.Say(c.words), func() { s.do(c) })
		if !c.plain {
			item.Shortcut = &desktop.CustomShortcut{KeyName: c.key, Modifier: fyne.KeyModifierShortcutDefault}
		}
		menu.Items = append(menu.Items, item)
	}
	return fyne.NewMainMenu(menu)
}

// typedKey is the canvas's key handler: what no widget used arrives here.
func (s *Shell) typedKey(k *fyne.KeyEvent) {
	s.used = s.now()
	for _, c := range commands {
		if c.plain && c.key == k.Name {
			s.do(c)
			return
		}
	}
	if v, ok := s.view.(interface{ key(fyne.KeyName) bool }); ok && v.key(k.Name) {
		return
	}
	if v, ok := s.view.(interface{ scrolls() scroller }); ok {
		if sc := v.scrolls(); sc != nil {
			sc.Key(k.Name)
		}
	}
}

// scroller is what the keys that move a page move.
type scroller interface{ Key(fyne.KeyName) bool }

// keyWords says a command's key: "Ctrl+L", "F1".
func (c command) keyWords() string {
	name := string(c.key)
	if c.key == fyne.KeyEscape {
		name = "Esc"
	}
	if c.plain {
		return name
	}
	return fmt.Sprintf("Ctrl+%s", name)
}
