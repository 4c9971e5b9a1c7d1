package share

import (
	"errors"

	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/windowstpm"
)

// machineTPM opens TPM Base Services, which let an administrator define indexes
// and refuse it to others.
func machineTPM() (transport.TPMCloser, error) { return windowstpm.Open() }

func socketTPM(string) (transport.TPMCloser, error) {
	return nil, errors.New("a TPM emulator by its socket is not to be had on Windows")
}
