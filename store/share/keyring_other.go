//go:build !linux

package share

// mayAsk has nothing to look at: Windows keeps credentials unlocked while a
// person is signed in, and so does macOS with the login keychain.
func mayAsk() error { return nil }
