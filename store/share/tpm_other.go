//go:build !linux && !windows

package share

import (
	"errors"

	"github.com/google/go-tpm/tpm2/transport"
)

func machineTPM() (transport.TPMCloser, error) {
	return nil, errors.New("there is no TPM to be had on this system")
}
