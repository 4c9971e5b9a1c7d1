package store

import (
	"context"
	"errors"
	"fmt"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/store/search"
)

// Unlock opens the user tier for one person. The try is written down and synced
// before the passphrase is stretched, so that switching off does not win tries;
// the waits are remembered, and after ten wrong ones the slot is destroyed.
// Both outcomes are entered; when the entry cannot be written nobody gets in.
// The passphrase is wiped. Errors: ErrNoPerson, ErrUnlocked,
// *WrongPassphraseError, *SlotGoneError, *UnlockRefusedError.
func (v *Vault) Unlock(ctx context.Context, slot identity.SlotID, passphrase []byte) (*Session, error) {
	defer clear(passphrase)
	v.unlocking.Lock()
	defer v.unlocking.Unlock()
	s, err := v.unlock(ctx, slot, passphrase)
	if err != nil {
		return nil, fmt.Errorf("unlocking: %w", err)
	}
	v.tell(WaitingChanged{})
	return s, nil
}

func (v *Vault) unlock(ctx context.Context, id identity.SlotID, passphrase []byte) (*Session, error) {
	slot, err := v.beginAttempt(id)
	if err != nil {
		return nil, err
	}
	key, err := slot.Open(passphrase)
	if errors.Is(err, seal.ErrPassphrase) {
		return nil, v.wrongPassphrase(id)
	}
	if err != nil {
		return nil, err
	}
	defer clear(key.Private[:])
	person, err := v.admit(id, slot.Info)
	if err != nil {
		return nil, err
	}
	user, err := v.openUserTier(slot, key)
	if err != nil {
		return nil, err
	}
	if _, err := v.enterUnlocked(person); err != nil {
		user.wipe()
		return nil, err
	}
	return v.admitSession(ctx, person, user)
}

// beginAttempt begins an unlock.
func (v *Vault) beginAttempt(id identity.SlotID) (seal.Slot, error) {
	if !v.Locked() {
		return seal.Slot{}, ErrUnlocked
	}
	return v.writeTry(id)
}

// writeTry writes the try down and gives a copy of the slot. A try too early is
// entered as refused. Where all tries were written down and the slot is still
// there, the device was switched off before the last had an end: the slot goes
// now, and no further passphrase is tried.
func (v *Vault) writeTry(id identity.SlotID) (seal.Slot, error) {
	s, err := v.writeTryLocking(id)
	if early, ok := errors.AsType[*WrongPassphraseError](err); ok {
		return s, errors.Join(err, v.enterRefusedUnlock(id, "waiting", uint32(maxTries-early.Left)))
	}
	if _, ok := errors.AsType[*SlotGoneError](err); ok {
		return s, v.wrongPassphrase(id)
	}
	return s, err
}

func (v *Vault) writeTryLocking(id identity.SlotID) (seal.Slot, error) {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.usable(); err != nil {
		return seal.Slot{}, err
	}
	s := v.slot(id)
	if s == nil {
		return seal.Slot{}, ErrNoPerson
	}
	a := v.attempts(id)
	now := v.Now()
	if a.Failed >= maxTries {
		return seal.Slot{}, &SlotGoneError{id}
	}
	if wait := waitAfter(a, now); wait > 0 {
		return seal.Slot{}, &WrongPassphraseError{Left: maxTries - int(a.Failed), Wait: wait}
	}
	a.Failed, a.Last = a.Failed+1, now.UnixMilli()
	return *s, v.writeAttempt(a)
}

func (v *Vault) writeAttempt(a seal.Attempt) error {
	b, err := encodeAttempt(a)
	if err != nil {
		return err
	}
	if err := v.keepInKeyLogAtDoor(keyLogAttempt, b); err != nil {
		v.broken = err
		return err
	}
	v.setAttempt(a)
	return nil
}

// wrongPassphrase enters the refusal, and destroys the slot after the tenth.
func (v *Vault) wrongPassphrase(id identity.SlotID) error {
	v.door.Lock()
	a := v.attempts(id)
	var events []Event
	var err error
	gone := a.Failed >= maxTries
	if gone {
		events, err = v.eraseAtDoor(context.Background(), doom{slots: []identity.SlotID{id}})
	}
	now := v.Now()
	v.door.Unlock()
	v.tell(events...)
	if gone {
		return errors.Join(&SlotGoneError{id}, err, v.enterRefusedUnlock(id, "slot-gone", a.Failed))
	}
	refused := &WrongPassphraseError{Left: maxTries - int(a.Failed), Wait: waitAfter(a, now), Tried: true}
	return errors.Join(refused, v.enterRefusedUnlock(id, "wrong-passphrase", a.Failed))
}

// admit asks whether the person whose passphrase was right may come in (R6),
// and forgets the wrong tries before.
func (v *Vault) admit(id identity.SlotID, rawInfo []byte) (Person, error) {
	v.door.Lock()
	err := v.writeAttempt(seal.Attempt{Slot: id})
	v.door.Unlock()
	if err != nil {
		return Person{}, err
	}
	info, err := decodeSlotInfo(rawInfo)
	if err != nil {
		return Person{}, err
	}
	person := Person{Slot: id, Name: info.Name, Role: info.Role}
	refusal := &UnlockRefusedError{Reason: NoCredential}
	if len(info.Credential) > 0 {
		cred, err := fact.Decode[fact.Credential](info.Credential)
		if err != nil {
			return Person{}, err
		}
		c := cred.Value
		person = Person{
			Slot: id, Name: c.Name, Staff: c.Staff, Role: c.Role, Category: c.Category,
			Trained: millis(c.Trained), Ends: millis(c.Ends),
		}
		refusal = v.refusal(c)
	}
	if refusal != nil {
		return Person{}, errors.Join(refusal, v.enterRefusedUnlock(id, string(refusal.Reason), 0))
	}
	return person, nil
}

// refusal gives the reason against a person, nil for none.
func (v *Vault) refusal(c fact.Credential) *UnlockRefusedError {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.nowLocked()
	_, member := v.members.Get(v.id)
	switch {
	case !member:
		return &UnlockRefusedError{Reason: DeviceNotEnabled}
	case v.suspendedLocked():
		return &UnlockRefusedError{Reason: DeviceSuspended}
	case c.Ends != 0 && now.After(millis(c.Ends)):
		return &UnlockRefusedError{Reason: CredentialEnded, Since: millis(c.Ends)}
	case c.Trained != 0 && now.After(millis(c.Trained)):
		return &UnlockRefusedError{Reason: TrainingLapsed, Since: millis(c.Trained)}
	}
	return nil
}

// openUserTier opens what lies under the device master key.
func (v *Vault) openUserTier(slot seal.Slot, person identity.X25519Key) (*userTier, error) {
	v.door.Lock()
	defer v.door.Unlock()
	c := v.content
	dmk, err := seal.OpenDMK(person, slot.DMK, c.DMKCommitment, c.DMKGeneration)
	if err != nil {
		return nil, &DamagedError{File: seal.KeysDir, What: "the device master key does not open", Err: err}
	}
	defer dmk.Wipe()
	private, err := seal.OpenUserTier(&dmk, c.UserTier)
	if err != nil || len(private) != 32 {
		return nil, &DamagedError{File: seal.KeysDir, What: "the user tier's keys do not open", Err: err}
	}
	defer clear(private)
	u := &userTier{
		slot: slot.ID, tier: identity.X25519FromPrivate([32]byte(private)), eks: map[uint32]*seal.Key{},
		cohorts: map[identity.CohortID]map[uint64]*seal.Key{}, index: search.New(),
	}
	for _, e := range c.EpochKeys {
		ek, err := e.Open(&dmk)
		if err != nil {
			return nil, &DamagedError{File: seal.KeysDir, What: "an epoch key does not open", Err: err}
		}
		u.eks[e.Generation], u.ek = &ek, max(u.ek, e.Generation)
	}
	if !v.turnDue() {
		return u, nil
	}
	if err := v.turnAtDoor(u, private); err != nil {
		return nil, err
	}
	return u, nil
}

// admitSession lets the person in: from here on records that arrive are opened
// as they come. It opens cohort keys, makes the index, and makes the inner
// parts of what arrived while nobody was unlocked.
func (v *Vault) admitSession(ctx context.Context, person Person, user *userTier) (*Session, error) {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.stillAdmitted(person.Slot); err != nil {
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
	s := &Session{v: v, person: person, user: user, since: v.nowLocked()}
	v.user, v.session = user, s
	return s, nil
}

// stillAdmitted tells whether the slot is there yet: an order of the hub, or the
// vault's closing, may have come while the passphrase was stretched.
func (v *Vault) stillAdmitted(id identity.SlotID) error {
	if err := v.usable(); err != nil {
		return err
	}
	if v.slot(id) == nil {
		return ErrNoPerson
	}
	return nil
}

// Locked tells whether nobody is unlocked.
func (v *Vault) Locked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.user == nil
}

// dropUserLocked takes the user tier out of reach; what uses it now finishes
// first.
func (v *Vault) dropUserLocked() {
	user := v.user
	v.user, v.session = nil, nil
	if user != nil {
		user.wipe()
	}
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
