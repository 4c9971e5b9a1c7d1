package identity

import "crypto/ed25519"

// Sign signs msg with an Ed25519 key (RFC 8032) under a domain string: the
// signed bytes are domain, a zero byte, msg. Domains hold no zero byte.
func Sign(priv ed25519.PrivateKey, domain string, msg []byte) []byte {
	return ed25519.Sign(priv, bound(domain, msg))
}

// Verify tells whether sig is pub's signature on msg under domain. A key or a
// signature of the wrong length is simply not valid.
func Verify(pub ed25519.PublicKey, domain string, msg, sig []byte) bool {
	if len(pub) != ed25519.PublicKeySize || len(sig) != ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(pub, bound(domain, msg), sig)
}

func bound(domain string, msg []byte) []byte {
	b := make([]byte, 0, len(domain)+1+len(msg))
	b = append(b, domain...)
	b = append(b, 0)
	return append(b, msg...)
}
