package faults

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"satchel/store"
	"satchel/store/audit"
)

// sight is what a process that opens a folder finds, in a form that crosses to
// the test.
type sight struct {
	Err     string // of Open; empty: it opened
	Named   string // what the error names: a file, or a reason that is one word
	Notices []string

	Rows           int
	Joined, Obeyed uint64
	Epoch          uint64
	Fresh          int64
	Head           string // number and hash of the chain's last item
	Seq            uint64
	Chain          string // why the chain does not verify
	Left           int    // tries left
	Credential     string
	Unlock         string            // why nobody came in
	Docs           map[string]string // by number: the hash of what is shown, or why not

	Healed string // why the hub's telling everything was refused
}

// lookOn is a child that opens the folders that it is told, one a line, and
// says what it finds there, before and after the hub told everything again.
func lookOn(ctx context.Context, _ string) error {
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for in.Scan() {
		if err := out.Encode(lookAt(ctx, in.Text())); err != nil {
			return err
		}
	}
	return in.Err()
}

func lookAt(ctx context.Context, dir string) [2]sight {
	s, err := readScript(filepath.Join(filepath.Dir(dir), scriptName))
	if err != nil {
		return [2]sight{{Err: err.Error()}}
	}
	v, err := store.Open(ctx, s.config(dir))
	if err != nil {
		return [2]sight{{Err: err.Error(), Named: nameOf(err)}}
	}
	before := see(ctx, v, s, nil)
	var session *store.Session
	session, before.Unlock = enters(ctx, v)
	before.show(ctx, session, s)
	before.Notices = noticesOf(v)
	heal := s.tell(ctx, v)
	after := see(ctx, v, s, session)
	if heal != nil {
		after.Healed = heal.Error()
	}
	if err := v.Close(); err != nil {
		after.Healed += " closing: " + err.Error()
	}
	return [2]sight{before, after}
}

const scriptName = "script"

func (s script) config(dir string) store.Config {
	wall, boot := time.UnixMilli(s.Wall).UTC(), time.Duration(s.Boot)
	return store.Config{
		Dir: dir, Demo: true, Argon2: cheap, SegmentBytes: 20 << 10, FoldRows: 1000,
		Now: func() time.Time { return wall }, Boot: func() time.Duration { return boot },
	}
}

// nameOf is what an error of Open lets a person do about it.
func nameOf(err error) string {
	if d, ok := errors.AsType[*store.DamagedError](err); ok {
		return d.File
	}
	for _, known := range []struct {
		err  error
		name string
	}{{store.ErrShare, "the share"}, {store.ErrNewerFormat, "a newer version"}, {store.ErrNoVault, "no vault"}} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	return ""
}

func see(ctx context.Context, v *store.Vault, s script, session *store.Session) sight {
	cohorts := v.Cohorts()
	x := sight{Rows: v.Count(), Joined: v.MembershipPoint().N, Seq: v.ItemHead().Seq, Notices: noticesOf(v), Left: -1}
	if len(cohorts) > 0 {
		x.Obeyed, x.Epoch, x.Fresh = v.GovernancePoint(cohorts[0]).N, v.KeyEpoch(cohorts[0]), v.Freshness(cohorts[0]).Value.Time
	}
	x.Head, x.Chain = chainOf(v)
	if people := v.People(); len(people) > 0 {
		x.Left = people[0].Left
		sum := sha256.Sum256(people[0].Credential.Raw())
		x.Credential = hex.EncodeToString(sum[:])
	}
	if session != nil {
		x.show(ctx, session, s)
	}
	return x
}

func noticesOf(v *store.Vault) []string {
	var out []string
	for _, n := range v.Notices() {
		if n.Code != store.ShareWeak {
			out = append(out, string(n.Code))
		}
	}
	return out
}

// chainOf verifies the device's chain from its first item on.
func chainOf(v *store.Vault) (hashes, why string) {
	items, err := v.Items(0, 1<<20)
	if err != nil || len(items) == 0 {
		return "", fmt.Sprintf("%d items: %v", len(items), err)
	}
	chain := audit.ResumeChain(v.Keys().Public(), audit.Head{Chain: items[0].Chain, Seq: items[0].Seq - 1, Hash: items[0].Prev})
	all := sha256.New()
	for _, it := range items {
		raw, err := it.Encode()
		if err == nil {
			_, err = chain.Add(raw)
		}
		if err != nil {
			return "", err.Error()
		}
		if it.Seq <= firstSeen {
			all.Write(raw)
		}
	}
	return hex.EncodeToString(all.Sum(nil)), ""
}

// firstSeen is how many items the stage of the matrix has at least: those must
// be the very same afterwards.
const firstSeen = 60

func enters(ctx context.Context, v *store.Vault) (*store.Session, string) {
	people := v.People()
	if len(people) == 0 {
		return nil, "nobody has a place"
	}
	s, err := v.Unlock(ctx, people[0].Slot, []byte(passphrase))
	if err != nil {
		return nil, err.Error()
	}
	return s, ""
}

// show reads every patient.
func (x *sight) show(ctx context.Context, session *store.Session, s script) {
	x.Docs = map[string]string{}
	if session == nil {
		return
	}
	for _, n := range s.Numbers {
		x.Docs[n] = shown(ctx, session, n)
	}
}

func shown(ctx context.Context, session *store.Session, number string) string {
	got, err := session.Find(ctx, number, 2)
	if err != nil {
		return "finding: " + err.Error()
	}
	if len(got.Rows) == 0 {
		return "not found"
	}
	o, err := session.Read(ctx, request(got.Rows[0].Handle))
	switch {
	case errors.Is(err, store.ErrMissing):
		return "missing"
	case err != nil:
		return "reading: " + err.Error()
	}
	sum := sha256.Sum256(o.Raw)
	return hex.EncodeToString(sum[:])
}
