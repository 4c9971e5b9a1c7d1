package faults

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// Several people on one laptop: a second one joins, somebody changes a
// passphrase, somebody who forgot theirs is let back in.

const (
	otherSecret = "gravel lantern orbit maple nineteen"
	joinCode    = "ABCDE-FGHJK"
)

// init adds to the workloads of one person those of several.
func init() {
	workloads = append(workloads,
		workload{name: "join", stage: invited, step: join},
		workload{name: "joined person gets keys", stage: joined, step: admitSecond},
		workload{name: "secret changed", stage: holding, step: andUnlocked(changeSecret)},
		workload{name: "recovery asked", stage: holding, step: askRecovery},
		workload{name: "recovery answered", stage: asked, step: takeAnswer},
	)
}

// invites writes the hub's word that a person has a place on this device.
func (a *area) invites(keys identity.DeviceKeys, slot identity.SlotID) {
	c := a.credential(keys.ID(), slot)
	plain, err := fact.Admission{Credential: c.Raw(), Join: fact.JoinHash(slot, joinCode)}.Encode()
	a.must(err)
	sender := seal.NewSender()
	defer sender.Wipe()
	to := keys.Gossip.Public
	body, err := sender.BoxTo(&to, fact.AdmissionLabel(keys.ID(), slot), plain)
	a.must(err)
	a.govern(fact.GovernanceEntry{Kind: fact.Credentialled, Device: keys.ID(), Slot: slot, Body: body})
}

func invited(t *testing.T) *stage {
	return holding(t).goes(func(ctx context.Context, l *life) error {
		l.said.slot = l.slot()
		l.said.second = identity.Random[identity.SlotID]()
		l.a.invites(l.v.Keys(), l.said.second)
		return l.obeys(ctx)
	})
}

func join(ctx context.Context, l *life) error {
	err := l.v.Join(ctx, l.said.second, joinCode, store.Secret{Text: []byte(otherSecret)})
	return l.heard(err, func(s *said) { s.joinedIn = true })
}

func joined(t *testing.T) *stage { return invited(t).goes(join) }

// admitSecond: the first person's unlock gives the second their keys.
func admitSecond(ctx context.Context, l *life) error {
	if err := unlock(ctx, l); err != nil {
		return err
	}
	l.s.Lock()
	return l.secondIn(ctx)
}

// secondIn lets the second person in, and out.
func (l *life) secondIn(ctx context.Context) error {
	s, err := l.v.Unlock(ctx, l.said.second, []byte(otherSecret))
	if err != nil {
		return l.heard(err, nil)
	}
	s.Lock()
	return l.heard(nil, nil)
}

func changeSecret(ctx context.Context, l *life) error {
	l.said.secrets = []string{otherSecret, passphrase}
	err := l.s.ChangeSecret(ctx, store.Secret{Text: []byte(passphrase)}, store.Secret{Text: []byte(otherSecret)})
	return l.heard(err, func(s *said) { s.secrets = []string{otherSecret} })
}

func askRecovery(ctx context.Context, l *life) error {
	text, err := l.v.RequestRecovery(ctx, l.slot(), store.Secret{Text: []byte(otherSecret)})
	return l.heard(err, func(s *said) { s.request = text })
}

func asked(t *testing.T) *stage { return holding(t).goes(askRecovery) }

func takeAnswer(ctx context.Context, l *life) error {
	r, err := seal.ParseRecoveryRequest(l.said.request)
	if err != nil {
		return err
	}
	answer, err := seal.AnswerRecovery(l.a.recovery, r)
	if err != nil {
		return err
	}
	l.said.secrets = []string{otherSecret, passphrase}
	_, err = l.v.TakeRecovery(ctx, answer.Text())
	if err := l.heard(err, nil); err != nil {
		return err
	}
	if err := l.unlocks(ctx, otherSecret); err != nil {
		return err
	}
	return l.heard(nil, func(s *said) { s.secrets = []string{otherSecret} })
}

// entersWithOne lets the person in with one of the secrets that may be in force.
// Where only one may, no other lets anybody in.
func (l *life) entersWithOne(ctx context.Context, was said) error {
	secrets := was.secrets
	if len(secrets) == 0 {
		secrets = []string{passphrase}
	}
	if len(secrets) == 1 && secrets[0] != passphrase {
		if err := l.unlocks(ctx, passphrase); err == nil {
			return errors.New("a passphrase that was replaced lets somebody in")
		}
		l.pass(5 * time.Minute)
	}
	var errs error
	for _, secret := range secrets {
		err := l.unlocks(ctx, secret)
		if err == nil {
			return l.entersSecond(ctx, was, secret)
		}
		errs = errors.Join(errs, err)
		l.pass(5 * time.Minute)
	}
	return fmt.Errorf("the right passphrase: %w", errs)
}

// entersSecond lets the second person in where their joining was acknowledged,
// and then the first again.
func (l *life) entersSecond(ctx context.Context, was said, first string) error {
	if !was.joinedIn {
		return nil
	}
	l.s.Lock()
	if err := l.secondIn(ctx); err != nil {
		return fmt.Errorf("the second person: %w", err)
	}
	return l.unlocks(ctx, first)
}

func (l *life) pass(d time.Duration) {
	if l.clock != nil {
		*l.clock += d
	}
}
