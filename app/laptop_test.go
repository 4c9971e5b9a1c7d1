package main

import (
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/hub"
)

// laptop is a desk over a real vault, enrolled with a real hub, that can be
// switched off and on.
type laptop struct {
	*desk
	t     *testing.T
	h     *hub.Hub
	data  string // of the hub
	cfg   store.Config
	began time.Time
	alone bool
	ahead atomic.Int64 // of the machine's clocks
}

func newLaptop(t *testing.T) *laptop {
	t.Helper()
	l := &laptop{t: t, data: t.TempDir(), began: time.Now()}
	l.h = startHubIn(t, l.data, 3)
	l.cfg = store.Config{
		Dir: t.TempDir(), Demo: true, Log: slog.New(slog.DiscardHandler), Argon2: seal.Params{MemoryKiB: 64, Time: 1, Threads: 1},
		Now:  func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) },
		Boot: func() time.Duration { return time.Since(l.began) + time.Duration(l.ahead.Load()) + time.Hour },
	}
	l.on()
	t.Cleanup(func() { l.off() })
	code, err := l.h.IssueCode(t.Context(), hub.CodeOrder{Kind: "laptop", Role: "district-nurse", By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	err = l.Enrol(t.Context(), screen.Enrolment{Code: code.Code, Name: "Nia Nurse", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the people arrive", func() bool { return l.State().Held == 3 })
	return l
}

func (l *laptop) on() {
	l.desk = newDesk(l.t.Context(), options{demo: true, data: l.cfg.Dir}, l.cfg)
	follow(l.desk)
	if !l.alone {
		l.start()
	}
}

// leave takes the laptop out of the hub's reach, switched off and on. A test
// that makes hours pass at once does so there: on the way, a hub's word of
// before the leap would arrive after it.
func (l *laptop) leave() {
	l.t.Helper()
	l.alone = true
	l.again()
}

func (l *laptop) off() {
	l.t.Helper()
	if err := l.close(); err != nil {
		l.t.Error(err)
	}
}

// again switches the laptop off and on.
func (l *laptop) again() {
	l.t.Helper()
	l.off()
	l.on()
}

// who is somebody with a place, by name.
func (l *laptop) who(name string) screen.User {
	l.t.Helper()
	for _, u := range l.State().People {
		if u.Name == name {
			return u
		}
	}
	l.t.Fatalf("%s has no place; %d people have", name, len(l.State().People))
	return screen.User{}
}

// unlock goes on where a wait from before is over.
func (l *laptop) unlock(name, secret string) error {
	l.t.Helper()
	u := l.who(name)
	l.ahead.Add(int64(max(0, u.WaitUntil.Sub(l.now()))) + int64(time.Second)) // waits by the clock given
	return l.Unlock(l.t.Context(), u.Slot, []byte(secret))
}

func (l *laptop) mustUnlock(name, secret string) {
	l.t.Helper()
	if err := l.unlock(name, secret); err != nil {
		l.t.Fatalf("%s does not come in: %v", name, errors.Unwrap(err))
	}
}

// invite gives somebody a place with a joining code.
func (l *laptop) invite(name string) (code string) {
	l.t.Helper()
	v, _, _ := l.held()
	added, err := l.h.AddUser(l.t.Context(), hub.UserOrder{
		Name: name, Role: "paramedic", Trained: time.Now().AddDate(0, 6, 0), Ends: time.Now().AddDate(2, 0, 0),
		Devices: []string{v.Device().String()}, By: "test",
	})
	if err != nil {
		l.t.Fatal(err)
	}
	eventually(l.t, "the invitation arrives", func() bool {
		return slices.ContainsFunc(l.State().People, func(u screen.User) bool { return u.Name == name })
	})
	return added.Places[0].Code
}
