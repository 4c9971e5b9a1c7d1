package hub

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/seal"
)

var (
	// ErrNoArea says that the data folder holds no area. Run init first.
	ErrNoArea = errors.New("the data folder holds no area")
	// ErrAreaExists says that init met a folder that holds an area already.
	// It is never overwritten.
	ErrAreaExists = errors.New("the data folder holds an area already")
	// ErrAreaDamaged says that a key or certificate file is not what was
	// written. Restore it from the backup; make no new area.
	ErrAreaDamaged = errors.New("the area's keys are damaged")
)

// The files of an area, relative to the hub's data folder. The root key is
// there only until the operator takes it away: nothing but a new certificate
// needs it.
const (
	rootFile        = "area/root.key"
	recoveryFile    = "area/recovery.key"
	keysFile        = "area/hub.key"
	certificateFile = "area/hub.certificate"
)

// certificateLife is how long a hub certificate holds before the root must
// sign another.
const certificateLife = 5 * 365 * 24 * time.Hour

// hubKeys are the hub's secrets: they stay on the hub, in one file of mode 0600.
type hubKeys struct {
	Sign   []byte   `cbor:"1,keyasint"` // Ed25519 seed
	Box    [32]byte `cbor:"2,keyasint"` // X25519
	Pseudo [32]byte `cbor:"3,keyasint"` // makes pids and person keys
	Notes  [32]byte `cbor:"4,keyasint"` // seals cohort keys in the ledger
}

// Area is an area's hub: keys and the certificate that vouches for them.
type Area struct {
	Certificate fact.Signed[fact.HubCertificate]
	sign        ed25519.PrivateKey
	box         identity.X25519Key
	pseudo      [32]byte
	notes       seal.Key
}

// InitOptions say what a new area is.
type InitOptions struct {
	Name string // of the hub, for screens
	Demo bool   // a demonstration area: real devices refuse it (R57)
	Now  time.Time
}

// Init makes an area in dir: root key, recovery key, hub keys, certificate. It
// refuses a folder that holds one.
func Init(dir string, o InitOptions) (fact.HubCertificate, error) {
	none := fact.HubCertificate{}
	disk, err := files.OS(dir)
	if err != nil {
		return none, fmt.Errorf("making an area: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, keysFile)); !errors.Is(err, fs.ErrNotExist) {
		return none, fmt.Errorf("making an area: %w", ErrAreaExists)
	}
	if err := disk.MkdirAll("area"); err != nil {
		return none, fmt.Errorf("making an area: %w", err)
	}
	root, rootPriv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return none, fmt.Errorf("making an area: %w", err)
	}
	recovery, keys := identity.NewX25519(), newHubKeys()
	sign := ed25519.NewKeyFromSeed(keys.Sign)
	cert, err := fact.Sign(rootPriv, fact.HubCertificate{
		Area: identity.AreaIDOf(root), Incarnation: 1, Name: o.Name, Root: root,
		Sign: sign.Public().(ed25519.PublicKey), Box: identity.X25519FromPrivate(keys.Box).Public,
		Recovery: recovery.Public, NotAfter: o.Now.Add(certificateLife).UnixMilli(), Demo: o.Demo,
	})
	if err != nil {
		return none, fmt.Errorf("making an area: %w", err)
	}
	raw, err := canon.Marshal(keys)
	if err != nil {
		return none, fmt.Errorf("making an area: %w", err)
	}
	// The keys come last: an area is there when they are.
	for _, f := range []struct {
		name string
		data []byte
	}{
		{rootFile, rootPriv.Seed()}, {recoveryFile, recovery.Private[:]}, {certificateFile, cert.Raw()}, {keysFile, raw},
	} {
		if err := files.WriteAtomic(disk, f.name, f.data); err != nil {
			return none, fmt.Errorf("making an area: %w", err)
		}
	}
	return cert.Value, nil
}

func newHubKeys() hubKeys {
	var k hubKeys
	k.Sign = make([]byte, ed25519.SeedSize)
	for _, b := range [][]byte{k.Sign, k.Box[:], k.Pseudo[:], k.Notes[:]} {
		_, _ = rand.Read(b)
	}
	return k
}

// OpenArea reads an area's keys and checks that they are the certificate's.
func OpenArea(dir string, now time.Time) (*Area, error) {
	raw, err := os.ReadFile(filepath.Join(dir, keysFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening %s: %w", dir, ErrNoArea)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the area: %w", err)
	}
	var k hubKeys
	if err := canon.Unmarshal(raw, &k); err != nil || len(k.Sign) != ed25519.SeedSize {
		return nil, fmt.Errorf("%w: %s", ErrAreaDamaged, keysFile)
	}
	rawCert, err := os.ReadFile(filepath.Join(dir, certificateFile))
	if err != nil {
		return nil, fmt.Errorf("opening the area: %w", err)
	}
	cert, err := fact.Decode[fact.HubCertificate](rawCert)
	if err != nil || !cert.By(cert.Value.Root) {
		return nil, fmt.Errorf("%w: %s", ErrAreaDamaged, certificateFile)
	}
	a := &Area{
		Certificate: cert, sign: ed25519.NewKeyFromSeed(k.Sign),
		box: identity.X25519FromPrivate(k.Box), pseudo: k.Pseudo, notes: seal.Key(k.Notes),
	}
	if !a.sign.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(cert.Value.Sign)) || a.box.Public != cert.Value.Box {
		return nil, fmt.Errorf("%w: %s and %s do not belong together", ErrAreaDamaged, keysFile, certificateFile)
	}
	if now.UnixMilli() > cert.Value.NotAfter {
		return nil, fmt.Errorf("opening the area: %w: it has ended; the area root must sign a new one", fact.ErrCertificate)
	}
	return a, nil
}

// ID is the hub's own id as a writer in the log.
func (a *Area) ID() identity.DeviceID {
	return identity.DeviceIDOf(a.sign.Public().(ed25519.PublicKey))
}

// personKey is a keyed name for a person of the central record. The number or
// document it is made from cannot be had back without the hub's secret.
func (a *Area) personKey(person string) [16]byte {
	return [16]byte(a.keyed("person", []byte(person))[:16])
}

// pid is the person's pseudonym in one cohort.
func (a *Area) pid(c identity.CohortID, person [16]byte) identity.PID {
	return identity.PID(a.keyed("pid", c[:], person[:])[:16])
}

// source names one version of a document without telling what it is.
func (a *Area) source(hash [32]byte) [32]byte { return [32]byte(a.keyed("source", hash[:])) }

func (a *Area) keyed(use string, parts ...[]byte) []byte {
	m := hmac.New(sha256.New, a.pseudo[:])
	m.Write([]byte(use))
	for _, p := range parts {
		m.Write([]byte{0, byte(len(p))})
		m.Write(p)
	}
	return m.Sum(nil)
}
