package store

import (
	"os"
	"path/filepath"

	"satchel/store/cache"
	"satchel/store/files"
)

// withRoom does what needs a little of the disk: to destroy a key is to write a
// file. Where the disk is full it gives the ballast up, and does it once more.
func (v *Vault) withRoom(do func() error) error {
	err := do()
	if err == nil || !files.Full(err) || os.Remove(filepath.Join(v.cfg.Dir, cache.BallastName)) != nil {
		return err
	}
	v.log.Warn("the disk is full, and the ballast was given up")
	return do()
}

// orWithRoom lets a vault open on a disk so full that even what it owes cannot
// be written. Nothing of what was withdrawn is in memory any more, nothing is
// taken in, and Tick goes on as soon as there is room.
func (v *Vault) orWithRoom(err error) error {
	if err == nil || !files.Full(err) {
		return err
	}
	v.log.Error("the disk is full: what is owed waits for room", "err", err)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.stateDirty = true
	v.noteLocked(Notice{Code: DiskFull})
	return nil
}

// breaks ends the changing of keys after an error that leaves the key log in
// doubt. A full disk leaves no doubt: what was half written is written over, or
// cut off at the next start.
func (v *Vault) breaks(err error) {
	if !files.Full(err) {
		v.broken = err
	}
}
