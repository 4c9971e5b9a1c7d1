package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"satchel/sync/wire"
)

// TestServeBoundsStrangers fills what strangers can hold open, and sees that
// the next is turned away at once and a member still gets in from elsewhere.
func TestServeBoundsStrangers(t *testing.T) { // I14
	addr := serve(t, hubConfig(), echo)
	var silent []net.Conn
	for range handshakesPerHost {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		silent = append(silent, c)
	}
	turned, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer turned.Close()
	_ = turned.SetReadDeadline(time.Now().Add(handshakeTime / 2))
	if _, err := turned.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		t.Errorf("one connection more from that address: %v", err)
	}
	elsewhere := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	raw, err := elsewhere.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Skipf("NOT RUN: no second loopback address here: %v", err)
	}
	c, err := Client(t.Context(), raw, deviceConfig())
	if err != nil {
		t.Fatalf("a member from another address: %v", err)
	}
	defer c.Close()
	say(t, c, hello())
	if _, err := c.Recv(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range silent {
		s.Close()
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func TestDoorsCount(t *testing.T) {
	d := newDoors()
	for i := range maxHandshakes {
		if !d.knock(fmt.Sprint(i)) {
			t.Fatalf("handshake %d was turned away", i)
		}
	}
	if d.knock("another") {
		t.Error("a handshake too many")
	}
	d.passed("0")
	if !d.knock("another") || len(d.hosts) != maxHandshakes {
		t.Error("a place was not given back")
	}
	d.sessions = maxSessions
	device, _ := linked(t)
	if _, ok := d.enter(device); ok {
		t.Error("a session too many")
	}
}

func TestServeBoundsNewcomers(t *testing.T) { // I14
	var inside atomic.Int32
	addr := serve(t, hubConfig(), func(ctx context.Context, c *Conn) {
		if !c.Enrolling() {
			echo(ctx, c)
			return
		}
		inside.Add(1)
		defer inside.Add(-1)
		say(t, c, &wire.HubHello{Version: wire.Version, Certificate: []byte{1}})
		_, _ = c.Recv(ctx)
	})
	newcomer := func(n int) *Conn {
		return dial(t, addr, Config{Key: keyOf(fmt.Sprint(n)), Peer: AnyKey, Enrol: true})
	}
	for n := range maxNewcomers {
		if m, err := newcomer(n).Recv(t.Context()); err != nil || m.Type() != wire.TypeHubHello {
			t.Fatalf("newcomer %d: %v", n, err)
		}
	}
	m, err := newcomer(99).Recv(t.Context())
	if e, ok := m.(*wire.Error); !ok || !errors.Is(e.Err(), wire.ErrBusy) {
		t.Errorf("one newcomer too many hears %v %v", m, err)
	}
	if inside.Load() != maxNewcomers {
		t.Errorf("%d newcomers are inside", inside.Load())
	}
	// Members have doors of their own.
	c := dial(t, addr, deviceConfig())
	say(t, c, hello())
	if m, err := c.Recv(t.Context()); err != nil || m.Type() != wire.TypeNotify {
		t.Errorf("a member hears %v %v", m, err)
	}
}

// A laptop that changed networks leaves dead sessions behind: the oldest goes.
func TestOldestSessionOfADeviceGoes(t *testing.T) {
	addr := serve(t, hubConfig(), echo)
	var open []*Conn
	for range sessionsPerKey + 2 {
		c := dial(t, addr, deviceConfig())
		say(t, c, hello())
		if _, err := c.Recv(t.Context()); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	for i, c := range open {
		if i < 2 {
			if _, err := c.Recv(t.Context()); err == nil || errors.Is(err, context.Canceled) {
				t.Errorf("session %d of %d goes on: %v", i+1, len(open), err)
			}
			continue
		}
		say(t, c, hello())
		if _, err := c.Recv(t.Context()); err != nil {
			t.Errorf("session %d of %d: %v", i+1, len(open), err)
		}
	}
}

func TestServeFailsWithItsListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := Serve(t.Context(), l, hubConfig(), echo); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
	for _, bad := range []ServerConfig{{Key: hubKey}, {Member: onlyDevice}} {
		again := newListener()
		if err := Serve(t.Context(), again, bad, echo); err == nil {
			t.Error("served without a key, or without a membership")
		}
		if _, err := again.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Error("a listener that was handed in is left open")
		}
	}
}

// Many writers, one reader, both ways at once: every frame arrives whole.
func TestManyWriters(t *testing.T) {
	const writers, each = 8, 300
	count := func(ctx context.Context, c *Conn) error {
		for range writers * each {
			m, err := c.Recv(ctx)
			if err != nil {
				return err
			}
			if d, ok := m.(*wire.Done); !ok || d.Phase != wire.PhaseKeys {
				return fmt.Errorf("a message of another kind: %s", m.Type())
			}
		}
		return nil
	}
	write := func(c *Conn) {
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					if c.Send(&wire.Done{Phase: wire.PhaseKeys}) != nil || c.Flush() != nil {
						return
					}
				}
			})
		}
		wg.Wait()
	}
	heard := make(chan error, 1)
	addr := serve(t, hubConfig(), func(ctx context.Context, c *Conn) {
		var wg sync.WaitGroup
		wg.Go(func() { write(c) })
		heard <- count(ctx, c)
		wg.Wait()
		_, _ = c.Recv(ctx)
	})
	c := dial(t, addr, deviceConfig())
	var wg sync.WaitGroup
	wg.Go(func() { write(c) })
	if err := count(t.Context(), c); err != nil {
		t.Error(err)
	}
	if err := <-heard; err != nil {
		t.Error(err)
	}
	wg.Wait()
}

// BenchmarkTenThousandRecords is a first load as the link sees it: 12.5 KB
// each, over loopback.
func BenchmarkTenThousandRecords(b *testing.B) {
	const records = 10_000
	r := record(12_500)
	b.SetBytes(records * 12_650)
	addr := serve(b, hubConfig(), func(ctx context.Context, c *Conn) {
		for {
			if _, err := c.Recv(ctx); err != nil {
				return
			}
			for range records {
				if c.Send(r) != nil {
					return
				}
			}
			if c.Flush() != nil {
				return
			}
		}
	})
	c := dial(b, addr, deviceConfig())
	for b.Loop() {
		say(b, c, hello())
		for n := range records {
			if _, err := c.Recv(b.Context()); err != nil && !errors.Is(err, io.EOF) {
				b.Fatalf("record %d: %v", n, err)
			}
		}
	}
}

// BenchmarkRoundTrip is one small question and its answer on an open session.
func BenchmarkRoundTrip(b *testing.B) {
	addr := serve(b, hubConfig(), echo)
	c := dial(b, addr, deviceConfig())
	for b.Loop() {
		say(b, c, &wire.Done{Phase: wire.PhaseKeys})
		if _, err := c.Recv(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHandshake is what a reconnection costs both sides together.
func BenchmarkHandshake(b *testing.B) {
	addr := serve(b, hubConfig(), echo)
	for b.Loop() {
		c, err := Dial(b.Context(), addr, deviceConfig())
		if err != nil {
			b.Fatal(err)
		}
		say(b, c, &wire.Done{Phase: wire.PhaseKeys})
		if _, err := c.Recv(b.Context()); err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
