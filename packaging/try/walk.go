package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"satchel/assets/people"
)

// walker takes the window through the four stories and writes the account.
type walker struct {
	*area
	w       *window
	account strings.Builder
	shots   int
}

// subject is somebody whom the walk looks for: what to type, and how the hub
// knows them.
type subject struct {
	typed    string
	document string
}

func (a *area) walkStories(ctx context.Context) error {
	cast, err := a.cast(ctx)
	if err != nil {
		return err
	}
	w, err := a.openWindow(ctx)
	if err != nil {
		return err
	}
	k := &walker{area: a, w: w}
	k.tell("# What happened\n\nA hub, a laptop and their window on one machine, driven by real keys. %d summaries were released.\n", a.held)
	err = k.walk(ctx, cast)
	if err != nil {
		k.tell("\n**This step did not do what it says: %v**\n", err)
		_ = w.picture(ctx, a.path("pictures", "99-where-it-stopped.png")) // the error above is what counts
	} else {
		k.tell("\nEvery step did what it says.\n")
	}
	err = errors.Join(err, w.close())
	if werr := os.WriteFile(a.path("account.md"), []byte(k.account.String()), 0o644); werr != nil {
		err = errors.Join(err, fmt.Errorf("writing the account: %w", werr))
	}
	say("account: %s, pictures: %s", a.path("account.md"), a.path("pictures"))
	return err
}

func (k *walker) walk(ctx context.Context, cast []subject) error {
	for _, story := range []func(context.Context, []subject) error{
		k.arrival, k.openOffline, k.delivered, k.withdrawn, k.withdrawnWhileLocked,
	} {
		if err := story(ctx, cast); err != nil {
			return err
		}
	}
	return nil
}

func (k *walker) tell(format string, args ...any) { fmt.Fprintf(&k.account, format, args...) }

// step says what was seen, with a picture.
func (k *walker) step(ctx context.Context, name, format string, args ...any) error {
	k.shots++
	file := fmt.Sprintf("%02d-%s.png", k.shots, name)
	if err := k.w.picture(ctx, k.path("pictures", file)); err != nil {
		return fmt.Errorf("taking a picture: %w", err)
	}
	text := fmt.Sprintf(format, args...)
	k.tell("\n%d. %s\n   ![%s](pictures/%s)\n", k.shots, text, name, file)
	say("%s", text)
	return nil
}

const patience = 30 * time.Second

// arrival: summaries travel from the central record to the laptop (story 1).
func (k *walker) arrival(ctx context.Context, _ []subject) error {
	k.tell("\n## 1. A summary arrives\n")
	if _, err := k.w.await(ctx, 0, 2*time.Minute, "the laptop holds every summary", func(s step) bool { return s.Held == k.held }); err != nil {
		return err
	}
	if err := k.step(ctx, "locked", "The laptop is locked and holds %d summaries, all that the hub released. Nothing of a person is shown.", k.held); err != nil {
		return err
	}
	if err := k.unlock(ctx); err != nil {
		return err
	}
	return k.step(ctx, "find", "The nurse unlocked it with her passphrase and accepted the duty of confidentiality. It is ready to search.")
}

// Where "I have read this and accept it" is, at 1366x768.
const acceptX, acceptY = 384, 670

// unlock types the passphrase, and accepts the duty when it is shown.
func (k *walker) unlock(ctx context.Context) error {
	at := k.w.mark()
	if err := k.w.write(ctx, passphrase); err != nil {
		return err
	}
	if err := k.w.key(ctx, "Return"); err != nil {
		return err
	}
	got, err := k.w.await(ctx, at, patience, "the passphrase opens the laptop", func(s step) bool { return s.Did == "duty" || s.Did == "open-laptop" })
	if err != nil || got.Did == "open-laptop" {
		return err
	}
	if err := k.step(ctx, "duty", "A first sign-in: the duty of confidentiality, in full."); err != nil {
		return err
	}
	// Nobody accepts a duty by pressing Enter twice: no button has the focus.
	if err := k.w.tap(ctx, acceptX, acceptY); err != nil {
		return err
	}
	_, err = k.w.await(ctx, at, patience, "the duty is accepted", func(s step) bool { return s.Did == "open-laptop" })
	return err
}

// find types a person into the empty search box and says how many have that
// name.
func (k *walker) find(ctx context.Context, who subject) (int, error) {
	if err := k.w.key(ctx, "ctrl+f", "ctrl+a", "BackSpace"); err != nil {
		return 0, err
	}
	at := k.w.mark()
	if err := k.w.write(ctx, who.typed); err != nil {
		return 0, err
	}
	got, err := k.w.await(ctx, at, patience, "the search answers", func(s step) bool { return s.Did == "found" && s.Code == fmt.Sprint(len([]rune(who.typed))) })
	return got.Rows - got.Similar, err // people of a similar name are somebody else
}

// open opens the first row found.
func (k *walker) open(ctx context.Context) error {
	at := k.w.mark()
	if err := k.w.key(ctx, "Return"); err != nil {
		return err
	}
	_, err := k.w.await(ctx, at, patience, "the record opens", func(s step) bool { return s.Did == "opened" })
	return err
}

func (k *walker) findAndOpen(ctx context.Context, who subject) error {
	rows, err := k.find(ctx, who)
	if err != nil {
		return err
	}
	if rows == 0 {
		return errors.New("a person whose summary was released is not found")
	}
	return k.open(ctx)
}

// openOffline: a record is opened with no hub at all (story 2).
func (k *walker) openOffline(ctx context.Context, cast []subject) error {
	k.tell("\n## 2. A record is opened offline\n")
	at := k.w.mark()
	if err := k.killHub(); err != nil {
		return err
	}
	if _, err := k.w.await(ctx, at, patience, "the laptop knows that it is offline", func(s step) bool { return s.Did == "offline" }); err != nil {
		return err
	}
	rows, err := k.find(ctx, cast[0])
	if err != nil {
		return err
	}
	if rows == 0 {
		return errors.New("a person whose summary was released is not found")
	}
	if err := k.step(ctx, "found", "The hub's process was killed. The search goes on: %d found.", rows); err != nil {
		return err
	}
	if err := k.open(ctx); err != nil {
		return err
	}
	if err := k.step(ctx, "card", "The emergency card, with no network. The entry that answers for this look was on disk first."); err != nil {
		return err
	}
	if err := k.w.key(ctx, "ctrl+2"); err != nil {
		return err
	}
	if err := k.step(ctx, "section", "A section of the whole summary."); err != nil {
		return err
	}
	if err := k.w.key(ctx, "ctrl+e", "ctrl+d"); err != nil {
		return err
	}
	if err := k.step(ctx, "card-night", "The same card by night."); err != nil {
		return err
	}
	if err := k.w.key(ctx, "ctrl+d"); err != nil {
		return err
	}
	return k.waiting(ctx)
}

func (k *walker) waiting(ctx context.Context) error {
	at := k.w.mark()
	if err := k.w.key(ctx, "ctrl+o"); err != nil {
		return err
	}
	got, err := k.w.await(ctx, at, patience, "entries wait for the hub", func(s step) bool { return s.Did == "waiting" && s.Unsent > 0 })
	if err != nil {
		return err
	}
	return k.step(ctx, "waiting", "%d entries wait to be sent; none is claimed as received.", got.Unsent)
}

// delivered: the hub returns and answers for every entry (story 4).
func (k *walker) delivered(ctx context.Context, _ []subject) error {
	k.tell("\n## 3. The look is answered for\n")
	at := k.w.mark()
	if err := k.startHub(ctx); err != nil {
		return err
	}
	got, err := k.w.await(ctx, at, 90*time.Second, "every entry has its receipt", func(s step) bool {
		return s.Unsent == 0 && s.Written > 0 && s.Received == s.Written
	})
	if err != nil {
		return err
	}
	if err := k.step(ctx, "received", "The hub is back: %d of %d received.", got.Received, got.Written); err != nil {
		return err
	}
	return k.verify(ctx)
}

// verify lets the hub's own verifier judge the whole log.
func (k *walker) verify(ctx context.Context) error {
	out, err := k.run(ctx, "satchel-hub", "audit", "verify", "--data", k.hubData())
	if err != nil {
		return err
	}
	k.tell("\n   `satchel-hub audit verify` says:\n\n")
	for line := range strings.Lines(string(out)) {
		k.tell("       %s", line)
	}
	if !strings.Contains(string(out), "verified:") {
		return errors.New("the log was not verified")
	}
	return nil
}

// withdrawn: consent is withdrawn while the record is open (story 3).
func (k *walker) withdrawn(ctx context.Context, cast []subject) error {
	k.tell("\n## 4. Consent is withdrawn\n")
	if err := k.findAndOpen(ctx, cast[1]); err != nil {
		return err
	}
	if err := k.step(ctx, "before-withdrawal", "Another person's card is open."); err != nil {
		return err
	}
	at := k.w.mark()
	if err := k.withdraw(ctx, cast[1]); err != nil {
		return err
	}
	if _, err := k.w.await(ctx, at, patience, "the card closes", func(s step) bool { return s.Did == "withdrawn" }); err != nil {
		return err
	}
	if err := k.step(ctx, "withdrawn", "`satchel-hub withdraw` was run: the card closed by itself, and says why."); err != nil {
		return err
	}
	return k.gone(ctx, cast[1], "gone", "They are no longer found on this laptop.")
}

func (k *walker) withdraw(ctx context.Context, who subject) error {
	_, err := k.run(ctx, "satchel-hub", "withdraw", "--data", k.hubData(), "--document", who.document, "--by", "demonstration")
	return err
}

// gone searches for somebody who must not be found by their whole name.
func (k *walker) gone(ctx context.Context, who subject, name, text string) error {
	rows, err := k.find(ctx, who)
	if err != nil {
		return err
	}
	if rows != 0 {
		return fmt.Errorf("a person who withdrew is still found (%d rows)", rows)
	}
	return k.step(ctx, name, "%s", text)
}

// withdrawnWhileLocked: the same, with nobody signed in.
func (k *walker) withdrawnWhileLocked(ctx context.Context, cast []subject) error {
	k.tell("\n## 5. Consent is withdrawn while the laptop is locked\n")
	rows, err := k.find(ctx, cast[2])
	if err != nil {
		return err
	}
	if rows == 0 {
		return errors.New("a person whose summary was released is not found")
	}
	at := k.w.mark()
	if err := k.w.key(ctx, "ctrl+l"); err != nil {
		return err
	}
	if _, err := k.w.await(ctx, at, patience, "the laptop locks", func(s step) bool { return s.Did == "locked" }); err != nil {
		return err
	}
	// The window goes with the process, which starts anew in its own place.
	if _, err := k.w.await(ctx, at, patience, "the desktop starts anew", func(s step) bool { return s.Did == "started" }); err != nil {
		return err
	}
	if err := k.w.focus(ctx); err != nil {
		return err
	}
	if err := k.step(ctx, "locked-again", "Ctrl+L: locked at once, and the program started anew; nothing of a person remains."); err != nil {
		return err
	}
	at = k.w.mark()
	if err := k.withdraw(ctx, cast[2]); err != nil {
		return err
	}
	if _, err := k.w.await(ctx, at, patience, "the locked laptop erases", func(s step) bool { return s.Did == "withdrawn" }); err != nil {
		return err
	}
	if err := k.unlock(ctx); err != nil {
		return err
	}
	if err := k.gone(ctx, cast[2], "gone-while-locked", "Withdrawn while nobody was signed in: after unlocking they are not found."); err != nil {
		return err
	}
	return k.verify(ctx)
}

// cast picks the people the walk looks for: known ones among the made-up
// people, otherwise whoever the hub's own inspection finds with a name that
// only they have.
func (a *area) cast(ctx context.Context) ([]subject, error) {
	if a.o.central == "" {
		byKey := map[string]subject{}
		for _, p := range people.Scenario() {
			byKey[p.Key] = subject{typed: strings.ToLower(p.Given + " " + p.Family), document: p.ID + ".json"}
		}
		return []subject{byKey["ethel"], byKey["gwilym"], byKey["harbhajan"]}, nil
	}
	out, err := a.run(ctx, "satchel-hub", "inspect", "--json", a.o.central)
	if err != nil {
		return nil, err
	}
	return pick(out, a.o.central)
}

// inspected is the part of a line of `inspect --json` that pick looks at.
type inspected struct {
	File     string `json:"file"`
	Result   string `json:"result"`
	Type     string `json:"type"`
	Person   string `json:"person"` // SMITH, John (Mr)
	Sections int    `json:"sections"`
}

// pick chooses three people, those with the most sections first, whose family
// names are theirs alone and can be typed on any keyboard.
func pick(lines []byte, dir string) ([]subject, error) {
	var all []inspected
	names := map[string]int{}
	for line := range strings.Lines(string(lines)) {
		var x inspected
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			return nil, fmt.Errorf("reading what inspect printed: %w", err)
		}
		if x.Result == "ok" && x.Type == "Bundle" {
			all = append(all, x)
			names[family(x.Person)]++
		}
	}
	slices.SortStableFunc(all, func(a, b inspected) int { return b.Sections - a.Sections })
	var out []subject
	for _, x := range all {
		if names[family(x.Person)] > 1 || !plain(family(x.Person)) || !plain(given(x.Person)) || len(out) == 3 {
			continue
		}
		document, err := filepath.Rel(dir, x.File)
		if err != nil {
			return nil, fmt.Errorf("naming a document: %w", err)
		}
		out = append(out, subject{typed: strings.ToLower(given(x.Person) + " " + family(x.Person)), document: filepath.ToSlash(document)})
	}
	if len(out) < 3 {
		return nil, errors.New("the folder holds fewer than three people with names of their own; the walk needs three")
	}
	return out, nil
}

func family(banner string) string {
	name, _, _ := strings.Cut(banner, ",")
	return name
}

func given(banner string) string {
	_, rest, _ := strings.Cut(banner, ", ")
	first, _, _ := strings.Cut(rest, " ")
	return first
}

// plain tells whether a name can be typed on any keyboard.
func plain(name string) bool {
	if len(name) < 3 {
		return false
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}
