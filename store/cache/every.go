package cache

import (
	"bytes"
	"errors"

	"github.com/dgraph-io/badger/v4"
)

// EveryVersion gives every value that Badger can still find under dir, the
// deleted and the older ones too: for the tests that look for what should be
// gone. The cache is closed, and is opened as Badger opens it.
func EveryVersion(dir string, key []byte, do func(k Key, value []byte)) (err error) {
	defer recovered(&err)
	c := &Cache{cfg: Config{Dir: dir, Key: key}}
	if err := c.cfg.complete(); err != nil {
		return err
	}
	folder, err := c.folder()
	if err != nil {
		return err
	}
	b, err := c.openBase(folder, key, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	return b.View(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.AllVersions = true
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			value, err := it.Item().ValueCopy(nil)
			if err != nil || len(value) == 0 || len(it.Item().Key()) != KeySize {
				continue
			}
			if plain, ok := unpad(value); ok {
				do(Key(it.Item().Key()), bytes.Clone(plain))
			}
		}
		return nil
	})
}
