//go:build !linux

package files

import "os"

// syncData is a full Sync where there is no cheaper call that is as strong:
// F_FULLFSYNC on macOS, FlushFileBuffers on Windows.
func syncData(f *os.File) error { return f.Sync() }
