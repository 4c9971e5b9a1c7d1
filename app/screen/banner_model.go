package screen

import (
	"time"

	"satchel/assets"
	"satchel/store/record"
)

// bannerModel is the patient banner of one person: identity always, allergies
// and freshness only where a record is open.
type bannerModel struct {
	record.Banner
	Second    []labelled
	Allergies chip // no words: not shown
	Chips     []chip
	Origin    []labelled // as at when, from whom
	Reason    string
}

// labelled is a value and what it is called.
type labelled struct{ Label, Value string }

// bannerOfRow is the banner before a record is open: who it is, nothing else.
func bannerOfRow(w *assets.Words, r Row, now time.Time) *bannerModel {
	nhs := r.NHS
	if nhs == "" {
		nhs = w.Say("banner.not-known")
	}
	return &bannerModel{
		Banner: record.Banner{Name: r.Name, Born: r.Born, Sex: r.Sex, NHS: nhs},
		Chips:  append(freshness(w, r.Fresh, now), marks(w, r.Marks)...),
	}
}

// bannerOfOpened is the banner of an open record.
func bannerOfOpened(w *assets.Words, o *Opened, now time.Time) *bannerModel {
	b := &bannerModel{}
	if p := o.Summary.Person; p != nil {
		b.Banner = p.Banner(now)
		b.Second = personLines(w, p)
	} else {
		b.Name = w.Say("banner.nobody")
	}
	b.Allergies = allergyTitle(w, o)
	b.Chips = append(b.Chips, freshness(w, o.Fresh, now)...)
	b.Origin = append(b.Origin, labelled{w.Say("banner.as-at"), o.Summary.Composed.Format()})
	if o.Summary.Source != "" {
		b.Origin = append(b.Origin, labelled{w.Say("banner.source"), o.Summary.Source})
	}
	b.Reason = reasonWords(w, o.Reason)
	if o.Withheld || o.Summary.Withheld {
		b.Chips = append(b.Chips, chip{chipNotHere, w.Say("banner.withheld")})
	}
	return b
}

// personLines is the second zone, in the order of the NHS banner: usual
// address, then phones and email.
func personLines(w *assets.Words, p *record.Person) []labelled {
	if p.Restricted || p.Protected {
		return []labelled{{w.Say("banner.address"), w.Say("banner.protected")}}
	}
	var out []labelled
	if a := p.Usual(); a != nil {
		out = append(out, labelled{w.Say("banner.address"), a.Line()})
	}
	for _, t := range p.Telecoms {
		if !t.Ended && t.Value != "" {
			out = append(out, labelled{telecomLabel(w, t), t.Value})
		}
	}
	if p.GP != "" {
		out = append(out, labelled{w.Say("banner.gp"), p.GP})
	}
	return out
}

func telecomLabel(w *assets.Words, t record.Telecom) string {
	switch {
	case t.System == "email":
		return w.Say("banner.email")
	case t.Use == "mobile":
		return w.Say("banner.mobile")
	case t.Use == "work":
		return w.Say("banner.work")
	case t.Use == "home":
		return w.Say("banner.home")
	}
	return w.Say("banner.phone")
}
