package reader

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// audit/SPEC.md, sections 1 to 4 and 6.

// Entry is one entry of a journal.
type Entry struct {
	Seq     uint64
	Payload []byte
}

// readJournal gives the entries of a journal. That a tail is torn is told; all
// other damage is an error.
func readJournal(dir string) (entries []Entry, torn bool, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "seg-*"))
	if err != nil || len(names) == 0 {
		return nil, false, err
	}
	slices.Sort(names)
	var id []byte
	next := uint64(0)
	for i, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, false, err
		}
		first, err := strconv.ParseUint(strings.TrimPrefix(filepath.Base(name), "seg-"), 10, 64)
		last := i == len(names)-1
		if err != nil || len(b) < 48 || string(b[:8]) != "SATCHELJ" || u32(b[8:]) != 1 || u64(b[28:]) != first ||
			u64(b[36:]) != uint64(len(b)) || u32(b[44:]) != castagnoli(b[:44]) || first < 1 {
			return nil, false, fmt.Errorf("the header of %s %w", filepath.Base(name), ErrForm)
		}
		if i == 0 {
			id, next = b[12:28], first
		}
		if !bytes.Equal(id, b[12:28]) || next != first {
			return nil, false, fmt.Errorf("%s does not follow: it %w", filepath.Base(name), ErrForm)
		}
		frames, rest := readFrames(id, b, next)
		entries, next = append(entries, frames...), next+uint64(len(frames))
		if len(bytes.TrimLeft(rest, "\x00")) != 0 {
			if !last || acknowledged(id, b, next) {
				return nil, false, fmt.Errorf("%s is damaged: it %w", filepath.Base(name), ErrForm)
			}
			torn = true
		}
	}
	return entries, torn, nil
}

func castagnoli(b ...[]byte) uint32 {
	return crc32.Checksum(bytes.Join(b, nil), crc32.MakeTable(crc32.Castagnoli))
}

// readFrame reads the frame at b's beginning, and says how long it is.
func readFrame(id, b []byte) (seq, durable uint64, payload []byte, size int, ok bool) {
	if len(b) < 24 || u32(b) > 8388608 {
		return 0, 0, nil, 0, false
	}
	n := int(u32(b))
	size = (24 + n + 7) / 8 * 8
	if size > len(b) || castagnoli(id, b[:4], b[8:24], b[24:24+n]) != u32(b[4:]) || len(bytes.TrimLeft(b[24+n:size], "\x00")) != 0 {
		return 0, 0, nil, 0, false
	}
	seq, durable = u64(b[8:]), u64(b[16:])
	return seq, durable, b[24 : 24+n], size, durable <= seq
}

func readFrames(id, segment []byte, next uint64) (entries []Entry, rest []byte) {
	rest = segment[48:]
	for {
		seq, _, payload, size, ok := readFrame(id, rest)
		if !ok || seq != next {
			return entries, rest
		}
		rest = rest[size:]
		if len(payload) == 0 {
			return entries, rest
		}
		entries, next = append(entries, Entry{seq, payload}), next+1
	}
}

// acknowledged says whether a later frame of the segment shows that the missing
// entry was on the device.
func acknowledged(id, segment []byte, missing uint64) bool {
	for at := 48; at+24 <= len(segment); at += 8 {
		if _, durable, _, _, ok := readFrame(id, segment[at:]); ok && durable > missing {
			return true
		}
	}
	return false
}

// Item is one item of a device's audit chain.
type Item struct {
	Device []byte `cbor:"1,keyasint"`
	Chain  uint64 `cbor:"2,keyasint"`
	Seq    uint64 `cbor:"3,keyasint"`
	Prev   []byte `cbor:"4,keyasint"`
	Hybrid struct {
		Wall    int64  `cbor:"1,keyasint"`
		Counter uint64 `cbor:"2,keyasint"`
	} `cbor:"5,keyasint"`
	Times struct {
		Wall int64 `cbor:"1,keyasint"`
		Boot int64 `cbor:"2,keyasint"`
		Hub  int64 `cbor:"3,keyasint"`
	} `cbor:"6,keyasint"`
	Log struct {
		Size uint64 `cbor:"1,keyasint"`
		Root []byte `cbor:"2,keyasint"`
	} `cbor:"7,keyasint"`
	Class     uint64   `cbor:"8,keyasint"`
	Restrict  *Dropped `cbor:"9,keyasint,omitempty"`
	HubKey    []byte   `cbor:"10,keyasint"`
	Body      []byte   `cbor:"11,keyasint"`
	Signature []byte   `cbor:"12,keyasint,omitempty"`
}

// Point is a place in a chain of governance.
type Point struct {
	N    uint64 `cbor:"1,keyasint"`
	Hash []byte `cbor:"2,keyasint"`
}

// Said is what was entered: the inside of an item's body.
type Said struct {
	Kind         string   `cbor:"1,keyasint"`
	Slot         []byte   `cbor:"2,keyasint,omitempty"`
	Person       string   `cbor:"3,keyasint,omitempty"`
	Role         string   `cbor:"4,keyasint,omitempty"`
	Category     string   `cbor:"5,keyasint,omitempty"`
	Organisation string   `cbor:"6,keyasint,omitempty"`
	Purpose      string   `cbor:"7,keyasint,omitempty"`
	Exception    string   `cbor:"8,keyasint,omitempty"`
	Reason       string   `cbor:"9,keyasint,omitempty"`
	Decision     string   `cbor:"10,keyasint,omitempty"`
	Outcome      uint64   `cbor:"11,keyasint,omitempty"`
	Cohort       []byte   `cbor:"12,keyasint,omitempty"`
	PID          []byte   `cbor:"13,keyasint,omitempty"`
	Epoch        uint64   `cbor:"14,keyasint,omitempty"`
	Handle       []byte   `cbor:"15,keyasint,omitempty"`
	Ver          uint64   `cbor:"16,keyasint,omitempty"`
	Hash         []byte   `cbor:"17,keyasint,omitempty"`
	Sections     []string `cbor:"18,keyasint,omitempty"`
	Heads        []struct {
		Cohort      []byte `cbor:"1,keyasint"`
		Incarnation uint64 `cbor:"2,keyasint"`
		N           uint64 `cbor:"3,keyasint"`
		Hash        []byte `cbor:"4,keyasint"`
	} `cbor:"19,keyasint,omitempty"`
	Rows     []Dropped `cbor:"20,keyasint,omitempty"`
	NewShare bool      `cbor:"21,keyasint,omitempty"`
	Peer     []byte    `cbor:"22,keyasint,omitempty"`
	Count    uint64    `cbor:"23,keyasint,omitempty"`
	From     int64     `cbor:"24,keyasint,omitempty"`
	Until    int64     `cbor:"25,keyasint,omitempty"`
	Online   bool      `cbor:"26,keyasint,omitempty"`
	Program  string    `cbor:"27,keyasint,omitempty"`
	Earlier  *struct {
		Device []byte `cbor:"1,keyasint"`
		Seq    uint64 `cbor:"2,keyasint"`
	} `cbor:"28,keyasint,omitempty"`
	Writing []byte `cbor:"29,keyasint,omitempty"`
}

// Read opens an item's body with the hub's key.
func (i Item) Read(hub []byte) (Said, error) {
	plain, err := openBox(hub, []byte("satchel/entry/1"), i.Body)
	if err != nil {
		return Said{}, err
	}
	return decode[Said]("an entry", plain)
}

// readChain reads and verifies a chain of items; first is the number of its
// first item.
func readChain(dir string, chain, first uint64, key ed25519.PublicKey) ([]Item, error) {
	entries, _, err := readJournal(filepath.Join(dir, "audit", strconv.FormatUint(chain, 10)))
	if err != nil {
		return nil, err
	}
	device := hash("satchel/device/1", key)
	start := hash("satchel/chain-start/1", device[:16], put64(chain))
	var items []Item
	prev := start[:]
	for n, e := range entries {
		i, err := decode[Item]("an item", e.Payload)
		if err != nil {
			return nil, err
		}
		if n == 0 && i.Seq > first {
			prev = i.Prev // older ones have been freed
		}
		if !bytes.Equal(i.Device, device[:16]) || i.Chain != chain || i.Seq != e.Seq || !bytes.Equal(i.Prev, prev) || (i.Class == 3) != (i.Restrict != nil) {
			return nil, fmt.Errorf("item %d does not follow: it %w", e.Seq, ErrForm)
		}
		if n > 0 && !after(i, items[n-1]) {
			return nil, fmt.Errorf("item %d's time goes back: it %w", e.Seq, ErrForm)
		}
		unsigned := i
		unsigned.Signature = nil
		body, err := canonical.Marshal(unsigned)
		if err != nil {
			return nil, err
		}
		if !ed25519.Verify(key, slicesOf([]byte("satchel/item/1\x00"), body), i.Signature) {
			return nil, fmt.Errorf("item %d's signature %w", e.Seq, ErrForm)
		}
		link := sha256.Sum256(slicesOf([]byte("satchel/item-hash/1\x00"), e.Payload))
		items, prev = append(items, i), link[:]
	}
	return items, nil
}

func after(i, j Item) bool {
	return i.Hybrid.Wall > j.Hybrid.Wall || i.Hybrid.Wall == j.Hybrid.Wall && i.Hybrid.Counter > j.Hybrid.Counter
}
