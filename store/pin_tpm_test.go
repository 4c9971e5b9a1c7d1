package store

import (
	"encoding/binary"
	"errors"
	"net"
	"testing"

	"satchel/store/seal"
	"satchel/store/share"
)

// lockoutAuth sets the authorisation of a TPM's lockout (TPM 2.0 part 3, section
// 24.8, TPM2_HierarchyChangeAuth), as a system that uses it does: where it is
// empty anybody resets the count of tries.
func lockoutAuth(t *testing.T, socket string) {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	check(t, err)
	auth := []byte("set and forgotten")
	cmd := []byte{0x80, 0x02, 0, 0, 0, 0, 0, 0, 0x01, 0x29} // sessions, size, command
	cmd = append(cmd, 0x40, 0, 0, 0x0a)                     // TPM_RH_LOCKOUT
	cmd = append(cmd, 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0)
	cmd = append(binary.BigEndian.AppendUint16(cmd, uint16(len(auth))), auth...)
	binary.BigEndian.PutUint32(cmd[2:], uint32(len(cmd)))
	_, err = conn.Write(cmd)
	check(t, err)
	answer := make([]byte, 256)
	n, err := conn.Read(answer)
	check(t, errors.Join(err, conn.Close()))
	if n < 10 || binary.BigEndian.Uint32(answer[6:]) != 0 {
		t.Fatalf("the TPM answered %x", answer[:n])
	}
}

// A PIN behind a real TPM opens a place, over restarts and a change of PIN; a
// copy of the folder without that TPM does not ask it; and a TPM whose count
// anybody resets keeps none.
func TestPINBehindATPM(t *testing.T) { // P1
	socket, stop := emulator(t)
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	cfg.ShareKind, cfg.TPMSocket, cfg.Machine = share.KindTPM, socket, thisMachine
	w.must(w.create(cfg).Close())
	v, err := Open(t.Context(), cfg)
	w.must(err)
	if v.MayPIN() {
		t.Fatal("a PIN behind a lockout that anybody resets")
	}
	lockoutAuth(t, socket)
	v = w.reopen(v, cfg)
	w.enrol(v, c)
	if !v.MayPIN() {
		t.Fatal("no PIN behind a lockout")
	}
	one := v.People()[0].Slot
	s := w.unlock(v)
	w.must(s.ChangeSecret(t.Context(), Secret{Text: []byte(passphrase)}, Secret{Text: []byte("839471"), PIN: true}))
	w.must(s.ChangeSecret(t.Context(), Secret{Text: []byte("839471"), PIN: true}, Secret{Text: []byte("506219"), PIN: true}))
	v = w.reopen(v, cfg)
	kept, err := v.limiterAtDoor().PINs()
	if err != nil || len(kept) != 1 {
		t.Fatalf("%d PINs in the TPM, %v", len(kept), err)
	}
	if _, err := v.Unlock(t.Context(), one, []byte("839471")); err == nil || w.place(v, one).Left != maxTries-1 {
		t.Fatalf("the PIN before: %v", err)
	}
	w.pass(maxWait)
	w.unlockAs(v, one, "506219").Lock()
	stop()
	if _, err := v.Unlock(t.Context(), one, []byte("506219")); !errors.Is(err, seal.ErrShareUnavailable) || w.place(v, one).Left != maxTries {
		t.Fatalf("without its TPM: %v, %d left", err, w.place(v, one).Left)
	}
	w.must(v.Close())
}
