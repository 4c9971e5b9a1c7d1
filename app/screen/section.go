package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
	"satchel/store/record"
)

// section is one section in full.
func (v *recordView) section(m sectionModel) fyne.CanvasObject {
	all := touch.Column(12)
	v.addSection(all, m, touch.NewHeading(m.Title))
	return all
}

// addSection puts a section and those nested in it on the page.
func (v *recordView) addSection(all *fyne.Container, m sectionModel, head *touch.Text) {
	all.Add(touch.Column(4, touch.Cells(16, touch.Grow(head), touch.Fit(touch.NewChipSized(sign(m.State), look.Body))), touch.NewSmall(m.About)))
	if m.Note != "" {
		all.Add(touch.NewText(m.Note))
	}
	for _, it := range m.Items {
		all.Add(v.item(it))
	}
	for _, it := range m.Negations {
		all.Add(v.item(it))
	}
	if m.Written != "" {
		if len(m.Items) == 0 {
			all.Add(v.written(m.Text))
		} else {
			all.Add(v.group(m.Written, func(box *fyne.Container) { box.Add(narrativeCard(m.Text)) }))
		}
	}
	if len(m.Ended) > 0 {
		all.Add(v.group(m.EndedHead, func(box *fyne.Container) {
			for _, it := range m.Ended {
				box.Add(v.item(it))
			}
		}))
	}
	if len(m.Unread) > 0 {
		all.Add(v.group(m.UnreadHead, func(box *fyne.Container) {
			for _, u := range m.Unread {
				box.Add(unreadCard(u))
			}
		}))
	}
	for _, n := range m.Nested {
		v.addSection(all, n, touch.NewTitle(n.Title))
	}
}

// item is one clinical item on a card of its own.
func (v *recordView) item(it itemModel) fyne.CanvasObject {
	line := touch.Flow(8, 4, touch.NewStyled(it.Title, touch.Style{Size: look.Title, Ink: look.Text, Bold: true}))
	for _, c := range it.Chips {
		line.Add(touch.Left(touch.NewChip(sign(c))))
	}
	body := touch.Column(4, line)
	face := touch.CardFace()
	if it.Carer != "" { // apart from professional entries, with who said it (R11)
		face.Mark, face.MarkWidth = look.Action, 6
		body.Add(touch.NewBold(it.Carer))
	}
	if it.Rely != "" {
		body.Add(touch.Left(touch.NewChipSized(sign(chip{chipDanger, v.s.words.Say("item.do-not-rely", "why", it.Rely)}), look.Body)))
	}
	for _, l := range it.Lines {
		body.Add(fact(l))
	}
	if !it.Text.IsZero() && len(it.Lines) == 0 {
		body.Add(narrative(it.Text, 0))
	}
	body.Add(touch.NewSmall(it.Source))
	return touch.NewPanel(face, 14, body)
}

// written is a narrative under its heading.
func (v *recordView) written(n record.Narrative) fyne.CanvasObject {
	return touch.Column(6, touch.NewBold(v.s.words.Say("record.as-written")), narrativeCard(n))
}

// group is a closed group: a row that says what is in it and how many, and
// opens beneath.
func (v *recordView) group(head string, fill func(*fyne.Container)) fyne.CanvasObject {
	box := touch.Column(8)
	arrow := touch.NewShape(touch.ArrowDown, look.Action)
	row := touch.NewPress(head, touch.Face{Fill: look.Card, Edge: look.Edge, EdgeWidth: 2, Radius: look.Radius},
		touch.Cells(8, touch.Grow(touch.NewBold(head)), touch.Fit(arrow)), nil)
	row.OnPress = func() {
		if len(box.Objects) == 0 {
			fill(box)
			arrow.Set(touch.ArrowUp, look.Action)
		} else {
			box.Objects = nil
			arrow.Set(touch.ArrowDown, look.Action)
		}
		v.middle.Refresh()
	}
	return touch.Column(8, row, box)
}

func unreadCard(u unreadModel) fyne.CanvasObject {
	body := touch.Column(4, touch.NewBold(u.Cause))
	if u.Text != "" {
		body.Add(touch.NewText(u.Text))
	}
	return touch.NewPanel(touch.CardFace(), 14, body)
}

// about is the page about the summary itself.
func (v *recordView) about() fyne.CanvasObject {
	w := v.s.words
	m := newAboutModel(w, v.s.opened.Summary, v.s.now())
	all := touch.Column(12, touch.NewHeading(w.Say("record.about")))
	for _, words := range m.Warnings {
		all.Add(touch.NewPanel(touch.Face{Fill: look.Card, Edge: look.Warning, EdgeWidth: 3, Radius: look.Radius}, 12,
			touch.Cells(8, touch.Fit(touch.NewShape(touch.Triangle, look.DangerInk)), touch.Grow(touch.NewText(words)))))
	}
	facts := touch.Column(6)
	addFacts(facts, m.Facts, 0)
	all.Add(touch.NewPanel(touch.CardFace(), 16, facts))
	if len(m.Person) > 0 {
		person := touch.Column(6)
		addFacts(person, m.Person, 0)
		all.Add(touch.NewTitle(w.Say("about.person")))
		all.Add(touch.NewPanel(touch.CardFace(), 16, person))
	}
	if len(m.Supporting) > 0 {
		all.Add(v.group(w.Count("about.supporting", len(m.Supporting)), func(box *fyne.Container) {
			for _, it := range m.Supporting {
				box.Add(v.item(it))
			}
		}))
	}
	return all
}
