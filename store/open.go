package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/seal"
)

const (
	factsDir  = "facts"
	auditDir  = "audit"
	peopleDir = "people"

	formatWord = "satchel vault "
)

func formatText() []byte { return []byte(formatWord + strconv.Itoa(formatVersion) + "\n") }

// Open opens the vault in cfg.Dir, finishes what a crash interrupted, and says
// by Notices what it found. Errors: ErrNoVault, ErrNewerFormat (the text names
// the version), ErrShare, ErrElsewhere, share.ErrOtherKind, fact.ErrDemonstration, *InUseError, *DamagedError.
// Trouble with the cache is no error: it is moved aside and filled again.
func Open(ctx context.Context, cfg Config) (*Vault, error) {
	v, err := open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("opening vault: %w", err)
	}
	return v, nil
}

func open(ctx context.Context, cfg Config) (_ *Vault, err error) {
	v, err := takeFolder(cfg)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, v.release())
		}
	}()
	if err := v.checkFormat(); err != nil {
		return nil, err
	}
	if there, err := hasKeys(v.fsys); err != nil || !there {
		return nil, errors.Join(err, ErrNoVault)
	}
	if err := v.findShare(); err != nil {
		return nil, err
	}
	keys, content, report, err := seal.LoadLatest(v.fsys, v.share)
	if err != nil {
		return nil, v.shareGone(err)
	}
	v.keys = keys
	v.settleShare()
	if err := v.start(ctx, content, report); err != nil {
		return nil, err
	}
	v.giveBack()
	return v, nil
}

func (v *Vault) checkFormat() error {
	text, err := files.ReadFile(v.fsys, formatName, 64)
	if errors.Is(err, fs.ErrNotExist) {
		if there, err := hasKeys(v.fsys); err != nil || !there {
			return errors.Join(err, ErrNoVault)
		}
		return &DamagedError{File: formatName, What: "it is missing"}
	}
	if errors.Is(err, files.ErrTooLarge) {
		return &DamagedError{File: formatName, What: "it is too long", Err: err}
	}
	if err != nil {
		return fmt.Errorf("reading the format's version: %w", err)
	}
	digits, found := strings.CutPrefix(strings.TrimSuffix(string(text), "\n"), formatWord)
	version, err := strconv.Atoi(digits)
	switch {
	case !found || err != nil || version < 1:
		return &DamagedError{File: formatName, What: "it names no version"}
	case version > formatVersion:
		return fmt.Errorf("%w: version %d, this program knows %d", ErrNewerFormat, version, formatVersion)
	}
	return nil
}

// keysError says in the vault's words why the key file did not open.
func keysError(err error) error {
	switch {
	case errors.Is(err, seal.ErrNoKeys):
		return ErrNoVault
	case errors.Is(err, seal.ErrShareUnavailable), errors.Is(err, seal.ErrKeysGone):
		return fmt.Errorf("%w: %w", ErrShare, err)
	case errors.Is(err, seal.ErrNewerFormat):
		return fmt.Errorf("%w: %w", ErrNewerFormat, err)
	case errors.Is(err, seal.ErrKeysDamaged), errors.Is(err, seal.ErrContent):
		return &DamagedError{File: seal.KeysDir, What: err.Error(), Err: err}
	}
	return err
}

// start brings the vault up from an open key file, in the order that promise 1
// demands: what was killed goes before the cache is opened.
func (v *Vault) start(ctx context.Context, content *seal.Content, report seal.Report) error {
	v.content = content
	if err := v.readOwn(); err != nil {
		return err
	}
	s, err := loadState(v.fsys, &content.State)
	if err != nil {
		return err
	}
	v.mu.Lock()
	v.restoreLocked(s)
	v.mu.Unlock()
	v.weighShare()
	if v.shareOwed = content.ShareOwed || report.CleanupFailed != nil; v.shareOwed {
		v.note(Notice{Code: ShareNotTurned})
	}
	for _, step := range []func(context.Context) error{
		v.openKeyLog, v.openFacts, v.openItems, v.resumeErasure, v.openCacheAtDoor, v.markHour,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := v.orWithRoom(v.compactFacts()); err != nil {
		return err
	}
	return v.orWithRoom(v.saveStateAtDoor())
}

func (v *Vault) readOwn() error {
	var err error
	if v.own, v.cert, err = decodeOwn(v.content.Own, v.cfg.Demo); err != nil {
		return err
	}
	v.name, v.kind, v.demo = v.own.Name, v.own.Kind, v.own.Demo
	if err := v.device.UnmarshalBinary(v.content.Device); err != nil {
		return &DamagedError{File: seal.KeysDir, What: "the device's keys do not belong together", Err: err}
	}
	v.id = v.device.ID()
	v.members = fact.NewMembership(v.area())
	v.memberChain = newChain(fact.Chain{Area: v.area()})
	return nil
}

// openKeyLog replays what has changed since the key file was written.
func (v *Vault) openKeyLog(context.Context) error {
	gen := v.keys.Generation()
	if err := removeOldKeyLogs(v.fsys, gen); err != nil {
		return err
	}
	v.table = newTable(v.content.Rows)
	v.keyLog = &keyLog{fsys: v.fsys, gen: gen, key: &v.content.Journal}
	if v.marks.KeyLogGen == gen {
		v.keyLog.atLeast = v.marks.KeyLogN
	}
	torn, err := v.keyLog.replay(func(kind byte, payload []byte) error {
		switch kind {
		case keyLogRows:
			return readRows(payload, func(r seal.Row) {
				v.table.set(r)
				v.keyLog.rows++
			})
		case keyLogAttempt:
			a, err := decodeAttempt(payload)
			v.setAttempt(a)
			return err
		case keyLogEntered:
			v.content.Dropped = nil
			o := v.own
			o.Owed = nil
			return v.setOwn(o)
		}
		return fmt.Errorf("kind %d is not known to this version", kind)
	})
	v.content.Rows = nil // the table's from here on
	if torn {
		v.note(Notice{Code: KeysTornTail, File: keyLogName(gen)})
	}
	v.table.arrange()
	for i := range v.table.rows {
		for j := range v.table.rows[i].Versions {
			v.table.rows[i].Versions[j].State &^= flagMissing // reconcile says which are
		}
	}
	return err
}

// Close locks whoever is unlocked, writes the state, closes the cache and gives
// the folder up. The vault is not used afterwards.
func (v *Vault) Close() error {
	v.lockSession()
	v.door.Lock()
	defer v.door.Unlock()
	if v.stillOpen() != nil {
		return nil
	}
	v.givingBack.Wait() // nobody is let in from here on, so nothing more begins
	var err error
	if v.broken == nil {
		err = v.saveStateAtDoor()
	}
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	if err = errors.Join(err, v.release()); err != nil {
		return fmt.Errorf("closing vault: %w", err)
	}
	return nil
}

// release closes what is open, as far as it is.
func (v *Vault) release() error {
	var errs []error
	if c := v.cache.Swap(nil); c != nil {
		errs = append(errs, c.Close())
	}
	if v.items != nil {
		errs = append(errs, v.items.Close())
	}
	if v.facts != nil {
		errs = append(errs, v.facts.Close())
	}
	if v.sender != nil {
		v.sender.Wipe()
	}
	if v.keyLog != nil {
		errs = append(errs, v.keyLog.close())
	}
	if v.content != nil {
		v.content.Wipe()
	}
	if v.keys != nil {
		v.keys.Close()
	}
	if v.osDir != nil {
		errs = append(errs, v.osDir.Close())
	}
	return errors.Join(append(errs, v.lock.Unlock())...)
}
