package device

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"satchel/store"
	"satchel/store/files"
	"satchel/store/identity"
)

// addressFile holds the hub's address, as the enrolment code named it. It is
// no secret, and an admin may edit it when the hub moves: the hub's key, not
// its address, is what is trusted.
const addressFile = "hub.address"

// ErrNoAddress says that the data folder does not name a hub. Enrol first.
var ErrNoAddress = errors.New("the data folder names no hub")

// DefaultFolder is where the operating system wants an application's data:
// XDG_DATA_HOME, Application Support, or LocalAppData, never a roaming folder.
func DefaultFolder() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the data folder: %w", err)
	}
	switch runtime.GOOS {
	case "windows":
		if local := os.Getenv("LOCALAPPDATA"); local != "" {
			return filepath.Join(local, "Satchel"), nil
		}
		return filepath.Join(home, "AppData", "Local", "Satchel"), nil
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Satchel"), nil
	}
	if xdg := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(xdg) {
		return filepath.Join(xdg, "satchel"), nil
	}
	return filepath.Join(home, ".local", "share", "satchel"), nil
}

// Address reads where the hub of a data folder is.
func Address(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s", ErrNoAddress, dir)
	}
	if err != nil {
		return "", fmt.Errorf("reading the hub's address: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func saveAddress(dir, address string) error {
	disk, err := files.OS(dir)
	if err != nil {
		return fmt.Errorf("keeping the hub's address: %w", err)
	}
	if err := files.WriteAtomic(disk, addressFile, []byte(address+"\n")); err != nil {
		return fmt.Errorf("keeping the hub's address: %w", err)
	}
	return nil
}

// Setup is what turns an empty data folder into an enrolled device.
type Setup struct {
	Store store.Config // Dir and Demo at least
	Code  identity.EnrolmentCode
	Name  string // of the device, for an admin's list
	Kind  identity.Kind
	First *store.FirstPerson // a laptop's; a box has none
}

// Begin meets the hub, makes the vault, and enrols it. On an error after the
// vault was made, the vault is returned open with the error: its keys are good
// and Enrol may be tried again, with the same code or a new one.
func Begin(ctx context.Context, s Setup) (*store.Vault, error) {
	now := time.Now
	if s.Store.Now != nil {
		now = s.Store.Now
	}
	hub, err := Meet(ctx, s.Code, s.Store.Demo, now())
	if err != nil {
		return nil, err
	}
	v, err := openOrCreate(ctx, s, hub)
	if err != nil {
		return nil, err
	}
	if err := saveAddress(s.Store.Dir, s.Code.Address); err != nil {
		return v, err
	}
	return v, Enrol(ctx, v, s.Code, now())
}

// openOrCreate takes up an enrolment that was interrupted, where there is one.
func openOrCreate(ctx context.Context, s Setup, hub Introduction) (*store.Vault, error) {
	v, err := store.Open(ctx, s.Store)
	if errors.Is(err, store.ErrNoVault) {
		return store.Create(ctx, s.Store, store.Founding{
			Certificate: hub.Certificate, DeviceName: s.Name, Kind: s.Kind, First: s.First,
		})
	}
	if err != nil {
		return nil, err
	}
	if _, ok := v.Member(); ok {
		return nil, errors.Join(ErrEnrolled, v.Close())
	}
	if string(v.Certificate().Raw()) != string(hub.Certificate.Raw()) {
		return nil, errors.Join(ErrWrongHub, v.Close())
	}
	return v, nil
}
