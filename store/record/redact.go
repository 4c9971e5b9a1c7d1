package record

import (
	"fmt"
	"io"
	"log/slog"
)

// Clinical types say nothing of themselves to print verbs, to slog, or to an
// encoder that was not meant to see them. Their fields are read on purpose, by
// a screen. TestNothingLeaks proves it for every type and verb.

func redact(s fmt.State, what string) { _, _ = io.WriteString(s, "["+what+"]") }

func redactJSON(what string) ([]byte, error) { return []byte(`"[` + what + `]"`), nil }

// String hides the date from print verbs; Format says it.
func (Date) String() string { return "[date]" }

// GoString hides the date from %#v.
func (Date) GoString() string { return "[date]" }

// LogValue hides the date from slog.
func (Date) LogValue() slog.Value { return slog.StringValue("[date]") }

// MarshalJSON hides the date from encoders.
func (Date) MarshalJSON() ([]byte, error) { return redactJSON("date") }

// Format hides the summary from every print verb.
func (Summary) Format(s fmt.State, _ rune) { redact(s, "summary") }

// LogValue hides the summary from slog.
func (Summary) LogValue() slog.Value { return slog.StringValue("[summary]") }

// MarshalJSON hides the summary from encoders.
func (Summary) MarshalJSON() ([]byte, error) { return redactJSON("summary") }

// Format hides the section from every print verb.
func (Section) Format(s fmt.State, _ rune) { redact(s, "section") }

// LogValue hides the section from slog.
func (Section) LogValue() slog.Value { return slog.StringValue("[section]") }

// MarshalJSON hides the section from encoders.
func (Section) MarshalJSON() ([]byte, error) { return redactJSON("section") }

// Format hides the unreadable item from every print verb.
func (Unreadable) Format(s fmt.State, _ rune) { redact(s, "unreadable item") }

// LogValue hides the unreadable item from slog.
func (Unreadable) LogValue() slog.Value { return slog.StringValue("[unreadable item]") }

// MarshalJSON hides the unreadable item from encoders.
func (Unreadable) MarshalJSON() ([]byte, error) { return redactJSON("unreadable item") }

// Format hides the item from every print verb.
func (Item) Format(s fmt.State, _ rune) { redact(s, "item") }

// LogValue hides the item from slog.
func (Item) LogValue() slog.Value { return slog.StringValue("[item]") }

// MarshalJSON hides the item from encoders.
func (Item) MarshalJSON() ([]byte, error) { return redactJSON("item") }

// Format hides the field from every print verb.
func (Field) Format(s fmt.State, _ rune) { redact(s, "field") }

// LogValue hides the field from slog.
func (Field) LogValue() slog.Value { return slog.StringValue("[field]") }

// MarshalJSON hides the field from encoders.
func (Field) MarshalJSON() ([]byte, error) { return redactJSON("field") }

// Format hides the coding from every print verb.
func (Coding) Format(s fmt.State, _ rune) { redact(s, "coding") }

// LogValue hides the coding from slog.
func (Coding) LogValue() slog.Value { return slog.StringValue("[coding]") }

// MarshalJSON hides the coding from encoders.
func (Coding) MarshalJSON() ([]byte, error) { return redactJSON("coding") }

// Format hides the warning from every print verb.
func (Warning) Format(s fmt.State, _ rune) { redact(s, "warning") }

// LogValue hides the warning from slog.
func (Warning) LogValue() slog.Value { return slog.StringValue("[warning]") }

// MarshalJSON hides the warning from encoders.
func (Warning) MarshalJSON() ([]byte, error) { return redactJSON("warning") }

// Format hides the person from every print verb.
func (Person) Format(s fmt.State, _ rune) { redact(s, "person") }

// LogValue hides the person from slog.
func (Person) LogValue() slog.Value { return slog.StringValue("[person]") }

// MarshalJSON hides the person from encoders.
func (Person) MarshalJSON() ([]byte, error) { return redactJSON("person") }

// Format hides the name from every print verb.
func (Name) Format(s fmt.State, _ rune) { redact(s, "name") }

// LogValue hides the name from slog.
func (Name) LogValue() slog.Value { return slog.StringValue("[name]") }

// MarshalJSON hides the name from encoders.
func (Name) MarshalJSON() ([]byte, error) { return redactJSON("name") }

// Format hides the identifier from every print verb.
func (Identifier) Format(s fmt.State, _ rune) { redact(s, "identifier") }

// LogValue hides the identifier from slog.
func (Identifier) LogValue() slog.Value { return slog.StringValue("[identifier]") }

// MarshalJSON hides the identifier from encoders.
func (Identifier) MarshalJSON() ([]byte, error) { return redactJSON("identifier") }

// Format hides the address from every print verb.
func (Address) Format(s fmt.State, _ rune) { redact(s, "address") }

// LogValue hides the address from slog.
func (Address) LogValue() slog.Value { return slog.StringValue("[address]") }

// MarshalJSON hides the address from encoders.
func (Address) MarshalJSON() ([]byte, error) { return redactJSON("address") }

// Format hides the telecom from every print verb.
func (Telecom) Format(s fmt.State, _ rune) { redact(s, "telecom") }

// LogValue hides the telecom from slog.
func (Telecom) LogValue() slog.Value { return slog.StringValue("[telecom]") }

// MarshalJSON hides the telecom from encoders.
func (Telecom) MarshalJSON() ([]byte, error) { return redactJSON("telecom") }

// Format hides the contact from every print verb.
func (Contact) Format(s fmt.State, _ rune) { redact(s, "contact") }

// LogValue hides the contact from slog.
func (Contact) LogValue() slog.Value { return slog.StringValue("[contact]") }

// MarshalJSON hides the contact from encoders.
func (Contact) MarshalJSON() ([]byte, error) { return redactJSON("contact") }

// Format hides the language from every print verb.
func (Language) Format(s fmt.State, _ rune) { redact(s, "language") }

// LogValue hides the language from slog.
func (Language) LogValue() slog.Value { return slog.StringValue("[language]") }

// MarshalJSON hides the language from encoders.
func (Language) MarshalJSON() ([]byte, error) { return redactJSON("language") }

// Format hides the banner from every print verb.
func (Banner) Format(s fmt.State, _ rune) { redact(s, "banner") }

// LogValue hides the banner from slog.
func (Banner) LogValue() slog.Value { return slog.StringValue("[banner]") }

// MarshalJSON hides the banner from encoders.
func (Banner) MarshalJSON() ([]byte, error) { return redactJSON("banner") }

// Format hides the narrative from every print verb.
func (Narrative) Format(s fmt.State, _ rune) { redact(s, "narrative") }

// LogValue hides the narrative from slog.
func (Narrative) LogValue() slog.Value { return slog.StringValue("[narrative]") }

// MarshalJSON hides the narrative from encoders.
func (Narrative) MarshalJSON() ([]byte, error) { return redactJSON("narrative") }

// Format hides the block from every print verb.
func (Block) Format(s fmt.State, _ rune) { redact(s, "block") }

// LogValue hides the block from slog.
func (Block) LogValue() slog.Value { return slog.StringValue("[block]") }

// MarshalJSON hides the block from encoders.
func (Block) MarshalJSON() ([]byte, error) { return redactJSON("block") }

// Format hides the row from every print verb.
func (Row) Format(s fmt.State, _ rune) { redact(s, "row") }

// LogValue hides the row from slog.
func (Row) LogValue() slog.Value { return slog.StringValue("[row]") }

// MarshalJSON hides the row from encoders.
func (Row) MarshalJSON() ([]byte, error) { return redactJSON("row") }

// Format hides the date from every print verb.
func (DateParts) Format(s fmt.State, _ rune) { redact(s, "date") }

// LogValue hides the date from slog.
func (DateParts) LogValue() slog.Value { return slog.StringValue("[date]") }

// MarshalJSON hides the date from encoders.
func (DateParts) MarshalJSON() ([]byte, error) { return redactJSON("date") }

// Format hides the period from every print verb.
func (Period) Format(s fmt.State, _ rune) { redact(s, "period") }

// LogValue hides the period from slog.
func (Period) LogValue() slog.Value { return slog.StringValue("[period]") }

// MarshalJSON hides the period from encoders.
func (Period) MarshalJSON() ([]byte, error) { return redactJSON("period") }

// Format hides the demographics from every print verb.
func (Demographics) Format(s fmt.State, _ rune) { redact(s, "demographics") }

// LogValue hides the demographics from slog.
func (Demographics) LogValue() slog.Value { return slog.StringValue("[demographics]") }

// MarshalJSON hides the demographics from encoders.
func (Demographics) MarshalJSON() ([]byte, error) { return redactJSON("demographics") }

// Format hides the name from every print verb.
func (DemographicName) Format(s fmt.State, _ rune) { redact(s, "name") }

// LogValue hides the name from slog.
func (DemographicName) LogValue() slog.Value { return slog.StringValue("[name]") }

// MarshalJSON hides the name from encoders.
func (DemographicName) MarshalJSON() ([]byte, error) { return redactJSON("name") }

// Format hides the card from every print verb.
func (Card) Format(s fmt.State, _ rune) { redact(s, "card") }

// LogValue hides the card from slog.
func (Card) LogValue() slog.Value { return slog.StringValue("[card]") }

// MarshalJSON hides the card from encoders.
func (Card) MarshalJSON() ([]byte, error) { return redactJSON("card") }

// Format hides the tile from every print verb.
func (Tile) Format(s fmt.State, _ rune) { redact(s, "tile") }

// LogValue hides the tile from slog.
func (Tile) LogValue() slog.Value { return slog.StringValue("[tile]") }

// MarshalJSON hides the tile from encoders.
func (Tile) MarshalJSON() ([]byte, error) { return redactJSON("tile") }

// Format hides the CPR decision from every print verb.
func (CPRDecision) Format(s fmt.State, _ rune) { redact(s, "CPR decision") }

// LogValue hides the CPR decision from slog.
func (CPRDecision) LogValue() slog.Value { return slog.StringValue("[CPR decision]") }

// MarshalJSON hides the CPR decision from encoders.
func (CPRDecision) MarshalJSON() ([]byte, error) { return redactJSON("CPR decision") }
