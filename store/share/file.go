package share

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"satchel/store/files"
	"satchel/store/seal"
)

// fileLen is the key and eight bytes of its checksum.
const fileLen = 32 + 8

// FileShare keeps shares as files. Safe for several goroutines; one process.
type FileShare struct {
	fsys files.FS
	mu   sync.Mutex // one change at a time
}

var _ seal.Share = (*FileShare)(nil)

// File returns a share store in the folder "share" of fsys and removes what an
// interrupted write left there.
func File(fsys files.FS) (*FileShare, error) {
	if err := makeDir(fsys); err != nil {
		return nil, err
	}
	return &FileShare{fsys: fsys}, nil
}

// Binding implements seal.Share.
func (f *FileShare) Binding() string { return "weak binding: file" }

// Put implements seal.Share.
func (f *FileShare) Put(id seal.ShareID, key *seal.Key) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := checksum(id, key[:])
	data := append(append(make([]byte, 0, fileLen), key[:]...), sum[:]...)
	defer clear(data)
	if err := files.WriteAtomic(f.fsys, name(id), data); err != nil {
		return fmt.Errorf("writing a device share: %w", err)
	}
	return nil
}

// Get implements seal.Share. A file that was changed is seal.ErrKeysDamaged.
func (f *FileShare) Get(id seal.ShareID) (seal.Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, err := files.ReadFile(f.fsys, name(id), fileLen)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return seal.Key{}, seal.ErrNoShare
	case errors.Is(err, files.ErrTooLarge):
		return seal.Key{}, fmt.Errorf("reading a device share: %w: the share file has the wrong length", seal.ErrKeysDamaged)
	case err != nil:
		return seal.Key{}, fmt.Errorf("reading a device share: %w: %w", seal.ErrShareUnavailable, err)
	}
	defer clear(data)
	if len(data) != fileLen {
		return seal.Key{}, fmt.Errorf("reading a device share: %w: the share file has the wrong length", seal.ErrKeysDamaged)
	}
	sum := checksum(id, data[:32])
	if subtle.ConstantTimeCompare(sum[:], data[32:]) != 1 {
		return seal.Key{}, fmt.Errorf("reading a device share: %w: the share file was changed", seal.ErrKeysDamaged)
	}
	return seal.Key(data[:32]), nil
}

// Delete implements seal.Share: it overwrites the file before it removes it,
// which a disk that writes in place honours and an SSD does not.
func (f *FileShare) Delete(id seal.ShareID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.overwrite(name(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = f.fsys.Remove(name(id))
	}
	if err == nil {
		err = f.fsys.SyncDir(Dir)
	}
	if err != nil {
		return fmt.Errorf("destroying a device share: %w", err)
	}
	return nil
}

func (f *FileShare) overwrite(name string) (err error) {
	file, err := f.fsys.Open(name, files.Edit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.WriteAt(make([]byte, fileLen), 0); err != nil {
		return err
	}
	return file.Sync()
}

// List implements seal.Share.
func (f *FileShare) List() ([]seal.ShareID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	names, err := f.fsys.List(Dir)
	if err != nil {
		return nil, fmt.Errorf("listing device shares: %w: %w", seal.ErrShareUnavailable, err)
	}
	var ids []seal.ShareID
	for _, n := range names {
		if id, err := seal.ParseShareID(n); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func name(id seal.ShareID) string { return path.Join(Dir, id.String()) }

func checksum(id seal.ShareID, key []byte) [8]byte {
	h := sha256.New()
	h.Write([]byte("satchel/share-file/1\x00"))
	h.Write(id[:])
	h.Write(key)
	return [8]byte(h.Sum(nil))
}
