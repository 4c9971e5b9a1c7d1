package share

import (
	"crypto/sha256"
	"strings"
)

// machineSum is what a folder keeps of the machine it was made on: a hash with
// the folder's own tag, so that two folders of one machine do not show it. Empty
// when the machine has no name for itself.
func machineSum(tag []byte, id string) []byte {
	id = strings.ToLower(strings.TrimSpace(id))
	if len(strings.Trim(id, "0-")) == 0 || id == "uninitialized" { // as systemd writes before the first boot is done
		return nil
	}
	h := sha256.New()
	h.Write([]byte("satchel/machine/1\x00"))
	h.Write(tag)
	h.Write([]byte(id))
	return h.Sum(nil)
}
