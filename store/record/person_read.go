package record

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"satchel/store/identity"
)

// identityOf reads what tells a person from others: names, numbers, birth,
// sex, death, addresses, labels. Parse and Identify share it, so that they
// cannot differ.
func (d *document) identityOf(s *subject, now time.Time) *Person {
	p := &Person{Sex: notKnown}
	pat := s.patient
	if pat.t == nil {
		p.fromReference(s.byReference)
	}
	p.ID = pat.get("id").str()
	for n := range pat.get("name").elems() {
		p.Names = append(p.Names, readName(n, now))
	}
	slices.SortStableFunc(p.Names, func(a, b Name) int { return cmp.Compare(nameRank(a), nameRank(b)) })
	for id := range pat.get("identifier").elems() {
		p.addIdentifier(id)
	}
	p.judgeNumber()
	p.readBirth(pat)
	switch pat.get("gender").str() {
	case "male":
		p.Sex = "Male"
	case "female":
		p.Sex = "Female"
	case "other":
		p.Sex = "Not specified"
	}
	p.Dead = pat.get("deceasedBoolean").kind() == kindTrue || pat.get("deceasedBoolean").is("true")
	if died := pat.get("deceasedDateTime"); died.ok() {
		p.Dead, p.Died = true, ParseDate(died.str())
	}
	for a := range pat.get("address").elems() {
		p.Addresses = append(p.Addresses, readAddress(a, now))
	}
	slices.SortStableFunc(p.Addresses, func(a, b Address) int { return cmp.Compare(addressRank(a), addressRank(b)) })
	p.Labels = labels(pat)
	p.Restricted, p.Protected = anyRestricting(p.Labels), veryRestricted(p.Labels)
	if len(p.Names) == 0 || p.BannerName() == notKnown {
		p.warn(WarnNameMissing, "The source gives no name")
	}
	return p
}

func (p *Person) warn(code WarningCode, words string) {
	p.Warnings = append(p.Warnings, Warning{Code: code, Words: words})
}

// fromReference reads a person who is only named: by display and identifier.
func (p *Person) fromReference(ref value) {
	if n := oneLine(ref.get("display").text()); n != "" {
		p.Names = []Name{{Text: n}}
	}
	if id := ref.get("identifier"); id.ok() {
		p.addIdentifier(id)
	}
}

func readName(n value, now time.Time) Name {
	if n.kind() == kindString {
		return Name{Text: oneLine(n.text())}
	}
	out := Name{
		Use: n.get("use").str(), Prefix: lines(n.get("prefix")), Given: lines(n.get("given")),
		Family: strings.Join(lines(n.get("family")), " "), Suffix: lines(n.get("suffix")),
		Text: oneLine(n.get("text").text()), Period: readPeriod(n.get("period")),
	}
	out.Ended = out.Use == "old" || out.Period.Ended(now)
	return out
}

// lines are the texts of an array, without empty ones.
func lines(v value) []string {
	var out []string
	for e := range v.elems() {
		if s := oneLine(e.text()); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func readPeriod(v value) Period {
	return Period{ParseDate(v.get("start").str()), ParseDate(v.get("end").str())}
}

// nameRank puts the name for the banner first. A name with an end date stands
// behind one without, whatever the clock says, so that the same bytes always
// give the same order.
func nameRank(n Name) int {
	r := 4
	switch n.Use {
	case "usual":
		r = 0
	case "official":
		r = 1
	case "":
		r = 2
	case "temp", "anonymous":
		r = 3
	case "nickname":
		r = 20
	case "maiden":
		r = 25
	case "old":
		r = 30
	}
	if !n.Period.End.IsZero() {
		r += 10
	}
	if n.Family == "" && len(n.Given) == 0 && n.Text == "" {
		r += 40
	}
	return r
}

func addressRank(a Address) int {
	r := 2
	switch a.Use {
	case "home":
		r = 0
	case "":
		r = 1
	case "temp":
		r = 3
	case "billing":
		r = 4
	case "old":
		r = 30
	}
	if !a.Period.End.IsZero() {
		r += 10
	}
	return r
}

// nhsSystem tells whether an identifier system is the NHS number's.
func nhsSystem(s string) bool {
	s = strings.TrimRight(strings.ToLower(s), "/")
	switch s {
	case "https://fhir.nhs.uk/id/nhs-number", "http://fhir.nhs.uk/id/nhs-number",
		"https://fhir.nhs.net/id/nhs-number", "http://fhir.nhs.net/id/nhs-number",
		"urn:oid:2.16.840.1.113883.2.1.4.1", "2.16.840.1.113883.2.1.4.1":
		return true
	}
	return false
}

// numberStatus are the NHS number verification statuses (UK Core).
var numberStatus = map[string]string{
	"01": "Number present and verified", "02": "Number present but not traced", "03": "Trace required",
	"04": "Trace attempted, no match or multiple matches found", "05": "Trace needs to be resolved",
	"06": "Trace in progress", "07": "Number not present and trace not required", "08": "Trace postponed",
}

// addIdentifier files an identifier; the NHS number goes into its own place.
func (p *Person) addIdentifier(id value) {
	system, v := id.get("system").str(), oneLine(id.get("value").text())
	out := Identifier{System: system, Value: v, Type: conceptText(id.get("type")), Period: readPeriod(id.get("period"))}
	if !nhsSystem(system) {
		if v != "" {
			p.Identifiers = append(p.Identifiers, out)
		}
		return
	}
	status, verified := "", false
	for e := range id.get("extension").elems() {
		if strings.Contains(e.get("url").str(), "NHSNumberVerificationStatus") {
			c := e.at("valueCodeableConcept")
			code := c.get("coding").get("code").str()
			if status = numberStatus[code]; status == "" {
				status = conceptText(c)
			}
			verified = code == "01" || strings.EqualFold(code, "number-present-and-verified")
		}
	}
	n, err := identity.ParseNHSNumber(v)
	old := id.get("use").is("old") || !out.Period.End.IsZero()
	switch {
	case err != nil && v == "":
		if p.NHSStatus == "" {
			p.NHSStatus = status
		}
	case err != nil:
		if p.NHS.IsZero() && p.NHSReceived == "" {
			p.NHSReceived, p.NHSStatus, p.NHSVerified = v, status, false
			return
		}
		p.Identifiers = append(p.Identifiers, out)
	case p.NHS.IsZero() && !old:
		p.NHS, p.NHSStatus, p.NHSVerified, p.NHSReceived = n, status, verified, ""
	case n != p.NHS || old:
		out.Type = "Another NHS number"
		if old {
			out.Type = "Former NHS number"
		}
		p.Identifiers = append(p.Identifiers, out)
	}
}

// judgeNumber warns about a number that must not be trusted. It is never
// hidden (domain.md 2.1).
func (p *Person) judgeNumber() {
	for _, id := range p.Identifiers {
		if id.Type == "Another NHS number" {
			p.warn(WarnNHSNumberSeveral, "More than one NHS number received: check which is right")
			break
		}
	}
	switch {
	case p.NHS.IsZero() && p.NHSReceived != "":
		p.warn(WarnNHSNumberInvalid, "This cannot be an NHS number: ten digits are due")
	case p.NHS.IsZero():
		words := "No NHS number"
		if p.NHSStatus != "" {
			words += ": " + p.NHSStatus
		}
		p.warn(WarnNHSNumberMissing, words)
	case !p.NHS.Valid():
		p.warn(WarnNHSNumberInvalid, "This cannot be an NHS number: check digit")
	case p.NHSStatus != "" && !p.NHSVerified:
		p.warn(WarnNHSNumberUnverified, "NHS number not verified: "+p.NHSStatus)
	}
}

func (p *Person) readBirth(pat value) {
	p.Born = ParseDate(pat.get("birthDate").str())
	ext := pat.at("_birthDate", "extension")
	p.BornReason = absentReason(ext)
	for e := range ext.elems() {
		if strings.HasSuffix(e.get("url").str(), "patient-birthTime") {
			p.BornTime = ParseDate(e.get("valueDateTime").str())
		}
	}
	for e := range pat.get("extension").elems() {
		if strings.HasSuffix(e.get("url").str(), "patient-birthTime") || strings.HasSuffix(e.get("url").str(), "UKCore-BirthTime") {
			p.BornTime = ParseDate(e.get("valueDateTime").str())
		}
	}
	if p.BornTime.Parts.Precision != PrecisionInstant {
		p.BornTime = Date{}
	}
	switch {
	case p.Born.Parts.Precision == PrecisionUnread:
		p.warn(WarnBirthDateUnread, "The birth date could not be read as a date")
	case p.Born.IsZero() && p.BornTime.Known():
		p.Born = p.BornTime
		p.Born.Parts.Precision, p.Born.Parts.Instant = PrecisionDay, time.Time{}
	}
}

func readAddress(a value, now time.Time) Address {
	if a.kind() == kindString {
		return Address{Text: oneLine(a.text())}
	}
	out := Address{
		Use: a.get("use").str(), Lines: lines(a.get("line")), City: oneLine(a.get("city").text()),
		District: oneLine(a.get("district").text()), Postcode: postcode(oneLine(a.get("postalCode").text())),
		Country: oneLine(a.get("country").text()), Text: a.get("text").text(), Period: readPeriod(a.get("period")),
	}
	if s := oneLine(a.get("state").text()); s != "" {
		out.District = strings.TrimPrefix(out.District+", "+s, ", ")
	}
	out.Ended = out.Use == "old" || out.Period.Ended(now)
	return out
}

// postcode writes a UK postcode in capitals with one space; any other stays.
func postcode(s string) string {
	c := strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if n := len(c); n >= 5 && n <= 7 && c[0] >= 'A' && c[0] <= 'Z' && c[n-3] >= '0' && c[n-3] <= '9' && upper(c[n-2]) && upper(c[n-1]) {
		return c[:n-3] + " " + c[n-3:]
	}
	return s
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }
