package record

// Summary is one received FHIR resource or bundle as people read it. It is a
// view: the bytes it was read from are the record and are never written again
// from here. A Summary is not changed after [Parse]; it may be read from
// several goroutines at once.
type Summary struct {
	ID        string // the bundle's (or resource's) id or identifier, may be empty
	Kind      Kind
	Type      string // resource type of the outermost value: Bundle, Patient, Condition...
	Title     string // as authored, or made from the kind
	Composed  Date   // the composition's date, else the bundle's timestamp, else meta.lastUpdated
	Author    string // who wrote it, in words; several joined with "; "
	Custodian string // the body that keeps it, in words
	Source    string // the body to name as the source: custodian, else author's organisation, else author, else meta.source
	Language  string // as received

	// Person is who the summary is about; nil means nobody's summary (an
	// organisation, a code system) or one that does not say whose it is, which
	// a warning then tells apart.
	Person *Person

	Sections   []Section
	Supporting []Item // people, bodies, places, medicines and messages that other items name

	Withheld bool     // some items were withheld, by label, words of the narrative, or emptyReason
	Labels   []Coding // security labels of the bundle and the composition
	Warnings []Warning

	// Every entry of the bundle is counted once: EntriesReceived is always
	// EntriesShown + EntriesUnreadable. A single resource is one entry.
	EntriesReceived   int
	EntriesShown      int // in a section or among Supporting
	EntriesSupporting int // of those shown, the ones among Supporting
	EntriesUnreadable int
	EntriesMissing    int // items that a section announces and the bundle does not hold
}

// Kind is what carried the summary: a bundle's type, or a resource alone.
type Kind string

// Kinds. A bundle of a type not listed keeps its own word.
const (
	KindDocument    Kind = "document"
	KindSearchset   Kind = "searchset"
	KindTransaction Kind = "transaction"
	KindMessage     Kind = "message"
	KindCollection  Kind = "collection"
	KindBatch       Kind = "batch"
	KindUntyped     Kind = "bundle"   // a bundle without a type
	KindResource    Kind = "resource" // no bundle
)

// State is why a section, or a tile of the card, holds what it holds. The four
// are never merged (domain.md 1.1); the zero value is the cautious one.
type State uint8

// The four states.
const (
	NotAvailable State = iota // withheld, not sent, or could not be read; the note says which
	NotRecorded               // not recorded or not asked
	KnownNone                 // somebody stated that there is none
	Recorded                  // there is something to read
)

// String says the state in words for the screen.
func (s State) String() string {
	switch s {
	case NotRecorded:
		return "Not recorded"
	case KnownNone:
		return "None known"
	case Recorded:
		return "Recorded"
	}
	return "Not available"
}

// Section is one section of a summary, as authored or, for a bundle without a
// composition and for entries that no section names, made from the entries.
type Section struct {
	Kind       SectionKind
	Code       Coding // as received; zero for a section that we made
	Title      string
	Source     string // the body the section comes from (R12)
	Date       Date   // its age: the section's own newest date, else the summary's (R12)
	State      State
	StateNote  string // why, in words; never empty unless Recorded with items
	Narrative  Narrative
	Items      []Item       // current
	Ended      []Item       // inactive, stopped, refuted, entered in error: apart, and counted
	Negations  []Item       // statements that there is none, or that nothing is known: never counted as items
	Unreadable []Unreadable // received or announced, and not shown as items
	Nested     []Section
	Made       bool // no section of the source: we gathered these items
}

// Unreadable is something received that could not be shown as an item.
type Unreadable struct {
	Path  string // JSON path in the received bytes
	Cause string // in words
	Text  string // what came, as safe plain text; empty where it must not be shown

	home SectionKind // of what names somebody unknown: where it would belong
}

// Group tells whether an item holds now.
type Group uint8

// Groups; the zero value is what is shown first, so that nothing is put away
// for want of a status.
const (
	GroupCurrent Group = iota
	GroupEnded         // inactive, resolved, stopped, completed long ago by its status
	GroupRefuted
	GroupError // entered in error
)

// String says the group in words for the screen.
func (g Group) String() string {
	switch g {
	case GroupEnded:
		return "Ended"
	case GroupRefuted:
		return "Refuted"
	case GroupError:
		return "Entered in error"
	}
	return "Current"
}

// Coding is a code as received.
type Coding struct{ System, Code, Display string }

// Field is one labelled line of an item's detail, in display order. Values are
// as authored: no units converted, nothing cut.
type Field struct{ Label, Value string }

// Item is one clinical or supporting resource in words.
type Item struct {
	Kind        string // resource type
	Title       string // never empty
	Coding      Coding // the first code, SNOMED CT where there is one
	Codings     []Coding
	Detail      []Field
	Status      string // in words, as far as known
	Group       Group
	Date        Date   // the date that says how old it is
	Updated     Date   // when the source last recorded or changed it
	Period      Period // of a flag, plan, contact: from when until when
	Source      string // who or which body says so, in words
	Severity    string // in words
	Criticality string // in words
	Certainty   string // verification status in words
	Reaction    string // an allergy's manifestations, in words
	Dose        string // a medicine's dose as written
	Route       string
	HighRisk    string   // "anticoagulant", "insulin", ...; empty if not known to be one
	Labels      []Coding // security labels; policy decides what they mean
	Restricted  bool     // labelled R or V, or by a label we do not know
	DoNotRely   string   // not empty: an unknown modifier may change the meaning
	FromCarer   bool     // said by a carer, relative or friend (R11)
	Carer       string   // who, with the relationship
	Safeguard   bool     // a safeguarding alert: shown by role only, never in lists
	Narrative   Narrative
	Path        string // JSON path of the resource in the received bytes

	orders []string // paths of the orders that a statement of a medicine follows
}

// Field gives the value of the first field with a label, or "".
func (i *Item) Field(label string) string {
	for _, f := range i.Detail {
		if f.Label == label {
			return f.Value
		}
	}
	return ""
}

// Warning is something the reader must know about the summary as a whole.
type Warning struct {
	Code  WarningCode
	Words string // for the screen; may hold clinical content
	Path  string
}

// WarningCode is the kind of a warning, without content: for logs and lists.
type WarningCode string

// The closed list of warnings.
const (
	WarnNHSNumberInvalid    WarningCode = "nhs-number-invalid"
	WarnNHSNumberUnverified WarningCode = "nhs-number-unverified"
	WarnNHSNumberMissing    WarningCode = "nhs-number-missing"
	WarnNHSNumberSeveral    WarningCode = "nhs-number-several"
	WarnNameMissing         WarningCode = "name-missing"
	WarnBirthDateUnread     WarningCode = "birth-date-unread"
	WarnAnimal              WarningCode = "animal"
	WarnSubjectUnclear      WarningCode = "subject-unclear"
	WarnSubjectAssumed      WarningCode = "subject-assumed"
	WarnSeveralPeople       WarningCode = "several-people"
	WarnOtherPerson         WarningCode = "other-person"
	WarnUnknownPerson       WarningCode = "unknown-person"
	WarnCompositionNotFirst WarningCode = "composition-not-first"
	WarnNoComposition       WarningCode = "no-composition"
	WarnCompositionError    WarningCode = "composition-entered-in-error"
	WarnSeveralCompositions WarningCode = "several-compositions"
	WarnDuplicateEntry      WarningCode = "duplicate-entry"
	WarnMissingItems        WarningCode = "missing-items"
	WarnUnreadableItems     WarningCode = "unreadable-items"
	WarnNarrativeActive     WarningCode = "narrative-active"
	WarnWithheld            WarningCode = "withheld"
	WarnContradiction       WarningCode = "contradiction"
	WarnDoNotRely           WarningCode = "do-not-rely"
)
