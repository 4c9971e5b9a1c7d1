package link

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"satchel/store/canon"
	"satchel/sync/wire"
)

// inject gives a receiving device and the raw TLS of the hub's end of its
// connection, over which a test sends what no Conn would.
func inject(t testing.TB) (device *Conn, send func([]byte)) {
	t.Helper()
	device, hub := linked(t)
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	return device, func(b []byte) {
		wg.Go(func() {
			_, _ = hub.tls.Write(b) // the device may hang up first
			_ = hub.raw.Close()
		})
	}
}

func TestHostileFrames(t *testing.T) { // I14
	length := func(n uint32, typ wire.Type) []byte {
		return append(binary.BigEndian.AppendUint32(nil, n), byte(typ))
	}
	for name, c := range map[string]struct {
		bytes []byte
		want  error
		word  string
	}{
		"a giant length":        {length(1<<32-1, wire.TypeRecord), wire.ErrProtocol, "record of 4294967295 bytes"},
		"one byte too many":     {length(35<<20, wire.TypeRecord), wire.ErrProtocol, "at most"},
		"a long notify":         {length(17, wire.TypeNotify), wire.ErrProtocol, "notify of 17 bytes, at most 16"},
		"an unknown type":       {length(1, 99), wire.ErrProtocol, "message type 99"},
		"a device's message":    {frame(t, &wire.Item{Raw: []byte{1}}), wire.ErrProtocol, "the hub never sends item"},
		"an enrolment":          {frame(t, &wire.HubHello{Version: 1, Certificate: []byte{1}}), wire.ErrProtocol, "never sends"},
		"no payload":            {length(0, wire.TypeNotify), canon.ErrMalformed, "notify"},
		"another encoding":      {append(length(2, wire.TypeNotify), 0xb8, 0), canon.ErrNotCanonical, "notify"},
		"another version":       {append(length(3, wire.TypeHello), 0xa1, 1, 9), wire.ErrVersion, "version 9"},
		"an end in the header":  {length(1, wire.TypeNotify)[:3], io.ErrUnexpectedEOF, ""},
		"an end before it":      {frame(t, record(5000))[:wire.HeaderSize], io.ErrUnexpectedEOF, ""},
		"an end in the payload": {frame(t, record(5000))[:4000], io.ErrUnexpectedEOF, ""},
		"an end between frames": {nil, io.EOF, ""},
	} {
		device, send := inject(t)
		send(append(frame(t, &wire.Notify{}), c.bytes...))
		if m, err := device.Recv(t.Context()); err != nil || m.Type() != wire.TypeNotify {
			t.Fatalf("%s: the good message before it: %v", name, err)
		}
		_, err := device.Recv(t.Context())
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", name, err)
		}
		if _, again := device.Recv(t.Context()); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: the stream goes on: %v", name, again)
		}
	}
}

// A length alone makes no room: its bytes have to come.
func TestLengthAloneMakesNoRoom(t *testing.T) { // I14
	device, send := inject(t)
	claim := append(binary.BigEndian.AppendUint32(nil, 34<<20), byte(wire.TypeRecord))
	send(append(claim, make([]byte, 100)...))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := device.Recv(t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if made := after.TotalAlloc - before.TotalAlloc; made > 3*firstGrowth {
		t.Errorf("%d bytes of room for a frame of which 100 came", made)
	}
}

func TestLargestRecordPasses(t *testing.T) {
	device, hub := linked(t)
	var wg sync.WaitGroup
	wg.Go(func() { say(t, hub, record(33<<20), &wire.Notify{}) })
	m, err := device.Recv(t.Context())
	if r, ok := m.(*wire.Record); err != nil || !ok || len(r.Raw) != 33<<20 || r.Raw[33<<20-1] != 7 {
		t.Fatalf("33 MiB: %v", err)
	}
	if m, err := device.Recv(t.Context()); err != nil || m.Type() != wire.TypeNotify {
		t.Fatalf("what follows: %v", err)
	}
	wg.Wait()
	if cap(hub.pending) > 4*chunk {
		t.Errorf("the sender keeps %d bytes of room", cap(hub.pending))
	}
}

// Frames that say nothing cost their reader nothing but the time to read them.
func TestEndlessSmallFrames(t *testing.T) { // I14
	const frames = 200_000
	device, send := inject(t)
	send(repeated(frame(t, &wire.Notify{}), frames))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for n := range frames {
		if _, err := device.Recv(t.Context()); err != nil {
			t.Fatalf("frame %d: %v", n, err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 1<<20 {
		t.Errorf("%d bytes are kept after %d frames", kept, frames)
	}
	if _, err := device.Recv(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("after the last frame: %v", err)
	}
}

func repeated(b []byte, n int) []byte {
	out := make([]byte, 0, n*len(b))
	for range n {
		out = append(out, b...)
	}
	return out
}

// TestEveryCutEndsTheSession ends the connection after every byte of a short
// session's plain text, then after every few bytes of what goes over the wire,
// the handshake included. Whatever was received before the cut is whole and in
// order, and both ends end.
func TestEveryCutEndsTheSession(t *testing.T) {
	script := []wire.Message{&wire.Notify{}, record(40), &wire.Done{Phase: wire.PhaseRecords}}
	var plain []byte
	var ends []int
	for _, m := range script {
		plain = append(plain, frame(t, m)...)
		ends = append(ends, len(plain))
	}
	for cut := range plain {
		device, send := inject(t)
		send(plain[:cut])
		got, err := drain(t.Context(), device)
		want, end := whole(ends, cut), io.ErrUnexpectedEOF
		if cut == 0 || slices.Contains(ends, cut) {
			end = io.EOF
		}
		if got != want || !errors.Is(err, end) {
			t.Fatalf("cut after %d bytes: %d messages, want %d; %v, want %v", cut, got, want, err, end)
		}
	}
	all := cutWire(t, script, 1<<30, len(script))
	for cut := 0; cut < all; cut += 23 {
		cutWire(t, script, cut, -1)
	}
}

func drain(ctx context.Context, c *Conn) (int, error) {
	for n := 0; ; n++ {
		if _, err := c.Recv(ctx); err != nil {
			return n, err
		}
	}
}

func whole(ends []int, cut int) (n int) {
	for _, e := range ends {
		if e <= cut {
			n++
		}
	}
	return n
}

// cutWire runs a session whose hub-to-device bytes end after cut of them. It
// gives how many there were; want is the number of messages due, or -1.
func cutWire(t *testing.T, script []wire.Message, cut, want int) int {
	t.Helper()
	a, b := pipe(t)
	limited := &cutter{Conn: b, left: cut}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		defer limited.Close()
		hub, err := Accept(t.Context(), limited, hubConfig())
		if err != nil {
			return
		}
		for _, m := range script {
			if hub.Send(m) != nil || hub.Flush() != nil {
				return
			}
		}
	})
	device, err := Client(t.Context(), a, deviceConfig())
	if err != nil {
		return 0
	}
	defer a.Close()
	got, err := drain(t.Context(), device)
	if err == nil || got > len(script) || want >= 0 && got != want {
		t.Fatalf("wire cut after %d bytes: %d messages, %v", cut, got, err)
	}
	in, _ := device.Traffic()
	return int(in)
}

// cutter closes its connection after a number of written bytes.
type cutter struct {
	net.Conn
	left int
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) <= c.left {
		c.left -= len(b)
		return c.Conn.Write(b)
	}
	n, _ := c.Conn.Write(b[:c.left])
	c.left = 0
	_ = c.Conn.Close()
	return n, io.ErrClosedPipe
}
