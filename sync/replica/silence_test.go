package replica

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"satchel/sync/wire"
)

// mute is a connection whose other side takes everything and says nothing
// after its first messages.
type mute struct {
	first []wire.Message
	ended chan struct{}
	once  sync.Once
}

func newMute(first ...wire.Message) *mute { return &mute{first: first, ended: make(chan struct{})} }

func (m *mute) Send(wire.Message) error { return nil }
func (m *mute) Flush() error            { return nil }
func (m *mute) Close() error            { m.once.Do(func() { close(m.ended) }); return nil }

func (m *mute) Recv(ctx context.Context) (wire.Message, error) {
	if len(m.first) > 0 {
		msg := m.first[0]
		m.first = m.first[1:]
		return msg, nil
	}
	select {
	case <-m.ended:
		return nil, errors.New("closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A side that stops answering within a round ends the session, the hub's and
// the device's alike: nobody reads "connected" for longer while nothing moves,
// and nothing is held for a peer that is gone. Silence between rounds does not.
func TestSilenceEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStream(t.Context(), newMute(&wire.Hello{Version: wire.Version}))
		defer s.close()
		if _, err := want[*wire.Hello](t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if err := wait(t.Context(), s, nil, 10*answerTime); err != nil {
			t.Fatalf("a quiet peer between two rounds: %v", err)
		}
		began := time.Now()
		if _, err := s.next(t.Context()); !errors.Is(err, ErrSilent) {
			t.Fatalf("a silent peer: %v", err)
		}
		if waited := time.Since(began); waited != answerTime {
			t.Fatalf("waited for %s", waited)
		}
	})
}
