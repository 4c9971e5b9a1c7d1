package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"satchel/store/fact"
	"satchel/store/files/crash"
	"satchel/store/identity"
)

// placeModel is what one person's place must be, in a few fields.
type placeModel struct {
	slot    identity.SlotID
	code    string // of an invitation that was not used; empty: none
	joined  string // the phrase of who joined and has no keys; empty: nobody
	phrase  string // of the slot; empty: there is none
	had     bool   // there is a slot, or what is left of one
	lapsed  bool
	ended   bool
	tries   int // wrong ones at the slot
	codes   int // wrong ones at the code
	request *requestModel
}

type requestModel struct {
	phrase   string
	text     string
	turns    int // how often the keys had turned when it was made
	answered bool
	tries    int
}

// peopleModel drives a vault and a model of who may come in side by side.
type peopleModel struct {
	w       *world
	c       *hubCohort
	dir     string
	disk    *crash.Disk
	v       *Vault
	people  []*placeModel
	turns   int
	turnDue bool
	phrases int
	answers []string // every answer that was ever given
	asked   map[string]*requestModel
}

// Whatever is done to people in whatever order, over restarts and losses of
// power: nobody gets in who should not, nobody is out who should be in.
func TestPeopleModel(t *testing.T) { // P1, R6, R8
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		m := &peopleModel{w: w, c: w.newCohort(), dir: t.TempDir(), disk: crash.New(), asked: map[string]*requestModel{}}
		m.v = w.laptop(m.config(), m.c)
		defer func() { w.must(m.v.Close()) }()
		m.people = []*placeModel{{slot: m.v.People()[0].Slot, phrase: passphrase, had: true}}
		rt.Repeat(map[string]func(*rapid.T){
			"invite":       m.invite,
			"invite again": m.inviteAgain,
			"join":         m.join,
			"unlock":       m.unlock,
			"colleague":    m.colleague,
			"come in":      m.comeIn,
			"recover":      m.recover,
			"wrong":        m.wrong,
			"renew":        m.renew,
			"end":          m.end,
			"turn":         m.turn,
			"request":      m.request,
			"answer":       m.answer,
			"change":       m.change,
			"restart":      m.restart,
			"power":        m.power,
			"":             m.check,
		})
	})
}

func (m *peopleModel) config() Config {
	cfg := m.w.config(m.dir, m.disk)
	cfg.LeastGuesses = 1
	return cfg
}

func (m *peopleModel) draw(t *rapid.T) *placeModel {
	return m.people[rapid.IntRange(0, len(m.people)-1).Draw(t, "person")]
}

// fresh is a phrase that nobody else has.
func (m *peopleModel) fresh() string {
	m.phrases++
	return fmt.Sprintf("phrase number %d of this history", m.phrases)
}

func (m *peopleModel) invite(t *rapid.T) {
	if len(m.people) == 5 {
		t.Skip("the laptop is full")
	}
	slot, code := m.w.invite(m.v, m.c, "Nurse More")
	m.people = append(m.people, &placeModel{slot: slot, code: code})
}

// inviteAgain gives a new code to somebody; it counts where there is no slot.
func (m *peopleModel) inviteAgain(t *rapid.T) {
	p := m.draw(t)
	code := fact.NewJoinCode()
	m.w.admit(m.v, m.c, p.slot, "Nurse More", code, m.w.wall.AddDate(1, 0, 0))
	m.w.hear(m.v, m.c)
	p.lapsed = false
	if !p.had && !p.ended {
		p.code, p.codes = code, 0
	}
}

func (m *peopleModel) join(t *rapid.T) {
	p, right, phrase := m.draw(t), rapid.Bool().Draw(t, "right"), m.fresh()
	m.w.pass(maxWait)
	code := p.code
	if !right || code == "" {
		code = fact.NewJoinCode()
	}
	err := m.v.Join(m.w.t.Context(), p.slot, code, Secret{Text: []byte(phrase)})
	switch {
	case p.ended || p.had || p.code == "":
		m.expect(t, err, ErrNoPerson)
	case p.codes == maxTries || !right:
		m.expect(t, err, ErrJoinCode)
		p.codes = min(p.codes+1, maxTries)
	default:
		m.expect(t, err, nil)
		p.joined, p.code, p.codes = phrase, "", 0
	}
}

func (m *peopleModel) expect(t *rapid.T, err, want error) {
	t.Helper()
	if want == nil && err != nil || !errors.Is(err, want) {
		t.Fatalf("%v, and %v is due", err, want)
	}
}

// unlock tries any phrase that the person ever had a reason to type.
func (m *peopleModel) unlock(t *rapid.T) {
	p := m.draw(t)
	known := []string{p.phrase, p.joined}
	if p.request != nil {
		known = append(known, p.request.phrase)
	}
	m.try(t, p, rapid.SampledFrom(known).Draw(t, "phrase"))
}

// colleague is somebody who is usually in.
func (m *peopleModel) colleague(t *rapid.T) {
	if m.people[0].phrase != "" {
		m.try(t, m.people[0], m.people[0].phrase)
	}
}

// comeIn invites somebody who joins and gets the keys at once, if all goes well.
func (m *peopleModel) comeIn(t *rapid.T) {
	m.invite(t)
	p, phrase := m.people[len(m.people)-1], m.fresh()
	m.expect(t, m.v.Join(m.w.t.Context(), p.slot, p.code, Secret{Text: []byte(phrase)}), nil)
	p.joined, p.code = phrase, ""
	if rapid.IntRange(0, 3).Draw(t, "lapses first") == 0 {
		m.train(p, true)
	}
	m.colleague(t)
}

// recover asks, is answered and comes in, with what may happen in between.
func (m *peopleModel) recover(t *rapid.T) {
	m.request(t)
	r := m.asked[m.last()]
	between := rapid.SampledFrom([]func(*rapid.T){func(*rapid.T) {}, m.colleague, m.turn, m.power}).Draw(t, "between")
	between(t)
	if rapid.Bool().Draw(t, "colleague") {
		m.colleague(t)
	}
	for _, p := range m.people {
		if r != nil && p.request == r {
			m.take(t, m.last())
			m.try(t, p, r.phrase)
			return
		}
	}
}

// last is the answer that was given last.
func (m *peopleModel) last() string {
	if len(m.answers) == 0 {
		return ""
	}
	return m.answers[len(m.answers)-1]
}

func (m *peopleModel) wrong(t *rapid.T) { m.try(t, m.draw(t), "somebody else's guess") }

// try unlocks, and compares with what the model says.
func (m *peopleModel) try(t *rapid.T, p *placeModel, phrase string) {
	m.w.pass(maxWait)
	s, err := m.v.Unlock(m.w.t.Context(), p.slot, []byte(phrase))
	in := m.mayEnter(p, phrase)
	if (err == nil) != in {
		t.Fatalf("gets in: %v, is due: %v: %v", err == nil, in, err)
	}
	if s != nil {
		s.Lock()
	}
}

// mayEnter says whether a phrase opens a place, and what the try changes.
func (m *peopleModel) mayEnter(p *placeModel, phrase string) bool {
	if p.ended {
		return false
	}
	if r := p.request; r != nil && r.answered {
		if r.tries < maxTries && phrase == r.phrase {
			r.tries = 0
			if r.turns != m.turns || p.lapsed {
				return false
			}
			p.phrase, p.had, p.joined, p.code, p.tries, p.request = phrase, true, "", "", 0, nil
			m.entered()
			return true
		}
		if r.tries++; r.tries >= maxTries {
			p.request = nil
		}
	}
	if p.phrase == "" {
		return false
	}
	if phrase != p.phrase {
		if p.tries++; p.tries == maxTries {
			p.phrase = ""
		}
		return false
	}
	p.tries = 0
	if p.lapsed {
		return false
	}
	p.request = nil
	m.entered()
	return true
}

// entered gives their keys to who joined, and turns the keys where that is due.
func (m *peopleModel) entered() {
	for _, p := range m.people {
		if p.joined != "" && p.code == "" && !p.lapsed && !p.ended && !p.had {
			p.phrase, p.had, p.joined, p.request = p.joined, true, "", nil
		}
	}
	if m.turnDue {
		m.turnDue = false
		m.turns++
	}
}

// renew renews somebody's training, or has it lapse. It carries no code, and
// takes none away.
func (m *peopleModel) renew(t *rapid.T) {
	p := m.draw(t)
	if p.code != "" {
		t.Skip("the hub sends the code's hash along, which is inviting anew")
	}
	m.train(p, rapid.Bool().Draw(t, "lapse"))
}

func (m *peopleModel) train(p *placeModel, lapse bool) {
	trained := m.w.wall.AddDate(1, 0, 0)
	if lapse {
		trained = m.w.wall.Add(-time.Hour)
	}
	m.w.admit(m.v, m.c, p.slot, "Nurse More", "", trained)
	m.w.hear(m.v, m.c)
	p.lapsed = lapse
}

func (m *peopleModel) end(t *rapid.T) {
	p := m.draw(t)
	if p == m.people[0] {
		t.Skip("somebody stays")
	}
	m.w.govern(m.c, fact.GovernanceEntry{Kind: fact.CredentialEnd, Slot: p.slot})
	m.w.hear(m.v, m.c)
	if !p.ended && (p.had || p.joined != "" || p.request != nil) {
		m.turnDue = true
	}
	*p = placeModel{slot: p.slot, ended: true}
}

func (m *peopleModel) turn(*rapid.T) {
	m.w.govern(m.c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: m.v.Device(), Order: fact.Turn})
	m.w.hear(m.v, m.c)
	m.turnDue = true
}

func (m *peopleModel) request(t *rapid.T) {
	p, phrase := m.draw(t), m.fresh()
	text, err := m.v.RequestRecovery(m.w.t.Context(), p.slot, Secret{Text: []byte(phrase)})
	switch {
	case p.ended:
		m.expect(t, err, ErrNoPerson)
	case !p.had && p.joined == "" && p.codes < maxTries:
		m.expect(t, err, ErrInvited)
	default:
		m.expect(t, err, nil)
		p.request = &requestModel{phrase: phrase, text: text, turns: m.turns}
		given := m.w.answer(m.v, text)
		m.answers = append(m.answers, given)
		m.asked[given] = p.request
	}
}

// answer takes any answer that was ever given.
func (m *peopleModel) answer(t *rapid.T) {
	if len(m.answers) == 0 {
		t.Skip("nobody asked")
	}
	m.take(t, rapid.SampledFrom(m.answers).Draw(t, "answer"))
}

func (m *peopleModel) take(t *rapid.T, given string) {
	_, err := m.v.TakeRecovery(m.w.t.Context(), given)
	r := m.asked[given]
	for _, p := range m.people {
		if p.request != r {
			continue
		}
		if r.turns != m.turns {
			m.expect(t, err, ErrAnswerStale)
			return
		}
		m.expect(t, err, nil)
		r.answered = true
		return
	}
	m.expect(t, err, ErrAnswer)
}

func (m *peopleModel) change(t *rapid.T) {
	p := m.draw(t)
	if p.phrase == "" || p.lapsed || p.ended || p.request != nil && p.request.answered {
		t.Skip("not in")
	}
	m.w.pass(maxWait)
	s, err := m.v.Unlock(m.w.t.Context(), p.slot, []byte(p.phrase))
	m.expect(t, err, nil)
	m.mayEnter(p, p.phrase)
	phrase := m.fresh()
	m.expect(t, s.ChangeSecret(m.w.t.Context(), Secret{Text: []byte(p.phrase)}, Secret{Text: []byte(phrase)}), nil)
	s.Lock()
	p.phrase = phrase
}

func (m *peopleModel) restart(*rapid.T) { m.v = m.w.reopen(m.v, m.config()) }

// power goes off: what was not synced is lost.
func (m *peopleModel) power(t *rapid.T) {
	m.disk.CutAt(m.disk.Ops() + 1)
	_ = m.v.Close() // the power is gone; what matters is what is left
	for name, left := range m.disk.States(1, 0) {
		if name == "none" {
			m.disk = left
		}
	}
	v, err := Open(m.w.t.Context(), m.config())
	m.expect(t, err, nil)
	m.v = v
}

// check compares the list of people.
func (m *peopleModel) check(t *rapid.T) {
	listed := map[identity.SlotID]PersonSlot{}
	for _, p := range m.v.People() {
		listed[p.Slot] = p
	}
	for i, p := range m.people {
		l, there := listed[p.slot]
		if there == p.ended {
			t.Fatalf("person %d: listed %v, ended %v", i, there, p.ended)
		}
		if p.ended {
			continue
		}
		answered := p.request != nil && p.request.answered
		want := PlaceGone
		switch {
		case p.phrase != "" || answered && p.had:
			want = PlaceReady
		case answered, p.request != nil, p.joined != "" && p.code == "":
			want = PlaceWaiting
		case p.code != "" && p.codes < maxTries:
			want = PlaceInvited
		}
		if l.State != want && !answered {
			t.Fatalf("person %d: state %d, %d is due: %+v", i, l.State, want, *p)
		}
		if p.phrase != "" && !answered && l.Left != maxTries-p.tries {
			t.Fatalf("person %d: %d tries left, %d are due", i, l.Left, maxTries-p.tries)
		}
	}
	if m.v.content.DMKGeneration != uint32(m.turns)+1 {
		t.Fatalf("the keys turned %d times, %d are due", m.v.content.DMKGeneration-1, m.turns)
	}
}
