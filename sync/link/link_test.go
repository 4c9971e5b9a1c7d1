package link

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"reflect"
	"sync"
	"testing"
	"time"

	"satchel/store/identity"
	"satchel/sync/wire"
)

func TestSessionBothWays(t *testing.T) {
	var seen []wire.Message
	done := make(chan struct{})
	addr := serve(t, hubConfig(), func(ctx context.Context, c *Conn) {
		defer close(done)
		if !c.Peer().Equal(public(deviceKey)) || c.PeerDevice() != identity.DeviceIDOf(public(deviceKey)) || c.Enrolling() {
			t.Error("the hub does not know who speaks")
		}
		for {
			m, err := c.Recv(ctx)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Errorf("the hub's stream ended with %v", err)
				}
				return
			}
			seen = append(seen, m)
			if _, bye := m.(*wire.Bye); !bye {
				say(t, c, record(100_000), &wire.Done{Phase: wire.PhaseRecords})
			}
		}
	})
	c := dial(t, addr, deviceConfig())
	if !c.Peer().Equal(public(hubKey)) || c.RemoteAddr() != addr {
		t.Error("the device does not know who speaks")
	}
	say(t, c, hello())
	for _, want := range []wire.Message{record(100_000), &wire.Done{Phase: wire.PhaseRecords}} {
		got, err := c.Recv(t.Context())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %v", want.Type(), err)
		}
	}
	in, out := c.Traffic()
	if in < 100_000 || in > 110_000 || out < 500 || out > 10_000 {
		t.Errorf("counted %d in, %d out", in, out)
	}
	say(t, c, &wire.Bye{})
	c.Close()
	<-done
	if len(seen) != 2 || !bytes.Equal(frame(t, seen[0]), frame(t, hello())) {
		t.Errorf("the hub heard %d messages", len(seen))
	}
	if err := c.Send(&wire.Bye{}); err != nil {
		t.Errorf("queueing on a closed connection: %v", err)
	}
	for n := range 2 {
		if c.Flush() == nil {
			t.Errorf("flush %d of a closed connection went well", n+1)
		}
	}
	if _, err := c.Recv(t.Context()); err == nil {
		t.Error("receiving from a closed connection went well")
	}
}

func TestNewcomersSpeakEnrolmentOnly(t *testing.T) {
	heard := make(chan error, 1)
	addr := serve(t, hubConfig(), func(ctx context.Context, c *Conn) {
		if !c.Enrolling() || !c.Peer().Equal(public(otherKey)) {
			t.Error("a newcomer is taken for a member")
		}
		if err := c.Send(&wire.Notify{}); !errors.Is(err, wire.ErrProtocol) {
			t.Errorf("the registrar sends session messages: %v", err)
		}
		say(t, c, &wire.HubHello{Version: wire.Version, Certificate: []byte("certificate")})
		_, err := c.Recv(ctx)
		heard <- err
	})
	c := dial(t, addr, Config{Key: otherKey, Peer: AnyKey, Enrol: true})
	if m, err := c.Recv(t.Context()); err != nil || m.Type() != wire.TypeHubHello || !c.Peer().Equal(public(hubKey)) {
		t.Fatalf("the hub's first word: %v", err)
	}
	if err := c.Send(hello()); !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("a newcomer says hello: %v", err)
	}
	if _, err := c.tls.Write(frame(t, hello())); err != nil {
		t.Fatal(err)
	}
	if err := <-heard; !errors.Is(err, wire.ErrProtocol) {
		t.Errorf("the registrar hears a hello: %v", err)
	}
}

func TestWrongKeysAreRefused(t *testing.T) { // I10
	refuse := errors.New("disk full")
	cfg := hubConfig()
	cfg.Enrol = false
	cfg.Member = func(k ed25519.PublicKey) error {
		switch {
		case k.Equal(public(keyOf("revoked"))):
			return wire.ErrRevoked
		case k.Equal(public(keyOf("unlucky"))):
			return refuse
		}
		return onlyDevice(k)
	}
	addr := serve(t, cfg, func(context.Context, *Conn) { t.Error("a session was opened") })

	asked := false
	_, err := Dial(t.Context(), addr, Config{Key: deviceKey, Peer: func(k ed25519.PublicKey) error { asked = true; return Pin(public(otherKey))(k) }})
	if !errors.Is(err, ErrPeerKey) || !asked {
		t.Errorf("a hub with another key: %v", err)
	}
	if _, err := Dial(t.Context(), addr, Config{Key: deviceKey, Peer: Pin(nil)}); !errors.Is(err, ErrPeerKey) {
		t.Errorf("no key pinned: %v", err)
	}
	if _, err := Dial(t.Context(), addr, Config{Key: deviceKey, Peer: AnyKey, Enrol: true}); !errors.Is(err, ErrProtocolName) {
		t.Errorf("a hub that does not enrol: %v", err)
	}
	for _, bad := range []Config{{Key: deviceKey}, {Peer: AnyKey}} {
		if c, err := Dial(t.Context(), addr, bad); err == nil || c != nil {
			t.Error("dialled without a key, or without saying whom to expect")
		}
	}
	for name, want := range map[string]error{"a stranger": wire.ErrNotMember, "revoked": wire.ErrRevoked} {
		c := dial(t, addr, Config{Key: keyOf(name), Peer: Pin(public(hubKey))})
		say(t, c, hello()) // unread bytes must not take the reason with them
		m, err := c.Recv(t.Context())
		if e, ok := m.(*wire.Error); !ok || !errors.Is(e.Err(), want) {
			t.Errorf("%s hears %v %v", name, m, err)
		}
		if _, err := c.Recv(t.Context()); err == nil {
			t.Errorf("%s hears more", name)
		}
	}
	c := dial(t, addr, Config{Key: keyOf("unlucky"), Peer: Pin(public(hubKey))})
	if m, err := c.Recv(t.Context()); err == nil {
		t.Errorf("an error of the hub's own was told as %v", m)
	}
}

func TestOnlyOurTLSIsSpoken(t *testing.T) {
	addr := serve(t, hubConfig(), func(context.Context, *Conn) { t.Error("a session was opened") })
	otherCurve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bare := &x509.Certificate{SerialNumber: big.NewInt(1)}
	ecdsaDER, err := x509.CreateCertificate(rand.Reader, bare, bare, otherCurve.Public(), otherCurve)
	if err != nil {
		t.Fatal(err)
	}
	bare.DNSNames = []string{string(bytes.Repeat([]byte{'x'}, 2000))}
	bigDER, err := x509.CreateCertificate(rand.Reader, bare, bare, deviceKey.Public(), deviceKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*tls.Config){
		"TLS 1.2":        func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
		"no certificate": func(c *tls.Config) { c.Certificates = nil },
		"another curve": func(c *tls.Config) {
			c.Certificates = []tls.Certificate{{Certificate: [][]byte{ecdsaDER}, PrivateKey: otherCurve}}
		},
		"a talkative one":    func(c *tls.Config) { c.Certificates[0].Certificate = [][]byte{bigDER} },
		"two certificates":   func(c *tls.Config) { c.Certificates[0].Certificate = append(c.Certificates[0].Certificate, bigDER) },
		"another's key":      func(c *tls.Config) { c.Certificates[0].PrivateKey = otherKey },
		"another protocol":   func(c *tls.Config) { c.NextProtos = []string{"h2"} },
		"a later version":    func(c *tls.Config) { c.NextProtos = []string{"satchel/2"} },
		"no protocol at all": func(c *tls.Config) { c.NextProtos = nil },
	} {
		c, err := rawTLS(t, addr, deviceKey, change)
		if err == nil { // TLS 1.3 clients hear of it with the first answer
			_, _ = c.Write(frame(t, hello()))
			_, err = c.Read(make([]byte, 1))
		}
		if err == nil {
			t.Errorf("%s: heard something", name)
		}
	}
	plain, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	_, _ = plain.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	if answer, _ := io.ReadAll(plain); len(answer) > 7 { // a TLS alert
		t.Errorf("plain text is answered with %d bytes", len(answer))
	}
}

func TestDeviceSpeaksOnlyOurTLS(t *testing.T) {
	for name, change := range map[string]func(*tls.Config){
		"TLS 1.2":            func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
		"no protocol at all": func(c *tls.Config) { c.NextProtos = nil },
		"another protocol":   func(c *tls.Config) { c.NextProtos = []string{"h2"} },
		"another's key":      func(c *tls.Config) { c.Certificates[0].PrivateKey = otherKey },
	} {
		set, err := settings(hubKey, AnyKey, sessionProtocol)
		if err != nil {
			t.Fatal(err)
		}
		change(set)
		a, b := pipe(t)
		var wg sync.WaitGroup
		wg.Go(func() {
			s := tls.Server(b, set)
			_ = s.HandshakeContext(t.Context())
			_ = b.Close()
		})
		if c, err := Client(t.Context(), a, deviceConfig()); err == nil || c != nil {
			t.Errorf("%s: connected", name)
		}
		wg.Wait()
	}
}

func TestCertificateSaysNothingButTheKey(t *testing.T) {
	own, err := selfSigned(deviceKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(own.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if c.Subject.String() != "" || c.Issuer.String() != "" || len(c.Extensions) != 0 || c.SerialNumber.Int64() != 1 || !c.NotBefore.Equal(time.Unix(0, 0)) || len(c.Raw) > 300 {
		t.Errorf("a certificate of %d bytes says %q, %d extensions", len(c.Raw), c.Subject, len(c.Extensions))
	}
	if again, err := selfSigned(deviceKey); err != nil || !bytes.Equal(again.Certificate[0], own.Certificate[0]) {
		t.Error("two certificates of one key differ")
	}
}

func TestSessionsAreNotResumed(t *testing.T) {
	addr := serve(t, hubConfig(), echo)
	cache := tls.NewLRUClientSessionCache(4)
	for n := range 2 {
		c, err := rawTLS(t, addr, deviceKey, func(c *tls.Config) { c.ClientSessionCache, c.ServerName = cache, "hub" })
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(frame(t, hello()))
		if _, err := c.Read(make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
		if s := c.ConnectionState(); s.DidResume || s.Version != tls.VersionTLS13 {
			t.Errorf("connection %d: resumed %v, version %x", n, s.DidResume, s.Version)
		}
		if _, kept := cache.Get("hub"); kept {
			t.Error("the hub gave a ticket")
		}
		c.Close()
	}
}
