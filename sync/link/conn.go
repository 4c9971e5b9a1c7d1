package link

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"satchel/store/identity"
	"satchel/sync/wire"
)

// ErrStalled: the peer began a frame and did not finish it, or took nothing of
// what was sent, for too long. The connection is of no more use.
var ErrStalled = errors.New("the other side has stalled")

// Conn is one authenticated stream of messages. After an error of Flush or Recv
// it is of no more use: close it.
type Conn struct {
	tls    *tls.Conn
	raw    *counted
	in     *bufio.Reader
	self   wire.Side
	other  wire.Side
	peer   ed25519.PublicKey
	sticky error // of reading; the reader's own

	mu      sync.Mutex
	pending []byte // guarded by mu: frames not yet handed to TLS
	failed  error  // guarded by mu: the first error of writing
}

// counted counts what passes through a connection, TLS included.
type counted struct {
	net.Conn
	in, out atomic.Uint64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.in.Add(uint64(n))
	return n, err
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.out.Add(uint64(n))
	return n, err
}

// Peer is the key that the other side has proved to hold.
func (c *Conn) Peer() ed25519.PublicKey { return c.peer }

// PeerDevice is the id of the device that holds Peer.
func (c *Conn) PeerDevice() identity.DeviceID { return identity.DeviceIDOf(c.peer) }

// Enrolling tells whether this is a newcomer's connection: only enrolment
// messages pass, and the peer is not a member.
func (c *Conn) Enrolling() bool { return c.self == wire.Newcomer || c.self == wire.Registrar }

// Traffic gives the bytes received and sent so far, TLS and its handshake
// included.
func (c *Conn) Traffic() (in, out uint64) { return c.raw.in.Load(), c.raw.out.Load() }

// RemoteAddr is the other side's network address, for a log.
func (c *Conn) RemoteAddr() string { return c.raw.RemoteAddr().String() }

// Send queues one message, and sends what has gathered when it is worth it. It
// blocks while the peer takes nothing, for a minute at most. Flush says that
// nothing more comes now. A message that wire or this side's part refuses
// leaves the stream as it was.
func (c *Conn) Send(m wire.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return c.failed
	}
	if _, err := wire.Limit(m.Type(), c.self); err != nil {
		return err
	}
	var err error
	if c.pending, err = wire.Append(c.pending, m); err != nil {
		return err
	}
	if len(c.pending) < chunk {
		return nil
	}
	return c.flushLocked()
}

// Flush sends everything that was queued.
func (c *Conn) Flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return c.failed
	}
	return c.flushLocked()
}

func (c *Conn) flushLocked() error {
	for rest := c.pending; len(rest) > 0; {
		part := rest[:min(len(rest), chunk)]
		_ = c.raw.SetWriteDeadline(time.Now().Add(chunkTime)) // a closed one says so in Write
		if _, err := c.tls.Write(part); err != nil {
			c.failed = fmt.Errorf("sending to the other side: %w", stalled(err))
			return c.failed
		}
		rest = rest[len(part):]
	}
	_ = c.raw.SetWriteDeadline(time.Time{}) // TLS itself may have to answer later
	if c.pending = c.pending[:0]; cap(c.pending) > 4*chunk {
		c.pending = nil // one large record must not be kept room for
	}
	return nil
}

// Recv waits for the next message. It waits as long as ctx allows for one to
// begin; one that has begun must go on coming. Errors: ctx's; io.EOF where the
// connection ended between two messages, io.ErrUnexpectedEOF within one;
// wire.ErrProtocol and wire.ErrVersion; ErrStalled. One goroutine at a time.
func (c *Conn) Recv(ctx context.Context) (wire.Message, error) {
	if c.sticky != nil {
		return nil, c.sticky
	}
	m, err := c.recv(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		c.sticky = fmt.Errorf("receiving from the other side: %w", err)
		return nil, c.sticky
	}
	return m, nil
}

func (c *Conn) recv(ctx context.Context) (wire.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !c.whole() {
		stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
		defer stop()
		_ = c.raw.SetReadDeadline(time.Time{}) // a frame may be long in coming
		if _, err := c.in.Peek(1); err != nil {
			return nil, err
		}
	}
	var header [wire.HeaderSize]byte
	if err := c.fill(header[:]); err != nil {
		return nil, err
	}
	t, size := wire.Header(header)
	most, err := wire.Limit(t, c.other)
	if err != nil {
		return nil, err
	}
	if uint64(size) > uint64(most) {
		return nil, fmt.Errorf("%w: %s of %d bytes, at most %d", wire.ErrProtocol, t, size, most)
	}
	payload, err := c.payload(int(size))
	if err != nil {
		return nil, err
	}
	return wire.Decode(t, payload)
}

// whole tells whether the next frame has come already.
func (c *Conn) whole() bool {
	if c.in.Buffered() < wire.HeaderSize {
		return false
	}
	header, _ := c.in.Peek(wire.HeaderSize) // it is buffered
	_, size := wire.Header([wire.HeaderSize]byte(header))
	return uint64(c.in.Buffered()) >= wire.HeaderSize+uint64(size)
}

// payload reads n bytes. Room is made as they come, so that a length alone
// costs its sender as much as us.
func (c *Conn) payload(n int) ([]byte, error) {
	b := make([]byte, min(n, firstGrowth))
	for at := 0; at < n; {
		if at == len(b) {
			b = append(b, make([]byte, min(n-at, len(b)))...)
		}
		end := min(at+chunk, len(b))
		if err := c.fill(b[at:end]); err != nil {
			return nil, err
		}
		at = end
	}
	return b, nil
}

// fill reads all of b, at most a chunk, under one deadline.
func (c *Conn) fill(b []byte) error {
	if c.in.Buffered() < len(b) {
		_ = c.raw.SetReadDeadline(time.Now().Add(chunkTime))
	}
	_, err := io.ReadFull(c.in, b)
	if errors.Is(err, io.EOF) && len(b) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return stalled(err)
}

// stalled names a deadline that has passed.
func stalled(err error) error {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return ErrStalled
	}
	return err
}

// Close ends the connection. What was queued and not flushed is lost. It may
// be called more than once and from any goroutine; it wakes a reader.
func (c *Conn) Close() error {
	// TLS says goodbye with a deadline of its own; a peer that is gone is no
	// error of closing.
	_ = c.tls.Close()
	return nil
}

// refuse tells the peer why and goes. It reads on for a moment: a connection
// closed on unread bytes would take the reason with it.
func (c *Conn) refuse(reason error) {
	defer c.Close()
	m, ok := wire.ErrorFor(reason)
	if !ok || c.Send(m) != nil || c.Flush() != nil || c.tls.CloseWrite() != nil {
		return
	}
	_ = c.raw.SetReadDeadline(time.Now().Add(refusalTime))
	_, _ = io.CopyN(io.Discard, c.in, refusalBytes)
}
