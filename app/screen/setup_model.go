package screen

import (
	"strings"
	"unicode"

	"satchel/assets"
	"satchel/store/identity"
)

// setupModel is what has been entered while a laptop is set up.
type setupModel struct {
	step setupStep
	code string
	hub  Hub
	name string
	role int // place in setupRoles; -1: none yet
}

// setupStep is one page of the set-up.
type setupStep uint8

const (
	stepCode setupStep = iota
	stepHub
	stepPerson
)

// setupRoles are the roles a first person may have, in the order offered. The
// hub's credential decides in the end.
var setupRoles = []identity.Role{identity.Paramedic, identity.DistrictNurse, identity.SocialWorker, identity.ITAdmin}

// groupState says how one group of the code stands while it is typed.
type groupState uint8

const (
	groupOpen  groupState = iota // not complete
	groupRight                   // complete, and its check is right
	groupWrong                   // complete, and mistyped
)

// codeGroups splits a code as typed into its five groups and says how each
// stands; address is what follows the @ sign.
func codeGroups(typed string) (groups [5]groupState, address string) {
	letters, address, _ := strings.Cut(typed, "@")
	plain := strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, letters)
	runes := []rune(plain)
	for g := range groups {
		if len(runes) < (g+1)*5 {
			break
		}
		groups[g] = groupWrong
		if identity.CheckCodeGroup(g, string(runes[g*5:g*5+5])) {
			groups[g] = groupRight
		}
	}
	return groups, strings.TrimSpace(address)
}

// tidyCode puts hyphens between complete groups while a code is typed.
func tidyCode(typed string) string {
	letters, address, found := strings.Cut(typed, "@")
	plain := strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, letters))
	var parts []string
	for runes := []rune(plain); len(runes) > 0; {
		n := min(5, len(runes))
		parts = append(parts, string(runes[:n]))
		runes = runes[n:]
	}
	out := strings.Join(parts, "-")
	if found {
		out += "@" + address
	}
	return out
}

// faults says what is missing on the page about the first person; "" is
// nothing.
func (m setupModel) faults(w *assets.Words) (name, role string) {
	if strings.TrimSpace(m.name) == "" {
		name = w.Say("setup.missing-name")
	}
	if m.role < 0 {
		role = w.Say("setup.missing-role")
	}
	return name, role
}
