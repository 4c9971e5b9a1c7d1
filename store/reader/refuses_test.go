package reader_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"satchel/store/reader"
)

// What a reader finds with which key, the other way round: with less there is
// less.
func TestSecondReaderRefuses(t *testing.T) {
	s := tell(t, false)
	share := shareOf(t, s.dir)
	t.Run("without the share", func(t *testing.T) { withoutShare(t, s, share) })
	t.Run("without a passphrase", func(t *testing.T) { withoutPassphrase(t, s, share) })
	t.Run("damage", func(t *testing.T) { damage(t, s, share) })
}

// secrets are words that nobody without a passphrase may find.
func (s *story) secrets() []string {
	words := []string{"Quill", "QUILL", "ZZ9 9ZZ", "Quay Street", firstPhrase, secondPhrase}
	for _, p := range s.patients {
		if p.number != "" {
			words = append(words, p.number)
		}
	}
	return words
}

func withoutShare(t *testing.T, s *story, share string) {
	bare := filepath.Join(t.TempDir(), "bare")
	if err := os.CopyFS(bare, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(bare, "share")); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), filepath.Base(share))
	for name, b := range map[string][]byte{"zeros": make([]byte, 40), "a wrong S": wrongShare(t, share)} {
		if err := os.WriteFile(other, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := reader.Open(bare, other, t.TempDir()); err == nil {
			t.Errorf("the folder opens with %s", name)
		}
	}
	names := append(s.secrets(), "Nurse One", "Nurse Two", "Laptop 7")
	for _, id := range []([]byte){s.device.Sign.Seed(), s.device.Gossip.Private[:], s.patients[0].pid[:], s.first[:]} {
		names = append(names, string(id))
	}
	err := filepath.WalkDir(bare, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for i, name := range names {
			if bytes.Contains(b, []byte(name)) || strings.Contains(path, name) {
				t.Errorf("%s holds secret %d in clear", filepath.Base(path), i)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wrongShare is another S, with the right check.
func wrongShare(t *testing.T, share string) []byte {
	b, err := os.ReadFile(share)
	if err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1
	return reader.Checked(filepath.Base(share), b[:32])
}

func withoutPassphrase(t *testing.T, s *story, share string) {
	f, err := reader.Open(s.dir, share, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "not " + firstPhrase, firstPhrase + " ", strings.ToUpper(firstPhrase), secondPhrase} {
		if _, err := f.Unlock(s.first[:], []byte(wrong)); !errors.Is(err, reader.ErrSealed) {
			t.Errorf("a wrong passphrase: %v", err)
		}
	}
	if _, err := f.Unlock(s.third[:], []byte(thirdPhrase)); err == nil {
		t.Error("somebody who has no keys yet opens the vault")
	}
	keys := f.EveryKey()
	sealed := f.UserSealed()
	for i, b := range sealed {
		if reader.Opens(keys, b) {
			t.Errorf("a key of the device opens sealed value %d, which is a person's", i)
		}
	}
	u, err := f.Unlock(s.first[:], []byte(firstPhrase))
	if err != nil {
		t.Fatal(err)
	}
	control := 0
	for _, b := range sealed {
		if reader.Opens(u.EveryKey(), b) {
			control++
		}
	}
	if control < 10 {
		t.Errorf("control: a person's keys open %d of %d", control, len(sealed))
	}
	told := fmt.Sprintf("%+v %+v %+v %s", f.Facts, f.Own, f.State, bytes.Join(f.Clear(), nil))
	for i, word := range s.secrets() {
		if strings.Contains(told, word) {
			t.Errorf("secret %d is among what the device share opens", i)
		}
	}
	if !strings.Contains(told, "Nurse Two") {
		t.Error("control: who has a place is not among it")
	}
}

// damage: a bit anywhere in what a reader needs is found.
func damage(t *testing.T, s *story, share string) {
	for _, name := range []string{"keys/gen-*", "keys/state", "keys/log-*", "facts/seg-*", "audit/1/seg-*"} {
		found, err := filepath.Glob(filepath.Join(s.dir, name))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s", name)
		}
		whole, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, 9, 17, 40, 60, 100, 200} {
			hurt := bytes.Clone(whole)
			hurt[at%len(hurt)] ^= 4
			if err := os.WriteFile(found[0], hurt, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := reader.Open(s.dir, share, t.TempDir()); !errors.Is(err, reader.ErrForm) && !errors.Is(err, reader.ErrSealed) {
				t.Errorf("%s with byte %d changed: %v", name, at, err)
			}
		}
		if err := os.WriteFile(found[0], whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := reader.Open(s.dir, share, t.TempDir()); err != nil {
		t.Errorf("control: %v", err)
	}
}
