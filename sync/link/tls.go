package link

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"

	"satchel/sync/wire"
)

// The names offered in TLS (ALPN): a member's session, a newcomer's enrolment.
const (
	sessionProtocol = "satchel/1"
	enrolProtocol   = "satchel-enrol/1"
)

var (
	// ErrPeerKey: the other side is not the one expected, or showed something
	// that is no Satchel key. Do not go on with that address; say so.
	ErrPeerKey = errors.New("the other side's key is not the one expected")
	// ErrProtocolName: the other side speaks TLS, but not this protocol or
	// not this version. It is something else, or older or newer.
	ErrProtocolName = errors.New("the other side does not speak this protocol")
)

// Pin accepts one key only, such as the hub's of its certificate.
func Pin(key ed25519.PublicKey) func(ed25519.PublicKey) error {
	return func(peer ed25519.PublicKey) error {
		if len(key) == 0 || !key.Equal(peer) {
			return ErrPeerKey
		}
		return nil
	}
}

// AnyKey accepts every key: for a newcomer, which learns from the hub's first
// message whose key it should be, and compares it with Conn.Peer.
func AnyKey(ed25519.PublicKey) error { return nil }

// selfSigned makes a certificate that says nothing but the key.
func selfSigned(key ed25519.PrivateKey) (tls.Certificate, error) {
	if len(key) != ed25519.PrivateKeySize {
		return tls.Certificate{}, errors.New("a link needs a key")
	}
	bare := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280, 4.1.2.5: no end
	}
	der, err := x509.CreateCertificate(nil, bare, bare, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// settings are common to both ends. Certificates are not verified as such:
// TLS proves that the peer holds the key in its own, and verify hands that key
// on.
func settings(key ed25519.PrivateKey, verify func(ed25519.PublicKey) error, protocols ...string) (*tls.Config, error) {
	own, err := selfSigned(key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS13,
		Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAnyClientCert,
		NextProtos: protocols, InsecureSkipVerify: true, // VerifyConnection does it
		SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			peer, err := peerKey(s)
			if err != nil {
				return err
			}
			return verify(peer)
		},
	}, nil
}

func peerKey(s tls.ConnectionState) (ed25519.PublicKey, error) {
	if len(s.PeerCertificates) != 1 || len(s.PeerCertificates[0].Raw) > maxCertificate {
		return nil, fmt.Errorf("%w: not one small certificate", ErrPeerKey)
	}
	key, ok := s.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: not an Ed25519 key", ErrPeerKey)
	}
	return key, nil
}

// sides gives who speaks on a connection of a protocol: its client, its server.
func sides(protocol string) (client, server wire.Side, err error) {
	switch protocol {
	case sessionProtocol:
		return wire.Device, wire.Hub, nil
	case enrolProtocol:
		return wire.Newcomer, wire.Registrar, nil
	}
	return 0, 0, ErrProtocolName
}
