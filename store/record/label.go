package record

import "strings"

// labels reads meta.security, and for documents securityLabel.
func labels(res value) []Coding {
	var out []Coding
	for l := range res.at("meta", "security").elems() {
		out = append(out, coding(l))
	}
	for l := range res.get("securityLabel").elems() {
		if l.get("coding").ok() {
			for c := range l.get("coding").elems() {
				out = append(out, coding(c))
			}
			continue
		}
		out = append(out, coding(l))
	}
	return out
}

// restricting tells whether a label asks for more care than normal: R, V, any
// sensitivity, and any label that we do not know (domain.md 3.3: unknown label,
// treat as R). Purposes and the levels up to normal do not.
func restricting(c Coding) bool {
	system := strings.ToLower(c.System)
	switch {
	case strings.HasSuffix(system, "v3-confidentiality") || system == "":
		switch strings.ToUpper(c.Code) {
		case "U", "L", "M", "N":
			return false
		}
		return true
	case strings.HasSuffix(system, "v3-actreason"), strings.HasSuffix(system, "v3-observationvalue"):
		return false
	}
	return true
}

func anyRestricting(labels []Coding) bool {
	for _, l := range labels {
		if restricting(l) {
			return true
		}
	}
	return false
}

// veryRestricted tells whether the label V is among labels.
func veryRestricted(labels []Coding) bool {
	for _, l := range labels {
		if strings.EqualFold(l.Code, "V") && (l.System == "" || strings.HasSuffix(strings.ToLower(l.System), "v3-confidentiality")) {
			return true
		}
	}
	return false
}
