package screen

import (
	"context"
	"strings"
	"time"

	"satchel/store/identity"
)

// valueDoor is the Door of a valueDesk: what a test sets is what screens see.
type valueDoor struct {
	requests map[identity.SlotID]Recovery
	places   []Place
	answers  []AnswerFile
	laptop   Laptop
	made     []Secret // joined, asked or changed with
	codes    []string // given to Join
	saved    []Place
	answered []string // given to TakeRecovery
}

func (d *valueDesk) Quality(s Secret, hints ...string) Quality {
	text := string(s.Text)
	for _, h := range hints {
		if h != "" && strings.Contains(strings.ToLower(text), strings.ToLower(h)) {
			return QualityEasy
		}
	}
	switch n := len(s.Text); {
	case s.PIN && n < PINLeast:
		return QualityDigits
	case s.PIN && strings.HasPrefix("1234567890", text):
		return QualityPINEasy
	case s.PIN:
		return QualityGood
	case n < 12:
		return QualityEasy
	case n < 18:
		return QualityNearly
	}
	return QualityGood
}

func (d *valueDesk) keep(s Secret) {
	s.Text = append([]byte(nil), s.Text...)
	d.door.made = append(d.door.made, s)
}

func (d *valueDesk) place(who identity.SlotID) *User {
	for i := range d.state.People {
		if d.state.People[i].Slot == who {
			return &d.state.People[i]
		}
	}
	return &User{}
}

func (d *valueDesk) Join(_ context.Context, who identity.SlotID, code string, s Secret) error {
	d.door.codes = append(d.door.codes, code)
	if d.fail != nil {
		return d.fail
	}
	if code != joinCode {
		return &Problem{Key: ProblemJoinCode, Code: "PAS7", Wait: time.Second, Left: 9}
	}
	d.keep(s)
	d.door.requests[who] = Recovery{Text: requestText, At: noon}
	u := d.place(who)
	u.State, u.Joined, u.Asked = PlaceWaiting, true, true
	return nil
}

func (d *valueDesk) AskRecovery(_ context.Context, who identity.SlotID, s Secret) error {
	if d.fail != nil {
		return d.fail
	}
	d.keep(s)
	d.door.requests[who] = Recovery{Text: requestText, At: noon}
	d.place(who).Asked = true
	return nil
}

func (d *valueDesk) Recovery(who identity.SlotID) (Recovery, bool) {
	r, ok := d.door.requests[who]
	return r, ok
}

func (d *valueDesk) TakeRecovery(_ context.Context, answer string) (identity.SlotID, error) {
	d.door.answered = append(d.door.answered, answer)
	if d.fail != nil {
		return identity.SlotID{}, d.fail
	}
	if !strings.HasPrefix(answer, "SATCHEL-ANSWER 1") {
		return identity.SlotID{}, &Problem{Key: ProblemAnswer, Code: "REC8"}
	}
	for who := range d.door.requests {
		delete(d.door.requests, who)
		u := d.place(who)
		u.State, u.Joined, u.Asked = PlaceReady, false, false
		return who, nil
	}
	return identity.SlotID{}, &Problem{Key: ProblemAnswerElsewhere, Code: "REC9"}
}

func (d *valueDesk) ChangeSecret(_ context.Context, old []byte, s Secret) error {
	if d.fail != nil {
		return d.fail
	}
	if string(old) != "correct horse battery" {
		return &Problem{Key: ProblemPassphrase, Code: "PAS1", Wait: 2 * time.Second, Left: 8}
	}
	d.keep(s)
	return nil
}

func (d *valueDesk) Places(context.Context) ([]Place, error) { return d.door.places, d.fail }

func (d *valueDesk) SaveRequest(_ context.Context, p Place, _ identity.SlotID) (string, error) {
	d.door.saved = append(d.door.saved, p)
	return "satchel-request-FELIX-014.txt", d.fail
}

func (d *valueDesk) Answers(context.Context) ([]AnswerFile, error) { return d.door.answers, d.fail }
func (d *valueDesk) ReadAnswer(context.Context, AnswerFile) (string, error) {
	return answerText, d.fail
}
func (d *valueDesk) Laptop() Laptop { return d.door.laptop }

const joinCode = "7GKPM-ABCDE"

// requestText and answerText have the shape of real ones: lines of seven groups
// of five. Package store proves what is in them.
const requestText = `SATCHEL-ASK 1
YX0R4 5GQ3B H1S7D ZK90V 2M8WT 6NCPE J4AF1
9R3TX 0Z7QK 5HV2B M8D1S W6NCE PJ4AF YG0R2
B7H5Q 3ZK1V D9S0M 8WT2X 6NEPC 4JFA1 G0YR5
2M8WT YX0R4 6NCPE 5GQ3B J4AF1 H1S7D ZK90V
M8D1S 9R3TX W6NCE 0Z7QK PJ4AF 5HV2B YG0R2
D9S0M B7H5Q 8WT2X 3ZK1V 6NEPC G0YR5 4JFA1
6NCPE 2M8WT J4AF1 YX0R4 H1S7D 5GQ3B ZK90V
W6NCE M8D1S PJ4AF 9R3TX 5HV2B 0Z7QK YG0R2
8WT2X D9S0M 6NEPC B7H5Q G0YR5 3ZK1V 4JFA1
J4AF1 6NCPE H1S7D 2M8WT 5GQ3B YX0R4 ZK90V
PJ4AF W6NCE 5HV2B M8D1S 0Z7QK 9R3TX YG0R2
6NEPC 8WT2X G0YR5 D9S0M 3ZK1V B7H5Q 4JFA1
H1S7D J4AF1 5G
`

const answerText = `SATCHEL-ANSWER 1
5HV2B PJ4AF 0Z7QK W6NCE 9R3TX M8D1S YG0R2
G0YR5 6NEPC 3ZK1V 8WT2X B7H5Q D9S0M 4JFA1
5GQ3B H1S7D YX0R4 J4AF1 2M8WT 6NCPE ZK90V
0Z7QK 5HV2B 9R3TX PJ4A
`

// People in every state of a place.
var (
	invited = User{Slot: identity.SlotID{15: 3}, Name: "Chidi Okonkwo", Role: identity.Paramedic, State: PlaceInvited}
	waits   = User{Slot: identity.SlotID{15: 4}, Name: "Mair Ellis", Role: identity.DistrictNurse, State: PlaceWaiting, Joined: true, Asked: true}
	gone    = User{Slot: identity.SlotID{15: 5}, Name: "Tomasz Nowak", Role: identity.SocialWorker, State: PlaceGone}
	lapsed  = User{
		Slot: identity.SlotID{15: 6}, Name: "Priya Shah", Role: identity.Paramedic,
		Refused: &Problem{Key: ProblemTraining, Code: "PAS4", Values: []any{"date", "01-Nov-2026"}},
	}
	pinned = User{Slot: identity.SlotID{15: 7}, Name: "Sam Reid", Role: identity.Paramedic, PIN: true}
)

// withAll is a locked laptop with somebody in every state, one of them chosen
// by standing first.
func withAll(first User) func() *valueDesk {
	return func() *valueDesk {
		d := base(PhaseLocked)
		d.state.People = []User{first}
		for _, u := range []User{crew, nurse, invited, waits, gone} {
			if u.Slot != first.Slot {
				d.state.People = append(d.state.People, u)
			}
		}
		d.state.MayPIN = true
		d.state.Battery = Battery{Known: true, Percent: 64}
		d.door.requests[waits.Slot] = Recovery{Text: requestText, At: noon.Add(-20 * time.Hour)}
		return d
	}
}

// goes opens a place after the start.
func goes(r route) func(*Shell) { return func(s *Shell) { s.go1(r) } }

// doorScenes are the screens of people in their states.
func doorScenes() []scene {
	failing := func(desk func() *valueDesk, p *Problem) func() *valueDesk {
		return func() *valueDesk {
			d := desk()
			d.fail = p
			return d
		}
	}
	signedIn := func() *valueDesk {
		d := withPeople()
		d.state.MayPIN = true
		return d
	}
	stop := func(p *Problem) func() *valueDesk {
		return func() *valueDesk {
			d := base(PhaseUnusable)
			d.state.Stop, d.state.Unsent = p, 0
			return d
		}
	}
	request := recoverRoute{who: gone.Slot}
	return []scene{
		{"unlock-people", withAll(crew), nil},
		{"unlock-pin", withAll(pinned), nil},
		{"unlock-pin-wrong", withAll(pinned), tryOnce},
		{"unlock-invited", withAll(invited), nil},
		{"unlock-waiting", withAll(waits), nil},
		{"unlock-gone", withAll(gone), nil},
		{"unlock-lapsed", withAll(lapsed), nil},
		{"unlock-notices", func() *valueDesk {
			d := withAll(crew)()
			d.state.Notices = []Notice{NoticeSetAside, NoticeDiskFull, NoticeErased}
			return d
		}, nil},
		{"unlock-back-in", withAll(crew), func(s *Shell) {
			s.replace(unlockRoute{who: crew.Slot, said: s.words.Say("answer.back-in")})
		}},
		{"unlock-gone-now", failing(withAll(crew), &Problem{Key: ProblemSlotGone, Code: "PAS2"}), func(s *Shell) {
			v := s.view.(*unlockView)
			write(v.secret, "the tenth wrong one")
			s.desk.(*valueDesk).state.People[0].State = PlaceGone
			v.submit()
		}},
		{"unlock-ended", failing(withAll(crew), &Problem{Key: ProblemCredential, Code: "PAS7", Values: []any{"date", "01-Nov-2026"}}), tryOnce},
		{"unlock-suspended", failing(withAll(crew), &Problem{Key: ProblemSuspended, Code: "PAS5"}), tryOnce},
		{"unlock-not-member", failing(withAll(crew), &Problem{Key: ProblemNotApproved, Code: "PAS6"}), tryOnce},
		{"unlock-pin-locked", failing(withAll(pinned), &Problem{Key: ProblemPINLocked, Code: "PAS17"}), tryOnce},
		{"join", withAll(invited), goes(joinRoute{invited.Slot})},
		{"join-faults", withAll(invited), func(s *Shell) {
			s.go1(joinRoute{invited.Slot})
			v := s.view.(*joinView)
			v.code.SetText("7gkpm ab")
			write(v.chosen.first, "river hall")
			v.chosen.judge()
			v.submit()
		}},
		{"join-pin", withAll(invited), func(s *Shell) {
			s.go1(joinRoute{invited.Slot})
			v := s.view.(*joinView)
			v.chosen.pin = true
			v.chosen.draw()
			write(v.chosen.first, "12345")
			v.chosen.judge()
		}},
		{"join-wrong", withAll(invited), func(s *Shell) {
			s.go1(joinRoute{invited.Slot})
			v := s.view.(*joinView)
			v.code.SetText("AAAAA-AAAAA")
			write(v.chosen.first, "river harbour lantern")
			write(v.chosen.again, "river harbour lantern")
			v.submit()
		}},
		{"joined", withAll(waits), goes(recoverRoute{who: waits.Slot, joined: true})},
		{"forgotten", withAll(crew), goes(forgottenRoute{crew.Slot})},
		{"forgotten-good", withAll(crew), func(s *Shell) {
			s.go1(forgottenRoute{crew.Slot})
			v := s.view.(*forgottenView)
			write(v.chosen.first, "river harbour lantern")
			v.chosen.judge()
		}},
		{"recover", withRequest, goes(request)},
		{"recover-saved", withRequest, goes(recoverRoute{who: gone.Slot, said: "Saved as satchel-request-FELIX-014.txt in KINGSTON 12:00"})},
		{"recover-none", withAll(waits), goes(recoverRoute{who: crew.Slot})},
		{"answer", withRequest, goes(answerRoute{who: gone.Slot})},
		{"answer-wrong", withRequest, func(s *Shell) {
			s.go1(answerRoute{who: gone.Slot, text: "hello"})
			s.view.(*answerView).submit()
		}},
		{"answer-line", failing(withRequest, &Problem{Key: ProblemAnswerLine, Code: "REC6", Values: []any{"line", 3}}), func(s *Shell) {
			s.go1(answerRoute{who: gone.Slot, text: answerText})
			s.view.(*answerView).submit()
		}},
		{"answer-stale", failing(withRequest, &Problem{Key: ProblemAnswerStale, Code: "REC7"}), func(s *Shell) {
			s.go1(answerRoute{who: gone.Slot, text: answerText})
			s.view.(*answerView).submit()
		}},
		{"save", withRequest, func(s *Shell) {
			s.go1(request)
			s.go1(saveRoute{gone.Slot})
		}},
		{"save-none", withAll(gone), goes(saveRoute{gone.Slot})},
		{"open", withRequest, func(s *Shell) {
			s.go1(answerRoute{who: gone.Slot})
			s.go1(openRoute{gone.Slot})
		}},
		{"open-none", withAll(gone), goes(openRoute{gone.Slot})},
		{"self", signedIn, (*Shell).goSelf},
		{"change", signedIn, goes(changeRoute{})},
		{"change-wrong", signedIn, func(s *Shell) {
			s.go1(changeRoute{})
			v := s.view.(*changeView)
			write(v.old, "not the one")
			write(v.chosen.first, "river harbour lantern")
			write(v.chosen.again, "river harbour lantern")
			v.submit()
		}},
		{"laptop", func() *valueDesk {
			d := withAll(crew)()
			d.state.People = append(d.state.People, lapsed, pinned)
			return d
		}, (*Shell).goLaptop},
		{"laptop-weak", func() *valueDesk {
			d := withAll(crew)()
			d.door.laptop.Binding, d.door.laptop.Notices = BindingFile, notices
			return d
		}, (*Shell).goLaptop},
		{"stop-keys", stop(&Problem{Key: ProblemDamagedKeys, Code: "DAT7"}), nil},
		{"stop-log", stop(&Problem{Key: ProblemDamagedLog, Code: "DAT8"}), nil},
		{"stop-elsewhere", stop(&Problem{Key: ProblemElsewhere, Code: "DAT9"}), nil},
		{"stop-disk", stop(&Problem{Key: ProblemDiskStop, Code: "DAT3"}), nil},
		{"stop-store", stop(&Problem{Key: ProblemNoSecretStore, Code: "DAT2"}), nil},
	}
}

// tryOnce types a secret and unlocks.
func tryOnce(s *Shell) {
	v := s.view.(*unlockView)
	write(v.secret, "90817263")
	v.submit()
}

// withRequest is a locked laptop on which a request is under way.
func withRequest() *valueDesk {
	d := withAll(gone)()
	d.door.requests = map[identity.SlotID]Recovery{gone.Slot: {Text: requestText, At: noon.Add(-2 * time.Hour)}}
	d.state.People[0].State, d.state.People[0].Asked = PlaceWaiting, true
	stick := Place{ID: "1", Name: "KINGSTON", Removable: true}
	d.door.places = []Place{stick, {ID: "2", Name: "Documents"}, {ID: "3", Name: "Desktop"}}
	d.door.answers = []AnswerFile{{stick, "satchel-answer-FELIX-014.txt", noon.Add(-10 * time.Minute)}, {Place{Name: "Downloads"}, "IMG_0412.png", noon.Add(-40 * time.Hour)}}
	return d
}
