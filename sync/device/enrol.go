package device

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/link"
	"satchel/sync/wire"
)

var (
	// ErrWrongHub says that the hub at the code's address is not the one the
	// code names. Stop: somebody stands in between, or the code is of another
	// area.
	ErrWrongHub = errors.New("the hub at that address is not the one the code names")
	// ErrEnrolled says that this vault is a member already.
	ErrEnrolled = errors.New("this device is enrolled already")
)

// Introduction is what a hub says of itself before a device gives it anything.
type Introduction struct {
	Code        identity.EnrolmentCode
	Certificate fact.Signed[fact.HubCertificate]
	Words       string // compare with the admin's screen
}

// Meet asks the hub of a code who it is, and checks that it is the one the
// code names. Nothing of this device is told. demo says whether this program
// was started for a demonstration (R57).
func Meet(ctx context.Context, code identity.EnrolmentCode, demo bool, now time.Time) (Introduction, error) {
	none := Introduction{}
	// A throw-away key: the hub learns nothing until its own is checked.
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return none, fmt.Errorf("meeting the hub: %w", err)
	}
	conn, cert, err := meet(ctx, code, key, demo, now)
	if err != nil {
		return none, err
	}
	defer conn.Close() // nothing was promised on it
	return Introduction{Code: code, Certificate: cert, Words: identity.Words("hub", cert.Value.Sign)}, nil
}

func meet(ctx context.Context, code identity.EnrolmentCode, key ed25519.PrivateKey, demo bool, now time.Time) (*link.Conn, fact.Signed[fact.HubCertificate], error) {
	none := fact.Signed[fact.HubCertificate]{}
	dialCtx, stop := context.WithTimeout(ctx, dialTimeout)
	defer stop()
	conn, err := link.Dial(dialCtx, code.Address, link.Config{Key: key, Peer: link.AnyKey, Enrol: true})
	if err != nil {
		return nil, none, fmt.Errorf("reaching the hub at %s: %w", code.Address, err)
	}
	cert, err := introduced(dialCtx, conn, code, demo, now)
	if err != nil {
		return nil, none, errors.Join(err, conn.Close())
	}
	return conn, cert, nil
}

func introduced(ctx context.Context, conn *link.Conn, code identity.EnrolmentCode, demo bool, now time.Time) (fact.Signed[fact.HubCertificate], error) {
	none := fact.Signed[fact.HubCertificate]{}
	msg, err := conn.Recv(ctx)
	if err != nil {
		return none, fmt.Errorf("meeting the hub: %w", err)
	}
	hello, ok := msg.(*wire.HubHello)
	if !ok {
		return none, fmt.Errorf("meeting the hub: %w", wire.ErrProtocol)
	}
	cert, err := fact.OpenHubCertificate(hello.Certificate, now.UnixMilli(), demo)
	if err != nil {
		return none, err
	}
	if !code.Names(cert.Value.Root) || !conn.Peer().Equal(ed25519.PublicKey(cert.Value.Sign)) {
		return none, ErrWrongHub
	}
	return cert, nil
}

// Enrol makes this vault a member under a code: the hub is met again, under
// the vault's own key, and answers once. Safe to repeat with the same code if
// the answer was lost.
func Enrol(ctx context.Context, v *store.Vault, code identity.EnrolmentCode, now time.Time) error {
	if _, ok := v.Member(); ok {
		return ErrEnrolled
	}
	conn, cert, err := meet(ctx, code, v.Keys().Sign, v.Demo(), now)
	if err != nil {
		return err
	}
	defer conn.Close() // the answer has been taken or the attempt has failed
	if string(cert.Raw()) != string(v.Certificate().Raw()) {
		return ErrWrongHub
	}
	answer, err := ask(ctx, conn, request(v, code))
	if err != nil {
		return err
	}
	return settle(v, cert.Value, answer)
}

func request(v *store.Vault, code identity.EnrolmentCode) *wire.EnrolRequest {
	keys := v.Keys()
	r := &wire.EnrolRequest{
		Version: wire.Version, Secret: code.Secret(), Sign: keys.Public(), Gossip: keys.Gossip.Public, Keys: v.KeysPublic(),
		Kind: v.Kind(), Name: v.Name(),
	}
	if people := v.People(); len(people) > 0 {
		r.First = &wire.First{Slot: people[0].Slot, Name: people[0].Name, Role: people[0].Role}
	}
	return r
}

// answerTimeout is how long a hub may take to answer a request: it writes and
// syncs a few lines, and gives a newcomer two minutes in all.
const answerTimeout = time.Minute

func ask(ctx context.Context, conn *link.Conn, r *wire.EnrolRequest) (*wire.EnrolAnswer, error) {
	ctx, stop := context.WithTimeout(ctx, answerTimeout)
	defer stop()
	if err := conn.Send(r); err != nil {
		return nil, fmt.Errorf("asking to enrol: %w", err)
	}
	if err := conn.Flush(); err != nil {
		return nil, fmt.Errorf("asking to enrol: %w", err)
	}
	msg, err := conn.Recv(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking to enrol: %w", err)
	}
	switch m := msg.(type) {
	case *wire.EnrolAnswer:
		return m, m.Err()
	case *wire.Error:
		return nil, m.Err()
	default:
		return nil, fmt.Errorf("asking to enrol: %w", wire.ErrProtocol)
	}
}

// settle keeps what the hub answered: the first person's credential, then the
// membership that now holds this device. The membership comes last, for it ends
// the enrolment: what stops before it can be asked again with the same code.
func settle(v *store.Vault, hub fact.HubCertificate, answer *wire.EnrolAnswer) error {
	run, err := fact.OpenRun(hub.Sign, answer.Membership)
	if err != nil {
		return fmt.Errorf("enrolling: %w", err)
	}
	if len(answer.Credential) > 0 {
		cred, err := fact.Open[fact.Credential](hub.Sign, answer.Credential)
		if err != nil {
			return fmt.Errorf("enrolling: %w", err)
		}
		if err := v.SetCredential(cred); err != nil {
			return fmt.Errorf("enrolling: %w", err)
		}
	}
	if err := v.TakeMembership(run); err != nil {
		return fmt.Errorf("enrolling: %w", err)
	}
	if _, ok := v.Member(); !ok {
		return fmt.Errorf("enrolling: %w: the hub's answer does not name this device", wire.ErrProtocol)
	}
	return nil
}
