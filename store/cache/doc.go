// Package cache is the vault's Badger: opaque keys to opaque, sealed values,
// all of it replaceable. It is the only package of the vault that knows Badger.
//
// It guarantees that what Put acknowledged is durable as far as Badger makes it
// so, that an error or a panic of Badger's comes back as [ErrDown] and holds
// neither keys nor paths, and that a cache in which a process died while it was
// opening is moved aside instead of being opened again.
//
// It does not authenticate: a value may come back changed, and keys may be gone
// without a word. Whoever reads authenticates each value, and holds the keys
// that are there against a list of what should be (the vault's key table).
package cache
