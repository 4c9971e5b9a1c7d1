package audit

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"satchel/store/files"
	"satchel/store/files/crash"
	"satchel/store/identity"
)

func draft(i int) Draft {
	return Draft{Body: bytes.Repeat([]byte{byte(i)}, 256), HubKey: [8]byte{1}, Times: Times{Wall: int64(1000 + i)}}
}

func openLog(t testing.TB, fsys files.FS, cfg LogConfig) (*Log, Opened) {
	t.Helper()
	if cfg.Key == nil {
		cfg.Key = testKey(1)
	}
	if cfg.Chain == 0 {
		cfg.Chain = 1
	}
	l, opened, err := OpenLog(fsys, "audit", cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l, opened
}

func addN(t testing.TB, l *Log, n int) {
	t.Helper()
	for range n {
		if _, err := l.Append(draft(int(l.Head().Seq + 1))); err != nil {
			t.Fatal(err)
		}
	}
}

const smallSegment = 4096 // about seven items

func TestLog(t *testing.T) {
	disk := crash.New()
	l, opened := openLog(t, disk, LogConfig{SegmentBytes: smallSegment})
	if !opened.New || l.Head().Seq != 0 || l.Head().Hash != ChainStart(l.Device(), 1) {
		t.Fatalf("new log: %+v %+v", opened, l.Head())
	}
	addN(t, l, 25)
	if err := l.VerifyAll(); err != nil {
		t.Fatal(err)
	}
	head := l.Head()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, known := range []Head{{}, head, {Chain: 1, Seq: 1, Hash: hashAt(t, disk, 1)}, {Chain: 1, Seq: 13, Hash: hashAt(t, disk, 13)}} {
		l, _ = openLog(t, disk, LogConfig{SegmentBytes: smallSegment, Known: known})
		if l.Head() != head {
			t.Errorf("known %d: head %d", known.Seq, l.Head().Seq)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		cfg  LogConfig
		want error
	}{
		"longer once":    {LogConfig{Known: Head{Chain: 1, Seq: 26, Hash: head.Hash}}, ErrTailCut},
		"another hash":   {LogConfig{Known: Head{Chain: 1, Seq: 20, Hash: [32]byte{1}}}, ErrHead},
		"another chain":  {LogConfig{Known: Head{Chain: 2, Seq: 20}}, ErrHead},
		"another device": {LogConfig{Key: testKey(2)}, ErrHead},
		"chain 2 here":   {LogConfig{Chain: 2}, ErrHead},
		"receipt beyond": {LogConfig{Receipt: &Receipt{ReceiptBody: ReceiptBody{Chain: 1, UpTo: 26}}}, ErrTailCut},
	} {
		if c.cfg.Key == nil {
			c.cfg.Key = testKey(1)
		}
		if c.cfg.Chain == 0 {
			c.cfg.Chain = 1
		}
		c.cfg.SegmentBytes = smallSegment
		if _, _, err := OpenLog(disk, "audit", c.cfg); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// hashAt is the link hash of a stored item.
func hashAt(t *testing.T, disk *crash.Disk, seq uint64) [32]byte {
	t.Helper()
	j, _, err := OpenJournal(disk, "audit", Options{SegmentBytes: smallSegment})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	for r, err := range j.From(seq) {
		if err != nil {
			t.Fatal(err)
		}
		return HashItem(r.Payload)
	}
	t.Fatal("no such item")
	return [32]byte{}
}

func TestLogSince(t *testing.T) {
	l, _ := openLog(t, crash.New(), LogConfig{SegmentBytes: smallSegment})
	addN(t, l, 20)
	got, err := l.Items(5, 10)
	if err != nil || len(got) != 10 || got[0].Seq != 6 || got[9].Seq != 15 {
		t.Fatalf("%d items, %v", len(got), err)
	}
	if got, err := l.Items(20, 10); err != nil || len(got) != 0 {
		t.Errorf("after the head: %d, %v", len(got), err)
	}
	if got, err := l.Items(0, 0); err != nil || len(got) != 0 {
		t.Errorf("none wanted: %d, %v", len(got), err)
	}
}

// I8: no receipt, no delete.
func TestLogFreesOnlyWithAReceipt(t *testing.T) {
	disk := crash.New()
	hub := testKey(9)
	l, _ := openLog(t, disk, LogConfig{SegmentBytes: smallSegment})
	addN(t, l, 30)
	if err := l.Drop(1000); err != nil || l.First() != 1 {
		t.Fatalf("without a receipt: first %d, %v", l.First(), err)
	}
	raw, err := l.Since(19, 1)
	if err != nil {
		t.Fatal(err)
	}
	at20 := Head{Chain: 1, Seq: 20, Hash: HashItem(raw[0])}
	r := receiptFor(t, hub, at20, l.Device(), 500)
	for name, c := range map[string]struct {
		r    Receipt
		want error
	}{
		"another device": {receiptFor(t, hub, at20, identity.DeviceID{1}, 500), ErrReceipt},
		"another hub":    {receiptFor(t, testKey(8), at20, l.Device(), 500), ErrReceipt},
		"another head":   {receiptFor(t, hub, Head{Chain: 1, Seq: 20, Hash: [32]byte{3}}, l.Device(), 500), ErrOtherHead},
	} {
		if err := l.Ack(c.r, public(hub)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if e, ok := errors.AsType[*AheadError](l.Ack(receiptFor(t, hub, Head{Chain: 1, Seq: 31}, l.Device(), 500), public(hub))); !ok || e.Hub != 31 || e.Own != 30 {
		t.Error("the hub is ahead and nobody says so")
	}
	if l.Receipt() != nil || l.Waiting() != 30 {
		t.Fatal("a refused receipt was kept")
	}
	if err := l.Ack(r, public(hub)); err != nil {
		t.Fatal(err)
	}
	if l.Waiting() != 10 {
		t.Errorf("%d waiting", l.Waiting())
	}
	if err := l.Ack(receiptFor(t, hub, at20, l.Device(), 499), public(hub)); !errors.Is(err, ErrShorterLog) {
		t.Errorf("shorter log: %v", err)
	}
	if err := l.Drop(1000); err != nil {
		t.Fatal(err)
	}
	if first := l.First(); first < 10 || first > 20 {
		t.Errorf("first kept is %d", first)
	}
	if got, err := l.Since(20, 100); err != nil || len(got) != 10 {
		t.Errorf("%d without receipt are kept, %v", len(got), err)
	}
	if err := l.VerifyAll(); err != nil {
		t.Error(err)
	}
	head := l.Head()
	if err := l.Ack(receiptFor(t, hub, head, l.Device(), 600), public(hub)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Drop(1000), l.Close()); err != nil {
		t.Fatal(err)
	}
	l, _ = openLog(t, disk, LogConfig{SegmentBytes: smallSegment, Known: head, Receipt: l.Receipt()})
	if l.Head() != head {
		t.Error("the head went with what was freed")
	}
	addN(t, l, 1)
}

func TestLogConcurrentAppendsAreOneChain(t *testing.T) {
	l, _ := openLog(t, crash.New(), LogConfig{SegmentBytes: smallSegment})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				if _, err := l.Append(draft(w*20 + i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if l.Head().Seq != 160 {
		t.Errorf("head %d", l.Head().Seq)
	}
	if err := l.VerifyAll(); err != nil {
		t.Error(err)
	}
}

// TestLogOnAFullDisk: refused appends leave no hole, also with several writers.
func TestLogOnAFullDisk(t *testing.T) {
	disk := &fullDisk{Disk: crash.New()}
	l, _ := openLog(t, disk, LogConfig{SegmentBytes: smallSegment})
	disk.full = true
	var wg sync.WaitGroup
	var mu sync.Mutex
	acked, refused := 0, 0
	for w := range 6 {
		wg.Go(func() {
			for i := range 20 {
				_, err := l.Append(draft(w*20 + i))
				mu.Lock()
				if err == nil {
					acked++
				} else {
					refused++
				}
				mu.Unlock()
				if err != nil && !errors.Is(err, errFull) && !errors.Is(err, errOutOfStep) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if refused == 0 || int(l.Head().Seq) != acked {
		t.Fatalf("%d acknowledged, %d refused, head %d", acked, refused, l.Head().Seq)
	}
	disk.full = false
	addN(t, l, 12)
	if err := l.VerifyAll(); err != nil {
		t.Fatal(err)
	}
	head := l.Head()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, _ = openLog(t, disk, LogConfig{SegmentBytes: smallSegment, Known: head})
	if l.Head() != head {
		t.Error("another head after opening again")
	}
}

// TestLogAtEveryCut: every acknowledged item is there and links, and the chain
// goes on. R8, I8.
func TestLogAtEveryCut(t *testing.T) {
	for n := 1; ; n++ {
		disk := crash.New()
		disk.CutAt(n)
		var known Head
		done := false
		l, _, err := OpenLog(disk, "audit", LogConfig{Key: testKey(1), Chain: 1, SegmentBytes: smallSegment})
		for i := 0; err == nil && i < 10; i++ {
			if _, err = l.Append(draft(i)); err == nil {
				known = l.Head()
			}
			done = i == 9
		}
		for name, s := range disk.States(uint64(n), 8) {
			after, _, err := OpenLog(s, "audit", LogConfig{Key: testKey(1), Chain: 1, SegmentBytes: smallSegment, Known: known})
			if err != nil {
				t.Fatalf("cut at %s, %s: %v", disk.LastOp(), name, err)
			}
			if seq := after.Head().Seq; seq < known.Seq || seq > known.Seq+1 {
				t.Fatalf("cut at %s, %s: head %d, acknowledged %d", disk.LastOp(), name, seq, known.Seq)
			}
			addN(t, after, 3)
			if err := after.VerifyAll(); err != nil {
				t.Fatalf("cut at %s, %s: %v", disk.LastOp(), name, err)
			}
		}
		if err == nil && done {
			return
		}
	}
}

// A new chain after a restored image continues the numbers, in its own folder.
func TestLogNewChain(t *testing.T) {
	disk := crash.New()
	l, _ := openLog(t, disk, LogConfig{})
	addN(t, l, 3)
	second, _, err := OpenLog(disk, "audit-2", LogConfig{Key: testKey(1), Chain: 2, First: 40})
	if err != nil {
		t.Fatal(err)
	}
	it, err := second.Append(draft(1))
	if err != nil || it.Seq != 40 || it.Chain != 2 || it.Prev != ChainStart(l.Device(), 2) {
		t.Fatalf("%+v %v", it.Seq, err)
	}
	head := second.Head()
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if second, _, err = OpenLog(disk, "audit-2", LogConfig{Key: testKey(1), Chain: 2, First: 40, Known: head}); err != nil || second.Head() != head {
		t.Fatalf("reopened: %v", err)
	}
	if err := second.VerifyAll(); err != nil {
		t.Error(err)
	}
}

func TestLogHybridTime(t *testing.T) { // R55
	disk := crash.New()
	l, _ := openLog(t, disk, LogConfig{})
	var last Hybrid
	for _, wall := range []int64{100, 200, 150, 150, 300} {
		d := draft(1)
		d.Times.Wall = wall
		it, err := l.Append(d)
		if err != nil {
			t.Fatal(err)
		}
		if it.Hybrid.Compare(last) <= 0 || it.Times.Wall != wall {
			t.Errorf("clock %d: %+v after %+v", wall, it.Hybrid, last)
		}
		last = it.Hybrid
	}
	l.Observe(Hybrid{Wall: 900}, 300, 100) // too far ahead: not believed
	l.Observe(Hybrid{Wall: 390, Counter: 2}, 300, 100)
	it, err := l.Append(Draft{Body: make([]byte, 256), Times: Times{Wall: 310}})
	if err != nil || it.Hybrid != (Hybrid{Wall: 390, Counter: 3}) {
		t.Errorf("after an observed time: %+v %v", it.Hybrid, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, _ = openLog(t, disk, LogConfig{})
	it, err = l.Append(Draft{Body: make([]byte, 256)})
	if err != nil || it.Hybrid.Compare(Hybrid{Wall: 390, Counter: 3}) <= 0 {
		t.Errorf("after opening again: %+v %v", it.Hybrid, err)
	}
}

func BenchmarkLogAppend(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			d, err := files.OS(filepath.Join(b.TempDir(), "l"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			l, _ := openLog(b, d, LogConfig{})
			body := Draft{Body: make([]byte, 512), Times: Times{Wall: 1}}
			b.SetParallelism(max(1, writers/2))
			if writers == 1 {
				for b.Loop() {
					if _, err := l.Append(body); err != nil {
						b.Fatal(err)
					}
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := l.Append(body); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
