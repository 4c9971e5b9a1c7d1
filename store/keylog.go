package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"satchel/store/canon"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/seal"
)

// The key log, keys/log-N, is what has changed since generation N of the key
// file: rows that came, passphrase tries, erasures entered. Writing the whole
// table for every batch of records would cost more than the records. Its frames
// are sealed under a key that lies in generation N alone, so that the next
// generation ends it with everything else: a row is dropped only by writing a
// generation without it.
//
// A frame is length u32 | CRC-32C u32 | sealed bytes. A frame that is not whole
// at the end was never acknowledged and is cut off.
const (
	keyLogPrefix = "log-"
	labelKeyLog  = "satchel/keylog/1"
	frameHead    = 8
	maxKeyFrame  = 64 << 20

	keyLogRows    = 1 // rows set
	keyLogAttempt = 2 // a passphrase is about to be tried, or was right
	keyLogEntered = 3 // every dropped row has been entered as purged
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// keyLog is the open log of the present generation. Owner: Vault.door.
type keyLog struct {
	fsys files.FS
	gen  uint64
	key  *seal.Key
	f    files.File // nil until the first frame
	size int64
	n    uint64 // frames
	rows int    // rows in all frames

	atLeast uint64 // frames that are known from elsewhere to be there
}

func keyLogName(gen uint64) string {
	return path.Join(seal.KeysDir, keyLogPrefix+strconv.FormatUint(gen, 10))
}

// append makes one frame durable. After an error the log is not used again
// until a new generation.
func (l *keyLog) append(kind byte, payload []byte) error {
	if l.f == nil {
		if err := l.create(); err != nil {
			return fmt.Errorf("opening the key log: %w", err)
		}
	}
	plain := append([]byte{kind}, payload...)
	defer clear(plain)
	sealed := seal.Seal(l.key, l.label(l.n), plain)
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, frameHead+len(sealed)), uint32(len(sealed)))
	frame = binary.BigEndian.AppendUint32(frame, crc32.Checksum(sealed, castagnoli))
	frame = append(frame, sealed...)
	if _, err := l.f.WriteAt(frame, l.size); err != nil {
		return fmt.Errorf("writing the key log: %w", err)
	}
	if err := l.f.SyncData(); err != nil {
		return fmt.Errorf("writing the key log: %w", err)
	}
	l.size += int64(len(frame))
	l.n++
	return nil
}

func (l *keyLog) create() error {
	f, err := l.fsys.Open(keyLogName(l.gen), files.Create)
	if errors.Is(err, fs.ErrExist) {
		f, err = l.fsys.Open(keyLogName(l.gen), files.Edit)
	}
	if err != nil {
		return err
	}
	if err := l.fsys.SyncDir(seal.KeysDir); err != nil {
		return errors.Join(err, f.Close())
	}
	l.f = f
	return nil
}

func (l *keyLog) label(n uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], l.gen)
	binary.BigEndian.PutUint64(b[8:], n)
	return seal.Bind(labelKeyLog, b[:])
}

func (l *keyLog) close() error {
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}

// replay gives every frame to take and leaves the log ready to append. A frame
// that is whole and does not open is damage.
func (l *keyLog) replay(take func(kind byte, payload []byte) error) (torn bool, err error) {
	name := keyLogName(l.gen)
	f, err := l.fsys.Open(name, files.Edit)
	if errors.Is(err, fs.ErrNotExist) {
		return false, l.checkLength()
	}
	if err != nil {
		return false, fmt.Errorf("reading the key log: %w", err)
	}
	l.f = f
	end, err := f.Size()
	if err != nil {
		return false, fmt.Errorf("reading the key log: %w", err)
	}
	for l.size < end {
		sealed, whole, err := readKeyFrame(f, l.size, end)
		if err != nil {
			return false, err
		}
		if !whole {
			return true, l.cutTorn(end)
		}
		plain, err := seal.Open(l.key, l.label(l.n), sealed)
		if err != nil || len(plain) == 0 {
			return false, &DamagedError{File: name, What: fmt.Sprintf("frame %d does not open", l.n), Err: err}
		}
		if err := take(plain[0], plain[1:]); err != nil {
			return false, &DamagedError{File: name, What: fmt.Sprintf("frame %d makes no sense", l.n), Err: err}
		}
		clear(plain)
		l.size += frameHead + int64(len(sealed))
		l.n++
	}
	return false, l.checkLength()
}

// cut takes off the frame that was never acknowledged.
func (l *keyLog) cut() error {
	if err := l.f.Truncate(l.size); err != nil {
		return fmt.Errorf("cutting the key log: %w", err)
	}
	if err := l.f.Sync(); err != nil {
		return fmt.Errorf("cutting the key log: %w", err)
	}
	return nil
}

// readKeyFrame reads the frame at a place. It is not whole when the file ends
// inside it, or its checksum is wrong.
func readKeyFrame(f files.File, at, end int64) (sealed []byte, whole bool, err error) {
	if end-at < frameHead {
		return nil, false, nil
	}
	var head [frameHead]byte
	if _, err := f.ReadAt(head[:], at); err != nil {
		return nil, false, fmt.Errorf("reading the key log: %w", err)
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n > end-at-frameHead || n > maxKeyFrame || n == 0 {
		return nil, false, nil
	}
	sealed = make([]byte, n)
	if _, err := f.ReadAt(sealed, at+frameHead); err != nil && at+frameHead+n < end {
		return nil, false, fmt.Errorf("reading the key log: %w", err)
	}
	if crc32.Checksum(sealed, castagnoli) != binary.BigEndian.Uint32(head[4:]) {
		return nil, false, nil // its length may be torn too: cutTorn tells that from damage
	}
	return sealed, true, nil
}

// removeOldKeyLogs deletes the logs of other generations than gen: their key
// is gone with its generation.
func removeOldKeyLogs(fsys files.FS, gen uint64) error {
	names, err := fsys.List(seal.KeysDir)
	if err != nil {
		return fmt.Errorf("removing old key logs: %w", err)
	}
	n := 0
	for _, name := range names {
		digits, found := strings.CutPrefix(name, keyLogPrefix)
		if old, err := strconv.ParseUint(digits, 10, 64); !found || err != nil || old == gen {
			continue
		}
		if err := fsys.Remove(path.Join(seal.KeysDir, name)); err != nil {
			return fmt.Errorf("removing old key logs: %w", err)
		}
		n++
	}
	if n == 0 {
		return nil
	}
	return fsys.SyncDir(seal.KeysDir)
}

// rowFixed is handle, pid, cohort, epoch, tag, key and the count of versions;
// versionFixed is version, end, hash and state.
const (
	rowFixed     = 16 + 16 + 16 + 8 + 16 + 32 + 1
	versionFixed = 8 + 8 + 32 + 1
)

// appendRow packs a row for the key log; numbers are big-endian u64.
func appendRow(b []byte, r *seal.Row) []byte {
	b = append(b, r.Handle[:]...)
	b = append(b, r.PID[:]...)
	b = append(b, r.Cohort[:]...)
	b = binary.BigEndian.AppendUint64(b, r.Epoch)
	b = append(b, r.Tag[:]...)
	b = append(b, r.Key[:]...)
	b = append(b, byte(len(r.Versions)))
	for _, v := range r.Versions {
		b = binary.BigEndian.AppendUint64(b, v.Ver)
		b = binary.BigEndian.AppendUint64(b, uint64(v.NotAfter))
		b = append(b, v.Hash[:]...)
		b = append(b, v.State)
	}
	return b
}

var errRowCut = errors.New("a row is cut off")

// readRows unpacks what appendRow packed, one row after the other.
func readRows(b []byte, take func(seal.Row)) error {
	for len(b) > 0 {
		if len(b) < rowFixed {
			return errRowCut
		}
		r := seal.Row{
			Handle: identity.Handle(b), PID: identity.PID(b[16:]), Cohort: identity.CohortID(b[32:]),
			Epoch: binary.BigEndian.Uint64(b[48:]), Tag: identity.PersonTag(b[56:]), Key: seal.Key(b[72:]),
		}
		n := int(b[rowFixed-1])
		b = b[rowFixed:]
		if n > maxVersions || len(b) < n*versionFixed {
			return errRowCut
		}
		r.Versions = make([]seal.Version, n)
		for i := range n {
			v := &r.Versions[i]
			v.Ver, v.NotAfter = binary.BigEndian.Uint64(b), int64(binary.BigEndian.Uint64(b[8:]))
			v.Hash, v.State = [32]byte(b[16:]), b[48]
			b = b[versionFixed:]
		}
		take(r)
	}
	return nil
}

func encodeAttempt(a seal.Attempt) ([]byte, error) { return canon.Marshal(a) }

func decodeAttempt(b []byte) (seal.Attempt, error) {
	var a seal.Attempt
	err := canon.Unmarshal(b, &a)
	return a, err
}
