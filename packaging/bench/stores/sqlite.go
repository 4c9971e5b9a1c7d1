package main

import (
	"database/sql"
	"errors"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver

	"satchel/assets/people"
)

// sqliteStore is SQLite in WAL mode, which syncs the log at each commit
// (synchronous=FULL) and overwrites what is deleted (secure_delete). It has no
// encryption.
type sqliteStore struct {
	dir  string
	db   *sql.DB
	read *sql.Stmt
	add  *sql.Stmt
}

func (s *sqliteStore) open() (err error) {
	s.db, err = sql.Open("sqlite", "file:"+filepath.Join(s.dir, "records.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)")
	if err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	for _, table := range []string{
		"CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, document BLOB NOT NULL)",
		"CREATE TABLE IF NOT EXISTS entries (n INTEGER PRIMARY KEY, entry BLOB NOT NULL)",
	} {
		if _, err := s.db.Exec(table); err != nil {
			return err
		}
	}
	if s.read, err = s.db.Prepare("SELECT document FROM records WHERE id = ?"); err != nil {
		return err
	}
	s.add, err = s.db.Prepare("INSERT INTO entries (n, entry) VALUES (?, ?)")
	return err
}

func (s *sqliteStore) close() error {
	return errors.Join(s.read.Close(), s.add.Close(), s.db.Close())
}

func (s *sqliteStore) put(docs []people.Document) error {
	return s.commit(func(tx *sql.Tx) error {
		insert, err := tx.Prepare("INSERT INTO records (id, document) VALUES (?, ?)")
		if err != nil {
			return err
		}
		for i := range docs {
			if _, err := insert.Exec(docs[i].ID, docs[i].JSON); err != nil {
				return errors.Join(err, insert.Close())
			}
		}
		return insert.Close()
	})
}

func (s *sqliteStore) get(id string) (int, error) {
	var document []byte
	err := s.read.QueryRow(id).Scan(&document)
	return len(document), err
}

func (s *sqliteStore) append(n int, entry []byte) error {
	_, err := s.add.Exec(n, entry)
	return err
}

func (s *sqliteStore) remove(ids []string) error {
	return s.commit(func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec("DELETE FROM records WHERE id = ?", id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *sqliteStore) commit(do func(*sql.Tx) error) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
