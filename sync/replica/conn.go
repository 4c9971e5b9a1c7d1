package replica

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"satchel/sync/wire"
)

// Conn is one authenticated, ordered stream of messages. Send may buffer
// until Flush. Recv blocks until a message, an error, or the context's end.
type Conn interface {
	Send(wire.Message) error
	Flush() error
	Recv(context.Context) (wire.Message, error)
	Close() error
}

// PeerError is what the other side said before it ended the session. Err is
// one of wire's sentinels.
type PeerError struct{ Err error }

func (e *PeerError) Error() string { return "the other side ended the session: " + e.Err.Error() }
func (e *PeerError) Unwrap() error { return e.Err }

// stream reads a Conn in a goroutine of its own, so that a waiting side can
// also wait for something else. The goroutine ends with the stream's context.
type stream struct {
	conn Conn
	in   chan received
	stop context.CancelFunc
	done sync.WaitGroup
}

type received struct {
	msg wire.Message
	err error
}

// Inbound messages wait here while a batch is being stored: enough to keep
// the other side busy, few enough that a session stays within a few MB.
const inboundAhead = 64

func newStream(ctx context.Context, conn Conn) *stream {
	ctx, stop := context.WithCancel(ctx)
	s := &stream{conn: conn, in: make(chan received, inboundAhead), stop: stop}
	s.done.Go(func() {
		defer close(s.in)
		for {
			msg, err := conn.Recv(ctx)
			select {
			case s.in <- received{msg, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	})
	return s
}

// close ends the reading goroutine and waits for it. The Conn is closed, for
// a blocked read may not hear its context otherwise.
func (s *stream) close() {
	s.stop()
	_ = s.conn.Close() // the session is over either way
	s.done.Wait()
}

var errStreamEnded = errors.New("the session's stream ended")

// over says why a stream has no more messages: it was told to end, or ended.
func over(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return errStreamEnded
}

// ErrSilent says that the other side stopped answering in the middle of a
// round. The connection may look alive; it is of no more use. Dial again.
var ErrSilent = errors.New("the other side stopped answering")

// answerTime bounds the wait for one message within a round: the slowest
// laptop that erases and fsyncs takes seconds, a hub with its disk under load
// takes seconds, and nobody should read "connected" for longer than this while
// nothing moves.
const answerTime = 2 * time.Minute

// next flushes what was sent and waits for the next message of a round, for
// answerTime at most. A Notify is passed over: it only says what a round is
// about to find anyway.
func (s *stream) next(ctx context.Context) (wire.Message, error) {
	if err := s.conn.Flush(); err != nil {
		return nil, fmt.Errorf("sending: %w", err)
	}
	silence := time.NewTimer(answerTime)
	defer silence.Stop()
	for {
		select {
		case r, ok := <-s.in:
			if !ok {
				return nil, over(ctx)
			}
			if _, ok := r.msg.(*wire.Notify); ok && r.err == nil {
				continue
			}
			return judge(r)
		case <-silence.C:
			return nil, ErrSilent
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func judge(r received) (wire.Message, error) {
	if r.err != nil {
		return nil, fmt.Errorf("receiving: %w", r.err)
	}
	if e, ok := r.msg.(*wire.Error); ok {
		return nil, &PeerError{e.Err()}
	}
	return r.msg, nil
}

// want is next for a side that can take one kind of message only.
func want[M wire.Message](ctx context.Context, s *stream) (M, error) {
	var none M
	msg, err := s.next(ctx)
	if err != nil {
		return none, err
	}
	m, ok := msg.(M)
	if !ok {
		return none, unexpected(msg)
	}
	return m, nil
}

func unexpected(msg wire.Message) error {
	return fmt.Errorf("%w: %T is not due here", wire.ErrProtocol, msg)
}

func (s *stream) send(msgs ...wire.Message) error {
	for _, m := range msgs {
		if err := s.conn.Send(m); err != nil {
			return fmt.Errorf("sending: %w", err)
		}
	}
	return nil
}
