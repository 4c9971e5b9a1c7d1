package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"satchel/store/files"
)

// second is a reader and verifier of a device's audit folder, written from
// SPEC.md. It must not use anything of this package.
type second struct {
	key   ed25519.PublicKey
	chain uint64
	first uint64
}

type secondItem struct {
	device, prev     []byte
	chain, seq       uint64
	signed, encoded  []byte
	signature, class []byte
}

// verify returns the items of the folder, or the first thing that is wrong.
func (v second) verify(dir string) ([]secondItem, error) {
	payloads, err := v.journal(dir)
	if err != nil {
		return nil, err
	}
	device := sha256.Sum256(append([]byte("satchel/device/1\x00"), v.key...))
	start := append([]byte("satchel/chain-start/1\x00"), device[:16]...)
	prev := sha256.Sum256(binary.BigEndian.AppendUint64(start, v.chain))
	var out []secondItem
	for i, p := range payloads {
		it, err := v.item(p)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		switch {
		case !bytes.Equal(it.device, device[:16]) || it.chain != v.chain:
			return nil, fmt.Errorf("item %d: other chain", i)
		case it.seq != v.first+uint64(i):
			return nil, fmt.Errorf("item %d: gap", i)
		case !bytes.Equal(it.prev, prev[:]):
			return nil, fmt.Errorf("item %d: fork", i)
		case !ed25519.Verify(v.key, append([]byte("satchel/item/1\x00"), it.signed...), it.signature):
			return nil, fmt.Errorf("item %d: signature", i)
		}
		prev = sha256.Sum256(append([]byte("satchel/item-hash/1\x00"), p...))
		out = append(out, it)
	}
	return out, nil
}

// journal is SPEC.md section 1, for a journal that was closed.
func (v second) journal(dir string) ([][]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, "seg-*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var payloads [][]byte
	var id []byte
	next := v.first
	for i, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		table := crc32.MakeTable(crc32.Castagnoli)
		if len(b) < 48 || string(b[:8]) != "SATCHELJ" || binary.BigEndian.Uint32(b[8:]) != 1 ||
			binary.BigEndian.Uint32(b[44:]) != crc32.Checksum(b[:44], table) {
			return nil, errors.New("header")
		}
		if id == nil {
			id = b[12:28]
		}
		if !bytes.Equal(id, b[12:28]) || binary.BigEndian.Uint64(b[28:]) != next || binary.BigEndian.Uint64(b[36:]) != uint64(len(b)) ||
			filepath.Base(name) != fmt.Sprintf("seg-%020d", next) {
			return nil, errors.New("header does not fit")
		}
		at, marked := 48, false
		for at+24 <= len(b) {
			n := int(binary.BigEndian.Uint32(b[at:]))
			seq, durable := binary.BigEndian.Uint64(b[at+8:]), binary.BigEndian.Uint64(b[at+16:])
			end := at + 24 + n
			if n > 8<<20 || end > len(b) || seq != next || durable > seq {
				break
			}
			sum := crc32.Checksum(slices.Concat(id, b[at:at+4], b[at+8:end]), table)
			if sum != binary.BigEndian.Uint32(b[at+4:]) || n == 0 && durable != seq {
				break
			}
			padded := (end + 7) / 8 * 8
			if padded > len(b) || len(bytes.Trim(b[end:padded], "\x00")) > 0 {
				break
			}
			if marked = n == 0; !marked {
				payloads = append(payloads, b[at+24:end])
				next++
			}
			at = padded
		}
		if len(bytes.Trim(b[at:], "\x00")) > 0 {
			return nil, fmt.Errorf("bytes behind the last frame at %d", at)
		}
		if i == len(names)-1 && !marked {
			return nil, errors.New("no mark at the end of a closed journal")
		}
	}
	return payloads, nil
}

// item is SPEC.md sections 2 and 3: a map of integer keys, in order.
func (v second) item(p []byte) (secondItem, error) {
	it := secondItem{encoded: p}
	pairs, rest, err := secondHead(p, 5)
	if err != nil {
		return it, err
	}
	last := uint64(0)
	var body []byte
	for range pairs {
		var key uint64
		before := rest
		if key, rest, err = secondHead(rest, 0); err != nil {
			return it, err
		}
		if key <= last || key > 12 {
			return it, errors.New("keys")
		}
		last = key
		value := rest
		if rest, err = secondSkip(rest, 0); err != nil {
			return it, err
		}
		value = value[:len(value)-len(rest)]
		switch key {
		case 1:
			it.device = value[1:]
		case 2:
			it.chain, _, err = secondHead(value, 0)
		case 3:
			it.seq, _, err = secondHead(value, 0)
		case 4:
			it.prev = value[2:]
		case 8:
			it.class = value
		case 11:
			_, body, err = secondHead(value, 2)
		case 12:
			it.signature = value[2:]
			it.signed = append([]byte{p[0] - 1}, p[1:len(p)-len(before)]...)
		}
		if err != nil {
			return it, err
		}
	}
	if len(rest) != 0 || last != 12 || len(it.device) != 16 || len(it.prev) != 32 || len(it.signature) != 64 ||
		len(body) == 0 || len(body)%256 != 0 || (pairs == 12) != bytes.Equal(it.class, []byte{3}) {
		return it, errors.New("shape")
	}
	return it, nil
}

// secondHead reads a head of one major type in its shortest form.
func secondHead(b []byte, major byte) (uint64, []byte, error) {
	if len(b) == 0 || b[0]>>5 != major {
		return 0, nil, errors.New("type")
	}
	info := b[0] & 31
	if info < 24 {
		return uint64(info), b[1:], nil
	}
	n := 1 << (info - 24)
	if info > 27 || len(b) < 1+n {
		return 0, nil, errors.New("head")
	}
	var x uint64
	for _, c := range b[1 : 1+n] {
		x = x<<8 | uint64(c)
	}
	if n == 1 && x < 24 || n == 2 && x < 1<<8 || n == 4 && x < 1<<16 || n == 8 && x < 1<<32 {
		return 0, nil, errors.New("not shortest")
	}
	return x, b[1+n:], nil
}

// secondSkip passes over one value of the kinds that an item holds.
func secondSkip(b []byte, depth int) ([]byte, error) {
	if len(b) == 0 || depth > 2 {
		return nil, errors.New("cut")
	}
	major := b[0] >> 5
	x, rest, err := secondHead(b, major)
	switch {
	case err != nil:
		return nil, err
	case major == 0:
		return rest, nil
	case major == 2:
		if x > uint64(len(rest)) {
			return nil, errors.New("cut")
		}
		return rest[x:], nil
	case major != 5:
		return nil, errors.New("kind")
	}
	last := uint64(0)
	for range x {
		key, r, err := secondHead(rest, 0)
		if err != nil || key <= last {
			return nil, errors.New("keys")
		}
		last = key
		if rest, err = secondSkip(r, depth+1); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// folder writes a closed audit folder on the real disk.
func folder(t *testing.T, n int) (string, Head) {
	t.Helper()
	root := t.TempDir()
	d, err := files.OS(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	l, _ := openLog(t, d, LogConfig{SegmentBytes: 1536})
	for i := range n {
		dr := draft(i)
		if i%4 == 3 {
			dr.Class, dr.Restrict = ClassRestrict, &Restrict{Epoch: uint64(i) * 1000}
		}
		if _, err := l.Append(dr); err != nil {
			t.Fatal(err)
		}
	}
	head := l.Head()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "audit"), head
}

// firstVerifier is this package's judgement of the same folder.
func firstVerifier(t *testing.T, dir string, head Head) error {
	t.Helper()
	copyDir := t.TempDir()
	if err := os.CopyFS(filepath.Join(copyDir, "audit"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	d, err := files.OS(copyDir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	l, opened, err := OpenLog(d, "audit", LogConfig{Key: testKey(1), Chain: 1, SegmentBytes: 1536, Known: head})
	if err != nil {
		return err
	}
	if opened != (Opened{}) {
		return fmt.Errorf("reported %+v", opened)
	}
	return errors.Join(l.VerifyAll(), l.Close())
}

// TestSecondVerifier: P20. Both verifiers accept the honest folder; both find
// every flipped byte, every missing or exchanged segment.
func TestSecondVerifier(t *testing.T) {
	const n = 6
	dir, head := folder(t, n)
	v := second{key: public(testKey(1)), chain: 1, first: 1}
	got, err := v.verify(dir)
	if err != nil || len(got) != n {
		t.Fatalf("second verifier: %d items, %v", len(got), err)
	}
	if err := firstVerifier(t, dir, head); err != nil {
		t.Fatalf("first verifier: %v", err)
	}
	last := sha256.Sum256(append([]byte("satchel/item-hash/1\x00"), got[n-1].encoded...))
	if last != head.Hash {
		t.Error("the two verifiers see different heads")
	}
	names, err := filepath.Glob(filepath.Join(dir, "seg-*"))
	if err != nil || len(names) < 3 {
		t.Fatalf("%d segments, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			b := bytes.Clone(data)
			b[i] ^= 1 << (i % 8)
			rewrite(t, name, b)
			if _, err := v.verify(dir); err == nil {
				t.Fatalf("%s byte %d: the second verifier saw nothing", filepath.Base(name), i)
			}
			if i%200 == 0 {
				if err := firstVerifier(t, dir, head); err == nil {
					t.Fatalf("%s byte %d: the first verifier saw nothing", filepath.Base(name), i)
				}
			}
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		items, serr := v.verify(dir)
		if serr == nil && len(items) == n {
			t.Errorf("%s removed: the second verifier saw nothing", filepath.Base(name))
		}
		if name != names[0] {
			// Without its first segment a folder looks like one whose
			// receipted items were dropped; the hub has those.
			if err := firstVerifier(t, dir, head); err == nil {
				t.Errorf("%s removed: the first verifier saw nothing", filepath.Base(name))
			}
		}
		rewrite(t, name, data)
	}
	if _, err := v.verify(dir); err != nil {
		t.Fatalf("the restored folder: %v", err)
	}
}

func rewrite(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSecondVerifierFindsLies: journals that are whole, with chains that are
// not: both verifiers name the same thing.
func TestSecondVerifierFindsLies(t *testing.T) {
	key := testKey(1)
	honest := items(t, key, 6)
	resigned := func(seq uint64, prev [32]byte) []byte {
		s := statement(key, seq, prev)
		s.Body = bytes.Repeat([]byte{0xAA}, 256)
		it, err := SignItem(s, key)
		if err != nil {
			t.Fatal(err)
		}
		return encode(t, it)
	}
	for name, c := range map[string][][]byte{
		"honest":              honest,
		"gap":                 {honest[0], honest[1], honest[3]},
		"fork in the middle":  {honest[0], resigned(2, HashItem(honest[0])), honest[2], honest[3]},
		"item twice":          {honest[0], honest[1], honest[1], honest[2]},
		"begins in the midst": honest[1:],
		"another device":      items(t, testKey(2), 3),
		"stolen item":         {honest[0], items(t, testKey(2), 2)[1]},
	} {
		root := t.TempDir()
		d, err := files.OS(root)
		if err != nil {
			t.Fatal(err)
		}
		j, _ := openJournal(t, d, Options{SegmentBytes: 1536})
		if _, err := j.AppendAll(c); err != nil {
			t.Fatal(err)
		}
		chain := NewChain(public(key), 1, 1)
		var first error
		for r, err := range j.From(1) {
			if err != nil {
				t.Fatal(err)
			}
			if _, first = chain.Add(r.Payload); first != nil {
				break
			}
		}
		if err := errors.Join(j.Close(), d.Close()); err != nil {
			t.Fatal(err)
		}
		_, other := second{key: public(key), chain: 1, first: 1}.verify(filepath.Join(root, "audit"))
		if wrong := name != "honest"; (first != nil) != wrong || (other != nil) != wrong {
			t.Errorf("%s: first verifier %v, second %v", name, first, other)
		}
	}
	if _, err := (second{key: public(key), chain: 1, first: 1}).verify(t.TempDir()); errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty folder is an empty chain")
	}
}
