package policy

import "strings"

// sensitivity is how careful a set of labels asks one to be.
type sensitivity uint8

const (
	normal sensitivity = iota
	restricted
	veryRestricted
)

// level is the strictest of a set of labels (domain.md 3.3): U, L, M and N are
// normal, V is very restricted, and R, every sensitivity and every label that is not
// known are restricted. Labels of the systems that say what data is for or what was
// done to it (HTEST, REDACTED) do not restrict.
func level(labels []Label) sensitivity {
	most := normal
	for _, l := range labels {
		most = max(most, levelOf(l))
	}
	return most
}

func levelOf(l Label) sensitivity {
	system := strings.ToLower(l.System)
	if strings.HasSuffix(system, "v3-actreason") || strings.HasSuffix(system, "v3-observationvalue") {
		return normal
	}
	if system != "" && !strings.HasSuffix(system, "v3-confidentiality") {
		return restricted
	}
	switch strings.ToUpper(l.Code) {
	case "U", "L", "M", "N":
		return normal
	case "V":
		return veryRestricted
	}
	return restricted
}
