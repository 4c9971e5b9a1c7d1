package store

import (
	"bytes"
	"errors"
	"testing"

	"satchel/store/audit"
	"satchel/store/identity"
	"satchel/store/policy"
)

// A document's own labels count, though only its content tells them: one that
// is restricted as a whole is refused, and both the look and the refusal are
// entered. R on the person alone hides an address and closes nothing.
func TestLabelsOfTheDocumentCount(t *testing.T) { // R27, domain.md 3.3
	const confidentiality = `{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":`
	for i, c := range []struct {
		name, at, security string
		opens              bool
	}{
		{"none", "", "", true},
		{"test data", `"resourceType":"Bundle"`, `{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"HTEST"}`, true},
		{"restricted", `"resourceType":"Bundle"`, confidentiality + `"R"}`, false},
		{"very restricted", `"resourceType":"Bundle"`, confidentiality + `"V"}`, false},
		{"unknown", `"resourceType":"Bundle"`, `{"system":"urn:somebody","code":"X"}`, false},
		{"address protected", `"resourceType":"Patient"`, confidentiality + `"R"}`, true},
		{"person protected", `"resourceType":"Patient"`, confidentiality + `"V"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := document("Quillfeather", number(i+1))
			if c.at != "" {
				doc = bytes.Replace(doc, []byte(c.at), []byte(c.at+`,"meta":{"security":[`+c.security+`]}`), 1)
			}
			readLabelled(t, doc, number(i+1), c.opens)
		})
	}
}

func readLabelled(t *testing.T, doc []byte, nhs string, opens bool) {
	t.Helper()
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	w.put(v, c, w.release(c, identity.Random[identity.PID](), doc))
	s := w.unlock(v)
	defer s.Lock()
	o, err := s.Read(t.Context(), request(w.one(s, nhs).Handle))
	if opens {
		w.must(err)
		if o.Summary == nil || !bytes.Equal(o.Raw, doc) {
			t.Fatal("an open document is not whole")
		}
		return
	}
	refused, ok := errors.AsType[*RefusedError](err)
	if !ok || o != nil || refused.Verdict == policy.Allow {
		t.Fatalf("a labelled document opened: %v", err)
	}
	if count(w.entries(v), audit.KindReadRefused) != 1 {
		t.Fatal("the refusal was not entered")
	}
}

// What a decision withholds is handed out neither as a view nor as bytes.
func TestWithheldIsNotHandedOut(t *testing.T) { // R16, R27
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	doc := bytes.Replace(document("Quillfeather", number(1)), []byte(`"birthDate":"1948-03-05"}}`), []byte(`"birthDate":"1948-03-05"}},
{"fullUrl":"Condition/c","resource":{"resourceType":"Condition","id":"c","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]},
"subject":{"reference":"Patient/p"},"code":{"text":"marmalade"}}}`), 1)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), doc))
	s := w.unlock(v)
	defer s.Lock()
	o, err := s.Read(t.Context(), request(w.one(s, "quillfeather").Handle))
	w.must(err)
	if o.Raw != nil || !o.Withheld || !o.Summary.Withheld {
		t.Fatalf("raw %d bytes, withheld %v", len(o.Raw), o.Withheld)
	}
	for _, section := range o.Summary.Sections {
		for _, it := range section.Items {
			if it.Title == "marmalade" {
				t.Fatal("a very restricted item was handed out")
			}
		}
	}
}
