// Package link is an authenticated, framed stream of messages between two
// devices that know each other's keys: mutual TLS 1.3 over any net.Conn.
//
// It guarantees that both sides have proved their Ed25519 key before a message
// passes, and that the peer's key was accepted by the callback handed in; that
// nothing but TLS 1.3 is spoken, sessions are not resumed, and certificates say
// nothing but a key; that a message the other side has no business sending, or
// one that is too long, is refused before room is made for it; that a peer
// which stalls in a handshake or in a frame is dropped; that what strangers can
// hold open is bounded; and that Serve returns only when its goroutines are
// gone.
//
// It does not know who is a member (the callback does), what may be said when
// (sync/replica), or what the messages carry. It does not hide how much is sent
// or when. The end of a stream is not authenticated: a session that ended in
// order ended with a Bye.
//
// The hub's and a device's signing key serve TLS too. That is safe: what TLS 1.3
// signs begins with 64 spaces (RFC 8446, section 4.4.3), what X.509 signs with
// the byte 0x30, and what Satchel signs with "satchel/".
//
// A Conn may be used by one reader and any number of writers at once. Its write
// mutex is held while bytes go out, never while anything is called back.
//
// TestWrongKeysAreRefused, TestEveryCutEndsTheSession, TestHostileFrames and
// TestServeBoundsStrangers prove the above on real sockets.
package link
