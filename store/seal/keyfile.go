package seal

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"satchel/store/files"
)

// ShareID names one device share. It is random and says nothing.
type ShareID [16]byte

func (id ShareID) String() string { return hex.EncodeToString(id[:]) }

// ParseShareID reads a share id from 32 lower-case hexadecimal digits.
func ParseShareID(s string) (ShareID, error) {
	var id ShareID
	if n, err := hex.Decode(id[:], []byte(s)); err != nil || n != len(id) || id.String() != s {
		return ShareID{}, fmt.Errorf("%w: not a share id", ErrContent)
	}
	return id, nil
}

// Share keeps device shares where they can be forgotten: a TPM, the operating
// system's credential store, or a file. One Share serves one data folder; List
// must not show the shares of another.
//
// Put MUST NOT return nil before the share survives a power cut. Delete MUST
// NOT return nil before the share is gone as well as this store can make it;
// deleting an unknown id is no error. Get returns ErrNoShare only when the
// store answered and has no such share, and ErrShareUnavailable when it cannot
// be reached now.
type Share interface {
	Put(id ShareID, key *Key) error
	Get(id ShareID) (Key, error)
	Delete(id ShareID) error
	List() ([]ShareID, error)
	// Binding says in a few words how well this store forgets and how it is
	// bound to the device, for the admin.
	Binding() string
}

var (
	// ErrNoShare: the share does not exist. The key file that names it can
	// never be opened again.
	ErrNoShare = errors.New("device share does not exist")
	// ErrShareUnavailable: the store of device shares cannot be reached now
	// (a locked keyring). Try again later; nothing is lost.
	ErrShareUnavailable = errors.New("store of device shares cannot be reached")
	// ErrNoKeys: there is no key file. The device is new, or was wiped.
	ErrNoKeys = errors.New("no key file")
	// ErrKeysGone: there are key files, and the shares of all of them are
	// gone: wiped, or copied from another machine. What they guarded is
	// erased; enrol again.
	ErrKeysGone = errors.New("device share is gone, the key file cannot be opened")
	// ErrKeysDamaged: the newest key file does not open although its share
	// is there. Its bytes were changed. Nothing is deleted.
	ErrKeysDamaged = errors.New("key file is damaged")
	// ErrInDoubt: a generation could neither be saved nor taken back: the next
	// start finds it or the former. Write nothing more beside the former.
	ErrInDoubt = errors.New("it is in doubt which key generation is in force")
	// ErrNewerFormat: the key file was written by a newer version.
	ErrNewerFormat = errors.New("key file has a newer format")
)

// KeysDir is the folder of the key files, of the share file where there is one,
// and of the vault's state.
const KeysDir = "keys"

const (
	genPrefix  = "gen-"
	keysMagic  = "SATCHELK"
	keysFormat = 1
	keysHeader = len(keysMagic) + 2 + 8 + 16
	labelKeys  = "satchel/keys/1"
)

// KeyFile is the open key file of a data folder. It remembers the present share
// and turns it with each Save. Safe for several goroutines; one process.
type KeyFile struct {
	fsys  files.FS
	share Share

	mu         sync.Mutex
	generation uint64
	highest    uint64 // of the files found at load; the next is above it
	id         ShareID
	s          *Key      // the present share; nil before the first save
	stale      []ShareID // shares whose deletion is still owed
}

// Saved says what a save achieved.
type Saved struct {
	Generation uint64
	// Turned is true when the former shares are destroyed, so that what was
	// left out of this generation is cryptographically erased. The `purged`
	// item says which.
	Turned bool
	// NotTurned says why not, when Turned is false. The next save, or the
	// next start, makes up for it.
	NotTurned error
}

// Report says what LoadLatest found besides the content, for the audit log.
type Report struct {
	Generation uint64
	Binding    string
	// OrphanShares counts shares that the key file does not name: left by a
	// crash, now deleted.
	OrphanShares int
	// OldFiles counts superseded key files, now deleted.
	OldFiles int
	// Unopenable lists newer generations whose share does not exist: the
	// store forgot a share that it had acknowledged. The next save deletes
	// their files.
	Unopenable []uint64
	// CleanupFailed is why the tidying stopped early; the next save or start
	// tries again.
	CleanupFailed error
}

// CreateKeys writes the first generation. It refuses with fs.ErrExist when a
// key file is there already.
func CreateKeys(fsys files.FS, share Share, content *Content) (*KeyFile, Saved, error) {
	if err := errors.Join(fsys.MkdirAll(KeysDir), fsys.SyncDir(".")); err != nil {
		return nil, Saved{}, fmt.Errorf("creating the key file: %w", err)
	}
	have, err := generations(fsys)
	if err == nil && len(have) > 0 {
		err = fs.ErrExist
	}
	if err != nil {
		return nil, Saved{}, fmt.Errorf("creating the key file: %w", err)
	}
	// What an earlier, interrupted creation put there.
	orphans, err := share.List()
	if err != nil {
		return nil, Saved{}, fmt.Errorf("creating the key file: %w", err)
	}
	k := &KeyFile{fsys: fsys, share: share, stale: orphans}
	saved, err := k.SaveNext(content)
	if err != nil {
		return nil, Saved{}, err
	}
	return k, saved, nil
}

// LoadLatest opens the newest key file whose share exists, deletes what a crash
// left beside it, and reports. ErrNoKeys, ErrKeysGone, ErrKeysDamaged,
// ErrNewerFormat and ErrShareUnavailable tell the cases apart; in all of them
// nothing is deleted. A damaged newest file is never passed over for an older
// one: that would bring dropped rows back.
func LoadLatest(fsys files.FS, share Share) (*KeyFile, *Content, Report, error) {
	fail := func(err error) (*KeyFile, *Content, Report, error) {
		return nil, nil, Report{}, fmt.Errorf("opening the key file: %w", err)
	}
	have, err := generations(fsys)
	if err != nil {
		return fail(err)
	}
	if len(have) == 0 {
		return fail(ErrNoKeys)
	}
	report := Report{Binding: share.Binding()}
	for _, gen := range slices.Backward(have) {
		id, s, content, err := openGeneration(fsys, share, gen)
		if errors.Is(err, ErrNoShare) {
			report.Unopenable = append(report.Unopenable, gen)
			continue
		}
		if err != nil {
			return fail(fmt.Errorf("generation %d: %w", gen, err))
		}
		report.Generation = gen
		k := &KeyFile{fsys: fsys, share: share, generation: gen, id: id, s: s, highest: have[len(have)-1]}
		k.tidy(&report)
		return k, content, report, nil
	}
	return fail(ErrKeysGone)
}

// Generation is the number of the present key file.
func (k *KeyFile) Generation() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.generation
}

// Binding is the Share's.
func (k *KeyFile) Binding() string { return k.share.Binding() }

// Format hides the share from every print verb.
func (k *KeyFile) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "[key file, generation %d]", k.Generation())
}

// ShareAnswers tells whether the store of shares can be reached now.
func (k *KeyFile) ShareAnswers() bool {
	_, err := k.share.List()
	return err == nil
}

// Close wipes the share from memory. The KeyFile must not be used afterwards.
func (k *KeyFile) Close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s != nil {
		k.s.Wipe()
		k.s = nil
	}
}

// SaveNext makes content the next generation: a fresh share is stored, the file
// is written under it and synced, then the former share and file are destroyed.
// It returns nil only when the new generation is durable. A crash at any step
// leaves the former content or the new, and after LoadLatest exactly one file.
//
// When no fresh share can be stored, the file is written under the present one
// and Saved.Turned is false: leaving rows out now matters more than turning the
// share. After an error the former generation is still the one in force here
// and the call may be repeated, but for ErrInDoubt; after a crash either may be
// found. An error beside a Saved that names a generation says that this one is in
// force and an old file is left, which the next save or start deletes.
func (k *KeyFile) SaveNext(content *Content) (Saved, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := max(k.generation, k.highest) + 1
	id, s, putErr := k.freshShareLocked()
	if s == nil {
		return Saved{}, fmt.Errorf("saving key generation %d: %w", next, putErr)
	}
	content.ShareOwed = putErr != nil
	err := files.WriteAtomicBy(k.fsys, genName(next), func(w io.WriterAt) error {
		return sealKeys(w, s, id, next, content)
	})
	if err != nil {
		if putErr == nil {
			k.stale = append(k.stale, id) // of no use; deleted after the next good save
		}
		return Saved{}, fmt.Errorf("saving key generation %d: %w", next, errors.Join(err, k.withdrawLocked(next)))
	}
	if putErr == nil && k.s != nil {
		k.stale = append(k.stale, k.id)
		k.s.Wipe()
	}
	k.generation, k.id, k.s = next, id, s
	notTurned := errors.Join(putErr, k.deleteStaleLocked())
	saved := Saved{Generation: next, Turned: notTurned == nil, NotTurned: notTurned}
	if _, err := k.deleteOldFilesLocked(); err != nil {
		return saved, fmt.Errorf("deleting the key file before generation %d: %w", next, err)
	}
	return saved, nil
}

// withdrawLocked takes back a file that could not be written for certain: were it
// found at the next start, what was kept beside the former since would be lost.
func (k *KeyFile) withdrawLocked(gen uint64) error {
	err := k.fsys.Remove(genName(gen))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err = errors.Join(err, k.fsys.SyncDir(KeysDir)); err != nil {
		return fmt.Errorf("%w: %w", ErrInDoubt, err)
	}
	return nil
}

// freshShareLocked stores a new share and returns it. When that is not possible
// it returns the present one and the reason, and no share when there is none.
func (k *KeyFile) freshShareLocked() (ShareID, *Key, error) {
	var id ShareID
	_, _ = rand.Read(id[:])
	s := NewKey()
	err := k.share.Put(id, &s)
	if err == nil {
		return id, &s, nil
	}
	s.Wipe()
	// It may have been stored all the same.
	k.stale = append(k.stale, id)
	return k.id, k.s, fmt.Errorf("storing a device share: %w", err)
}

// deleteStaleLocked destroys the shares that are no longer of use and keeps
// those that the store did not delete for the next time.
func (k *KeyFile) deleteStaleLocked() error {
	var errs []error
	k.stale = slices.DeleteFunc(k.stale, func(id ShareID) bool {
		err := k.share.Delete(id)
		errs = append(errs, err)
		return err == nil
	})
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("destroying a device share: %w", err)
	}
	return nil
}

func (k *KeyFile) deleteOldFilesLocked() (int, error) {
	have, err := generations(k.fsys)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, gen := range have {
		if gen >= k.generation {
			continue
		}
		if err := k.fsys.Remove(genName(gen)); err != nil {
			return n, err
		}
		n++
	}
	if n == 0 {
		return 0, nil
	}
	return n, k.fsys.SyncDir(KeysDir)
}

// tidy deletes what a crash left: half-written files, shares that the chosen
// file does not name, then older files.
func (k *KeyFile) tidy(report *Report) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ids, err := k.share.List()
	for _, id := range ids {
		if id != k.id {
			k.stale = append(k.stale, id)
		}
	}
	before := len(k.stale)
	stale := k.deleteStaleLocked()
	report.OrphanShares = before - len(k.stale)
	old, oldFiles := k.deleteOldFilesLocked()
	report.OldFiles = old
	report.CleanupFailed = errors.Join(err, stale, oldFiles, files.RemoveTemp(k.fsys, KeysDir))
}

func genName(gen uint64) string {
	return path.Join(KeysDir, genPrefix+strconv.FormatUint(gen, 10))
}

// generations lists the numbers of the key files, ascending.
func generations(fsys files.FS) ([]uint64, error) {
	names, err := fsys.List(KeysDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var gens []uint64
	for _, name := range names {
		digits, ok := strings.CutPrefix(name, genPrefix)
		if !ok {
			continue
		}
		gen, err := strconv.ParseUint(digits, 10, 64)
		if err == nil && gen > 0 && path.Base(genName(gen)) == name {
			gens = append(gens, gen)
		}
	}
	slices.Sort(gens)
	return gens, nil
}

// sealKeys writes a key file: header in clear, sealed content bound to it.
func sealKeys(w io.WriterAt, s *Key, id ShareID, gen uint64, content *Content) error {
	plain, err := content.pack()
	if err != nil {
		return err
	}
	defer plain.wipe()
	if keysHeader+SealedLen(plain.total) > maxKeyFile {
		return fmt.Errorf("%w: key file", ErrTooLarge)
	}
	header := make([]byte, 0, keysHeader)
	header = append(header, keysMagic...)
	header = binary.BigEndian.AppendUint16(header, keysFormat)
	header = binary.BigEndian.AppendUint64(header, gen)
	header = append(header, id[:]...)
	key := DeriveKey(s, labelKeys, id[:])
	defer key.Wipe()
	return sealTo(w, header, &key, Bind(labelKeys, header), plain.total, plain.piece)
}

// parseKeys splits a key file and reads its header.
func parseKeys(data []byte) (gen uint64, id ShareID, header, sealed []byte, err error) {
	if len(data) < keysHeader || string(data[:len(keysMagic)]) != keysMagic {
		return 0, ShareID{}, nil, nil, ErrKeysDamaged
	}
	at := len(keysMagic)
	if format := binary.BigEndian.Uint16(data[at:]); format != keysFormat {
		return 0, ShareID{}, nil, nil, fmt.Errorf("%w: %d", ErrNewerFormat, format)
	}
	gen = binary.BigEndian.Uint64(data[at+2:])
	id = ShareID(data[at+10:])
	return gen, id, data[:keysHeader], data[keysHeader:], nil
}

func openGeneration(fsys files.FS, share Share, gen uint64) (ShareID, *Key, *Content, error) {
	data, err := files.ReadFile(fsys, genName(gen), maxKeyFile)
	if errors.Is(err, files.ErrTooLarge) {
		return ShareID{}, nil, nil, fmt.Errorf("%w: %w", ErrKeysDamaged, err)
	}
	if err != nil {
		return ShareID{}, nil, nil, err
	}
	named, id, header, sealed, err := parseKeys(data)
	if err != nil {
		return ShareID{}, nil, nil, err
	}
	s, err := share.Get(id)
	if err != nil {
		return ShareID{}, nil, nil, err
	}
	key := DeriveKey(&s, labelKeys, id[:])
	defer key.Wipe()
	plain, err := Open(&key, Bind(labelKeys, header), sealed)
	if errors.Is(err, ErrSuite) {
		return ShareID{}, nil, nil, fmt.Errorf("%w: %w", ErrNewerFormat, err)
	}
	if err != nil || named != gen {
		return ShareID{}, nil, nil, ErrKeysDamaged
	}
	defer clear(plain)
	content, err := decodeContent(plain)
	if err != nil {
		return ShareID{}, nil, nil, err
	}
	return id, &s, content, nil
}
