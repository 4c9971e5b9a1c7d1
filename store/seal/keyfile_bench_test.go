//go:build unix

package seal

import (
	"syscall"
	"testing"
	"time"

	"satchel/store/files"
)

// processor reports the processor time of each turn: on a busy machine the clock
// on the wall says little.
func processor(b *testing.B) func() {
	spent := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := spent()
	return func() { b.ReportMetric(float64((spent()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op") }
}

func BenchmarkKeyFile200k(b *testing.B) {
	rows := table(200_000)
	for i := range rows {
		rows[i].Versions = []Version{{Ver: 3, NotAfter: 1_800_000_000, Hash: [32]byte{1}}}
	}
	c := &Content{Rows: rows}
	s := NewKey()
	data, err := sealedKeys(&s, ShareID{}, 1, c)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d bytes, %d a row", len(data), len(data)/len(rows))
	b.Run("encode", func(b *testing.B) {
		piece := make([]byte, chunkData)
		defer processor(b)()
		for b.Loop() {
			p, err := c.pack()
			if err != nil {
				b.Fatal(err)
			}
			for i := range chunkCount(p.total) {
				p.piece(piece[:min(chunkData, p.total-i*chunkData)], i)
			}
		}
	})
	b.Run("encode+seal", func(b *testing.B) {
		defer processor(b)()
		for b.Loop() {
			if err := sealKeys(nowhere{}, &s, ShareID{}, 1, c); err != nil {
				b.Fatal(err)
			}
		}
	})
	dir, err := files.OS(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	b.Run("write", func(b *testing.B) {
		defer processor(b)()
		for b.Loop() {
			if err := files.WriteAtomic(dir, "gen", data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("save", func(b *testing.B) {
		k := &KeyFile{fsys: dir, share: newMemShare()}
		if err := dir.MkdirAll(KeysDir); err != nil {
			b.Fatal(err)
		}
		defer processor(b)()
		for b.Loop() {
			if _, err := k.SaveNext(c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		defer processor(b)()
		for b.Loop() {
			_, id, header, sealed, err := parseKeys(data)
			if err != nil {
				b.Fatal(err)
			}
			key := DeriveKey(&s, labelKeys, id[:])
			plain, err := Open(&key, Bind(labelKeys, header), sealed)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := decodeContent(plain); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// nowhere takes what is written.
type nowhere struct{}

func (nowhere) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
