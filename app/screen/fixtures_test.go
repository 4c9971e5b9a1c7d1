package screen

import (
	"strings"
	"time"

	"satchel/store/identity"
	"satchel/store/record"
)

func contains(s, words string) bool { return strings.Contains(s, words) }

func handle(n byte) identity.Handle { return identity.Handle{15: n} }

func nhs(s string) identity.NHSNumber {
	n, err := identity.ParseNHSNumber(s)
	if err != nil {
		panic(err) // a fixture is wrong
	}
	return n
}

var (
	crew  = User{Slot: identity.SlotID{15: 1}, Name: "Asha Patel", Role: identity.Paramedic}
	nurse = User{Slot: identity.SlotID{15: 2}, Name: "Bartholomew Featherstonehaugh-Cholmondeley", Role: identity.DistrictNurse}
)

// base is a laptop with two people enrolled, in contact with its hub.
func base(p Phase) *valueDesk {
	d := &valueDesk{
		state: State{
			Phase: p, Laptop: "FELIX-014", Organisation: "Felixford Ambulance Service", HelpDesk: "0118 496 0100",
			Words: "acorn badge cactus daisy", Demo: true, People: []User{crew, nurse}, Held: 214, Checked: noon.Add(-2 * time.Hour),
		},
		sync: Sync{
			Phase: SyncUpToDate, Since: noon.Add(-5 * time.Minute), Contact: noon.Add(-5 * time.Minute), NewsAt: noon.Add(-5 * time.Minute),
			Neighbours: []Neighbour{
				{Name: "felixford.hub", Organisation: "Felixford", Kind: "hub", Direct: true, State: Connected},
				{Name: "STATION-4", Organisation: "Felixford Ambulance Service", Kind: "station", Direct: true, State: NearIdle},
				{Name: "FELIX-009", Organisation: "Felixford Ambulance Service", Kind: "laptop", State: SeenBefore, LastSeen: noon.Add(-50 * time.Hour)},
				{Name: "FELIX-002", Organisation: "Felixford Community Trust", Kind: "laptop", State: SeenBefore, LastSeen: noon.Add(-300 * time.Hour)},
				{Name: "FELIX-001", Kind: "laptop", State: RevokedDevice},
			},
		},
		duty: Duty{Version: "2026-1", Paragraphs: []string{
			"You may open a person's record only when you are involved in that person's care, or when the law lets you.",
			"Every record you open is written down with your name, the time and your reason. The Caldicott Guardian sees it.",
			"Do not let others see this screen. Lock the laptop when you leave it. Never share your passphrase.",
		}},
		waiting: Waiting{Items: waitingItems(), Written: 41, Received: 38, ReceivedAt: noon.Add(-time.Hour)},
		results: map[string]Results{}, approach: map[identity.Handle]Approach{}, opened: map[identity.Handle]*Opened{},
		events: make(chan Event, 8), hub: Hub{Name: "Felixford care area", Words: "harbour lantern mosaic river", Demo: true},
	}
	d.door.requests = map[identity.SlotID]Recovery{}
	d.door.laptop = Laptop{Version: "0.1.0", Binding: BindingTPM, TurnedAt: noon.Add(-3 * time.Hour), Hub: "Felixford care area"}
	if p == PhaseOpen || p == PhaseDuty {
		d.state.Who = crew
	}
	d.state.Unsent = 3
	return d
}

func waitingItems() []WaitingItem {
	return []WaitingItem{
		{Kind: WaitingObjection, About: "BARNABY, Ethel (Mrs)", When: noon.Add(-26 * time.Hour), State: Carried, By: "STATION-4", At: noon.Add(-3 * time.Hour)},
		{Kind: WaitingAlert, When: noon.Add(-2 * time.Hour), State: OnLaptop},
		{Kind: WaitingNote, When: noon.Add(-90 * time.Minute), State: Rejected, Why: &Problem{Key: ProblemNotApproved, Code: "W3"}},
		{Kind: WaitingAccess, Count: 38, When: noon.Add(-4 * time.Hour), State: Delivered, At: noon.Add(-time.Hour)},
	}
}

// rows are people in lists: usual, longest names, marks and old copies.
func rows() []Row {
	fresh := func(age, left time.Duration) Freshness {
		return Freshness{Checked: noon.Add(-age), Ends: noon.Add(left)}
	}
	return []Row{
		{Handle: handle(1), Name: "BARNABY, Ethel (Mrs)", Born: "14-Feb-1938 (88y)", Sex: "Female", NHS: "999 000 0018", Place: "Harbour Row, XX1", Fresh: fresh(2*time.Hour, 60*time.Hour), Due: "13:00 wound care"},
		{Handle: handle(2), Name: "FEATHERSTONEHAUGH-CHOLMONDELEY-MARJORIBANKS, Bartholomew Augustus Montgomery (The Right Reverend)", Born: "29-Feb-1952 (74y)", Sex: "Male", NHS: "999 000 0026", Place: "The Old Rectory Farmhouse, Upper Slaughter Lane, XX14", Fresh: fresh(30*time.Hour, 40*time.Hour), Marks: []Mark{MarkObjection, MarkReason}},
		{Handle: handle(3), Name: "OKONKWO, Chidi (Mr)", Born: "02-Nov-1990 (36y)", Sex: "Male", NHS: "999 000 0034", Place: "Mill Lane, XX2", Fresh: fresh(5*24*time.Hour, 3*time.Hour), Alike: true},
		{Handle: handle(4), Name: "OKONKWO, Chide (Mr)", Born: "12-Nov-1990 (36y)", Sex: "Male", NHS: "", Place: "", Fresh: fresh(1*time.Hour, 60*time.Hour), Alike: true, Marks: []Mark{MarkProtected}},
		{Handle: handle(5), Name: "ŻÓŁĆ, Święta (Ms)", Born: "01-Jan-2025 (22m 22d)", Sex: "Not known", NHS: "999 000 0050", Place: "Quay Street, XX1", Fresh: Freshness{Checked: noon.Add(-80 * time.Hour), Ends: noon.Add(-time.Hour), Ended: true}},
	}
}

func found(m Match, rs ...Row) Results {
	out := append([]Row(nil), rs...)
	for i := range out {
		out[i].Match, out[i].Due = m, ""
	}
	return Results{Rows: out}
}

func date(s string) record.Date { return record.ParseDate(s) }

// ethel is a summary with something in every state.
func ethel() *record.Summary {
	const gp, trust = "Harbour Row Surgery", "Felixford Community Trust"
	return &record.Summary{
		Kind: record.KindDocument, Title: "Felixford shared care summary", Composed: date("2026-11-20T09:12:00Z"), Source: gp, Author: "Dr A Shah", Custodian: gp,
		Person: &record.Person{
			Names: []record.Name{{Use: "official", Prefix: []string{"Mrs"}, Given: []string{"Ethel"}, Family: "Barnaby"}, {Use: "nickname", Given: []string{"Eth"}}},
			NHS:   nhs("9990000018"), NHSVerified: true, Born: date("1938-02-14"), Sex: "Female",
			Addresses: []record.Address{{Lines: []string{"12 Harbour Row"}, City: "Felixford", Postcode: "XX1 2AB"}},
			Telecoms:  []record.Telecom{{System: "phone", Use: "home", Value: "0118 496 0123"}, {System: "phone", Use: "mobile", Value: "07700 900123"}},
			Contacts:  []record.Contact{{Name: "Margaret Barnaby", Relationship: "Daughter; Next of kin", NextOfKin: true, Telecoms: []record.Telecom{{Value: "07700 900456"}}}},
			GP:        gp, Interpreter: "",
			Needs: []record.Field{{Label: "Hearing", Value: "Wears hearing aids; speak to the left side"}},
		},
		Sections: []record.Section{
			{
				Kind: record.Allergies, Title: "Allergies and adverse reactions", Source: gp, Date: date("2026-11-03"), State: record.Recorded,
				Items: []record.Item{
					{Kind: "AllergyIntolerance", Title: "Penicillin", Criticality: "High", Severity: "Severe", Certainty: "Confirmed", Reaction: "Anaphylaxis", Status: "Active", Updated: date("2019-06-04"), Source: gp},
					{Kind: "AllergyIntolerance", Title: "Elastoplast (zinc oxide plaster)", Reaction: "Rash", Severity: "Mild", Status: "Active", Updated: date("2021-01-12"), Source: gp},
				},
				Ended: []record.Item{{Kind: "AllergyIntolerance", Title: "Latex", Group: record.GroupRefuted, Status: "Inactive", Updated: date("2015-03-01"), Source: gp}},
			},
			{
				Kind: record.Medications, Title: "Medicines", Source: gp, Date: date("2026-11-18"), State: record.Recorded,
				Items: []record.Item{
					medicine("Bisoprolol 2.5 mg tablets", "One tablet every morning", ""),
					medicine("Warfarin 1 mg tablets", "As directed by the anticoagulant clinic; target INR 2.5", "anticoagulant"),
					medicine("Insulin glargine 100 units/ml solution for injection 3 ml pre-filled pen", "14 units at night", "insulin"),
					medicine("Furosemide 40 mg tablets", "One in the morning", ""),
					medicine("Paracetamol 500 mg tablets", "Two up to four times a day when needed", ""),
					medicine("Levothyroxine 50 microgram tablets", "One every morning", ""),
					medicine("Atorvastatin 20 mg tablets", "One at night", ""),
					medicine("Macrogol 3350 oral powder sachets", "One sachet twice a day", ""),
				},
				Ended: []record.Item{{Kind: "MedicationStatement", Title: "Amoxicillin 500 mg capsules", Group: record.GroupError, Status: "Entered in error", Updated: date("2024-02-02")}},
			},
			{
				Kind: record.Problems, Title: "Problems", Source: gp, Date: date("2026-10-01"), State: record.Recorded,
				Items: []record.Item{
					{Kind: "Condition", Title: "Atrial fibrillation", Status: "Active", Date: date("2014"), Source: gp},
					{Kind: "Condition", Title: "Type 2 diabetes mellitus", Status: "Active", Date: date("2009-05"), Source: gp},
					{Kind: "Condition", Title: "Heart failure with reduced ejection fraction", Severity: "Moderate", Status: "Active", Date: date("2022-03-14"), Source: "Felixford General Hospital"},
				},
				Unreadable: []record.Unreadable{{Path: "Bundle.entry[31].resource", Cause: "The item names no problem", Text: "Condition/31, recorded 2020"}},
			},
			{
				Kind: record.Alerts, Title: "Alerts", Source: trust, Date: date("2026-09-14"), State: record.Recorded,
				Items: []record.Item{
					{Kind: "Flag", Title: "Key safe at the side door: ask control for the number", Status: "Active", Source: trust},
					{Kind: "Flag", Title: "Large dog in the house", Status: "Active", Source: trust},
					{
						Kind: "Flag", Title: "Not for attempted CPR", Status: "Active", Source: gp, Updated: date("2026-05-11"), Date: date("2026-05-11"),
						Coding:  record.Coding{System: "http://snomed.info/sct", Code: "450476008", Display: "Not for attempted cardiopulmonary resuscitation"},
						Codings: []record.Coding{{System: "http://snomed.info/sct", Code: "450476008"}},
						Detail:  []record.Field{{Label: "Author", Value: "Dr A Shah"}},
					},
				},
			},
			{Kind: record.Devices, Title: "Devices and implants", State: record.NotRecorded, StateNote: "Not asked"},
			{Kind: record.Procedures, Title: "Procedures", State: record.NotAvailable, StateNote: "Withheld", Source: "Felixford General Hospital"},
			{Kind: record.Immunisations, Title: "Immunisations", State: record.KnownNone, StateNote: "None known - said by Dr A Shah 03-Nov-2026", Source: gp},
			{
				Kind: record.PlanOfCare, Title: "Plan of care", Source: trust, Date: date("2026-11-12"), State: record.Recorded,
				Narrative: record.Narrative{Blocks: []record.Block{
					{Kind: record.Heading, Level: 2, Text: "Leg ulcer, left ankle"},
					{Kind: record.Paragraph, Text: "Dress twice a week. Photograph monthly. Call the tissue viability nurse if the wound is larger, hot or smells."},
					{Kind: record.List, Lines: []string{"Monday and Thursday mornings", "Two-layer bandage; remove if toes are cold or blue", "Daughter is there on Mondays"}},
					{Kind: record.Table, Rows: []record.Row{
						{Header: true, Cells: []string{"Date", "Length (mm)", "Width (mm)", "Note"}},
						{Cells: []string{"02-Nov-2026", "34", "21", "Clean, granulating"}},
						{Cells: []string{"12-Nov-2026", "31", "20", "Some slough at the lower edge; no sign of infection; Mrs Barnaby says it hurts less at night"}},
					}},
				}},
			},
			{
				Kind: record.CarerInformation, Title: "Information from carers and relatives", Source: trust, Date: date("2026-11-12"), State: record.Recorded,
				Items: []record.Item{{Kind: "Communication", Title: "Sleeps in the chair downstairs since October", FromCarer: true, Carer: "Margaret Barnaby, daughter", Updated: date("2026-11-12")}},
			},
		},
		EntriesReceived: 41, EntriesShown: 40, EntriesUnreadable: 1, EntriesSupporting: 9,
		Warnings: []record.Warning{{Code: record.WarnUnreadableItems, Words: "1 item could not be read"}},
	}
}

func medicine(title, dose, risk string) record.Item {
	return record.Item{
		Kind: "MedicationStatement", Title: title, Dose: dose, Route: "Oral", HighRisk: risk, Status: "Active",
		Updated: date("2026-11-18"), Source: "Harbour Row Surgery", Detail: []record.Field{{Label: "Dose", Value: dose}, {Label: "Route", Value: "Oral"}},
	}
}

// opened is a record on the screen.
func opened(h identity.Handle, s *record.Summary) *Opened {
	return &Opened{
		Handle: h, Summary: s, At: noon, MayRelease: true,
		Fresh:  Freshness{Checked: noon.Add(-139 * time.Minute), Ends: noon.Add(60 * time.Hour)},
		Reason: Reason{Purpose: PurposeDirectCare, Basis: BasisCaseload},
	}
}

// longest has the longest name, withheld items, an objection and an old copy.
func longest() *Opened {
	s := ethel()
	s.Withheld = true
	s.Person.Names[0] = record.Name{Prefix: []string{"The Right Reverend"}, Given: []string{"Bartholomew", "Augustus", "Montgomery"}, Family: "Featherstonehaugh-Cholmondeley-Marjoribanks"}
	s.Person.NHS, s.Person.NHSVerified = identity.NHSNumber{}, false
	s.Person.Warnings = []record.Warning{{Code: record.WarnNHSNumberMissing, Words: "No NHS number"}}
	s.Sections[0] = record.Section{Kind: record.Allergies, Title: "Allergies and adverse reactions", State: record.NotAvailable, StateNote: "Withheld"}
	o := opened(handle(2), s)
	o.Fresh = Freshness{Checked: noon.Add(-5 * 24 * time.Hour), Ends: noon.Add(3 * time.Hour)}
	o.Objections = []Objection{{Words: "sharing with the council", State: "upheld", When: noon.Add(-90 * time.Hour)}}
	return o
}

// died is somebody who has died, with nothing recorded.
func died() *Opened {
	return opened(handle(3), &record.Summary{
		Composed: date("2026-11-01"), Source: "Mill Lane Practice",
		Person: &record.Person{
			Names: []record.Name{{Prefix: []string{"Mr"}, Given: []string{"Chidi"}, Family: "Okonkwo"}},
			NHS:   nhs("9990000034"), NHSVerified: true, Born: date("1948-03-05"), Sex: "Male", Dead: true, Died: date("2026-10-30"),
		},
		Sections: []record.Section{
			{Kind: record.Allergies, Title: "Allergies and adverse reactions", State: record.KnownNone, StateNote: "None known - said by Dr A Shah 03-Nov-2025"},
			{Kind: record.Medications, Title: "Medicines", State: record.NotRecorded, StateNote: "Not asked"},
		},
	})
}

// withPeople is an open laptop with a list and records behind it.
func withPeople() *valueDesk {
	d := base(PhaseOpen)
	rs := rows()
	d.today = rs
	direct := &Reason{Purpose: PurposeDirectCare, Basis: BasisCaseload}
	d.approach[handle(1)] = Approach{Row: rs[0], Direct: direct, Address: "12 Harbour Row"}
	d.approach[handle(2)] = Approach{Row: rs[1], Bases: []Basis{BasisIncident, BasisReferral, BasisCaring}, AskPermission: true}
	d.approach[handle(3)] = Approach{Row: rs[2], Direct: direct, Address: "7 Mill Lane"}
	d.approach[handle(5)] = Approach{Row: rs[4], Refused: &Problem{Key: ProblemEnded, Code: "L2"}}
	d.opened[handle(1)] = opened(handle(1), ethel())
	d.opened[handle(2)] = longest()
	d.opened[handle(3)] = died()
	return d
}
