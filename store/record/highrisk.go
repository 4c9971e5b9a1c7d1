package record

import "strings"

// highRiskNames maps beginnings of drug names (British and international) to
// the groups that the emergency card shows first (domain.md 1.4). A name list
// is a help, not a classification: a drug that is not on it may be dangerous
// all the same, and the card says only what is known to be so.
var highRiskNames = map[string][]string{
	"anticoagulant": {
		"warfarin", "coumadin", "acenocoumarol", "sinthrome", "phenindione", "phenprocoumon", "marcumar", "apixaban", "eliquis", "rivaroxaban", "xarelto",
		"edoxaban", "lixiana", "dabigatran", "pradaxa", "heparin", "enoxaparin", "clexane", "inhixa", "arovi", "dalteparin", "fragmin",
		"tinzaparin", "innohep", "nadroparin", "bemiparin", "fondaparinux", "arixtra", "argatroban", "bivalirudin", "danaparoid",
	},
	"insulin": {
		"insulin", "humulin", "novorapid", "novomix", "novolog", "humalog", "lantus", "levemir", "tresiba", "toujeo", "abasaglar", "basaglar", "semglee",
		"apidra", "fiasp", "lyumjev", "actrapid", "insulatard", "insuman", "hypurin", "xultophy", "suliqua", "ryzodeg", "trurapi", "admelog",
	},
	"opioid": {
		"morphine", "mst continus", "zomorph", "oramorph", "sevredol", "oxycodone", "oxycontin", "oxynorm", "longtec", "shortec", "percocet", "fentanyl", "durogesic",
		"matrifen", "abstral", "effentora", "actiq", "buprenorphine", "butrans", "butec", "temgesic", "transtec", "suboxone", "buvidal", "espranor", "methadone",
		"physeptone", "diamorphine", "hydromorphone", "palladone", "hydrocodone", "vicodin", "tapentadol", "palexia", "tramadol", "zydol", "zamadol", "ultram",
		"codeine", "co-codamol", "dihydrocodeine", "co-dydramol", "pethidine", "meperidine", "alfentanil", "remifentanil", "sufentanil", "meptazinol", "pentazocine",
		"solpadol", "kapake", "zapain", "tylex", "levomethadone", "papaveretum", "dipipanone",
	},
	"antiepileptic": {
		"valpro", "epilim", "depakote", "depakine", "phenytoin", "epanutin", "dilantin", "carbamazepine", "tegretol", "lamotrigine", "lamictal", "levetiracetam",
		"keppra", "topiramate", "topamax", "phenobarbit", "primidone", "oxcarbazepine", "eslicarbazepine", "lacosamide", "vimpat", "brivaracetam", "zonisamide",
		"ethosuximide", "vigabatrin", "perampanel", "rufinamide", "stiripentol", "clobazam", "clonazepam", "tiagabine", "cannabidiol", "cenobamate", "fenfluramine",
		"gabapentin", "pregabalin", "lyrica", "neurontin", "midazolam", "buccolam",
	},
	"steroid": {
		"prednisolone", "prednisone", "methylprednisolone", "medrone", "medrol", "dexamethasone", "hydrocortisone", "fludrocortisone", "betamethasone", "deflazacort",
		"plenadren", "cortisone", "triamcinolone", "budesonide",
	},
	"immunosuppressant": {
		"azathioprine", "imuran", "mycophenol", "cellcept", "myfortic", "ciclosporin", "cyclosporin", "neoral", "sandimmun", "tacrolimus", "prograf", "advagraf",
		"adoport", "sirolimus", "rapamune", "everolimus", "certican", "methotrexate", "leflunomide", "arava", "adalimumab", "humira", "etanercept", "enbrel", "infliximab",
		"rituximab", "tocilizumab", "abatacept", "belatacept", "baricitinib", "tofacitinib", "upadacitinib", "cyclophosphamide", "mercaptopurine",
		"golimumab", "certolizumab", "ustekinumab", "secukinumab", "basiliximab", "fingolimod", "natalizumab", "ocrelizumab", "anakinra",
	},
}

// highRiskATC maps prefixes of ATC codes (WHO) to the same groups.
var highRiskATC = []struct{ prefix, group string }{
	{"B01AA", "anticoagulant"},
	{"B01AB", "anticoagulant"},
	{"B01AE", "anticoagulant"},
	{"B01AF", "anticoagulant"},
	{"B01AX05", "anticoagulant"},
	{"A10A", "insulin"},
	{"N02A", "opioid"},
	{"N07BC", "opioid"},
	{"N01AH", "opioid"},
	{"R05DA", "opioid"},
	{"N03A", "antiepileptic"},
	{"N05CD08", "antiepileptic"},
	{"H02A", "steroid"},
	{"L04A", "immunosuppressant"},
	{"L01AA01", "immunosuppressant"},
	{"L01BA01", "immunosuppressant"},
	{"L01BB02", "immunosuppressant"},
}

// highRiskSNOMED are substances and virtual therapeutic moieties (the UK drug
// extension shares the code system).
var highRiskSNOMED = map[string]string{
	"48603004": "anticoagulant", "372756006": "anticoagulant", "372877000": "anticoagulant", "372862008": "anticoagulant",
	"442031002": "anticoagulant", "698871007": "anticoagulant",
	"39487003": "insulin", "67866001": "insulin",
	"373529000": "opioid", "55452001": "opioid", "373492002": "opioid", "387173000": "opioid", "387286002": "opioid", "387341002": "opioid", "386858008": "opioid",
	"387494007": "opioid", "387322000": "opioid",
	"387481005": "antiepileptic", "387220006": "antiepileptic", "387562000": "antiepileptic", "387000003": "antiepileptic", "387080000": "antiepileptic",
	"116601002": "steroid", "116602009": "steroid", "372584003": "steroid", "396458002": "steroid",
	"372574004": "immunosuppressant", "387467008": "immunosuppressant", "386975001": "immunosuppressant", "387381009": "immunosuppressant",
}

// highRiskIndex finds candidate names by their first letter.
var highRiskIndex = func() map[byte][][2]string {
	m := map[byte][][2]string{}
	for group, names := range highRiskNames {
		for _, n := range names {
			m[n[0]] = append(m[n[0]], [2]string{n, group})
		}
	}
	return m
}()

// highRisk gives the group of a medicine, "" if it is on no list. Creams and
// eye drops of steroids count as well: the reader judges.
func highRisk(title string, codes []Coding) string {
	for _, c := range codes {
		if g, ok := highRiskSNOMED[c.Code]; ok && (c.System == snomed || c.System == "") {
			return g
		}
		if strings.Contains(strings.ToLower(c.System), "atc") {
			for _, a := range highRiskATC {
				if strings.HasPrefix(c.Code, a.prefix) {
					return a.group
				}
			}
		}
	}
	if g := highRiskName(title); g != "" {
		return g
	}
	for _, c := range codes {
		if g := highRiskName(c.Display); g != "" {
			return g
		}
	}
	return ""
}

// highRiskName looks for a listed name at the start of any word.
func highRiskName(s string) string {
	low := strings.ToLower(s)
	start := true
	for i := range len(low) {
		c := low[i]
		if start {
			for _, n := range highRiskIndex[c] {
				if strings.HasPrefix(low[i:], n[0]) {
					return n[1]
				}
			}
		}
		start = (c < 'a' || c > 'z') && (c < '0' || c > '9') && c < 0x80
	}
	return ""
}
