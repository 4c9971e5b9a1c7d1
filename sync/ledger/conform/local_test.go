package conform

import (
	"testing"

	"satchel/sync/ledger"
)

func TestLocal(t *testing.T) {
	Run(t, func(t *testing.T) Opener {
		dir := t.TempDir()
		return func(s Setup) (ledger.Ledger, error) {
			return ledger.OpenLocal(ledger.Config{
				Dir: dir, Area: s.Area, Key: s.Key, Incarnation: s.Incarnation, Origin: s.Origin, Now: s.Now,
			})
		}
	})
}
