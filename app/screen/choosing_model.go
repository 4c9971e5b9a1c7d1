package screen

import (
	"satchel/assets"
)

// qualityWords says in words how hard a new secret is to guess, and what to do
// about it. There are no rules of composition, and no bar whose colour alone
// would say it.
func qualityWords(w *assets.Words, q Quality) string {
	switch q {
	case QualityEasy:
		return w.Say("quality.easy")
	case QualityNearly:
		return w.Say("quality.nearly")
	case QualityGood:
		return w.Say("quality.good")
	case QualityDigits:
		return w.Say("quality.digits", "least", PINLeast, "most", PINMost)
	case QualityLong:
		return w.Say("quality.long")
	case QualityPINEasy:
		return w.Say("quality.pin-easy")
	case QualityPINNot:
		return w.Say("quality.pin-not")
	}
	return ""
}

// qualityChip is qualityWords with a shape; empty words for nothing to say.
func qualityChip(w *assets.Words, q Quality) chip {
	switch q {
	case QualityNone:
		return chip{}
	case QualityGood:
		return chip{chipReady, qualityWords(w, q)}
	case QualityNearly:
		return chip{chipEarlier, qualityWords(w, q)}
	}
	return chip{chipWarning, qualityWords(w, q)}
}

// choosingFaults says what is wrong with what stands in the two boxes; "" is
// nothing.
func choosingFaults(w *assets.Words, q Quality, same, pin bool) (first, again string) {
	switch q {
	case QualityNone:
		if first = w.Say("choose.empty"); pin {
			first = w.Say("choose.empty-pin")
		}
	case QualityGood:
	default:
		first = qualityWords(w, q)
	}
	if !same {
		again = w.Say("choose.not-same")
	}
	return first, again
}
