package link

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"satchel/store/identity"
	"satchel/sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	hubKey    = keyOf("hub")
	deviceKey = keyOf("device")
	otherKey  = keyOf("somebody else")
)

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("satchel/link tests: " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// onlyDevice is a membership of one.
func onlyDevice(k ed25519.PublicKey) error {
	if !k.Equal(public(deviceKey)) {
		return wire.ErrNotMember
	}
	return nil
}

func hubConfig() ServerConfig { return ServerConfig{Key: hubKey, Member: onlyDevice, Enrol: true} }

func deviceConfig() Config { return Config{Key: deviceKey, Peer: Pin(public(hubKey))} }

// serve runs a hub on a real socket until the test ends, and gives its address.
func serve(t testing.TB, cfg ServerConfig, handle func(context.Context, *Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, cfg, handle) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

// dial connects as a member; the connection closes with the test.
func dial(t testing.TB, addr string, cfg Config) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// say sends messages and flushes.
func say(t testing.TB, c *Conn, messages ...wire.Message) {
	t.Helper()
	for _, m := range messages {
		if err := c.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
}

// echo answers every message with a Notify until the stream ends.
func echo(ctx context.Context, c *Conn) {
	for {
		if _, err := c.Recv(ctx); err != nil {
			return
		}
		if c.Send(&wire.Notify{}) != nil || c.Flush() != nil {
			return
		}
	}
}

// pipe is a pair of net.Conns in memory.
func pipe(t testing.TB) (client, server net.Conn) {
	t.Helper()
	client, server = net.Pipe()
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// linked is a pair of Conns in memory, the device's and the hub's.
func linked(t testing.TB) (device, hub *Conn) {
	t.Helper()
	a, b := pipe(t)
	var wg sync.WaitGroup
	var err error
	wg.Go(func() { hub, err = Accept(t.Context(), b, hubConfig()) })
	device, dialErr := Client(t.Context(), a, deviceConfig())
	wg.Wait()
	if err := errors.Join(err, dialErr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // nobody reads: the streams' goodbyes would wait
		a.Close()
		b.Close()
		device.Close()
		hub.Close()
	})
	return device, hub
}

// rawTLS is a TLS client that a test can make say anything.
func rawTLS(t testing.TB, addr string, key ed25519.PrivateKey, change func(*tls.Config)) (*tls.Conn, error) {
	t.Helper()
	set, err := settings(key, AnyKey, sessionProtocol)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(set)
	}
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	c := tls.Client(raw, set)
	return c, c.HandshakeContext(t.Context())
}

func frame(t testing.TB, m wire.Message) []byte {
	t.Helper()
	b, err := wire.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hello() *wire.Hello {
	return &wire.Hello{Version: wire.Version, Device: identity.DeviceIDOf(public(deviceKey)), Kind: identity.Laptop}
}

func record(size int) *wire.Record {
	return &wire.Record{Raw: bytes.Repeat([]byte{7}, size), Wrap: make([]byte, 150)}
}
