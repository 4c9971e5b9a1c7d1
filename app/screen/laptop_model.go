package screen

import (
	"time"

	"satchel/assets"
)

// laptopModel is what the laptop says of itself, for an admin's eye.
type laptopModel struct {
	Facts   []laptopFact
	Notices []string
	People  []laptopPerson
}

// laptopFact is a label and a value.
type laptopFact struct{ Label, Value string }

// laptopPerson is somebody with a place here.
type laptopPerson struct {
	Name, Detail string
	State        chip
}

func newLaptopModel(w *assets.Words, st State, sy Sync, l Laptop, now time.Time) laptopModel {
	var m laptopModel
	add := func(key, value string) {
		if value != "" {
			m.Facts = append(m.Facts, laptopFact{w.Say(key), value})
		}
	}
	add("laptop.name", st.Laptop)
	add("laptop.words", st.Words)
	add("laptop.organisation", st.Organisation)
	add("laptop.hub", l.Hub)
	add("laptop.contact", when(w, sy.Contact, now))
	add("laptop.binding", bindingWords(w, l.Binding))
	if !l.TurnedAt.IsZero() {
		add("laptop.turned", when(w, l.TurnedAt, now))
	}
	add("laptop.held", w.Count("laptop.held-words", st.Held))
	add("laptop.unsent", w.Count("laptop.unsent-words", st.Unsent))
	add("laptop.help-desk", st.HelpDesk)
	add("laptop.version", l.Version)
	for _, n := range l.Notices {
		m.Notices = append(m.Notices, w.Say(string(n)))
	}
	for _, u := range st.People {
		m.People = append(m.People, laptopPerson{u.Name, roleWords(w, string(u.Role)), personState(w, u)})
	}
	return m
}

// bindingWords says what the keys are bound to.
func bindingWords(w *assets.Words, b Binding) string {
	switch b {
	case BindingTPM:
		return w.Say("laptop.binding-tpm")
	case BindingStore:
		return w.Say("laptop.binding-store")
	case BindingFile:
		return w.Say("laptop.binding-file")
	}
	return ""
}
