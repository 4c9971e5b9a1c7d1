package audit

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// hubLog is a Merkle log in memory, as a hub keeps its hashes.
type hubLog struct {
	hashes []tlog.Hash
	leaves [][]byte
}

func (l *hubLog) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = l.hashes[x]
	}
	return out, nil
}

func (l *hubLog) add(t *testing.T, leaf []byte) {
	t.Helper()
	hs, err := tlog.StoredHashes(int64(len(l.leaves)), leaf, l)
	if err != nil {
		t.Fatal(err)
	}
	l.hashes, l.leaves = append(l.hashes, hs...), append(l.leaves, leaf)
}

func (l *hubLog) checkpoint(t *testing.T, n int) Checkpoint {
	t.Helper()
	root, err := tlog.TreeHash(int64(n), l)
	if err != nil {
		t.Fatal(err)
	}
	return Checkpoint{Origin: "satchel.example/area", Size: uint64(n), Root: root}
}

func grow(t *testing.T, n int, fork int) *hubLog {
	t.Helper()
	l := &hubLog{}
	for i := range n {
		leaf := fmt.Appendf(nil, "item %d", i)
		if i >= fork {
			leaf = append(leaf, " other"...)
		}
		l.add(t, leaf)
	}
	return l
}

func bare(hs []tlog.Hash) [][32]byte {
	out := make([][32]byte, len(hs))
	for i, h := range hs {
		out[i] = h
	}
	return out
}

func TestCheckpointNote(t *testing.T) {
	hub := testKey(9)
	c := grow(t, 7, 99).checkpoint(t, 7)
	msg, err := SignCheckpoint(c, hub)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenCheckpoint(msg, c.Origin, public(hub))
	if err != nil || got != c {
		t.Fatalf("open: %+v %v", got, err)
	}
	// The format's own reader agrees.
	vkey, err := note.NewEd25519VerifierKey(c.Origin, public(hub))
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open(msg, note.VerifierList(v)); err != nil || n.Text != c.Text() {
		t.Errorf("note.Open: %v", err)
	}
	if _, err := OpenCheckpoint(msg, c.Origin, public(testKey(8))); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("another hub: %v", err)
	}
	if _, err := OpenCheckpoint(msg, "satchel.example/demo", public(hub)); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("another area: %v", err) // R57
	}
	for i := range msg {
		b := bytes.Clone(msg)
		b[i] ^= 1
		if got, err := OpenCheckpoint(b, c.Origin, public(hub)); err == nil && got != c {
			t.Fatalf("byte %d changed the checkpoint", i)
		}
	}
	for _, origin := range []string{"", "two words", "plus+", "line\nbreak", strings.Repeat("x", 201)} {
		if _, err := SignCheckpoint(Checkpoint{Origin: origin}, hub); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("origin %q: %v", origin, err)
		}
	}
}

func TestParseCheckpointIsStrict(t *testing.T) {
	good := Checkpoint{Origin: "a", Size: 12, Root: [32]byte{1}}.Text()
	if _, err := ParseCheckpoint(good); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":              "",
		"no last line end":   strings.TrimSuffix(good, "\n"),
		"extension":          good + "more\n",
		"leading zero":       strings.Replace(good, "\n12\n", "\n012\n", 1),
		"plus sign":          strings.Replace(good, "\n12\n", "\n+12\n", 1),
		"negative":           strings.Replace(good, "\n12\n", "\n-12\n", 1),
		"too large":          strings.Replace(good, "\n12\n", "\n9223372036854775808\n", 1),
		"short hash":         "a\n12\nAAAA\n",
		"no origin":          "\n12\n" + strings.SplitN(good, "\n", 3)[2],
		"trailing bits":      strings.Replace(good, "A=\n", "B=\n", 1),
		"carriage return":    strings.ReplaceAll(good, "\n", "\r\n"),
		"space in origin":    "a b" + good[1:],
		"two origins, lines": "a\n" + good,
	} {
		if _, err := ParseCheckpoint(text); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// I13: every pair of sizes of one log agrees; every pair across a fork does not.
func TestConsistency(t *testing.T) {
	const n = 20
	honest, forked := grow(t, n, n), grow(t, n, 6)
	for old := 0; old <= n; old++ {
		for size := old; size <= n; size++ {
			older, newer := honest.checkpoint(t, old), honest.checkpoint(t, size)
			var proof [][32]byte
			if old > 0 && size > old {
				p, err := tlog.ProveTree(int64(size), int64(old), honest)
				if err != nil {
					t.Fatal(err)
				}
				proof = bare(p)
			}
			if err := CheckConsistency(older, newer, proof); err != nil {
				t.Errorf("%d to %d: %v", old, size, err)
			}
			if size > old && !errors.Is(CheckConsistency(newer, older, nil), ErrShorterLog) {
				t.Errorf("%d back to %d was accepted", size, old)
			}
			if size <= 6 || old == 0 {
				continue
			}
			other := forked.checkpoint(t, size)
			err := CheckConsistency(older, other, proof)
			if old == size {
				if s, ok := errors.AsType[*SplitError](err); !ok || s.Older != older || s.Newer != other {
					t.Errorf("two roots of size %d: %v", size, err)
				}
			} else if old > 6 && !errors.Is(err, ErrProof) {
				t.Errorf("fork, %d to %d: %v", old, size, err)
			}
		}
	}
}

func TestInclusion(t *testing.T) {
	l := grow(t, 13, 99)
	c := l.checkpoint(t, 13)
	for i := range 13 {
		p, err := tlog.ProveRecord(13, int64(i), l)
		if err != nil {
			t.Fatal(err)
		}
		proof := bare(p)
		if err := CheckInclusion(c, uint64(i), LeafHash(l.leaves[i]), proof); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
		for name, err := range map[string]error{
			"another leaf":  CheckInclusion(c, uint64(i), LeafHash([]byte("x")), proof),
			"another place": CheckInclusion(c, uint64((i+1)%13), LeafHash(l.leaves[i]), proof),
			"short proof":   CheckInclusion(c, uint64(i), LeafHash(l.leaves[i]), proof[1:]),
			"long proof":    CheckInclusion(c, uint64(i), LeafHash(l.leaves[i]), append(bytesClone(proof), [32]byte{})),
			"past the end":  CheckInclusion(c, 13, LeafHash(l.leaves[i]), proof),
		} {
			if !errors.Is(err, ErrProof) {
				t.Errorf("entry %d, %s: %v", i, name, err)
			}
		}
	}
}

func bytesClone(p [][32]byte) [][32]byte { return append([][32]byte(nil), p...) }

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(Checkpoint{Origin: "a", Size: 12, Root: [32]byte{1}}.Text())
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseCheckpoint(text); err == nil && c.Text() != text {
			t.Fatalf("%q reads as %q", text, c.Text())
		}
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	hub := testKey(9)
	msg, err := SignCheckpoint(Checkpoint{Origin: "a", Size: 3}, hub)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(msg)
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := OpenCheckpoint(b, "a", public(hub)); err == nil && (c.Size != 3 || c.Origin != "a") {
			t.Fatal("a checkpoint that the hub did not sign")
		}
	})
}
