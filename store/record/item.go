package record

import (
	"slices"
	"strconv"
	"strings"
)

// itemOf builds the item of an entry once and remembers it.
func (d *document) itemOf(i int) *Item {
	e := &d.entries[i]
	if e.item == nil {
		it := d.buildItem(e.res, e.path)
		e.item = &it
	}
	return e.item
}

// buildItem words any resource. Kinds that people read every day have their
// own first lines; every other property follows in the order received, so
// that nothing is dropped for want of knowing it.
func (d *document) buildItem(res value, path string) Item {
	it := Item{Kind: res.get("resourceType").str(), Path: path, Labels: labels(res)}
	it.Restricted = anyRestricting(it.Labels)
	b := itemBuilder{d: d, res: res, it: &it, shown: append(make([]string, 0, 24), "subject", "patient")}
	b.codes()
	b.status()
	b.dates()
	b.sources()
	b.kind()
	if it.Title == "" {
		it.Title = d.titleOf(res, res, 0)
	}
	b.narrative()
	b.it.Detail = append(b.it.Detail, d.rest(res, res, b.shown)...)
	b.modifiers()
	if it.Title == "" {
		it.Title = typeWords(it.Kind)
	}
	return it
}

// itemBuilder gathers one item.
type itemBuilder struct {
	d     *document
	res   value
	it    *Item
	shown []string // properties that need no line of their own any more
}

func (b *itemBuilder) add(label, text string) {
	if text != "" {
		b.it.Detail = append(b.it.Detail, Field{label, text})
	}
}

// line shows a property now, under its usual label, and not again.
func (b *itemBuilder) line(keys ...string) {
	b.hide(keys...)
	for _, k := range keys {
		if v := b.res.get(k); v.ok() {
			b.add(fieldLabel(k), b.d.words(v, b.res, 0))
		}
	}
}

// hide marks properties as shown elsewhere in the item.
func (b *itemBuilder) hide(keys ...string) { b.shown = append(b.shown, keys...) }

// codes reads what the item is about in code.
func (b *itemBuilder) codes() {
	for _, k := range [...]string{"code", "vaccineCode", "medicationCodeableConcept", "medication", "type"} {
		if cs := codings(b.res.get(k)); len(cs) > 0 {
			b.it.Codings = cs
			break
		}
	}
	switch b.it.Kind {
	case "Consent":
		b.it.Codings = append(codings(b.res.get("category")), codings(b.res.at("provision", "code"))...)
	case "CarePlan", "DocumentReference":
		b.it.Codings = append(b.it.Codings, codings(b.res.get("category"))...)
	}
	if drug := b.d.related(b.res.get("medicationReference"), b.res, "Medication"); drug != nil {
		b.it.Codings = drug.Codings
	}
	b.it.Coding = leading(b.it.Codings)
}

// ended lists status words that mean: not any more. Remission is not among
// them; it stays in view with its word.
func ended(kind, status string) bool {
	switch status {
	case "inactive", "resolved", "stopped", "cancelled", "canceled", "revoked", "superseded", "rejected", "noshow", "not-taken", "ended", "abandoned", "failed", "aborted", "retired", "declined", "suppressed":
		return true
	case "completed", "finished":
		switch kind {
		case "MedicationStatement", "MedicationRequest", "CarePlan", "ServiceRequest", "Task", "DeviceUseStatement", "EpisodeOfCare", "Goal", "DeviceRequest", "NutritionOrder", "RequestGroup":
			return true
		}
	}
	return false
}

// statusWords words a status code.
func statusWords(code string) string {
	return safeText(humanise(strings.ReplaceAll(code, "-", " ")))
}

// status reads status, clinicalStatus and verificationStatus in every shape.
func (b *itemBuilder) status() {
	it, res := b.it, b.res
	b.hide("status", "clinicalStatus", "verificationStatus", "lifecycleStatus", "severity", "criticality", "active")
	clinical, plain := conceptCode(res.get("clinicalStatus")), conceptCode(res.get("status"))
	if plain == "" {
		plain = conceptCode(res.get("lifecycleStatus"))
	}
	verified := conceptCode(res.get("verificationStatus"))
	for _, code := range [...]string{clinical, plain} {
		if code != "" && it.Status == "" {
			it.Status = statusWords(code)
		}
		if ended(it.Kind, code) {
			it.Group = GroupEnded
		}
	}
	if it.Status == "" {
		if s := absentReason(firstOf(res, "_clinicalStatus", "_status").get("extension")); s != "" {
			it.Status = s
		}
	}
	if verified != "" {
		it.Certainty = statusWords(verified)
	}
	if clinical == "" && plain == "" && it.Kind == "Condition" && hasAbated(res) {
		it.Group, it.Status = GroupEnded, "Ended"
	}
	if res.get("active").kind() == kindFalse {
		it.Group, it.Status = GroupEnded, "Inactive"
	}
	switch {
	case verified == "entered-in-error" || clinical == "entered-in-error" || plain == "entered-in-error":
		it.Group = GroupError
	case verified == "refuted":
		it.Group = GroupRefuted
	}
	it.Severity = statusWords(conceptText(res.get("severity")))
	it.Criticality = criticalityWords(res.get("criticality").str())
}

func hasAbated(res value) bool {
	for k, v := range res.props() {
		if strings.HasPrefix(k, "abatement") && v.ok() && v.kind() != kindFalse {
			return true
		}
	}
	return false
}

func criticalityWords(code string) string {
	switch code {
	case "":
		return ""
	case "high", "CRITH":
		return "High"
	case "low", "CRITL":
		return "Low"
	case "unable-to-assess", "CRITU":
		return "Unable to assess"
	}
	return statusWords(code)
}

var dateKeys = []string{
	"effectiveDateTime", "effectivePeriod", "effectiveInstant", "occurrenceDateTime", "occurrencePeriod", "performedDateTime", "performedPeriod",
	"onsetDateTime", "onsetPeriod", "period", "authoredOn", "dateAsserted", "assertedDate", "recordedDate", "dateTime", "date", "issued", "created", "sent", "start", "started",
	"whenHandedOver", "whenPrepared", "timingDateTime", "timingPeriod", "startDate", "createdDateTime", "authored", "recorded", "lastOccurrence", "receivedTime",
}

var updatedKeys = []string{"recordedDate", "assertedDate", "dateAsserted", "recorded", "issued", "date", "dateTime", "authored", "authoredOn", "created", "lastModified"}

// dates picks the date that says how old the item is, and its last update.
func (b *itemBuilder) dates() {
	for _, k := range dateKeys {
		v := b.res.get(k)
		if v.isObject() {
			if start := v.get("start"); start.ok() {
				v = start
			} else {
				v = v.get("end")
			}
		}
		if dt := ParseDate(v.str()); dt.Known() {
			b.it.Date = dt
			break
		}
	}
	b.it.Period = readPeriod(firstOf(b.res, "period", "effectivePeriod", "performedPeriod"))
	updated := ParseDate(b.res.at("meta", "lastUpdated").str())
	if !b.it.Date.Known() {
		b.it.Date = updated
	}
	for _, k := range updatedKeys {
		if dt := ParseDate(b.res.get(k).str()); dt.Known() {
			b.it.Updated = dt
			return
		}
	}
	b.it.Updated = updated
}

var sourceKeys = []string{
	"asserter", "informationSource", "recorder", "requester", "author", "performer", "sender", "source", "reporter", "participant",
	"custodian", "serviceProvider", "organization", "managingOrganization", "owner", "provider", "insurer",
}

// sources says who stands behind the item, and whether that is a carer (R11).
func (b *itemBuilder) sources() {
	for _, k := range sourceKeys {
		for v := range b.res.get(k).elems() {
			ref := v
			if a := firstOf(v, "actor", "individual", "member"); a.ok() {
				ref = a
			}
			if !ref.isObject() {
				continue
			}
			if b.it.Source == "" {
				if s := b.d.refText(ref, b.res, 0); s != "" {
					b.it.Source = s
				}
			}
			if k != "participant" && !b.it.FromCarer {
				b.carer(ref)
			}
		}
	}
	if o := b.res.get("reportOrigin"); o.ok() {
		low := strings.ToLower(conceptText(o))
		if strings.Contains(low, "parent") || strings.Contains(low, "carer") || strings.Contains(low, "relative") || strings.Contains(low, "guardian") {
			b.it.FromCarer, b.it.Carer = true, conceptText(o)
		}
	}
}

// carer notes that a related person said so.
func (b *itemBuilder) carer(ref value) {
	t := b.d.resolve(ref, b.res)
	if t.res.get("resourceType").is("RelatedPerson") {
		b.it.FromCarer = true
		b.it.Carer = cut(joinWords(", ", nameText(t.res.get("name")), relationshipText(firstElem(t.res.get("relationship")))))
	} else if t.res.t == nil && (strings.Contains(ref.get("reference").str(), "RelatedPerson/") || ref.get("type").is("RelatedPerson")) {
		b.it.FromCarer, b.it.Carer = true, oneLine(ref.get("display").text())
	}
	if b.it.FromCarer && b.it.Carer == "" {
		b.it.Carer = "Carer or relative"
	}
}

func firstElem(v value) value {
	for e := range v.elems() {
		return e
	}
	return value{}
}

// narrative keeps the resource's own text, and takes a title from it when the
// resource has no other.
func (b *itemBuilder) narrative() {
	b.it.Narrative = readNarrative(b.res.at("text", "div").str())
	if b.it.Title != "" {
		return
	}
	for _, bl := range b.it.Narrative.Blocks {
		s := bl.Text
		if len(bl.Lines) > 0 {
			s = bl.Lines[0]
		}
		if first, _, _ := strings.Cut(s, "\n"); first != "" && len(first) <= 200 {
			b.it.Title = first
			return
		}
	}
}

// modifiers warns about what may turn the meaning round (R4 section 2.1.0.8).
func (b *itemBuilder) modifiers() {
	if b.res.get("modifierExtension").ok() {
		b.it.DoNotRely = "Holds a modifier that this program does not know: do not rely on this item"
	}
	if b.res.get("implicitRules").ok() {
		b.it.DoNotRely = "Follows rules that this program does not know: do not rely on this item"
	}
}

// rest words every property not shown yet, in the order received.
func (d *document) rest(res, from value, shown []string) []Field {
	var out []Field
	left := 0
	put := func(label, text string) {
		if text == "" {
			return
		}
		if len(out) >= maxFields {
			left++
			return
		}
		out = append(out, Field{label, text})
	}
	for k, v := range res.props() {
		if !v.ok() || slices.Contains(shown, k) || machineKey(k, v) || k == "identifier" || k == "photo" {
			continue
		}
		switch {
		case k == "extension" || k == "modifierExtension":
			for e := range v.elems() {
				put(extensionField(e))
			}
		case strings.HasPrefix(k, "_"):
			d.underscore(res, k, v, put)
		case v.kind() == kindArray && !simple(v):
			for e := range v.elems() {
				if len(out) >= maxFields {
					left++
					continue
				}
				put(fieldLabel(k), d.words(e, from, 0))
			}
		default:
			put(fieldLabel(k), d.words(v, from, 0))
		}
	}
	if !slices.Contains(shown, "identifier") {
		for id := range res.get("identifier").elems() {
			put("Identifier", identifierText(id))
		}
	}
	if res.get("photo").ok() && !slices.Contains(shown, "photo") {
		put("Photo", "A picture was received; it is not shown")
	}
	if left > 0 {
		out = append(out, Field{"More", strconv.Itoa(left) + " further fields are in the file as received"})
	}
	return out
}

// underscore words the extension of a primitive: why it is missing, or what
// else is said of it.
func (d *document) underscore(res value, k string, v value, put func(label, text string)) {
	label := fieldLabel(k[1:])
	for one := range v.elems() {
		ext := one.get("extension")
		if s := absentReason(ext); s != "" {
			if !res.get(k[1:]).ok() {
				put(label, s)
			}
			continue
		}
		for e := range ext.elems() {
			if l, s := extensionField(e); s != "" {
				put(label+": "+l, s)
			}
		}
	}
}

// simple tells whether an array reads best on one line.
func simple(v value) bool {
	n := 0
	for e := range v.elems() {
		if n++; e.kind() == kindArray || e.isObject() && !e.get("coding").ok() && !e.get("reference").ok() || n > 12 {
			return false
		}
	}
	return true
}

// newest sorts items newest first, steady otherwise.
func newest(items []Item) {
	slices.SortStableFunc(items, func(a, b Item) int { return CompareNewest(a.Date, b.Date) })
}
