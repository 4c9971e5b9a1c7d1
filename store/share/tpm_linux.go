package share

import (
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
)

// machineTPM opens the kernel's resource manager, which many may use at once;
// its device belongs to the group tss on most systems. /dev/tpm0 is one
// program's at a time and leaks sessions when that dies.
func machineTPM() (transport.TPMCloser, error) { return linuxtpm.Open("/dev/tpmrm0") }
