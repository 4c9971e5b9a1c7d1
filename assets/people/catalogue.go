package people

// concept is a SNOMED CT concept and its words; a concept without a code is written
// as words alone, as many real entries are.
type concept struct{ code, term string }

// medicine is a medicine as a practice writes it: the words of the product and of
// the dose exactly as issued.
type medicine struct {
	substance concept
	product   string
	dose      string
}

// illness is a problem, the least age at which we give it to anybody, and the
// medicines that usually come with it.
type illness struct {
	concept
	from      int
	medicines []medicine
}

var (
	apixaban     = medicine{concept{"698090000", "Apixaban"}, "Apixaban 5mg tablets", "One tablet twice a day"}
	warfarin     = medicine{concept{"372756006", "Warfarin"}, "Warfarin 1mg tablets", "As directed by the anticoagulant clinic: 3 mg at 6 pm, INR target 2.5"}
	insulin      = medicine{concept{"67866001", "Insulin"}, "Insulin glargine 100units/ml solution for injection 3ml pre-filled pens", "18 units at bedtime"}
	morphine     = medicine{concept{"373529000", "Morphine"}, "Morphine 10mg modified-release capsules", "One capsule every 12 hours"}
	methotrexate = medicine{concept{"387381009", "Methotrexate"}, "Methotrexate 2.5mg tablets", "SIX tablets ONCE A WEEK on Mondays"}
	prednisolone = medicine{concept{"116601002", "Prednisolone"}, "Prednisolone 5mg tablets", "One tablet each morning. Do not stop suddenly: steroid emergency card held"}
	carbamazep   = medicine{concept{"387222003", "Carbamazepine"}, "Carbamazepine 200mg modified-release tablets (Tegretol Retard)", "One tablet twice a day. Same brand each time"}
	paracetamol  = medicine{concept{"387517004", "Paracetamol"}, "Paracetamol 500mg tablets", "One or two tablets up to four times a day when needed; no more than 8 in 24 hours"}
	salbutamol   = medicine{concept{"372897005", "Salbutamol"}, "Salbutamol 100micrograms/dose inhaler CFC free", "One or two puffs when needed"}
	omeprazole   = medicine{concept{"387137007", "Omeprazole"}, "Omeprazole 20mg gastro-resistant capsules", "One capsule each morning"}
	patch        = medicine{concept{}, "Buprenorphine 10micrograms/hour transdermal patches", "Apply one patch every 7 days"}
)

// highRisk are the medicines that a crew must see first: anticoagulants, insulin,
// opioids, antiepileptics, steroids, immunosuppressants (domain.md 1.4).
var highRisk = []medicine{apixaban, warfarin, insulin, morphine, methotrexate, prednisolone, carbamazep, patch}

var (
	fibrillation = illness{concept{"49436004", "Atrial fibrillation"}, 55, []medicine{
		apixaban,
		{concept{"386869006", "Bisoprolol fumarate"}, "Bisoprolol 2.5mg tablets", "One tablet each morning"},
	}}
	heartFailure = illness{concept{"84114007", "Heart failure"}, 60, []medicine{
		{concept{"387475002", "Furosemide"}, "Furosemide 40mg tablets", "One tablet each morning"},
		{concept{}, "Spironolactone 25mg tablets", "One tablet each morning"},
	}}
	diabetes = illness{concept{"44054006", "Type 2 diabetes mellitus"}, 35, []medicine{
		{concept{"372567009", "Metformin"}, "Metformin 500mg modified-release tablets", "Two tablets with the evening meal"},
	}}
	penicillin = reaction{concept{"91936005", "Allergy to penicillin"}, "medication", concept{"39579001", "Anaphylaxis"}, "severe", "high"}
	pacemaker  = concept{"14106009", "Cardiac pacemaker"}
)

var illnesses = []illness{
	fibrillation, heartFailure, diabetes,
	{concept{"38341003", "Hypertension"}, 40, []medicine{
		{concept{"386864001", "Amlodipine"}, "Amlodipine 5mg tablets", "One tablet each morning"},
		{concept{"386872004", "Ramipril"}, "Ramipril 5mg capsules", "One capsule each morning"},
	}},
	{concept{"46635009", "Type 1 diabetes mellitus"}, 8, []medicine{insulin}},
	{concept{"13645005", "Chronic obstructive pulmonary disease"}, 50, []medicine{
		salbutamol,
		{concept{}, "Tiotropium bromide 18microgram inhalation powder capsules", "Inhale the contents of one capsule once a day"},
	}},
	{concept{"195967001", "Asthma"}, 4, []medicine{
		salbutamol,
		{concept{}, "Beclometasone 100micrograms/dose inhaler CFC free", "Two puffs twice a day"},
	}},
	{concept{"414545008", "Ischaemic heart disease"}, 50, []medicine{
		{concept{"387458008", "Aspirin"}, "Aspirin 75mg dispersible tablets", "One tablet each day"},
		{concept{"373444002", "Atorvastatin"}, "Atorvastatin 80mg tablets", "One tablet at night"},
	}},
	{concept{"230690007", "Stroke"}, 55, []medicine{
		{concept{"386952008", "Clopidogrel"}, "Clopidogrel 75mg tablets", "One tablet each day"},
	}},
	{concept{"433144002", "Chronic kidney disease stage 3"}, 55, nil},
	{concept{"52448006", "Dementia"}, 65, []medicine{
		{concept{"386855006", "Donepezil"}, "Donepezil 10mg tablets", "One tablet at night"},
	}},
	{concept{"84757009", "Epilepsy"}, 3, []medicine{carbamazep}},
	{concept{"49049000", "Parkinson's disease"}, 60, []medicine{
		{concept{}, "Co-careldopa 25mg/100mg tablets", "One tablet four times a day AT 07:00, 11:00, 15:00 and 19:00. Time critical"},
	}},
	{concept{"239873007", "Osteoarthritis of knee"}, 50, []medicine{paracetamol}},
	{concept{"64859006", "Osteoporosis"}, 60, []medicine{
		{concept{}, "Alendronic acid 70mg tablets", "One tablet once a week on Sunday, with water, upright for 30 minutes"},
	}},
	{concept{"69896004", "Rheumatoid arthritis"}, 35, []medicine{
		methotrexate,
		{concept{}, "Folic acid 5mg tablets", "One tablet a week, on Fridays"},
	}},
	{concept{"40930008", "Hypothyroidism"}, 30, []medicine{
		{concept{"710809001", "Levothyroxine"}, "Levothyroxine sodium 75microgram tablets", "One tablet each morning before food"},
	}},
	{concept{"35489007", "Depressive disorder"}, 16, []medicine{
		{concept{"372594008", "Sertraline"}, "Sertraline 50mg tablets", "One tablet each day"},
	}},
	{concept{"24700007", "Multiple sclerosis"}, 25, []medicine{
		{concept{}, "Baclofen 10mg tablets", "One tablet three times a day"},
	}},
	{concept{"363732003", "Addison's disease"}, 18, []medicine{prednisolone}},
	{concept{"399912005", "Pressure ulcer"}, 65, nil},
	{concept{"21719001", "Allergic rhinitis due to pollen"}, 5, nil},
}

// pastProblems are over, and belong in their own section.
var pastProblems = []concept{
	{"74400008", "Appendicitis"},
	{"22298006", "Myocardial infarction"},
	{"58150001", "Fracture of clavicle"},
	{"233604007", "Pneumonia"},
	{"65966004", "Fracture of forearm"},
	{"", "Cellulitis of left leg"},
}

// reaction is what an allergy did.
type reaction struct {
	to       concept
	category string
	shows    concept
	severity string
	danger   string // criticality
}

var allergies = []reaction{
	penicillin,
	{concept{"91935009", "Allergy to peanut"}, "food", concept{"41291007", "Angioedema"}, "severe", "high"},
	{concept{"300916003", "Latex allergy"}, "environment", concept{"126485001", "Urticaria"}, "moderate", "low"},
	{concept{"300913006", "Shellfish allergy"}, "food", concept{"422400008", "Vomiting"}, "moderate", "low"},
	{concept{"91930004", "Allergy to egg"}, "food", concept{"271807003", "Eruption of skin"}, "mild", "low"},
	{concept{"424213003", "Allergy to bee venom"}, "environment", concept{"39579001", "Anaphylaxis"}, "severe", "high"},
	{concept{"", "Codeine"}, "medication", concept{"422587007", "Nausea"}, "mild", "low"},
	{concept{"", "Trimethoprim"}, "medication", concept{"271807003", "Eruption of skin"}, "moderate", "unable-to-assess"},
	{concept{"", "Elastoplast (zinc oxide plaster)"}, "environment", concept{"", "Blistering where it was stuck"}, "mild", "low"},
	{concept{"", "Iodinated contrast medium"}, "medication", concept{"56018004", "Wheezing"}, "severe", "high"},
}

var vaccines = []concept{
	{"1181000221105", "Influenza vaccine"},
	{"1119349007", "COVID-19 mRNA vaccine"},
	{"836398006", "Pneumococcal vaccine"},
	{"", "Shingles vaccine (Shingrix)"},
}

var childVaccines = []concept{
	{"", "Six-in-one (DTaP/IPV/Hib/HepB), first dose"},
	{"", "Rotavirus, first dose"},
	{"", "MenB, first dose"},
	{"", "MMR, first dose"},
}

var operations = []concept{
	{"52734007", "Total replacement of hip"},
	{"80146002", "Appendicectomy"},
	{"38102005", "Cholecystectomy"},
	{"232717009", "Coronary artery bypass grafting"},
	{"110473004", "Cataract surgery"},
	{"", "Drainage of abscess of right forearm"},
}

var implants = []concept{
	pacemaker,
	{"72506001", "Implantable defibrillator"},
	{"67270000", "Hip prosthesis"},
	{"23973005", "Indwelling urinary catheter"},
	{"25062003", "Feeding tube (PEG)"},
	{"", "Home oxygen concentrator, 2 l/min by nasal cannulae, target saturations 88-92%"},
	{"53639001", "Ventriculo-peritoneal shunt"},
	{"69805005", "Insulin pump"},
	{"6012004", "Hearing aid"},
}

// warning is a Flag that is not about resuscitation.
type warning struct {
	kind     string // flag-category
	words    string
	priority string // flag-priority: PH, PM, PL
}

// keySafe is the text of an access alert; the number is made up with the person.
const keySafe = "Key safe to the left of the front door, code %04d"

var warnings = []warning{
	{"behavioral", "History of violence to staff by a relative at this address: attend in pairs", "PH"},
	{"contact", "MRSA carrier: gloves and apron", "PM"},
	{"clinical", "Laryngectomy: breathes through the neck only", "PH"},
	{"clinical", "Risk of adrenal crisis: hydrocortisone 100 mg by injection at once if collapsed or vomiting", "PH"},
	{"drug", "Takes an anticoagulant: any head injury needs hospital assessment", "PH"},
	{"safety", "Large dog in the house; ask for it to be shut away", "PL"},
	{"safety", "Home oxygen in use: no smoking, tell the fire service", "PM"},
	{"clinical", "Difficult airway recorded at operation", "PH"},
}

// safeguarding is labelled, because a lock screen or a list must never show it.
var safeguarding = warning{"safety", "Adult at risk: safeguarding plan in place, ask the named social worker before discussing with family", "PH"}
