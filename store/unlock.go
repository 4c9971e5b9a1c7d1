package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/store/search"
)

// Unlock opens the user tier for one person, by passphrase or PIN. The try is
// written down and synced before it is stretched, so that switching off does not
// win tries; the waits are remembered, and after ten wrong ones the slot is
// destroyed. Both outcomes are entered; when the entry cannot be written nobody
// gets in. The unlock also gives their keys to who joined, turns the keys over
// where that is due, and makes a slot anew whose costs policy has raised; all of
// it is one generation of the key file. The secret is wiped. Errors: ErrNoPerson,
// ErrNotReady, ErrUnlocked, ErrAnswer, ErrAnswerStale, *WrongPassphraseError,
// *SlotGoneError, *UnlockRefusedError, seal.ErrPINLocked, seal.ErrNoPIN.
func (v *Vault) Unlock(ctx context.Context, slot identity.SlotID, secret []byte) (*Session, error) {
	defer clear(secret)
	v.unlocking.Lock()
	defer v.unlocking.Unlock()
	s, err := v.unlock(ctx, slot, secret)
	if err != nil {
		return nil, fmt.Errorf("unlocking: %w", err)
	}
	v.tell(WaitingChanged{})
	return s, nil
}

func (v *Vault) unlock(ctx context.Context, id identity.SlotID, secret []byte) (*Session, error) {
	if !v.Locked() {
		return nil, ErrUnlocked
	}
	o, err := v.openPlace(id, secret)
	if err != nil {
		return nil, err
	}
	defer o.wipe()
	if o.recovery != nil {
		if err := v.openAnswer(o); err != nil {
			return nil, err
		}
	}
	person, err := v.admit(o)
	if err != nil {
		return nil, err
	}
	user, err := v.openUserTier(o)
	if err != nil {
		return nil, err
	}
	if _, err := v.enterUnlocked(person); err != nil {
		user.wipe()
		return nil, err
	}
	s, err := v.admitSession(ctx, person, user)
	if refusal, ok := errors.AsType[*UnlockRefusedError](err); ok {
		return nil, errors.Join(err, v.enterRefusedUnlock(o.id, string(refusal.Reason), 0))
	}
	return s, err
}

// opening is a place whose secret was right.
type opening struct {
	way
	key    identity.X25519Key
	dmk    seal.Key // what the answer held, where this is a recovery
	secret []byte   // for making the slot anew
}

func (o *opening) wipe() {
	clear(o.key.Private[:])
	o.dmk.Wipe()
	clear(o.secret)
}

// openPlace tries the secret at the recovery that was answered, where there is
// one, and at the place's own slot.
func (v *Vault) openPlace(id identity.SlotID, secret []byte) (*opening, error) {
	o, err := v.openRecovery(id, secret)
	if o != nil || err != nil && !v.hasSlot(id) {
		return o, err
	}
	w, err := v.writeTry(id)
	if err != nil {
		return nil, err
	}
	key, err := v.open(w, secret)
	if err != nil {
		return nil, err
	}
	return &opening{way: w, key: key, secret: append([]byte(nil), secret...)}, nil
}

func (v *Vault) hasSlot(id identity.SlotID) bool {
	v.door.Lock()
	defer v.door.Unlock()
	s := v.slot(id)
	return s != nil && !s.Gone()
}

// openRecovery tries the secret of a request that was answered; nothing where
// there is none.
func (v *Vault) openRecovery(id identity.SlotID, secret []byte) (*opening, error) {
	v.door.Lock()
	p := v.recovery(id)
	if p == nil || p.Answer == "" || v.usable() != nil {
		v.door.Unlock()
		return nil, nil
	}
	kept := *p
	w := way{id: id, counter: counterOf(p), slot: p.Slot, limiter: v.limiterAtDoor(), recovery: &kept}
	var err error
	w.before, err = v.tryAtDoor(w.counter, [32]byte{})
	v.door.Unlock()
	if _, spent := errors.AsType[*SlotGoneError](err); spent {
		return nil, v.wrongSecret(w)
	}
	if err != nil {
		return nil, err
	}
	key, err := v.open(w, secret)
	if err != nil {
		return nil, err
	}
	return &opening{way: w, key: key, secret: append([]byte(nil), secret...)}, nil
}

// openAnswer opens the answer with the person's new key. One that does not open
// is given up, so that the right one can be taken.
func (v *Vault) openAnswer(o *opening) error {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.writeAttempt(seal.Attempt{Slot: o.counter}); err != nil {
		return err
	}
	var err error
	if o.dmk, err = v.recovered(o.recovery, o.key); err == nil || !errors.Is(err, ErrAnswer) {
		return err
	}
	return errors.Join(err, v.changeAtDoor(func(c *keyChange) error {
		if p := pendingOf(c.content.Pending, o.id, false); p != nil && p.Request == o.recovery.Request {
			p.Answer = ""
		}
		return nil
	}))
}

// admit asks whether the person whose secret was right may come in (R6), as the
// hub's newest word says, and forgets the wrong tries before.
func (v *Vault) admit(o *opening) (Person, error) {
	person, refusal, err := v.admitAtDoor(o)
	if err != nil {
		return Person{}, err
	}
	if refusal != nil {
		return Person{}, errors.Join(refusal, v.enterRefusedUnlock(o.id, string(refusal.Reason), 0))
	}
	return person, nil
}

func (v *Vault) admitAtDoor(o *opening) (Person, *UnlockRefusedError, error) {
	v.door.Lock()
	defer v.door.Unlock()
	if o.recovery == nil {
		if err := v.writeAttempt(seal.Attempt{Slot: o.id, Last: v.Now().UnixMilli()}); err != nil {
			return Person{}, nil, err
		}
	}
	info, err := v.infoAtDoor(o.id)
	if err != nil {
		return Person{}, nil, err
	}
	person, approved, err := info.person(o.id)
	if err != nil {
		return Person{}, nil, err
	}
	if !approved {
		return person, &UnlockRefusedError{Reason: NoCredential}, nil
	}
	return person, v.refusal(person), nil
}

// refusal gives the reason against a person, nil for none.
func (v *Vault) refusal(p Person) *UnlockRefusedError {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.nowLocked()
	_, member := v.members.Get(v.id)
	switch {
	case !member:
		return &UnlockRefusedError{Reason: DeviceNotEnabled}
	case v.suspendedLocked():
		return &UnlockRefusedError{Reason: DeviceSuspended}
	}
	return lapsed(p, now)
}

// lapsed gives the reason that lies in a credential's dates, nil for none.
func lapsed(p Person, now time.Time) *UnlockRefusedError {
	switch {
	case !p.Ends.IsZero() && now.After(p.Ends):
		return &UnlockRefusedError{Reason: CredentialEnded, Since: p.Ends}
	case !p.Trained.IsZero() && now.After(p.Trained):
		return &UnlockRefusedError{Reason: TrainingLapsed, Since: p.Trained}
	}
	return nil
}

// openUserTier opens what lies under the device master key, and makes the one
// change of the key file that this unlock calls for.
func (v *Vault) openUserTier(o *opening) (_ *userTier, err error) {
	v.door.Lock()
	defer v.door.Unlock()
	dmk, err := v.masterKeyAtDoor(o)
	if err != nil {
		return nil, err
	}
	defer dmk.Wipe()
	u, private, err := v.underMasterKey(o.id, &dmk)
	defer clear(private)
	defer func() {
		if err != nil {
			u.wipe()
		}
	}()
	if err != nil {
		return nil, err
	}
	return u, v.settleAtDoor(o, &dmk, u, private)
}

// masterKeyAtDoor opens the DMK for the place, as it is now: an order of the hub
// may have come while the secret was stretched.
func (v *Vault) masterKeyAtDoor(o *opening) (seal.Key, error) {
	if err := v.usable(); err != nil {
		return seal.Key{}, err
	}
	c := v.content
	if o.recovery != nil {
		if p := v.recovery(o.id); p == nil || p.Request != o.recovery.Request {
			return seal.Key{}, ErrNoPerson
		}
		return o.dmk, nil
	}
	s := v.slot(o.id)
	if s == nil || s.Public != o.key.Public {
		return seal.Key{}, ErrNoPerson
	}
	dmk, err := seal.OpenDMK(o.key, s.DMK, c.DMKCommitment, c.DMKGeneration)
	if err != nil {
		return seal.Key{}, &DamagedError{File: seal.KeysDir, What: "the device master key does not open", Err: err}
	}
	return dmk, nil
}

// underMasterKey opens the user tier; what is open when it fails is for the
// caller to wipe.
func (v *Vault) underMasterKey(id identity.SlotID, dmk *seal.Key) (u *userTier, private []byte, err error) {
	u = &userTier{
		slot: id, eks: map[uint32]*seal.Key{}, cohorts: map[identity.CohortID]map[uint64]*seal.Key{},
		index: search.New(),
	}
	private, err = seal.OpenUserTier(dmk, v.content.UserTier)
	if err != nil || len(private) != 32 {
		return u, private, &DamagedError{File: seal.KeysDir, What: "the user tier's keys do not open", Err: err}
	}
	u.tier = identity.X25519FromPrivate([32]byte(private))
	for _, e := range v.content.EpochKeys {
		ek, err := e.Open(dmk)
		if err != nil {
			return u, private, &DamagedError{File: seal.KeysDir, What: "an epoch key does not open", Err: err}
		}
		u.eks[e.Generation], u.ek = &ek, max(u.ek, e.Generation)
	}
	return u, private, nil
}

// admitSession lets the person in: from here on records that arrive are opened
// as they come. It opens cohort keys, makes the index, and makes the inner
// parts of what arrived while nobody was unlocked.
func (v *Vault) admitSession(ctx context.Context, person Person, user *userTier) (*Session, error) {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.stillAdmitted(person); err != nil {
		user.wipe()
		return nil, err
	}
	v.mu.Lock()
	for _, c := range v.cohorts {
		if !c.keys.IsZero() {
			user.openKeys(v.id, c.keys.Value)
		}
	}
	v.mu.Unlock()
	if err := v.buildIndexAtDoor(ctx, user); err != nil {
		user.wipe()
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	s := &Session{v: v, person: person, user: user, began: v.clock.boot(), duty: v.dutyAtDoor(person.Slot)}
	v.user, v.session = user, s
	v.giveBack()
	return s, nil
}

// giveBack returns to the system, while the person begins to type or is not there
// yet, what opening or unlocking a large vault took and left.
func (v *Vault) giveBack() {
	if v.table.len() >= giveBackFrom {
		v.givingBack.Go(debug.FreeOSMemory)
	}
}

// stillAdmitted tells whether the slot is there yet and the device in use: an
// order of the hub, or the vault's closing, may have come since admit.
func (v *Vault) stillAdmitted(p Person) error {
	if err := v.usable(); err != nil {
		return err
	}
	if s := v.slot(p.Slot); s == nil || s.Gone() {
		return ErrNoPerson
	}
	if refusal := v.refusal(p); refusal != nil {
		return refusal
	}
	return nil
}

// dutyAtDoor is the version of the confidentiality duty that a person accepted
// on this device (R25).
func (v *Vault) dutyAtDoor(id identity.SlotID) uint64 {
	info, err := v.infoAtDoor(id)
	if err != nil {
		return 0
	}
	return info.Duty
}

// Locked tells whether nobody is unlocked.
func (v *Vault) Locked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.user == nil
}

// dropUserLocked takes the user tier out of reach, and gives what is to be told;
// what uses it now finishes first.
func (v *Vault) dropUserLocked() []Event {
	if v.user == nil {
		return nil
	}
	v.user.wipe()
	v.user, v.session = nil, nil
	return []Event{Locked{}}
}

// lockSession ends whoever is unlocked, and enters it.
func (v *Vault) lockSession() {
	v.mu.Lock()
	s := v.session
	v.mu.Unlock()
	if s != nil {
		s.Lock()
	}
}
