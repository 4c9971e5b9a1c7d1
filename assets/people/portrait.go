package people

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// portrait is everything that is decided about a person before a document is
// written: who they are, and which of the states a summary can be in they show.
type portrait struct {
	rng   *rand.Rand
	today time.Time

	id                     string // of the Bundle
	nhs                    string // as carried; empty = none
	nhsStatus              string // verification status, 01 = verified
	title, given, family   string
	preferred              string
	gender                 string
	born                   string // FHIR date: a day, a month or a year
	age                    int    // in years, on the reference day
	died                   string
	restricted             bool
	street, town, postcode string
	language, speaks       string
	interpreter            bool

	allergies  allergyState
	cpr        cprState
	respect    bool
	keySafe    bool
	alerts     int // how many warnings
	guarded    bool
	risky      bool // takes a high-risk medicine
	devices    int
	plan       bool // contingency plan
	carer      bool // a carer gave some of it
	withheld   bool // something was left out, and the document says so
	unreadable bool
	narrative  bool // sections of words alone
	pregnant   bool
	none       bool // known to have no problems and no medicines
	silent     bool // problems and medicines were never recorded
	byUUID     bool // its resources are named by UUIDs
	docAge     int  // days since the summary was made
	contacts   int  // recent ones

	// What a story asks for by name, before anything is drawn.
	allergicTo []reaction
	has        []illness
	wears      []concept
}

// every reports whether this is one of the people, one in period, who show a thing.
func every(i, period, offset int) bool { return i%period == offset%period }

// source is the random source of one person: it depends on nothing but the seed and
// the person's place, so that nobody changes when others are added.
func source(seed uint64, i int) *rand.Rand {
	return rand.New(rand.NewPCG(mix(seed), mix(uint64(i)+1)))
}

// paint decides about the i-th person. The states that a demonstration has to show
// go round by i, with periods that share few factors, so that 250 people show all of
// them and a million show them in every mixture; the rest is drawn.
func paint(seed uint64, i int, number string, today time.Time) *portrait {
	p := &portrait{rng: source(seed, i), today: today, nhs: number, nhsStatus: "01"}
	p.id = p.uuid()
	p.lifeStage(i)
	p.naming()
	p.dwelling()
	p.numbering(i)
	p.states(i)
	if every(i, 43, 20) {
		p.resemble(seed, i, number)
	}
	return p
}

// lifeStage draws an age and a birth date, and perhaps a death.
func (p *portrait) lifeStage(i int) {
	p.gender = pick(p.rng, []string{"female", "male"})
	age := 30 + p.rng.IntN(40)
	switch {
	case every(i, 47, 11):
		age = 0
	case every(i, 13, 4):
		age = 1 + p.rng.IntN(17)
	case p.rng.IntN(3) > 0:
		age = 65 + p.rng.IntN(35)
	}
	p.age = age
	birth := reference.AddDate(-age, 0, -1-p.rng.IntN(360))
	if age == 0 {
		birth = p.today.AddDate(0, 0, -1-p.rng.IntN(25))
	}
	p.born = birth.Format(time.DateOnly)
	switch {
	case age > 18 && every(i, 37, 9):
		p.born = p.born[:4]
	case age > 18 && every(i, 61, 30):
		p.born = p.born[:7]
	}
	if age > 50 && every(i, 17, 3) || every(i, 205, 99) && age > 0 {
		p.died = p.recent(5 + p.rng.IntN(40)).Format(time.DateOnly)
	}
	if p.rng.IntN(60) == 0 {
		p.gender = pick(p.rng, []string{"unknown", "other"})
	}
}

// naming draws names that go together, and sometimes two families' names.
func (p *portrait) naming() {
	t := drawTongue(p.rng)
	p.given = pick(p.rng, t.female)
	if p.gender == "male" {
		p.given = pick(p.rng, t.male)
	}
	p.family = p.familyName(t)
	p.language, p.speaks = t.language, t.speaks
	switch p.rng.IntN(17) {
	case 0:
		p.family += "-" + p.familyName(drawTongue(p.rng))
	case 1:
		p.given += " " + pick(p.rng, drawTongue(p.rng).female)
	case 2:
		p.family += " " + p.familyName(t)
	}
	if p.rng.IntN(12) == 0 {
		p.preferred, _, _ = strings.Cut(p.given, " ")
		p.preferred = pick(p.rng, []string{"Nan", "Bobby", "Kit", "Sunny", "Jo", p.preferred})
	}
	switch {
	case p.age < 18:
	case p.gender == "male":
		p.title = pick(p.rng, []string{"Mr", "Mr", "Mr", "Dr", "Rev"})
	case p.gender == "female":
		p.title = pick(p.rng, []string{"Mrs", "Ms", "Miss", "Dr"})
	default:
		p.title = "Mx"
	}
	if p.age == 0 {
		p.given = "Baby"
	}
}

func (p *portrait) familyName(t *tongue) string {
	if t.language == "" && p.rng.IntN(3) > 0 {
		return pick(p.rng, surnameHeads) + pick(p.rng, surnameTails)
	}
	return pick(p.rng, t.family)
}

func (p *portrait) dwelling() {
	p.street = fmt.Sprintf("%d %s %s", 1+p.rng.IntN(180), pick(p.rng, streetNames), pick(p.rng, streetKinds))
	if p.rng.IntN(6) == 0 {
		p.street = fmt.Sprintf("Flat %d, %s", 1+p.rng.IntN(40), p.street)
	}
	p.town = pick(p.rng, towns)
	letters := "ABDEFGHJLNPQRSTUWXYZ"
	p.postcode = fmt.Sprintf("%s%d %d%c%c", pick(p.rng, postAreas), 1+p.rng.IntN(20), p.rng.IntN(10),
		letters[p.rng.IntN(len(letters))], letters[p.rng.IntN(len(letters))])
}

// numbering spoils the NHS number where a demonstration needs it spoilt.
func (p *portrait) numbering(i int) {
	switch {
	case every(i, 59, 14):
		p.nhs, p.nhsStatus = "", ""
	case every(i, 71, 33):
		p.nhs, p.nhsStatus = broken(p.nhs), "03"
	case every(i, 29, 6):
		p.nhsStatus = pick(p.rng, []string{"02", "04", "07"})
	}
}

// states deals out what a summary can show.
func (p *portrait) states(i int) {
	adult := p.age >= 18
	p.allergies = allergyWheel[i%len(allergyWheel)]
	if adult && p.age >= 45 {
		p.cpr = cprWheel[i%len(cprWheel)]
	}
	p.respect = p.cpr != cprNone && every(i, 2, 0)
	p.keySafe = p.age >= 60 && every(i, 5, 3)
	if every(i, 3, 1) {
		p.alerts = 1 + p.rng.IntN(2)
	}
	p.guarded = every(i, 38, 12)
	p.restricted = every(i, 53, 21)
	p.risky = adult && every(i, 4, 2)
	if adult && every(i, 7, 5) {
		p.devices = 1 + p.rng.IntN(2)
	}
	p.plan = adult && every(i, 8, 3)
	p.carer = every(i, 11, 7)
	p.withheld = every(i, 26, 10)
	p.unreadable = every(i, 31, 13)
	p.narrative = every(i, 23, 8)
	p.pregnant = p.gender == "female" && p.age >= 18 && p.age < 45 && p.rng.IntN(3) == 0
	p.none = every(i, 19, 12)
	p.silent = every(i, 34, 16)
	p.interpreter = p.language != "" && p.rng.IntN(3) == 0
	p.byUUID = every(i, 9, 4)
	p.docAge = p.rng.IntN(20)
	if every(i, 14, 9) {
		p.docAge = 200 + p.rng.IntN(1500)
	}
	if !every(i, 3, 1) {
		p.contacts = 1 + p.rng.IntN(2)
	}
	if every(i, 67, 25) {
		p.given += " Bartholomew-Maximilian Featherstonehaugh"
		p.family = "Wolstenholme-" + p.family + "-Cholmondeley"
	}
}

// resemble makes the person look very like the one before: same family name, same
// birth date, almost the same first name. Two such people are a well-known danger.
func (p *portrait) resemble(seed uint64, i int, number string) {
	other := paint(seed, i-1, number, p.today)
	p.family, p.born, p.age, p.gender = other.family, other.born, other.age, other.gender
	p.title, p.town = other.title, other.town
	p.given = other.given + "e"
	if short, ok := strings.CutSuffix(other.given, "e"); ok {
		p.given = short
	}
}

func (p *portrait) uuid() string {
	a, b := p.rng.Uint64(), p.rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// past is a day long gone: it does not move when today does.
func (p *portrait) past(days int) time.Time { return reference.AddDate(0, 0, -days) }

// recent is a day as seen from today.
func (p *portrait) recent(days int) time.Time { return p.today.AddDate(0, 0, -days) }

// between draws a past day and writes it down.
func (p *portrait) between(from, to int) string {
	return p.past(from + p.rng.IntN(to-from)).Format(time.DateOnly)
}

func (p *portrait) deceased() bool { return p.died != "" }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// some draws n different elements, or all when there are fewer.
func some[T any](r *rand.Rand, from []T, n int) []T {
	n = min(n, len(from))
	out := make([]T, 0, n)
	for _, at := range r.Perm(len(from))[:n] {
		out = append(out, from[at])
	}
	return out
}

func drawTongue(r *rand.Rand) *tongue {
	left := r.IntN(100)
	for i := range tongues {
		if left -= tongues[i].weight; left < 0 {
			return &tongues[i]
		}
	}
	return &tongues[0]
}
