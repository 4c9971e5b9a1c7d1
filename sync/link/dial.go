package link

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// Config is the dialling end.
type Config struct {
	// Key is this device's own, identity.DeviceKeys.Sign.
	Key ed25519.PrivateKey
	// Peer accepts the other side's key, or says why not. It is asked during
	// the handshake, before this side shows its own key. Pin and AnyKey are
	// the usual ones. Required.
	Peer func(ed25519.PublicKey) error
	// Enrol offers "satchel-enrol/1" in place of "satchel/1".
	Enrol bool
}

// Dial connects to addr, name:port, and shows who this is. Errors: ErrPeerKey
// or what Peer returned; ErrProtocolName; those of the network. A hub that
// does not take this device says so in its first message (wire.Error).
func Dial(ctx context.Context, addr string, cfg Config) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	return Client(ctx, raw, cfg)
}

// Client is Dial over a connection that exists. It owns raw from here on, and
// closes it on an error.
func Client(ctx context.Context, raw net.Conn, cfg Config) (*Conn, error) {
	c, err := client(ctx, raw, cfg)
	if err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("connecting: %w", err)
	}
	return c, nil
}

func client(ctx context.Context, raw net.Conn, cfg Config) (*Conn, error) {
	if cfg.Peer == nil {
		return nil, errors.New("nobody says whose key to expect")
	}
	protocol := sessionProtocol
	if cfg.Enrol {
		protocol = enrolProtocol
	}
	set, err := settings(cfg.Key, cfg.Peer, protocol)
	if err != nil {
		return nil, err
	}
	counting := &counted{Conn: raw}
	c, err := shake(ctx, counting, tls.Client(counting, set))
	if err != nil {
		return nil, err
	}
	c.self, c.other, err = sides(c.tls.ConnectionState().NegotiatedProtocol)
	if err == nil && c.Enrolling() != cfg.Enrol {
		err = ErrProtocolName
	}
	return c, err
}

// shake runs the handshake. The caller sets the sides.
func shake(ctx context.Context, raw *counted, t *tls.Conn) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, handshakeError(err)
	}
	peer, err := peerKey(t.ConnectionState())
	if err != nil {
		return nil, err
	}
	return &Conn{tls: t, raw: raw, in: bufio.NewReaderSize(t, chunk), peer: peer}, nil
}

func handshakeError(err error) error {
	// TLS keeps the type of an alert that came over a connection to itself
	// (no_application_protocol, RFC 7301, section 3.2).
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "remote error" && e.Err.Error() == "tls: no application protocol" {
		return fmt.Errorf("%w: %w", ErrProtocolName, err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w in the handshake: %w", ErrStalled, err)
	}
	return err
}
