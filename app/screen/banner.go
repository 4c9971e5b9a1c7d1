package screen

import (
	"satchel/app/look"
	"satchel/app/touch"
	"satchel/assets"
)

// largeText is the text size above which the frame says only what must be said.
const largeText = 1.4

// facts puts the model on the widget.
func (b *bannerModel) facts(w *assets.Words) touch.BannerFacts {
	f := touch.BannerFacts{Name: b.Name, Dead: b.Dead, Note: b.NHSNote, More: w.Say("banner.more"), Less: w.Say("banner.less")}
	if b.Preferred != "" {
		f.Preferred = w.Say("banner.preferred", "name", b.Preferred)
	}
	f.Items = append(f.Items, touch.LabelledValue{Label: w.Say("banner.born"), Value: b.Born})
	if b.Dead {
		f.Items = append(f.Items,
			touch.LabelledValue{Label: w.Say("banner.died"), Value: b.Died},
			touch.LabelledValue{Label: w.Say("banner.age-at-death"), Value: b.AgeAtDied})
	}
	f.Items = append(f.Items,
		touch.LabelledValue{Label: w.Say("banner.gender"), Value: b.Sex},
		touch.LabelledValue{Label: w.Say("banner.nhs"), Value: b.NHS})
	for _, l := range b.Second {
		f.Second = append(f.Second, touch.LabelledValue{Label: l.Label, Value: l.Value})
	}
	if b.Allergies.Words != "" {
		f.Allergies = sign(b.Allergies)
	}
	for _, c := range b.Chips {
		f.Chips = append(f.Chips, sign(c))
	}
	large := look.Current().TextScale() > largeText
	if large && b.Reason != "" {
		f.Second = append(f.Second, touch.LabelledValue{Value: b.Reason})
	}
	for _, l := range b.Origin {
		if large { // the banner must leave room for the record
			f.Second = append(f.Second, touch.LabelledValue(l))
			continue
		}
		f.Chips = append(f.Chips, sign(chip{chipPlain, l.Label + " " + l.Value}))
	}
	return f
}
