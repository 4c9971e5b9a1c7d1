package main

import (
	"bytes"
	"context"
	"errors"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/identity"
)

// Quality says how hard a new secret is to guess. Before there is a vault, its
// rules hold for the first person's passphrase too.
func (d *desk) Quality(s screen.Secret, hints ...string) screen.Quality {
	v, _, _ := d.held()
	secret := store.Secret{Text: s.Text, PIN: s.PIN}
	if v == nil {
		return quality(store.CheckSecret(d.cfg, secret, hints...))
	}
	return quality(v.CheckSecret(secret, hints...))
}

// nearly is how many times fewer guesses than asked for are said to be nearly
// enough: one more word of a thousand that anybody knows.
const nearly = 1000

func quality(err error) screen.Quality {
	weak, ok := errors.AsType[*store.WeakError](err)
	switch {
	case err == nil:
		return screen.QualityGood
	case !ok:
		return screen.QualityEasy
	}
	for _, why := range weak.Why {
		switch why {
		case store.WeakDigits:
			return screen.QualityDigits
		case store.WeakHardware:
			return screen.QualityPINNot
		case store.WeakLong:
			return screen.QualityLong
		}
	}
	switch {
	case weak.PINRefused:
		return screen.QualityPINEasy
	case weak.Guesses*nearly >= weak.Least:
		return screen.QualityNearly
	}
	return screen.QualityEasy
}

// Join makes the place of somebody invited, and at once the request by which an
// admin can open it, so that the passphrase is not typed again for that. An area
// without a recovery key has no such request.
func (d *desk) Join(ctx context.Context, who identity.SlotID, code string, s screen.Secret) error {
	defer d.look() // what it changes about people is seen at once
	v, _, _ := d.held()
	if v == nil {
		return problem(errClosed)
	}
	again := bytes.Clone(s.Text)
	defer clear(again)
	if err := v.Join(ctx, who, code, store.Secret{Text: bytes.Clone(s.Text), PIN: s.PIN}); err != nil {
		d.narrate("join-refused")
		return problem(err)
	}
	d.narrate("joined")
	_, err := v.RequestRecovery(ctx, who, store.Secret{Text: again, PIN: s.PIN})
	if err != nil && !errors.Is(err, store.ErrNoRecovery) {
		d.cfg.Log.Warn("no request was made for who joined", "why", err)
	}
	return nil
}

// AskRecovery makes a request.
func (d *desk) AskRecovery(ctx context.Context, who identity.SlotID, s screen.Secret) error {
	defer d.look() // what it changes about people is seen at once
	v, _, _ := d.held()
	if v == nil {
		return problem(errClosed)
	}
	if _, err := v.RequestRecovery(ctx, who, store.Secret{Text: bytes.Clone(s.Text), PIN: s.PIN}); err != nil {
		return problem(err)
	}
	d.narrate("asked")
	return nil
}

// Recovery is the request under way.
func (d *desk) Recovery(who identity.SlotID) (screen.Recovery, bool) {
	v, _, _ := d.held()
	if v == nil {
		return screen.Recovery{}, false
	}
	text, at, ok := v.Recovery(who)
	return screen.Recovery{Text: text, At: at}, ok
}

// TakeRecovery takes an answer.
func (d *desk) TakeRecovery(ctx context.Context, answer string) (identity.SlotID, error) {
	defer d.look() // what it changes about people is seen at once
	v, _, _ := d.held()
	if v == nil {
		return identity.SlotID{}, problem(errClosed)
	}
	who, err := v.TakeRecovery(ctx, answer)
	if err != nil {
		return who, problem(err)
	}
	d.narrate("answered")
	return who, nil
}

// ChangeSecret gives the person signed in another secret.
func (d *desk) ChangeSecret(ctx context.Context, old []byte, s screen.Secret) error {
	defer d.look() // what it changes about people is seen at once
	_, session, _ := d.held()
	if session == nil {
		return problem(errClosed)
	}
	if err := session.ChangeSecret(ctx, store.Secret{Text: bytes.Clone(old)}, store.Secret{Text: bytes.Clone(s.Text), PIN: s.PIN}); err != nil {
		return problem(err)
	}
	d.narrate("changed-secret")
	return nil
}

// Laptop is what the laptop says of itself.
func (d *desk) Laptop() screen.Laptop {
	v, _, _ := d.held()
	out := screen.Laptop{Version: metadata().Version}
	if v == nil {
		return out
	}
	out.Hub, out.Notices, out.Binding = v.Certificate().Value.Name, notices(v), binding(v.Binding())
	return out
}

// binding is what a vault says its keys are bound to. While a share moves, it is
// as weak as a file until that is over.
func binding(words string) screen.Binding {
	switch words {
	case "TPM":
		return screen.BindingTPM
	case "credential store":
		return screen.BindingStore
	}
	return screen.BindingFile
}
