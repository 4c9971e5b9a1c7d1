package screen

import (
	"testing"
	"time"

	"satchel/store/record"
)

func TestFreshnessChip(t *testing.T) { // P5, P9
	w := english(t)
	far := noon.Add(100 * time.Hour)
	for _, c := range []struct {
		name string
		f    Freshness
		kind chipKind
		want []string
	}{
		{"just now", Freshness{Checked: noon.Add(-139 * time.Minute), Ends: far}, chipChecked, []string{"Checked 09:41"}},
		{"12 hours", Freshness{Checked: noon.Add(-12 * time.Hour), Ends: far}, chipChecked, []string{"Checked 00:00"}},
		{"over midnight", Freshness{Checked: noon.Add(-13 * time.Hour), Ends: far}, chipEarlier, []string{"Checked yesterday 23:00"}},
		{"48 hours", Freshness{Checked: noon.Add(-48 * time.Hour), Ends: far}, chipEarlier, []string{"Checked 21-Nov-2026 12:00"}},
		{"older", Freshness{Checked: noon.Add(-97 * time.Hour), Ends: far}, chipOld, []string{"Old: checked 4 days ago"}},
		{"ends", Freshness{Checked: noon.Add(-time.Hour), Ends: noon.Add(3*time.Hour + time.Minute)}, chipChecked, []string{"Checked 11:00", "Ends in 3 h"}},
		{"ends in minutes", Freshness{Checked: noon.Add(-time.Hour), Ends: noon.Add(59 * time.Minute)}, chipChecked, []string{"Checked 11:00", "Ends in 59 min"}},
		{"twelve hours left is enough", Freshness{Checked: noon.Add(-time.Hour), Ends: noon.Add(12 * time.Hour)}, chipChecked, []string{"Checked 11:00"}},
		{"ended by the clock", Freshness{Checked: noon.Add(-time.Hour), Ends: noon}, chipEnded, []string{"Ended"}},
		{"ended by word", Freshness{Checked: noon, Ends: far, Ended: true}, chipEnded, []string{"Ended"}},
		{"never", Freshness{Ends: far}, chipOld, []string{"Never checked"}},
	} {
		got := freshness(w, c.f, noon)
		var words []string
		for _, g := range got {
			words = append(words, g.Words)
		}
		if got[0].Kind != c.kind || !equal(words, c.want) {
			t.Errorf("%s: kind %d %q, want %d %q", c.name, got[0].Kind, words, c.kind, c.want)
		}
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestFourStatesAreNeverMerged(t *testing.T) { // P3
	w := english(t)
	seen := map[string]bool{}
	kinds := map[chipKind]bool{}
	for _, st := range []record.State{record.Recorded, record.KnownNone, record.NotRecorded, record.NotAvailable} {
		c := stateChip(w, st, 2, "")
		if seen[c.Words] || kinds[c.Kind] {
			t.Errorf("state %v shares its words %q or its shape", st, c.Words)
		}
		seen[c.Words], kinds[c.Kind] = true, true
	}
	forms := map[any]bool{}
	for k := range kinds {
		if forms[signs[k].Form] {
			t.Error("two states share a shape")
		}
		forms[signs[k].Form] = true
	}
}

func TestNoKnownAllergiesIsNeverGreen(t *testing.T) {
	w := english(t)
	o := died()
	c := allergyTitle(w, o)
	if c.Words != "No known allergies" || signs[c.Kind].Fill == signs[chipDone].Fill {
		t.Errorf("%q is drawn like a thing done", c.Words)
	}
}

func TestAllergyTitleIsOneOfFour(t *testing.T) { // P3
	w := english(t)
	with := func(sec record.Section) *Opened {
		return opened(handle(1), &record.Summary{Sections: []record.Section{sec}})
	}
	for want, o := range map[string]*Opened{
		"Known allergies":        opened(handle(1), ethel()),
		"No known allergies":     died(),
		"Allergies not recorded": with(record.Section{Kind: record.Allergies, State: record.NotRecorded, StateNote: "Not asked"}),
		"Allergies unavailable":  longest(),
	} {
		if got := allergyTitle(w, o); got.Words != want {
			t.Errorf("title is %q, want %q", got.Words, want)
		}
	}
}

func TestCardHasTheTilesInOrder(t *testing.T) { // P3
	w := english(t)
	o := opened(handle(1), ethel())
	tiles := cardOf(w, o)
	want := []string{"CPR, ReSPECT, refusals", "Known allergies", "Alerts", "Current medicines", "Active problems", "Devices and implants", "Contingency plan", "Contacts", "Communication, interpreter, capacity", "Recent contacts"}
	for i, m := range tiles {
		if m.Title != want[i] {
			t.Errorf("tile %d is %q, want %q", i+1, m.Title, want[i])
		}
	}
	if len(tiles) != len(want) {
		t.Fatalf("%d tiles, want %d", len(tiles), len(want))
	}
	if tiles[0].Big != "Not for attempted CPR" || tiles[0].Warn[len(tiles[0].Warn)-1] != "Confirm the original form" {
		t.Errorf("the CPR tile says %q and warns %q", tiles[0].Big, tiles[0].Warn)
	}
	if len(tiles[1].Lines) != 2 || tiles[1].Head == "" {
		t.Error("an allergy is missing from its tile, or a refuted one is not counted")
	}
	meds := tiles[3]
	if len(meds.Lines) != 6 || meds.More != "and 2 more: press to read all" || meds.Lines[0].Title != "Warfarin 1 mg tablets" {
		t.Errorf("medicines: %d lines, %q, first %q", len(meds.Lines), meds.More, meds.Lines[0].Title)
	}
	if len(meds.Items) != 8 {
		t.Errorf("the tile's page has %d medicines, want 8", len(meds.Items))
	}
}

func TestNoCPRDecisionIsNotNone(t *testing.T) {
	w := english(t)
	tile := cardOf(w, died())[0]
	if tile.Big != "No CPR decision is held here. That does not mean there is none." {
		t.Errorf("the tile says %q", tile.Big)
	}
}

func TestNothingOfASectionIsDropped(t *testing.T) { // P4
	w := english(t)
	s := ethel()
	for _, sec := range s.Sections {
		m := newSectionModel(w, sec)
		if len(m.Items) != len(sec.Items) || len(m.Ended) != len(sec.Ended) || len(m.Unread) != len(sec.Unreadable) || len(m.Negations) != len(sec.Negations) {
			t.Errorf("%s: a group lost an item", sec.Title)
		}
		if (m.EndedHead == "") != (len(sec.Ended) == 0) || (m.UnreadHead == "") != (len(sec.Unreadable) == 0) {
			t.Errorf("%s: a group is not counted", sec.Title)
		}
		for i, it := range sec.Items {
			for _, f := range it.Detail {
				if !hasLine(m.Items[i].Lines, f.Label, f.Value) {
					t.Errorf("%s: %s lost its line %s", sec.Title, it.Title, f.Label)
				}
			}
		}
	}
	m := newSectionModel(w, s.Sections[2])
	if m.UnreadHead != "1 item could not be read" || m.About != "Harbour Row Surgery · 01-Oct-2026 · 3 of 4 received are shown" {
		t.Errorf("problems say %q and %q", m.UnreadHead, m.About)
	}
}

func hasLine(lines []labelled, label, value string) bool {
	for _, l := range lines {
		if l == (labelled{label, value}) {
			return true
		}
	}
	return false
}

func TestCarerIsNamedAndApart(t *testing.T) { // R11
	w := english(t)
	m := newSectionModel(w, ethel().Sections[8])
	if m.Items[0].Carer != "Said by Margaret Barnaby, daughter" {
		t.Errorf("the carer is given as %q", m.Items[0].Carer)
	}
}

func TestProtectedAddressIsNotShown(t *testing.T) {
	w := english(t)
	p := *ethel().Person
	p.Restricted = true
	for _, l := range personLines(w, &p) {
		if l.Value != "Address protected" {
			t.Errorf("a protected person's banner shows %s", l.Label)
		}
	}
}

func TestSpaceNumber(t *testing.T) { // P2
	for in, want := range map[string]string{
		"999": "999", "9990": "999 0", "999 00": "999 00", "9990000018": "999 000 0018", "999 000 0018": "999 000 0018",
		"12 harbour": "12 harbour", "99900000181": "99900000181", "14-02-1938": "14-02-1938", "": "",
	} {
		if got := spaceNumber(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestFindModelStates(t *testing.T) { // P2, P5
	w := english(t)
	st := base(PhaseOpen).state
	for _, c := range []struct {
		name, query     string
		res             Results
		today           []Row
		held            int
		heading, nobody string
		rows            int
	}{
		{"today", "", Results{}, rows(), 214, "Today's list: 5 people", "", 5},
		{"one letter is no search", "o", found(MatchName, rows()...), rows(), 214, "Today's list: 5 people", "", 5},
		{"found", "ok", found(MatchStart, rows()[2:4]...), nil, 214, "2 matches, best first: exact, then beginning, then similar", "", 2},
		{"nobody", "zz", Results{}, nil, 214, "", "No one matches on this laptop (214 people, checked 10:00). This is not a search of the whole record.", 0},
		{"no list", "", Results{}, nil, 214, "", "No one is on your list. Ask your team lead, or find a person above. 214 people are held on this laptop.", 0},
		{"nothing held", "", Results{}, nil, 0, "", "No one is held on this laptop yet. Summaries load when a hub or a neighbour can be reached.", 0},
	} {
		st.Held = c.held
		m := newFindModel(w, st, c.query, c.res, c.today, noon)
		if m.Heading != c.heading || m.Nobody != c.nobody || len(m.Rows) != c.rows {
			t.Errorf("%s: %q, %q, %d rows", c.name, m.Heading, m.Nobody, len(m.Rows))
		}
	}
	m := newFindModel(w, st, "9990000001", Results{BadNumber: true}, nil, noon)
	if m.Note != "This cannot be an NHS number: check digit" {
		t.Errorf("a number that cannot exist is noted as %q", m.Note)
	}
	r := newFindRow(w, rows()[3], noon)
	if r.Place != "Address protected" || r.Check == "" || !hasLine(r.Facts, "NHS No.", "Not known") {
		t.Errorf("a protected person's row shows %q, %q, %v", r.Place, r.Check, r.Facts)
	}
}

func TestWaitingHeadIsTrue(t *testing.T) { // P7
	w := english(t)
	at := noon.Add(-time.Minute)
	for _, c := range []struct {
		name string
		in   Waiting
		kind chipKind
		want string
	}{
		{"nothing ever", Waiting{}, chipPlain, "Nothing waiting to send"},
		{"all with receipts", Waiting{Written: 41, Received: 41, ReceivedAt: noon.Add(122 * time.Minute)}, chipDone, "41 of 41 received by the hub at 14:02"},
		{"carried is not received", Waiting{Items: []WaitingItem{{Kind: WaitingNote, When: at, State: Carried, By: "S"}}, Written: 1}, chipEarlier, "1 not yet received by the hub"},
		{"refused is not received", Waiting{Items: []WaitingItem{{Kind: WaitingNote, When: at, State: Rejected}}, Written: 1}, chipEarlier, "1 not yet received by the hub"},
		{"old", Waiting{Items: waitingItems(), Written: 41, Received: 38}, chipWarning, "3 not yet received by the hub; oldest 26 hours"},
		{"counted", Waiting{Items: []WaitingItem{{Kind: WaitingAccess, Count: 12, When: at, State: OnLaptop}}, Written: 12}, chipEarlier, "12 not yet received by the hub"},
	} {
		if m := newWaitingModel(w, c.in, noon); m.Head != (chip{c.kind, c.want}) {
			t.Errorf("%s: %v, want %q", c.name, m.Head, c.want)
		}
	}
}

func TestSyncWordsAreHonest(t *testing.T) { // P9
	w := english(t)
	if c := newSyncModel(w, Sync{}, noon).News; c.Kind == chipDone {
		t.Errorf("with nothing known about withdrawals it says %q", c.Words)
	}
	sy := Sync{Phase: SyncReceiving, Receive: Count{212, 380, 18_200_000}, NoNews: true, Missing: 1}
	m := newSyncModel(w, sy, noon)
	if m.Sentence.Words != "Receiving: 212 of 380" || m.Receive != "168 of 380 (18 MB)" || m.News.Kind != chipWarning {
		t.Errorf("%q, %q, %q", m.Sentence.Words, m.Receive, m.News.Words)
	}
	if m := newSyncModel(w, Sync{Contact: noon.Add(-139 * time.Minute)}, noon); m.Sentence != (chip{chipQuiet, "Working offline. Last contact with the hub 09:41"}) {
		t.Errorf("offline is said as %v", m.Sentence)
	}
	states := map[string]bool{}
	for _, n := range base(PhaseOpen).sync.Neighbours {
		states[newNeighbourRow(w, n, noon).State.Words] = true
	}
	if len(states) != 5 {
		t.Errorf("five neighbours in five states are told apart as %v", states)
	}
}

func TestWaitCountsDownInWords(t *testing.T) { // P1
	w := english(t)
	tr := try{until: noon.Add(4 * time.Second), left: 7}
	for after, want := range map[time.Duration]string{
		0:                       "Wait 4 seconds. 7 tries left, then an admin must help you back in.",
		3500 * time.Millisecond: "Wait 1 second. 7 tries left, then an admin must help you back in.",
		4 * time.Second:         "7 tries left, then an admin must help you back in.",
	} {
		if got := tr.words(w, noon.Add(after)); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
	if got := (try{until: noon.Add(10 * time.Minute)}).words(w, noon); got != "Wait 10 minutes." {
		t.Errorf("ten minutes: %q", got)
	}
}

func TestCodeGroupsAreCheckedAsTyped(t *testing.T) { // P12
	if got := tidyCode("7gkpm abcde1"); got != "7GKPM-ABCDE-1" {
		t.Errorf("a code is tidied to %q", got)
	}
	if got := tidyCode("7gkpmabcde@hub.example:7443"); got != "7GKPM-ABCDE@hub.example:7443" {
		t.Errorf("a code with an address is tidied to %q", got)
	}
	groups, address := codeGroups("!!!!!-12@hub.example:7443")
	if groups[0] != groupWrong || groups[1] != groupOpen || address != "hub.example:7443" {
		t.Errorf("groups %v, address %q", groups, address)
	}
}

func TestSetupMissesNothing(t *testing.T) { // P12
	w := english(t)
	if name, role := (setupModel{role: -1}).faults(w); name == "" || role == "" {
		t.Errorf("faults missed: %q %q", name, role)
	}
	if name, role := (setupModel{name: "A B"}).faults(w); name+role != "" {
		t.Errorf("faults found in what is right: %q %q", name, role)
	}
}

func TestReasonNeedsWhatItNeeds(t *testing.T) { // R1, R7
	w := english(t)
	a := Approach{Bases: []Basis{BasisIncident, BasisCaring}, AskPermission: true}
	m := newReasonModel(w, a)
	if len(m.Purposes) != 4 {
		t.Errorf("%d purposes, R1 lists four", len(m.Purposes))
	}
	steps := []struct {
		change func()
		want   string
	}{
		{func() {}, "reason.missing-basis"},
		{func() { m.basis = 0 }, "reason.missing-reference"},
		{func() { m.reference = "  " }, "reason.missing-reference"},
		{func() { m.reference = " INC 4711 " }, "reason.missing-permission"},
		{func() { m.permission = 1; m.purpose = 1 }, ""},
	}
	var why Reason
	for i, s := range steps {
		s.change()
		var missing string
		if why, missing = m.reason(a); missing != s.want {
			t.Errorf("step %d: missing %q, want %q", i, missing, s.want)
		}
	}
	if why != (Reason{PurposeDiagnosis, BasisIncident, "INC 4711", PermissionEpisode}) {
		t.Errorf("the reason is %+v", why)
	}
}

func TestProblemsHideTheirCause(t *testing.T) {
	w := english(t)
	p := problemOf(errNoWords)
	if p.Key != ProblemUnknown || p.Unwrap() != errNoWords {
		t.Errorf("an error without words became %v", p)
	}
	words := p.words(w)
	if contains(words.What+words.Do+words.Works, errNoWords.Error()) || contains(words.Code, "UNK") == false {
		t.Errorf("the page would say %+v", words)
	}
	if got := (&Problem{Key: ProblemRefused, Code: "P4", Values: []any{"rule", "role"}}).Error(); got != "problem.refused (P4)" {
		t.Errorf("the error says %q", got)
	}
}
