package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

// TestNothingLeaks prints every clinical type, alone, by pointer, in a slice
// and inside a struct of somebody else's, with every verb, slog handler and
// encoder, and looks for what it holds. Two verbs no type can answer: fmt prints
// the fields of any struct given to %p or, unless it is an error, %w; go vet
// refuses both.
func TestNothingLeaks(t *testing.T) {
	const canary = "Zorblatt"
	values := []any{
		Summary{},
		Section{},
		Unreadable{},
		Item{},
		Field{},
		Coding{},
		Warning{},
		Person{},
		Name{},
		Identifier{},
		Address{},
		Telecom{},
		Contact{},
		Language{},
		Banner{},
		Narrative{},
		Block{},
		Row{},
		Date{},
		DateParts{},
		Period{},
		Demographics{},
		DemographicName{},
		Card{},
		Tile{},
		CPRDecision{},
	}
	for _, zero := range values {
		v := reflect.New(reflect.TypeOf(zero)).Elem()
		fill(v, canary, 4)
		name := v.Type().Name()
		holder := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "Inner", Type: v.Type()}})).Elem()
		holder.Field(0).Set(v)
		ptr := reflect.New(v.Type())
		ptr.Elem().Set(v)
		slice := reflect.Append(reflect.MakeSlice(reflect.SliceOf(v.Type()), 0, 1), v)
		for _, form := range []any{v.Interface(), ptr.Interface(), slice.Interface(), holder.Interface(), []any{v.Interface()}, map[string]any{"x": v.Interface()}} {
			for _, verb := range "vTtbcdoOqxXUeEfFgGs" {
				for _, flag := range []string{"", "+", "#", " ", "0"} {
					leak(t, name+" %"+flag+string(verb), fmt.Sprintf("%"+flag+string(verb), form), canary)
				}
			}
			leak(t, name+" print", fmt.Sprint(form), canary)
			var b bytes.Buffer
			slog.New(slog.NewTextHandler(&b, nil)).Info("m", "x", form)
			slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "x", form)
			leak(t, name+" slog", b.String(), canary)
			if raw, err := json.Marshal(form); err == nil {
				leak(t, name+" json", string(raw), canary)
			}
		}
	}
}

// fill writes the canary into every text and 1938 into every number.
func fill(v reflect.Value, canary string, depth int) {
	if !v.CanSet() || depth == 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(canary)
	case reflect.Int:
		v.SetInt(193802)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), canary, depth-1)
		}
	case reflect.Slice:
		e := reflect.New(v.Type().Elem()).Elem()
		fill(e, canary, depth-1)
		v.Set(reflect.Append(v, e))
	case reflect.Pointer:
		e := reflect.New(v.Type().Elem())
		fill(e.Elem(), canary, depth-1)
		v.Set(e)
	}
}

func leak(t *testing.T, how, out, canary string) {
	t.Helper()
	hex := fmt.Sprintf("%x", canary)
	for _, bad := range []string{canary, "193802", "2f50a", "0b1011110101", hex, strings.ToUpper(hex)} {
		if strings.Contains(out, bad) {
			t.Errorf("%s leaks", how)
			return
		}
	}
}

func TestRefusalsHoldNoValues(t *testing.T) {
	for _, in := range []string{
		`{"resourceType":"Patient","name":"Zorblatt","name":"Zorblatt"}`, `{"Zorblatt":"Zorblatt"} x`, `{"a":"Zorblatt` + "\x01" + `"}`, `{"Zorblatt 1":01}`,
		`{"9434765919":{"9434765919":1,"9434765919":2}}`,
	} {
		_, err := Parse([]byte(in))
		for _, s := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			if strings.Contains(s, "Zorblatt 1") || strings.Contains(s, "9434765919") || strings.Contains(s, "Zorblatt\x01") {
				t.Errorf("%s", s)
			}
		}
	}
}
