package screen

import (
	"time"

	"satchel/assets"
)

// placesModel is a list of places to keep a file in, or of files that may hold
// an answer.
type placesModel struct {
	Title, Intro string
	Rows         []placeRow
	None         string
}

// placeRow is one of them.
type placeRow struct{ Name, Detail string }

func newSaveModel(w *assets.Words, places []Place) placesModel {
	m := placesModel{Title: w.Say("places.save-title"), Intro: w.Say("places.save-intro")}
	for _, p := range places {
		m.Rows = append(m.Rows, placeRow{p.Name, placeWords(w, p)})
	}
	if len(places) == 0 {
		m.None = w.Say("places.none")
	}
	return m
}

func newAnswersModel(w *assets.Words, files []AnswerFile, now time.Time) placesModel {
	m := placesModel{Title: w.Say("places.open-title"), Intro: w.Say("places.open-intro")}
	for _, f := range files {
		m.Rows = append(m.Rows, placeRow{f.Name, w.Say("places.file", "place", f.Place.Name, "time", when(w, f.At, now))})
	}
	if len(files) == 0 {
		m.None = w.Say("places.no-file")
	}
	return m
}

func placeWords(w *assets.Words, p Place) string {
	if p.Removable {
		return w.Say("places.stick")
	}
	return w.Say("places.folder")
}
