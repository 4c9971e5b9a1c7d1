package people

import (
	"slices"
	"time"
)

// Person is one of the people of the stories: fixed, whatever the seed, so that a
// test, a picture and a rehearsed demonstration can name them.
type Person struct {
	Key      string // short and fixed, for tests: "ethel"
	ID       string // of the document
	NHS      string // ten digits; empty for the newborn who has none yet
	Family   string
	Given    string
	Born     string // FHIR date, as precise as it is known
	Postcode string // empty where the address is withheld
	Story    string // what this person is for, in a sentence
}

// Scenario returns the people of the stories, in the order in which Generate puts
// them at the head of every population.
func Scenario() []Person {
	cast := scenario(reference)
	out := make([]Person, len(cast))
	for i, c := range cast {
		out[i] = Person{
			Key: c.key, ID: c.id, NHS: c.nhs, Family: c.family, Given: c.given, Born: c.born,
			Postcode: c.postcode, Story: c.story,
		}
		if c.restricted {
			out[i].Postcode = ""
		}
	}
	return out
}

// role is a portrait that a story asks for.
type role struct {
	*portrait
	key, story string
}

// scenarioSeed gives the people of the stories their ids and small details: the same
// in every population.
const scenarioSeed = 0x5a7c4e1

// scenario paints the cast. Each begins as a plain person of sixty and more, with
// nothing special, to which the story adds.
func scenario(today time.Time) []role {
	sketches := []struct {
		key, title, given, family, gender, born, nine, story string
		adjust                                               func(*portrait)
	}{
		{
			"ethel", "Mrs", "Ethel", "Barnaby", "female", "1938-05-04", "999000001",
			"The emergency card in full: penicillin, a decision not to attempt CPR in force, an anticoagulant, a key safe.",
			func(p *portrait) {
				p.allergies, p.cpr, p.respect, p.keySafe = allergyPresent, cprNot, true, true
				p.alerts, p.plan, p.contacts = 1, true, 3
				p.allergicTo = []reaction{penicillin}
				p.has, p.wears = []illness{fibrillation, heartFailure}, []concept{pacemaker}
			},
		},
		{
			"adaeze", "Ms", "Adaeze", "Okonkwo-Hale", "female", "1971-09-23", "999000002",
			"Objects to sharing with social care; the objection shows on every device.",
			func(p *portrait) { p.age, p.allergies = 55, allergyNegation },
		},
		{
			"gwilym", "Mr", "Gwilym", "Price", "male", "1949-02-17", "999000003",
			"Withdraws consent: the summary goes from every device, locked or not.",
			func(p *portrait) { p.allergies, p.language, p.speaks = allergyPresent, "cy", "Welsh" },
		},
		{
			"harbhajan", "Mr", "Harbhajan", "Singh", "male", "1955-11-30", "999000005",
			"Needs a Punjabi interpreter; insulin; the caseload's first visit of the day.",
			func(p *portrait) {
				p.allergies, p.interpreter, p.language, p.speaks = allergyDrugNone, true, "pa", "Punjabi"
				p.keySafe, p.has = true, []illness{{diabetes.concept, 0, append(slices.Clone(diabetes.medicines), insulin)}}
			},
		},
		{
			"moira", "Mrs", "Moira", "McAllister", "female", "1944-03-08", "999000006",
			"One of two people who are easily taken for each other: allergic.",
			func(p *portrait) { p.allergies = allergyPresent },
		},
		{
			"maura", "Mrs", "Maura", "MacAllister", "female", "1944-03-08", "999000007",
			"The other of the two: no known allergies.",
			func(p *portrait) { p.allergies = allergyNegation },
		},
		{
			"bozena", "Ms", "Bożena", "Nowak-Zielińska", "female", "1986-07-14", "999000008",
			"Restricted: no address, no telephone, a safeguarding alert; break-glass and its alert to the Guardian.",
			func(p *portrait) { p.age, p.restricted, p.guarded, p.withheld = 40, true, true, true },
		},
		{
			"mei", "Mrs", "Mei-Ling", "Chen", "female", "1962", "999000010",
			"Allergies never recorded, number not traced, only the year of birth known.",
			func(p *portrait) { p.allergies, p.nhsStatus = allergyIPSNoInfo, "02" },
		},
		{
			"baby", "", "Baby", "O'Dowd", "male", "", "",
			"Born this week: no NHS number yet, the age in days.",
			func(p *portrait) {
				p.age, p.born, p.nhsStatus = 0, p.recent(4).Format(time.DateOnly), ""
				p.allergies = allergyNotAsked
			},
		},
		{
			"wilfred", "Mr", "Wilfred", "Hargreaves", "male", "1940-12-01", "999000011",
			"A decision about CPR that was revoked: an old copy of the form may still be in the house.",
			func(p *portrait) { p.cpr, p.allergies, p.plan = cprRevoked, allergyWithheld, true },
		},
		{
			"tunde", "Mr", "Tunde", "Adeyemi", "male", "1979-04-26", "999000013",
			"Added in error, another person's results: erased everywhere, and the erasure proved.",
			func(p *portrait) { p.allergies, p.unreadable = allergyUnavailable, true },
		},
		{
			"joan", "Miss", "Joan", "Thistlewood", "female", "1931-06-19", "999000015",
			"Has died; the banner says so in colour and pattern.",
			func(p *portrait) { p.died = p.recent(9).Format(time.DateOnly) },
		},
	}
	cast := make([]role, len(sketches))
	for i, s := range sketches {
		p := &portrait{
			rng: source(scenarioSeed, i), today: today, title: s.title, given: s.given, family: s.family,
			gender: s.gender, born: s.born, age: 70, nhsStatus: "01", docAge: 2, contacts: 1,
			allergies: allergyPresent,
		}
		p.id = p.uuid()
		if s.nine != "" {
			p.nhs = number(s.nine)
		}
		p.dwelling()
		s.adjust(p)
		cast[i] = role{p, s.key, s.story}
	}
	return cast
}

// number completes nine digits that are known to be the beginning of a number.
func number(nine string) string {
	d, ok := checkDigit(nine)
	if !ok {
		panic("people: no NHS number begins with " + nine)
	}
	return nine + string(d)
}
