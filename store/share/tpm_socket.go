//go:build !windows

package share

import (
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// socketTPM opens an emulator, swtpm, for tests and demonstrations.
func socketTPM(path string) (transport.TPMCloser, error) { return linuxudstpm.Open(path) }
