package central

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"time"

	"satchel/store/identity"
	"satchel/store/record"
)

// owner is who has a certain number: the number goes with one birth date.
// Nothing about a file's time or the order of its coming may move it, for that
// would put one person's record under another's name.
type owner struct {
	born string
	id   string // the document that says so
}

// settle decides whose each document is and which one is current, and gives
// those that were not handed over yet, in the order of their names.
func (f *Folder) settle(report *Report) []*file {
	byPerson := map[Person][]*file{}
	claims := map[identity.NHSNumber][]*file{}
	all := f.inOrder()
	for _, x := range all {
		if x.ofSomebody() && x.certain {
			claims[x.number] = append(claims[x.number], x)
		}
	}
	for number, docs := range claims {
		f.owners[number] = f.owners[number].among(docs)
	}
	for _, x := range all {
		if !x.gone && !x.count(report) {
			continue
		}
		if !x.ofSomebody() {
			continue
		}
		x.person = byDocument(x.id)
		if x.certain {
			if f.owners[x.number].born == x.born {
				x.person = byNumber(x.number)
			} else if !x.gone {
				report.Contested = append(report.Contested, x.id)
			}
		}
		byPerson[x.person] = append(byPerson[x.person], x)
	}
	return f.due(byPerson, report)
}

func (x *file) ofSomebody() bool { return x.err == nil && x.summary }

// count puts a file that is nobody's current document where the report says
// so, and tells whether it may be somebody's.
func (x *file) count(report *Report) bool {
	refused, judged := errors.AsType[*record.Refusal](x.err)
	switch {
	case judged && !x.resting && refused.Cause != record.CauseTooLarge:
		report.Unsettled++ // half a file reads as a broken one
	case x.err != nil:
		report.Refused = append(report.Refused, Refusal{x.id, x.err})
	case !x.summary:
		report.NoPerson++
	default:
		return true
	}
	return false
}

// among gives who has a number, as its documents now stand: whoever had it,
// while any document says so; where the very document that said so has another
// date now, that date, for it was corrected; else the first by name.
func (o *owner) among(docs []*file) *owner {
	if o != nil {
		for _, x := range docs {
			if x.born == o.born && !(x.past && x.id == o.id) {
				return o
			}
		}
		for _, x := range docs {
			if x.id == o.id && !x.past {
				return &owner{x.born, x.id}
			}
		}
	}
	return &owner{docs[0].born, docs[0].id}
}

// due gives the current documents that were not handed over yet. A document
// that disappeared stays the newest: nothing older takes its place.
func (f *Folder) due(byPerson map[Person][]*file, report *Report) []*file {
	var due []*file
	for person, docs := range byPerson {
		present := 0
		for _, x := range docs {
			if !x.gone {
				present++
			}
		}
		if present == 0 {
			continue
		}
		report.People++
		report.Older += present - 1
		current := f.newest(docs)
		if !current.gone && (current.taken != current.hash || current.takenAs != person) {
			due = append(due, current)
		}
	}
	slices.SortFunc(due, func(a, b *file) int { return cmp.Compare(a.id, b.id) })
	return due
}

// inOrder gives the files, and what they said before, in the order of their
// names.
func (f *Folder) inOrder() []*file {
	all := make([]*file, 0, len(f.files))
	for _, x := range f.files {
		if all = append(all, x); x.before != nil {
			all = append(all, x.before)
		}
	}
	slices.SortFunc(all, func(a, b *file) int { return cmp.Compare(a.id, b.id) })
	return all
}

// newest picks the current document: composed last, then there at all, then
// modified last. When it was composed is read only where there is a choice, so
// of a document that was never weighed against another, and is gone, it is not
// known: it gives way.
func (f *Folder) newest(docs []*file) *file {
	if len(docs) == 1 {
		return docs[0]
	}
	for _, x := range docs {
		if x.composed.IsZero() && !x.gone {
			x.composed = f.composed(x)
		}
	}
	return slices.MaxFunc(docs, func(a, b *file) int {
		return cmp.Or(a.composed.Compare(b.composed), compareThere(a, b), a.modified.Compare(b.modified), cmp.Compare(a.id, b.id))
	})
}

// compareThere puts a file that is there above one that is gone: it was moved.
func compareThere(a, b *file) int {
	switch {
	case a.gone == b.gone:
		return 0
	case a.gone:
		return -1
	}
	return 1
}

func (f *Folder) composed(x *file) time.Time {
	raw, err := os.ReadFile(f.path(x.id))
	if err != nil {
		return x.modified
	}
	s, err := record.Parse(raw)
	if err != nil || !s.Composed.Known() {
		return x.modified
	}
	return s.Composed.Start()
}
