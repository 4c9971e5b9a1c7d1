package link

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"satchel/sync/wire"
)

// ServerConfig is the hub's end.
type ServerConfig struct {
	// Key is the hub's own, the one in its certificate.
	Key ed25519.PrivateKey
	// Member accepts the key of a peer that wants a session, or says why not:
	// a sentinel of wire is passed on to it, anything else just ends the
	// connection. Required.
	Member func(ed25519.PublicKey) error
	// Enrol also serves "satchel-enrol/1", to anybody.
	Enrol bool
	// Log gets a line for each connection that came to nothing, never one for
	// each message. Nil: nothing is logged.
	Log *slog.Logger
}

// Accept is the server's handshake over a connection that exists. It owns raw
// from here on, and closes it on an error. Errors as of Dial; what Member
// returned has been told to the peer.
func Accept(ctx context.Context, raw net.Conn, cfg ServerConfig) (*Conn, error) {
	set, err := cfg.settings()
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return accept(ctx, raw, cfg, set)
}

func (cfg ServerConfig) settings() (*tls.Config, error) {
	if cfg.Member == nil {
		return nil, errors.New("nobody says who is a member")
	}
	protocols := []string{sessionProtocol}
	if cfg.Enrol {
		protocols = append(protocols, enrolProtocol)
	}
	return settings(cfg.Key, AnyKey, protocols...) // Member is asked afterwards, so that it can say why not
}

func accept(ctx context.Context, raw net.Conn, cfg ServerConfig, set *tls.Config) (*Conn, error) {
	counting := &counted{Conn: raw}
	c, err := shake(ctx, counting, tls.Server(counting, set))
	if err == nil {
		c.other, c.self, err = sides(c.tls.ConnectionState().NegotiatedProtocol)
	}
	if err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("taking a connection: %w", err)
	}
	if c.Enrolling() {
		return c, nil
	}
	if err := cfg.Member(c.peer); err != nil {
		c.refuse(err)
		return nil, fmt.Errorf("taking a connection: %w", err)
	}
	return c, nil
}

// Serve takes connections from l and runs handle for each that has proved its
// key, in a goroutine of its own, until ctx ends or l fails. It closes l, and
// each Conn when its handle returns; when ctx has ended, a handle has two
// seconds before its Conn is cut. A newcomer's ctx ends after two minutes. It
// returns nil when ctx has ended, and only when every goroutine is gone.
func Serve(ctx context.Context, l net.Listener, cfg ServerConfig, handle func(context.Context, *Conn)) error {
	set, err := cfg.settings()
	if err != nil {
		_ = l.Close()
		return err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &server{cfg: cfg, set: set, handle: handle, doors: newDoors()}
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before the wait: a listener that fails ends the sessions too
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for pause := time.Duration(0); ; {
		raw, err := l.Accept()
		if err == nil {
			pause = 0
			if host := hostOf(raw.RemoteAddr()); s.doors.knock(host) {
				wg.Go(func() { s.one(ctx, raw, host) })
			} else {
				_ = raw.Close()
			}
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		if !passing(err) {
			_ = l.Close()
			return fmt.Errorf("taking connections: %w", err)
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		cfg.Log.Warn("taking a connection", "err", err, "again_after", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// passing tells an error that a moment may heal, such as too many open files,
// from a listener that is gone.
func passing(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	_, ok := errors.AsType[*net.OpError](err)
	return ok
}

type server struct {
	cfg    ServerConfig
	set    *tls.Config
	handle func(context.Context, *Conn)
	doors  *doors
}

// one is the whole life of a connection that has a place for its handshake.
func (s *server) one(ctx context.Context, raw net.Conn, host string) {
	c, leave, err := s.admit(ctx, raw)
	s.doors.passed(host)
	if err != nil {
		s.cfg.Log.Info("a connection came to nothing", "from", host, "err", err)
		return
	}
	defer c.Close()
	defer leave()
	if c.Enrolling() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, newcomerTime)
		defer cancel()
	}
	over := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { cutAfter(ctx, raw, over) })
	defer wg.Wait()
	defer close(over)
	s.handle(ctx, c)
}

// admit shakes hands and finds a place.
func (s *server) admit(ctx context.Context, raw net.Conn) (*Conn, func(), error) {
	c, err := accept(ctx, raw, s.cfg, s.set)
	if err != nil {
		return nil, nil, err
	}
	leave, ok := s.doors.enter(c)
	if !ok {
		c.refuse(wire.ErrBusy)
		return nil, nil, wire.ErrBusy
	}
	return c, leave, nil
}

// cutAfter cuts a connection whose handler does not end when its context does.
func cutAfter(ctx context.Context, raw net.Conn, over <-chan struct{}) {
	select {
	case <-over:
		return
	case <-ctx.Done():
	}
	timer := time.NewTimer(closingTime)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
		_ = raw.Close()
	}
}

func hostOf(a net.Addr) string {
	if host, _, err := net.SplitHostPort(a.String()); err == nil {
		return host
	}
	return a.String()
}
