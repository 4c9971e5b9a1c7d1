package link

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"satchel/sync/wire"
)

func TestSilentStrangerIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b := pipe(t)
		began := time.Now()
		_, err := Accept(t.Context(), b, hubConfig())
		if !errors.Is(err, ErrStalled) || time.Since(began) != handshakeTime {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestSilentHubIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pipe(t)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = io.Copy(io.Discard, b) })
		began := time.Now()
		_, err := Client(t.Context(), a, deviceConfig())
		if !errors.Is(err, ErrStalled) || time.Since(began) != handshakeTime {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		wg.Wait()
	})
}

// An open session may be quiet for a week; a frame that has begun may not.
func TestQuietIsNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		device, hub := linked(t)
		const week = 7 * 24 * time.Hour
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(week)
			for _, part := range [][]byte{frame(t, &wire.Notify{})[:3], frame(t, &wire.Notify{})[3:]} {
				if _, err := hub.tls.Write(part); err != nil {
					return
				}
			}
			time.Sleep(time.Hour)
			b := frame(t, record(100))
			for _, one := range b[:60] { // a byte every five seconds
				if _, err := hub.tls.Write([]byte{one}); err != nil {
					return
				}
				time.Sleep(5 * time.Second)
			}
		})
		began := time.Now()
		if m, err := device.Recv(t.Context()); err != nil || m.Type() != wire.TypeNotify || time.Since(began) != week {
			t.Fatalf("after %v: %v", time.Since(began), err)
		}
		began = time.Now()
		_, err := device.Recv(t.Context())
		if took := time.Since(began) - time.Hour; !errors.Is(err, ErrStalled) || took < chunkTime || took > 2*chunkTime {
			t.Errorf("a dripping frame, after %v: %v", took, err)
		}
		device.raw.Close()
		wg.Wait()
	})
}

func TestPeerThatTakesNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hub := linked(t)
		began := time.Now()
		var err error
		for err == nil {
			err = hub.Send(record(10_000))
		}
		if !errors.Is(err, ErrStalled) || time.Since(began) != chunkTime {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if again := hub.Flush(); !errors.Is(again, ErrStalled) {
			t.Errorf("and then: %v", again)
		}
	})
}

func TestCancelledRecv(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		device, hub := linked(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := device.Recv(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for a frame: %v", err)
		}
		if _, err := device.Recv(t.Context()); err == nil {
			t.Error("the stream goes on")
		}
		if _, err := hub.Recv(t.Context()); err == nil {
			t.Error("the other end was not told")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		device, hub := linked(t)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = hub.tls.Write(frame(t, record(100))[:50]) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := device.Recv(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in the middle of a frame: %v", err)
		}
		wg.Wait()
		over, cancelled := context.WithCancel(t.Context())
		cancelled()
		if _, err := hub.Recv(over); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before it began: %v", err)
		}
		if _, err := Client(over, device.raw, deviceConfig()); err == nil {
			t.Error("connected under a cancelled context")
		}
	})
}

// listener hands out connections in memory.
type listener struct {
	conns chan net.Conn
	once  sync.Once
	over  chan struct{}
}

func newListener() *listener { return &listener{conns: make(chan net.Conn), over: make(chan struct{})} }

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.over:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.over) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

func (l *listener) dial(t testing.TB, cfg Config) *Conn {
	t.Helper()
	a, b := pipe(t)
	l.conns <- b
	c, err := Client(t.Context(), a, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A handler that does not hear its context has two seconds, then its
// connection is cut; Serve returns when it is gone.
func TestServeEndsItsHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListener()
		ctx, cancel := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		var result error
		ended.Go(func() {
			result = Serve(ctx, l, hubConfig(), func(_ context.Context, c *Conn) {
				_, _ = c.Recv(context.Background())
			})
		})
		l.dial(t, deviceConfig())
		synctest.Wait()
		began := time.Now()
		cancel()
		ended.Wait()
		if result != nil || time.Since(began) != closingTime {
			t.Errorf("after %v: %v", time.Since(began), result)
		}
	})
}

func TestNewcomersTimeIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListener()
		ctx, cancel := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		over := make(chan error, 1)
		ended.Go(func() {
			_ = Serve(ctx, l, hubConfig(), func(ctx context.Context, c *Conn) {
				_, err := c.Recv(ctx)
				over <- err
			})
		})
		c := l.dial(t, Config{Key: otherKey, Peer: AnyKey, Enrol: true})
		began := time.Now()
		if err := <-over; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != newcomerTime {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		c.raw.Close()
		cancel()
		ended.Wait()
	})
}
