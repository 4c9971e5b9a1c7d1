package record

import "strings"

// SectionKind is what a section is about: the sections of the International
// Patient Summary (domain.md 1.1), the headings of the PRSB core information
// standard and the GP summary that have no counterpart there, and Other.
type SectionKind string

// The closed list of kinds.
const (
	Problems          SectionKind = "problems"
	Allergies         SectionKind = "allergies"
	Medications       SectionKind = "medications"
	Immunisations     SectionKind = "immunisations"
	Results           SectionKind = "results"
	Procedures        SectionKind = "procedures"
	Devices           SectionKind = "devices"
	AdvanceDirectives SectionKind = "advance-directives"
	Alerts            SectionKind = "alerts"
	FunctionalStatus  SectionKind = "functional-status"
	PastProblems      SectionKind = "past-problems"
	Pregnancy         SectionKind = "pregnancy"
	Story             SectionKind = "story"
	PlanOfCare        SectionKind = "plan-of-care"
	SocialHistory     SectionKind = "social-history"
	VitalSigns        SectionKind = "vital-signs"

	AboutSummary      SectionKind = "about-summary"      // who made it, what it leaves out
	PastMedications   SectionKind = "past-medications"   // discontinued
	CareContacts      SectionKind = "care-contacts"      // admissions, appointments, visits
	PersonalContacts  SectionKind = "personal-contacts"  // next of kin, carers, care team
	CarerInformation  SectionKind = "carer-information"  // said by carers and relatives (R11)
	FamilyHistory     SectionKind = "family-history"     //
	Requests          SectionKind = "requests"           // referrals, orders, tasks
	Documents         SectionKind = "documents"          // notes and reports
	Preferences       SectionKind = "preferences"        // about me, personal preferences
	LegalInformation  SectionKind = "legal-information"  // capacity, powers of attorney, consent
	IndividualNeeds   SectionKind = "individual-needs"   // communication, interpreter, adjustments
	ContingencyPlan   SectionKind = "contingency-plan"   //
	Assessments       SectionKind = "assessments"        //
	AdviceInformation SectionKind = "advice-information" // given to the person
	PersonDetails     SectionKind = "demographics"       // the person's details as a section
	Other             SectionKind = "other"
)

// Title is the kind's heading, for a section without one and for lists.
func (k SectionKind) Title() string {
	if t, ok := sectionTitles[k]; ok {
		return t
	}
	return "Other items received"
}

var sectionTitles = map[SectionKind]string{
	Problems: "Problems", Allergies: "Allergies and adverse reactions", Medications: "Medicines",
	Immunisations: "Immunisations", Results: "Results", Procedures: "Procedures", Devices: "Devices and implants",
	AdvanceDirectives: "Advance decisions", Alerts: "Alerts", FunctionalStatus: "Functional status",
	PastProblems: "Past problems", Pregnancy: "Pregnancy", Story: "The person's story", PlanOfCare: "Plan of care",
	SocialHistory: "Social history", VitalSigns: "Vital signs", AboutSummary: "About this summary",
	PastMedications: "Past medicines", CareContacts: "Contacts with professionals", PersonalContacts: "Contacts",
	CarerInformation: "Information from carers and relatives", FamilyHistory: "Family history", Requests: "Requests and referrals",
	Documents: "Notes and reports", Preferences: "Personal preferences", LegalInformation: "Legal information",
	IndividualNeeds: "Individual needs", ContingencyPlan: "Contingency plan", Assessments: "Assessments",
	AdviceInformation: "Advice and information given", PersonDetails: "The person's details", Other: "Other items received",
}

// sectionOrder is the reading order of sections that we make ourselves.
var sectionOrder = []SectionKind{
	Alerts, Allergies, Medications, Problems, AdvanceDirectives, Devices, ContingencyPlan, PlanOfCare, CareContacts,
	PersonalContacts, Results, VitalSigns, Immunisations, Procedures, Pregnancy, PastProblems, PastMedications,
	FunctionalStatus, SocialHistory, FamilyHistory, Assessments, Requests, Documents, Story, CarerInformation,
	LegalInformation, IndividualNeeds, Preferences, AdviceInformation, AboutSummary, PersonDetails, Other,
}

// sectionCodes maps section codes, whatever their system: LOINC (IPS 1.x and
// 2.0, C-CDA), the GP summary's header words, PRSB record standard headings.
var sectionCodes = map[string]SectionKind{
	"11450-4": Problems, "48765-2": Allergies, "10160-0": Medications, "11369-6": Immunisations, "30954-2": Results,
	"47519-4": Procedures, "46264-8": Devices, "42348-3": AdvanceDirectives, "104605-1": Alerts, "47420-5": FunctionalStatus,
	"11348-0": PastProblems, "10162-6": Pregnancy, "81338-6": Story, "18776-5": PlanOfCare, "29762-2": SocialHistory,
	"8716-3": VitalSigns, "75310-3": Alerts, "10157-6": FamilyHistory, "46240-8": CareContacts, "42346-7": PastMedications,
	"10183-2": Medications, "75311-1": Medications, "78375-3": Problems, "42347-5": PastProblems, "10164-2": Story,
	"29299-5": Problems, "8648-8": Documents, "10187-3": Assessments, "42344-2": AdviceInformation, "87504-7": AboutSummary,
	"34109-9": Documents, "11341-5": SocialHistory, "45602-0": FunctionalStatus, "45588-1": FunctionalStatus, "45590-7": FunctionalStatus,

	"21134002": FunctionalStatus, "282145008": FunctionalStatus, "301438001": FunctionalStatus, "ENC": CareContacts,

	"Title": AboutSummary, "AllergiesHeader": Allergies, "AcuteMedsHeader": Medications, "RepeatMedsHeader": Medications,
	"DiscRepeatMedsHeader": PastMedications, "RisksToPatientHeader": Alerts, "RisksToCareProfOr3rdPtyHeader": Alerts,
	"DiagnosesHeader": Problems, "ProblemsHeader": Problems, "ObservationsHeader": Assessments, "TreatmentsHeader": Procedures,
	"ResultsHeader": Results, "EventsHeader": CareContacts, "ProceduresHeader": Procedures, "PreferencesHeader": Preferences,
	"AdviceHeader": AdviceInformation, "CircumstancesHeader": SocialHistory, "InvestigationsHeader": Results,
	"FamilyHistoryHeader": FamilyHistory, "ReferralsHeader": Requests, "CareProfDocHeader": Documents,
	"PersonalContactsHeader": PersonalContacts, "ContactsHeader": PersonalContacts,

	"allergies-and-adverse-reactions": Allergies, "allergies-and-adverse-reaction": Allergies, "attendance-details": CareContacts,
	"clinical-narrative": Documents, "contact-for-further-information": AboutSummary, "diagnoses": Problems,
	"discharge-details": CareContacts, "general-practitioner-practice": PersonDetails, "information-and-advice-given": AdviceInformation,
	"medications-and-medical-devices": Medications, "patient-demographics": PersonDetails, "person-completing-record": AboutSummary,
	"plan-and-requested-actions": PlanOfCare, "presenting-complaints-or-issues": Problems, "procedures": Procedures,
	"referrer-details": AboutSummary, "senior-reviewing-clinician": AboutSummary,

	// SNOMED CT record headings of the PRSB core information standard
	"886921000000105": Allergies, "933361000000108": Medications, "1077911000000107": Medications, "887151000000100": Procedures,
	"887161000000102": Problems, "886731000000109": Problems, "887181000000106": Results, "886891000000102": PlanOfCare,
	"1052891000000108": PlanOfCare, "887051000000101": SocialHistory, "887111000000104": FamilyHistory, "1078911000000106": Requests,
	"325691000000100": ContingencyPlan,
}

// titleWords finds the kind by an English title, for sections without a code
// that we know: the headings of the PRSB core information standard (domain.md
// 1.2) and what others call them. Longest and most specific first. A heading
// about safeguarding is none of these: alerts are seen by roles that may not
// see that.
var titleWords = []struct {
	word string
	kind SectionKind
}{
	{"allerg", Allergies},
	{"discontinued", PastMedications},
	{"past medication", PastMedications},
	{"medication", Medications},
	{"medicine", Medications},
	{"immuni", Immunisations},
	{"vaccin", Immunisations},
	{"advance", AdvanceDirectives},
	{"resuscitation", AdvanceDirectives},
	{"respect", AdvanceDirectives},
	{"contingency", ContingencyPlan},
	{"emergency plan", ContingencyPlan},
	{"crisis plan", ContingencyPlan},
	{"alert", Alerts},
	{"risk", Alerts},
	{"past illness", PastProblems},
	{"history of illness", PastProblems},
	{"past medical", PastProblems},
	{"past problem", PastProblems},
	{"family history", FamilyHistory},
	{"social", SocialHistory},
	{"problem", Problems},
	{"diagnos", Problems},
	{"condition", Problems},
	{"vital", VitalSigns},
	{"result", Results},
	{"procedure", Procedures},
	{"device", Devices},
	{"implant", Devices},
	{"pregnan", Pregnancy},
	{"plan of", PlanOfCare},
	{"care plan", PlanOfCare},
	{"functional", FunctionalStatus},
	{"patient story", Story},
	{"carer", CarerInformation},
	{"individual requirement", IndividualNeeds},
	{"reasonable adjustment", IndividualNeeds},
	{"interpreter", IndividualNeeds},
	{"about me ", Preferences},
	{"legal information", LegalInformation},
	{"end of life", AdvanceDirectives},
	{"preference", Preferences},
	{"encounter", CareContacts},
	{"appointment", CareContacts},
	{"contacts with", CareContacts},
	{"admission", CareContacts},
	{"next of kin", PersonalContacts},
	{"contacts", PersonalContacts},
	{"general practice", AboutSummary},
	{"notes and reports", Documents},
	{"document", Documents},
	{"assessment", Assessments},
}

// sectionKind decides what a section is about: by its codes, by the one type
// of its entries, by its title.
func sectionKind(codings []Coding, title string, types map[string]int) SectionKind {
	for _, c := range codings {
		if k, ok := sectionCodes[c.Code]; ok {
			return k
		}
	}
	low := strings.ToLower(title) + " "
	if len(types) == 1 {
		for typ := range types {
			switch k := homeOf(typ); k {
			case Allergies, Medications, Immunisations, Devices, Alerts, Procedures, FamilyHistory:
				return k
			}
		}
	}
	for _, t := range titleWords {
		if strings.Contains(low, t.word) {
			return t.kind
		}
	}
	return Other
}

// homeOf is the section where a resource type belongs when no section of the
// source holds it. Observations, conditions and documents are looked at more
// closely by [home].
func homeOf(typ string) SectionKind {
	switch typ {
	case "AllergyIntolerance", "AdverseEvent":
		return Allergies
	case "Condition":
		return Problems
	case "MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense":
		return Medications
	case "Immunization", "ImmunizationRecommendation", "ImmunizationEvaluation":
		return Immunisations
	case "Observation", "DiagnosticReport", "ImagingStudy", "Specimen", "Media", "MolecularSequence":
		return Results
	case "Procedure":
		return Procedures
	case "Device", "DeviceUseStatement", "BodyStructure":
		return Devices
	case "Flag", "DetectedIssue", "RiskAssessment":
		return Alerts
	case "CarePlan", "Goal", "NutritionOrder", "RequestGroup":
		return PlanOfCare
	case "Encounter", "Appointment", "EpisodeOfCare":
		return CareContacts
	case "RelatedPerson", "CareTeam", "Person":
		return PersonalContacts
	case "ClinicalImpression", "QuestionnaireResponse":
		return Assessments
	case "FamilyMemberHistory":
		return FamilyHistory
	case "ServiceRequest", "DeviceRequest", "Task", "CommunicationRequest", "ReferralRequest", "ProcedureRequest":
		return Requests
	case "DocumentReference", "Communication", "DocumentManifest":
		return Documents
	case "Consent":
		return LegalInformation
	}
	return Other
}

// supporting tells whether a resource type only supports others: it is listed
// among Supporting unless a section names it.
func supporting(typ string) bool {
	switch typ {
	case "Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService", "Medication",
		"Substance", "MessageHeader", "Provenance", "Composition", "Bundle", "OperationOutcome", "Parameters", "Binary",
		"Endpoint", "Coverage", "Claim", "ClaimResponse", "ExplanationOfBenefit", "Account", "ChargeItem", "Invoice",
		"AuditEvent", "Schedule", "Slot", "Subscription", "Group", "OrganizationAffiliation", "List",
		"CodeSystem", "ValueSet", "ConceptMap", "NamingSystem", "StructureDefinition", "StructureMap", "SearchParameter",
		"OperationDefinition", "CapabilityStatement", "ImplementationGuide", "MessageDefinition", "CompartmentDefinition",
		"GraphDefinition", "ExampleScenario", "Questionnaire", "PlanDefinition", "ActivityDefinition", "Library", "Measure":
		return true
	}
	return false
}
