package fact

import (
	"encoding/binary"
	"encoding/hex"

	"satchel/store/identity"
)

// EntryLabel is the label under which an item's body is boxed to the hub.
const EntryLabel = "satchel/entry/1"

// Context binds a wrap's box to the record and key epoch that it is for: the
// data key of one record never opens as another's.
func (w Wrap) Context() string {
	return context("satchel/wrap/1", w.Cohort, w.PID[:], w.Epoch, w.Ver, w.KeyEpoch)
}

// OlderContext binds an older cohort key to its cohort and its epoch, under
// the key of the set's own epoch.
func (k KeySet) OlderContext(epoch uint64) string {
	return context("satchel/olderkey/1", k.Cohort, nil, k.Epoch, epoch)
}

func context(label string, c identity.CohortID, pid []byte, numbers ...uint64) string {
	b := append(append([]byte(nil), c[:]...), pid...)
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return label + ":" + hex.EncodeToString(b)
}
