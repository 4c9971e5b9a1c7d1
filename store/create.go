package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/seal"
)

const formatName = "format"

// Create makes a vault in cfg.Dir: the device's keys, made here and never
// leaving; for a laptop the device master key, an epoch key, the key that
// cohort keys are boxed to, and the first person's slot. The area's root and
// the hub's certificate are pinned. Enrolment is pending until TakeMembership
// brings this device's own entry. Nothing exists until Create returns nil: a
// crash before leaves a folder that Create takes again. Errors: ErrFounding,
// ErrVaultExists, ErrShare, *WeakError, fact.ErrDemonstration,
// fact.ErrCertificate, *InUseError.
func Create(ctx context.Context, cfg Config, f Founding) (*Vault, error) {
	v, err := create(ctx, cfg, f)
	if err != nil {
		return nil, fmt.Errorf("creating vault: %w", err)
	}
	return v, nil
}

func create(ctx context.Context, cfg Config, f Founding) (_ *Vault, err error) {
	if err := f.check(cfg); err != nil {
		return nil, err
	}
	v, err := takeFolder(cfg)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, v.release())
		}
	}()
	if exists, err := hasKeys(v.fsys); err != nil {
		return nil, err
	} else if exists {
		return nil, ErrVaultExists
	}
	if err := v.layOut(); err != nil {
		return nil, err
	}
	if err := v.chooseShare(f.Kind == identity.Box); err != nil {
		return nil, err
	}
	if p := f.First; p != nil {
		hints := []string{p.Name, f.DeviceName, f.Certificate.Value.Name}
		if err := checkSecret(Secret{p.Passphrase, p.PIN}, v.limiterAtDoor(), v.cfg.LeastGuesses, hints); err != nil {
			return nil, err
		}
	}
	content, err := v.found(f)
	if err != nil {
		return nil, err
	}
	now := v.cfg.Now()
	first := state{Clock: now.UnixMilli(), Boot: int64(v.cfg.Boot())}
	if err := saveState(v.fsys, &content.State, first); err != nil {
		return nil, err
	}
	if v.keys, _, err = seal.CreateKeys(v.fsys, v.share, content); err != nil {
		return nil, err
	}
	return v, v.start(ctx, content, seal.Report{Generation: v.keys.Generation(), Binding: v.keys.Binding()})
}

func (f Founding) check(cfg Config) error {
	c := f.Certificate.Value
	switch {
	case f.Certificate.IsZero() || !f.Certificate.By(c.Root):
		return fmt.Errorf("%w: the hub's certificate is not its root's", ErrFounding)
	case c.Demo != cfg.Demo:
		return fact.ErrDemonstration
	case strings.TrimSpace(f.DeviceName) == "" || len(f.DeviceName) > 200:
		return fmt.Errorf("%w: a device needs a name of at most 200 bytes", ErrFounding)
	}
	if _, err := identity.ParseKind(string(f.Kind)); err != nil {
		return fmt.Errorf("%w: %w", ErrFounding, err)
	}
	if (f.First == nil) != (f.Kind == identity.Box) {
		return fmt.Errorf("%w: a laptop has a first person, a box has none", ErrFounding)
	}
	if f.First == nil {
		return nil
	}
	if _, err := identity.ParseRole(string(f.First.Role)); err != nil {
		return fmt.Errorf("%w: %w", ErrFounding, err)
	}
	if f.First.Name == "" || len(f.First.Name) > 200 || len(f.First.Passphrase) == 0 {
		return fmt.Errorf("%w: a person needs a name and a passphrase", ErrFounding)
	}
	return nil
}

// found makes the keys of a new vault.
func (v *Vault) found(f Founding) (*seal.Content, error) {
	keys := identity.NewDeviceKeys()
	device, err := keys.MarshalBinary()
	if err != nil {
		return nil, err
	}
	c := &seal.Content{
		Device: device, Facts: seal.NewKey(), State: seal.NewKey(), Cache: seal.NewKey(), Journal: seal.NewKey(),
		Recovery: f.Certificate.Value.Recovery,
	}
	c.Own, err = canon.Marshal(own{
		Name: f.DeviceName, Kind: f.Kind, Demo: v.cfg.Demo, Root: f.Certificate.Value.Root, Certificate: f.Certificate.Raw(), Chain: 1, First: 1,
		TurnedAt: v.cfg.Now().UnixMilli(), ShareAt: v.cfg.Now().UnixMilli(),
	}, ownLimits)
	if err != nil || f.First == nil {
		return c, err
	}
	return c, v.foundUserTier(c, keys.ID(), *f.First)
}

func (v *Vault) foundUserTier(c *seal.Content, device identity.DeviceID, p FirstPerson) error {
	dmk, ek, tier := seal.NewKey(), seal.NewKey(), identity.NewX25519()
	defer dmk.Wipe()
	defer ek.Wipe()
	c.DMKGeneration, c.DMKCommitment = 1, seal.CommitDMK(&dmk, 1)
	c.EpochKeys = []seal.EpochKey{seal.SealEpochKey(&dmk, &ek, 1)}
	c.UserTier, c.TierPublic = seal.SealUserTier(&dmk, tier.Private[:]), tier.Public
	clear(tier.Private[:])
	info, err := canon.Marshal(slotInfo{Name: p.Name, Role: p.Role}, ownLimits)
	if err != nil {
		return err
	}
	secret := Secret{append([]byte(nil), p.Passphrase...), p.PIN}.sealed(v.limiterAtDoor())
	slot, person, err := seal.NewSlot(identity.Random[identity.SlotID](), info, secret, v.cfg.Argon2)
	if err != nil {
		return fmt.Errorf("making the first person's place: %w", err)
	}
	if slot.DMK, err = seal.BoxKey(&person.Public, &dmk); err != nil {
		return err
	}
	clear(person.Private[:])
	c.Slots = []seal.Slot{slot}
	if c.Recovery != [32]byte{} {
		c.RecoveryDMK, err = seal.BoxForRecovery(&c.Recovery, &dmk, device, c.DMKGeneration)
	}
	return err
}

// takeFolder locks the data folder and makes a vault with nothing in it yet.
func takeFolder(cfg Config) (*Vault, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	lock, err := files.Lock(cfg.Dir)
	if held, ok := errors.AsType[*files.HeldError](err); ok {
		return nil, &InUseError{PID: held.PID}
	}
	if err != nil {
		return nil, err
	}
	v := newVault(cfg)
	v.lock, v.fsys, v.share = lock, cfg.Disk, cfg.Share
	if v.fsys == nil {
		dir, err := files.OS(cfg.Dir)
		if err != nil {
			return nil, errors.Join(err, lock.Unlock())
		}
		v.fsys, v.osDir = dir, dir
	}
	return v, nil
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, fmt.Errorf("%w: no data folder is named", ErrFounding)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Boot == nil {
		c.Boot = sinceBoot
	}
	if c.BootID == nil {
		c.BootID = thisBoot
	}
	if c.free == nil {
		c.free = files.Free
	}
	if c.FoldRows == 0 {
		c.FoldRows = foldRows
	}
	if c.LeastGuesses == 0 {
		c.LeastGuesses = leastGuesses
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// hasKeys tells whether there is a vault: its first key file is the last thing
// that Create writes.
func hasKeys(fsys files.FS) (bool, error) {
	names, err := fsys.List(seal.KeysDir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for a vault: %w", err)
	}
	return slices.ContainsFunc(names, func(n string) bool {
		return strings.HasPrefix(n, "gen-") && !strings.HasSuffix(n, ".tmp")
	}), nil
}

// layOut writes the format's version and makes the folders.
func (v *Vault) layOut() error {
	if err := files.RemoveTemp(v.fsys, "."); err != nil {
		return err
	}
	if err := files.WriteAtomic(v.fsys, formatName, formatText()); err != nil {
		return err
	}
	for _, dir := range []string{seal.KeysDir, factsDir, auditDir, peopleDir} {
		if err := v.fsys.MkdirAll(dir); err != nil {
			return fmt.Errorf("making the folder %s: %w", dir, err)
		}
	}
	return v.fsys.SyncDir(".")
}
