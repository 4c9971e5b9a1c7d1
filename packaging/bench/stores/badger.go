package main

import (
	"crypto/rand"
	"encoding/binary"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"satchel/assets/people"
)

// badgerStore is Badger with its own encryption and synced writes, in the sizes
// that the vault gives it.
type badgerStore struct {
	dir string
	key []byte
	db  *badger.DB
}

func (s *badgerStore) open() (err error) {
	if s.key == nil {
		s.key = make([]byte, 32)
		_, _ = rand.Read(s.key) // crypto/rand.Read never returns an error
	}
	s.db, err = badger.Open(badger.DefaultOptions(s.dir).
		WithEncryptionKey(s.key).WithSyncWrites(true).WithDetectConflicts(false).
		WithMemTableSize(8 << 20).WithNumMemtables(2).WithValueThreshold(1 << 10).WithValueLogFileSize(64 << 20).
		WithBlockCacheSize(8 << 20).WithIndexCacheSize(8 << 20).WithNumCompactors(2).
		WithCompression(options.None).WithMetricsEnabled(false).WithLogger(nil))
	return err
}

func (s *badgerStore) close() error { return s.db.Close() }

func (s *badgerStore) put(docs []people.Document) error {
	wb := s.db.NewWriteBatch()
	defer wb.Cancel()
	for i := range docs {
		if err := wb.Set([]byte(docs[i].ID), docs[i].JSON); err != nil {
			return err
		}
	}
	return wb.Flush()
}

func (s *badgerStore) get(id string) (n int, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(id))
		if err != nil {
			return err
		}
		value, err := item.ValueCopy(nil)
		n = len(value)
		return err
	})
	return n, err
}

func (s *badgerStore) append(n int, entry []byte) error {
	return s.db.Update(func(txn *badger.Txn) error {
		return txn.Set(binary.BigEndian.AppendUint64([]byte("entry"), uint64(n)), entry)
	})
}

func (s *badgerStore) remove(ids []string) error {
	wb := s.db.NewWriteBatch()
	defer wb.Cancel()
	for _, id := range ids {
		if err := wb.Delete([]byte(id)); err != nil {
			return err
		}
	}
	return wb.Flush()
}
