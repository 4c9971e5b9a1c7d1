package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	// ErrCheckpoint: not a checkpoint of this area signed by this hub.
	ErrCheckpoint = errors.New("checkpoint is not valid")
	// ErrProof: a proof that does not fit its checkpoint. Ask again; if it
	// stays so, it is a split view.
	ErrProof = errors.New("log proof is not valid")
)

// Checkpoint is object C: how long the hub's log is and what its root hash is,
// as C2SP tlog-checkpoint has it.
type Checkpoint struct {
	Origin string // one line naming the area's log
	Size   uint64
	Root   [32]byte // RFC 6962; of no entries: SHA-256 of nothing
}

// SplitError is proof that the hub showed two histories: two checkpoints, both
// signed by it, that cannot belong to one log. Keep both notes and raise it.
type SplitError struct{ Older, Newer Checkpoint }

func (e *SplitError) Error() string {
	return fmt.Sprintf("the hub showed two histories: checkpoints of size %d and %d do not agree", e.Older.Size, e.Newer.Size)
}

// Text is the checkpoint's body: origin, size, root in base64, a line each.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// ParseCheckpoint reads a body strictly: three lines, no extensions.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || !validOrigin(lines[0]) {
		return Checkpoint{}, fmt.Errorf("%w: three lines are due", ErrCheckpoint)
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: size", ErrCheckpoint)
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != 32 {
		return Checkpoint{}, fmt.Errorf("%w: root hash", ErrCheckpoint)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: [32]byte(root)}
	if c.Text() != text {
		return Checkpoint{}, fmt.Errorf("%w: not in its one form", ErrCheckpoint)
	}
	return c, nil
}

// validOrigin also makes the origin a valid key name of a note: no spaces, no
// plus, printable ASCII.
func validOrigin(s string) bool {
	for _, r := range s {
		if r <= ' ' || r > '~' || r == '+' {
			return false
		}
	}
	return s != "" && len(s) <= 200
}

// SignCheckpoint gives the signed note. The key's name is the origin.
func SignCheckpoint(c Checkpoint, hub ed25519.PrivateKey) ([]byte, error) {
	if !validOrigin(c.Origin) || c.Size > 1<<62 {
		return nil, fmt.Errorf("%w: origin or size", ErrCheckpoint)
	}
	msg, err := note.Sign(&note.Note{Text: c.Text()}, hubSigner{c.Origin, hub})
	if err != nil {
		return nil, fmt.Errorf("signing a checkpoint: %w", err)
	}
	return msg, nil
}

// OpenCheckpoint verifies the hub's signature on a note and reads it. Further
// signatures (witnesses) are let through unjudged.
func OpenCheckpoint(msg []byte, origin string, hub ed25519.PublicKey) (Checkpoint, error) {
	if len(msg) > maxCheckpoint || len(hub) != ed25519.PublicKeySize {
		return Checkpoint{}, fmt.Errorf("%w: size", ErrCheckpoint)
	}
	n, err := note.Open(msg, note.VerifierList(hubVerifier{origin, hub}))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: signature", ErrCheckpoint)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != origin {
		return Checkpoint{}, fmt.Errorf("%w: of another log", ErrCheckpoint)
	}
	return c, nil
}

// CheckConsistency tells whether newer continues older: nil, ErrShorterLog when
// it is shorter, ErrProof when the proof does not fit, *SplitError when the two
// contradict each other whatever the proof.
func CheckConsistency(older, newer Checkpoint, proof [][32]byte) error {
	switch {
	case older.Origin != newer.Origin:
		return fmt.Errorf("%w: two logs", ErrCheckpoint)
	case newer.Size < older.Size:
		return fmt.Errorf("%w: %d entries after %d", ErrShorterLog, newer.Size, older.Size)
	case newer.Size == older.Size && newer.Root != older.Root:
		return &SplitError{Older: older, Newer: newer}
	case newer.Size == older.Size || older.Size == 0:
		if len(proof) != 0 {
			return fmt.Errorf("%w: none is due", ErrProof)
		}
		return nil
	}
	err := tlog.CheckTree(tlog.TreeProof(hashes(proof)), int64(newer.Size), newer.Root, int64(older.Size), older.Root)
	if err != nil {
		return fmt.Errorf("%w: sizes %d and %d", ErrProof, older.Size, newer.Size)
	}
	return nil
}

// CheckInclusion tells whether the leaf is entry index of the log.
func CheckInclusion(c Checkpoint, index uint64, leaf [32]byte, proof [][32]byte) error {
	if index >= c.Size {
		return fmt.Errorf("%w: entry %d of %d", ErrProof, index, c.Size)
	}
	if err := tlog.CheckRecord(tlog.RecordProof(hashes(proof)), int64(c.Size), c.Root, int64(index), leaf); err != nil {
		return fmt.Errorf("%w: entry %d of %d", ErrProof, index, c.Size)
	}
	return nil
}

// LeafHash is the hash of an encoded item as a leaf of the hub's log (RFC 6962,
// section 2.1).
func LeafHash(encoded []byte) [32]byte { return tlog.RecordHash(encoded) }

func hashes(in [][32]byte) []tlog.Hash {
	out := make([]tlog.Hash, len(in))
	for i, h := range in {
		out[i] = h
	}
	return out
}

// noteAlgorithm is Ed25519 in the signed note format.
const noteAlgorithm = 1

func noteKeyHash(name string, public ed25519.PublicKey) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{noteAlgorithm})
	h.Write(public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

type hubSigner struct {
	name string
	key  ed25519.PrivateKey
}

func (s hubSigner) Name() string { return s.name }
func (s hubSigner) KeyHash() uint32 {
	return noteKeyHash(s.name, s.key.Public().(ed25519.PublicKey))
}
func (s hubSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

type hubVerifier struct {
	name string
	key  ed25519.PublicKey
}

func (v hubVerifier) Name() string                { return v.name }
func (v hubVerifier) KeyHash() uint32             { return noteKeyHash(v.name, v.key) }
func (v hubVerifier) Verify(msg, sig []byte) bool { return ed25519.Verify(v.key, msg, sig) }
