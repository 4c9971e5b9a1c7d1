package share

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"satchel/store/seal"
)

func tpmShare(e *emulator) *TPMShare { return newTPMShare(e.dial, newPlace(KindTPM, "")) }

// TestTPM keeps, finds and forgets shares in a real TPM emulator, through a
// power cut, and leaves everybody else's indexes alone.
func TestTPM(t *testing.T) {
	e := swtpm(t)
	before := e.indexes()
	mine, other := tpmShare(e), tpmShare(e)
	exercise(t, mine)

	a, b, key := seal.ShareID{1}, seal.ShareID{2}, seal.NewKey()
	if err := errors.Join(mine.Put(a, &key), mine.Put(b, &key), other.Put(a, &key)); err != nil {
		t.Fatal(err)
	}
	e.cycle()
	if ids, err := mine.List(); err != nil || len(ids) != 2 || !slices.Contains(ids, a) || !slices.Contains(ids, b) {
		t.Errorf("mine after a power cut: %v %v", ids, err)
	}
	if got, err := mine.Get(b); err != nil || got != key {
		t.Errorf("get after a power cut: %v", err)
	}
	if err := errors.Join(mine.Delete(a), mine.Delete(b)); err != nil {
		t.Fatal(err)
	}
	if got, err := other.Get(a); err != nil || got != key {
		t.Errorf("the other folder's share: %v", err)
	}
	stranger := newTPMShare(e.dial, place{Tag: other.tag, Auth: newPlace(KindTPM, "").Auth})
	if _, err := stranger.Get(a); !errors.Is(err, seal.ErrKeysDamaged) {
		t.Errorf("with another authorisation: %v", err)
	}
	if err := other.Delete(a); err != nil {
		t.Fatal(err)
	}
	if n := e.indexes(); n != before {
		t.Errorf("%d indexes are left, %d were there before", n, before)
	}
	e.off()
	if _, err := mine.Get(a); !errors.Is(err, seal.ErrShareUnavailable) || errors.Is(err, seal.ErrNoShare) {
		t.Errorf("get without a TPM: %v", err)
	}
	if err := mine.Put(a, &key); !errors.Is(err, seal.ErrShareUnavailable) {
		t.Errorf("put without a TPM: %v", err)
	}
	if err := mine.Delete(a); !errors.Is(err, seal.ErrShareUnavailable) {
		t.Errorf("delete without a TPM: %v", err)
	}
	if _, err := mine.List(); !errors.Is(err, seal.ErrShareUnavailable) {
		t.Errorf("list without a TPM: %v", err)
	}
}

// exercise is what every store of shares must pass.
func exercise(t *testing.T, s seal.Share) {
	t.Helper()
	id, key := seal.ShareID{1, 2}, seal.NewKey()
	if _, err := s.Get(id); !errors.Is(err, seal.ErrNoShare) {
		t.Errorf("before put: %v", err)
	}
	if err := s.Put(id, &key); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(id); err != nil || got != key {
		t.Errorf("get: %v", err)
	}
	if ids, err := s.List(); err != nil || len(ids) != 1 || ids[0] != id {
		t.Errorf("list: %v %v", ids, err)
	}
	if err := errors.Join(s.Delete(id), s.Delete(id)); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := s.Get(id); !errors.Is(err, seal.ErrNoShare) {
		t.Errorf("after delete: %v", err)
	}
	if ids, err := s.List(); err != nil || len(ids) != 0 {
		t.Errorf("list after delete: %v %v", ids, err)
	}
}

// TestTPMOverwritesFirst: the power goes between overwriting and undefining.
func TestTPMOverwritesFirst(t *testing.T) {
	e := swtpm(t)
	s := tpmShare(e)
	id, key := seal.ShareID{1}, seal.NewKey()
	if err := s.Put(id, &key); err != nil {
		t.Fatal(err)
	}
	if err := s.with(func(n nv) error {
		all, err := n.find(s.policy(id))
		if err != nil {
			return err
		}
		return n.write(all[0], s.auth, make([]byte, all[0].size))
	}); err != nil {
		t.Fatal(err)
	}
	e.cycle()
	if _, err := s.Get(id); !errors.Is(err, seal.ErrNoShare) {
		t.Errorf("an overwritten share: %v", err)
	}
	if ids, err := s.List(); err != nil || len(ids) != 1 {
		t.Errorf("what is left is not listed: %v %v", ids, err)
	}
	if err := s.Delete(id); err != nil {
		t.Error(err)
	}
	if ids, err := s.List(); err != nil || len(ids) != 0 {
		t.Errorf("after the deletion: %v %v", ids, err)
	}
}

// TestTPMUnwritten: the power goes between defining an index and writing it.
func TestTPMUnwritten(t *testing.T) {
	e := swtpm(t)
	s := tpmShare(e)
	id, key := seal.ShareID{1}, seal.NewKey()
	if err := s.with(func(n nv) error {
		_, err := n.define(s.policy(id), s.auth, shareAttributes, fileLen)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	e.cycle()
	if _, err := s.Get(id); !errors.Is(err, seal.ErrNoShare) {
		t.Errorf("an index that was not written: %v", err)
	}
	if err := s.Delete(id); err != nil {
		t.Error(err)
	}
	exercise(t, s)
	// A second index of one name, as a repeated Put makes it: the written one counts.
	if err := s.with(func(n nv) error {
		_, err := n.define(s.policy(id), s.auth, shareAttributes, fileLen)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(id, &key); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(id); err != nil || got != key {
		t.Errorf("get: %v", err)
	}
	if err := s.Delete(id); err != nil {
		t.Error(err)
	}
	if ids, err := s.List(); err != nil || len(ids) != 0 {
		t.Errorf("after the deletion: %v %v", ids, err)
	}
}

// TestTPMOwned: a TPM whose owner's authorisation is set is left alone.
func TestTPMOwned(t *testing.T) {
	e := swtpm(t)
	e.do(func(tpm transport.TPM) error {
		_, err := tpm2.HierarchyChangeAuth{
			AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
			NewAuth:    tpm2.TPM2BAuth{Buffer: []byte("somebody's")},
		}.Execute(tpm)
		return err
	})
	before := e.indexes()
	s := tpmShare(e)
	key := seal.NewKey()
	if err := s.Put(seal.ShareID{1}, &key); !errors.Is(err, seal.ErrShareUnavailable) {
		t.Errorf("put: %v", err)
	}
	if n := e.indexes(); n != before {
		t.Errorf("%d indexes, %d before", n, before)
	}
}

// TestTPMFull fills the TPM: putting says so, and leaves what is there.
func TestTPMFull(t *testing.T) {
	e := swtpm(t)
	s := tpmShare(e)
	key := seal.NewKey()
	n := 0
	for ; ; n++ {
		if err := s.Put(seal.ShareID{byte(n), byte(n >> 8)}, &key); err != nil {
			if !errors.Is(err, seal.ErrShareUnavailable) || !errors.Is(err, tpm2.TPMRCNVSpace) {
				t.Fatalf("share %d: %v", n, err)
			}
			break
		}
		if n > 5000 {
			t.Fatal("this TPM has no end")
		}
	}
	ids, err := s.List()
	if err != nil || len(ids) != n {
		t.Fatalf("%d shares listed of %d: %v", len(ids), n, err)
	}
	if n <= indexPage {
		t.Errorf("only %d shares: listing by pages was not tried", n)
	}
	last := ids[n-1]
	if err := s.Delete(last); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(last, &key); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}

// TestPIN: a wrong PIN is counted by the TPM, not by us; after too many it takes
// no tries, also after a power cut, and the share is not touched by that.
func TestPIN(t *testing.T) {
	e := swtpm(t)
	s := tpmShare(e)
	if limits, err := s.LimitsTries(); err != nil || limits {
		t.Errorf("with a lockout that anybody resets: %v %v", limits, err)
	}
	e.lockoutAuth()
	if limits, err := s.LimitsTries(); err != nil || !limits {
		t.Fatalf("with a lockout: %v %v", limits, err)
	}
	id, right, wrong, share := seal.NewPINID(), seal.Key{1}, seal.Key{2}, seal.NewKey()
	if err := s.Put(seal.ShareID{9}, &share); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenPIN(id, &right); !errors.Is(err, seal.ErrNoPIN) {
		t.Errorf("before it was set: %v", err)
	}
	pepper, err := s.SetPIN(id, &right)
	if err != nil || pepper == (seal.Key{}) {
		t.Fatal(err)
	}
	second, err := s.SetPIN(seal.PINID{7}, &wrong)
	if err != nil || second == pepper {
		t.Fatalf("a second PIN: %v", err)
	}
	e.cycle()
	if got, err := s.OpenPIN(id, &right); err != nil || got != pepper {
		t.Fatalf("the right PIN: %v", err)
	}
	if _, err := s.OpenPIN(id, &wrong); !errors.Is(err, seal.ErrPIN) || errors.Is(err, seal.ErrPINLocked) {
		t.Errorf("a wrong PIN: %v", err)
	}
	if ids, err := s.PINs(); err != nil || len(ids) != 2 {
		t.Errorf("pins: %v %v", ids, err)
	}
	tries := 1
	for ; tries < maxPINTries; tries++ {
		_, err := s.OpenPIN(id, &wrong)
		if errors.Is(err, seal.ErrPINLocked) {
			break
		}
		if !errors.Is(err, seal.ErrPIN) {
			t.Fatalf("try %d: %v", tries, err)
		}
	}
	e.cycle()
	if _, err := s.OpenPIN(id, &right); !errors.Is(err, seal.ErrPINLocked) {
		t.Errorf("the right PIN in a lockout, after a power cut: %v", err)
	}
	if got, err := s.Get(seal.ShareID{9}); err != nil || got != share {
		t.Errorf("the share in a lockout: %v", err)
	}
	if _, err := s.SetPIN(seal.NewPINID(), &right); !errors.Is(err, seal.ErrPINLocked) {
		t.Errorf("a new PIN in a lockout: %v", err)
	}
	if err := errors.Join(s.DeletePIN(id), s.DeletePIN(id), s.DeletePIN(seal.PINID{7})); err != nil {
		t.Errorf("deleting in a lockout, without the PIN: %v", err)
	}
	if ids, err := s.PINs(); err != nil || len(ids) != 0 {
		t.Errorf("pins after deletion: %v %v", ids, err)
	}
	if _, err := s.OpenPIN(id, &right); !errors.Is(err, seal.ErrNoPIN) {
		t.Errorf("after deletion: %v", err)
	}
	e.off()
	if _, err := s.OpenPIN(id, &right); !errors.Is(err, seal.ErrShareUnavailable) {
		t.Errorf("without a TPM: %v", err)
	}
}

// TestPINIsNotReadByTheOwner: who has the machine, and the owner's empty
// authorisation, does not read a pepper or a share past the lockout.
func TestPINIsNotReadByTheOwner(t *testing.T) {
	e := swtpm(t)
	e.lockoutAuth()
	s := tpmShare(e)
	id, auth, key := seal.NewPINID(), seal.Key{1}, seal.NewKey()
	if _, err := s.SetPIN(id, &auth); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(seal.ShareID{1}, &key); err != nil {
		t.Fatal(err)
	}
	for _, policy := range [][]byte{s.pinPolicy(id), s.policy(seal.ShareID{1})} {
		err := s.with(func(n nv) error {
			all, err := n.find(policy)
			if err != nil || len(all) != 1 {
				t.Fatalf("%d indexes: %v", len(all), err)
			}
			_, err = tpm2.NVRead{AuthHandle: owner(), NVIndex: tpm2.NamedHandle{Handle: all[0].handle, Name: all[0].name}, Size: all[0].size}.Execute(n.tpm)
			return err
		})
		if !errors.Is(err, tpm2.TPMRCNVAuthorization) {
			t.Errorf("the owner reads: %v", err)
		}
	}
}

// TestNoSuchTPM: no device, a file that is none, a socket nobody listens at.
func TestNoSuchTPM(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing"), file} {
		s := newTPMShare(func() (transport.TPMCloser, error) { return socketTPM(path) }, newPlace(KindTPM, ""))
		if _, err := s.Get(seal.ShareID{}); !errors.Is(err, seal.ErrShareUnavailable) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestIndexAuthHasNoZero is what go-tpm v0.9.8 needs: an authorisation with a
// zero byte is refused by the TPM, one time in eight for random bytes.
func TestIndexAuthHasNoZero(t *testing.T) {
	e := swtpm(t)
	key := seal.NewKey()
	for at := range authLen {
		p := newPlace(KindTPM, "")
		p.Auth[at] = 0
		if err := newTPMShare(e.dial, p).Put(seal.ShareID{byte(at)}, &key); err != nil {
			t.Errorf("a zero at %d: %v", at, err)
		}
	}
}
