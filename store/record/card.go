package record

import "time"

// Card is the emergency card: ten tiles in the order of domain.md 1.4 and
// screens.md section 4. It is a view of a Summary at a time.
type Card struct {
	AsAt     Date // when the source composed the summary
	Source   string
	Withheld bool
	Allergy  AllergyState
	CPR      *CPRDecision // the decision on the tile's first line; nil: none is held
	Tiles    []Tile       // always the ten, in order
}

// AllergyState is one of exactly four titles (domain.md 2.2); the zero value is
// the cautious one.
type AllergyState uint8

// The four states of allergy information.
const (
	AllergiesUnavailable AllergyState = iota // not supplied, not permitted, or not readable as items
	AllergiesNotRecorded
	NoKnownAllergies // somebody stated so
	KnownAllergies
)

// String is the title word for word.
func (s AllergyState) String() string {
	switch s {
	case KnownAllergies:
		return "Known allergies"
	case NoKnownAllergies:
		return "No known allergies"
	case AllergiesNotRecorded:
		return "Allergies not recorded"
	}
	return "Allergies unavailable"
}

// TileKind is one tile of the card.
type TileKind uint8

// Tiles in their order.
const (
	TileCPR TileKind = iota
	TileAllergies
	TileAlerts
	TileMedicines
	TileProblems
	TileDevices
	TileContingency
	TileContacts
	TileCommunication
	TileRecent
	tileCount
)

// Tile is one tile.
type Tile struct {
	Kind      TileKind
	Title     string // heading; of the allergy tile, exactly one of the four titles
	State     State
	Note      string      // why, in words
	Items     []Item      // what stands on the tile, in order
	More      []Item      // older, ended, refuted, in error: beneath, in a closed group, counted
	Lines     []Field     // lines that are no items: contacts, languages
	Narrative []Narrative // what the source wrote, where words are all there is
}

// CPRDecision is what is recorded about resuscitation. It is a recommendation
// about CPR alone, and only the original form counts.
type CPRDecision struct {
	Words        string // the decision in words
	Decided      Date
	Review       Date
	ReviewPassed bool
	ReviewNote   string // "Review date passed 01-Oct-2026", or ""
	Author       string // name and role
	Source       string
	Confirm      string // "Confirm the original form"
	Conflict     bool   // another decision in force says something else
	Item         Item
}

// Card makes the emergency card at a time.
func (s *Summary) Card(now time.Time) Card {
	m := cardMaker{s: s, now: now}
	m.collect()
	c := Card{AsAt: s.Composed, Source: s.Source, Withheld: s.Withheld, Tiles: make([]Tile, 0, tileCount)}
	cpr, decision := m.cpr()
	c.CPR = decision
	allergy, state := m.allergies()
	c.Allergy = state
	c.Tiles = append(c.Tiles, cpr, allergy, m.alerts(), m.medicines(), m.problems(), m.devices(), m.contingency(), m.contacts(), m.communication(), m.recent())
	return c
}
