package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/identity"
)

// memFile is a file in memory.
type memFile struct {
	mu sync.Mutex
	b  []byte
}

func (f *memFile) WriteAt(p []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if need := int(at) + len(p); need > len(f.b) {
		f.b = append(f.b, make([]byte, need-len(f.b))...)
	}
	return copy(f.b[at:], p), nil
}

func sealedKeys(s *Key, id ShareID, gen uint64, c *Content) ([]byte, error) {
	var f memFile
	err := sealKeys(&f, s, id, gen, c)
	return f.b, err
}

// unpieced puts the pieces of a packing together.
func (p *packing) unpieced() []byte {
	out := make([]byte, p.total)
	for i := range chunkCount(p.total) {
		p.piece(out[i*chunkData:min(p.total, (i+1)*chunkData)], i)
	}
	return out
}

func (c *Content) encode() ([]byte, error) {
	p, err := c.pack()
	if err != nil {
		return nil, err
	}
	return p.unpieced(), nil
}

// appendRows packs rows as FORMAT.md, section 6, says it, field by field.
func appendRows(out []byte, rows []Row) ([]byte, error) {
	index := map[identity.CohortID]uint64{}
	var cohorts []byte
	for _, r := range rows {
		if _, ok := index[r.Cohort]; !ok {
			index[r.Cohort] = uint64(len(index))
			cohorts = append(cohorts, r.Cohort[:]...)
		}
	}
	out = binary.BigEndian.AppendUint32(out, uint32(len(index)))
	out = append(out, cohorts...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(rows)))
	for _, r := range rows {
		out = append(append(out, r.Handle[:]...), r.PID[:]...)
		out = binary.AppendUvarint(binary.AppendUvarint(out, index[r.Cohort]), r.Epoch)
		out = append(append(append(out, r.Tag[:]...), r.Key[:]...), byte(len(r.Versions)))
		for _, v := range r.Versions {
			out = binary.AppendUvarint(binary.AppendUvarint(out, v.Ver), uint64(v.NotAfter))
			out = append(append(out, v.Hash[:]...), v.State)
		}
	}
	return out, nil
}

// TestPiecesAreTheWhole: put together, the pieces of a key file are what
// FORMAT.md says, wherever a row or what precedes the rows is cut.
func TestPiecesAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head := bytes.Repeat([]byte{7}, rapid.SampledFrom([]int{0, 1, chunkData - 13, chunkData - 12, chunkData, 2 * chunkData}).Draw(t, "head"))
		cohorts := rapid.SampledFrom([]int{1, 2, 128, 129, 300}).Draw(t, "cohorts")
		rows := table(rapid.IntRange(0, 2500).Draw(t, "rows"))
		for i := range rows {
			rows[i].Cohort = identity.CohortID{}
			binary.BigEndian.PutUint16(rows[i].Cohort[:], uint16(i*i%cohorts))
			rows[i].Epoch = uint64(1) << (i % 64)
		}
		p, err := pack(head, rows)
		if err != nil {
			t.Fatal(err)
		}
		want, err := appendRows(append(binary.BigEndian.AppendUint32(nil, uint32(len(head))), head...), rows)
		if err != nil || !bytes.Equal(p.unpieced(), want) {
			t.Fatalf("%d rows, %d bytes: the pieces differ from the whole (%v)", len(rows), len(want), err)
		}
	})
}

// TestSealToIsSeal: what is written in groups opens as what Seal made, at every
// length where chunks and groups end.
func TestSealToIsSeal(t *testing.T) {
	key, header := Key{1}, []byte("header")
	for _, n := range []int{0, 1, chunkData, chunkData + 1, groupChunks * chunkData, groupChunks*chunkData + 1, 9*groupChunks*chunkData + 5} {
		plain := make([]byte, n)
		for i := range plain {
			plain[i] = byte(i * 7)
		}
		var f memFile
		if err := sealTo(&f, header, &key, "label", n, func(dst []byte, i int) { copy(dst, plain[i*chunkData:]) }); err != nil {
			t.Fatal(err)
		}
		sealed, found := bytes.CutPrefix(f.b, header)
		if !found || len(sealed) != SealedLen(n) {
			t.Fatalf("%d bytes: %d sealed", n, len(sealed))
		}
		if got, err := Open(&key, "label", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// failingFile fails from a place on.
type failingFile struct {
	memFile
	from int64
	err  error
}

func (f *failingFile) WriteAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > f.from {
		return 0, f.err
	}
	return f.memFile.WriteAt(p, at)
}

func TestSealToTellsWhatFailed(t *testing.T) {
	key, full := Key{1}, fmt.Errorf("full: %w", io.ErrShortWrite)
	for _, from := range []int64{0, groupChunks * fullChunk, 10 * groupChunks * fullChunk} {
		f := failingFile{from: from, err: full}
		err := sealTo(&f, nil, &key, "label", 12*groupChunks*chunkData, func([]byte, int) {})
		if !errors.Is(err, full) {
			t.Errorf("failing from %d: %v", from, err)
		}
	}
}
