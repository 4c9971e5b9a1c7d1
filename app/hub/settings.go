package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	parse "github.com/pelletier/go-toml/v2"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/hub"
)

// settingsFile is the hub's one configuration file, in its data folder.
const settingsFile = "hub.toml"

// settings is what hub.toml says. Every zero value has the default that the
// template names.
type settings struct {
	Listen    string        `koanf:"listen"`
	Advertise string        `koanf:"advertise"`
	Central   string        `koanf:"central"`
	ScanEvery time.Duration `koanf:"scan_every"`
	Cohort    struct {
		Name         string        `koanf:"name"`
		Category     string        `koanf:"category"`
		Organisation string        `koanf:"organisation"`
		HelpDesk     string        `koanf:"help_desk"`
		Lease        time.Duration `koanf:"lease"`
		IdleLock     time.Duration `koanf:"idle_lock"`
	} `koanf:"cohort"`
	People struct {
		SIRO       string `koanf:"siro"`
		Guardian   string `koanf:"caldicott_guardian"`
		Controller string `koanf:"controller"`
		Protection string `koanf:"data_protection_officer"`
	} `koanf:"people"`
}

// template is written by init, for an operator to fill in.
const template = `# The hub's settings. Times are written as 5m, 72h.

# Where devices are answered, and what an enrolment code tells them to reach.
listen = %q
advertise = %q

# The central record: a folder of FHIR JSON files.
central = %q
scan_every = "2s"

# The team whose laptops hold these summaries.
[cohort]
name = %q
category = %q        # nhs-trust, gp, ambulance or social-care
organisation = %q
help_desk = ""
lease = "72h"        # a laptop that hears nothing for this long shows nothing
idle_lock = "5m"

# Who answers for the information (required, save in a demonstration).
[people]
siro = ""
caldicott_guardian = ""
controller = ""
data_protection_officer = ""
`

// errIncomplete says that a real area is not ready to serve (R3, R47).
var errIncomplete = errors.New("the installation is not complete")

// errSettings says that hub.toml is not as a hub can use it.
var errSettings = errors.New("reading")

func readSettings(dir string) (settings, error) {
	var s settings
	path := filepath.Join(dir, settingsFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("%w: %s is missing", hub.ErrNoArea, path)
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
		at := ""
		if d, ok := errors.AsType[*parse.DecodeError](err); ok {
			line, _ := d.Position()
			at = fmt.Sprintf(", line %d", line)
		}
		return s, fmt.Errorf("%w %s%s: %w", errSettings, path, at, err)
	}
	var seen mapstructure.Metadata
	err := k.UnmarshalWithConf("", &s, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result: &s, Metadata: &seen, DecodeHook: mapstructure.StringToTimeDurationHookFunc(),
	}})
	if err != nil {
		_, cause, found := strings.Cut(err.Error(), ":\n\n")
		if !found {
			cause = err.Error()
		}
		return s, fmt.Errorf("%w %s: %s", errSettings, path, cause)
	}
	if len(seen.Unused) > 0 { // a mistyped lease must not become the default
		return s, fmt.Errorf("%w %s: %s is not a setting", errSettings, path, seen.Unused[0])
	}
	for name, d := range map[string]time.Duration{
		"scan_every": s.ScanEvery, "cohort.lease": s.Cohort.Lease, "cohort.idle_lock": s.Cohort.IdleLock,
	} {
		if d < 0 {
			return s, fmt.Errorf("%w %s: %s is less than nothing", errSettings, path, name)
		}
	}
	return s, nil
}

// complete refuses a real area without the people who answer for it (R3, R47).
func (s settings) complete(dir string, demo bool) error {
	if demo {
		return nil
	}
	for _, p := range []struct{ name, value string }{
		{"people.siro", s.People.SIRO},
		{"people.caldicott_guardian", s.People.Guardian},
		{"people.controller", s.People.Controller},
		{"people.data_protection_officer", s.People.Protection},
	} {
		if p.value == "" {
			return fmt.Errorf("%w: %s is empty in %s", errIncomplete, p.name, filepath.Join(dir, settingsFile))
		}
	}
	return nil
}

func (s settings) config(dir string) (hub.Config, error) {
	category, err := identity.ParseCategory(s.Cohort.Category)
	if err != nil {
		return hub.Config{}, fmt.Errorf("%w %s: cohort.category: %w", errSettings, filepath.Join(dir, settingsFile), err)
	}
	policy := fact.DefaultPolicy()
	policy.Organisation, policy.HelpDesk = s.Cohort.Organisation, s.Cohort.HelpDesk
	policy.SIRO, policy.Guardian = s.People.SIRO, s.People.Guardian
	policy.Controller, policy.Protection = s.People.Controller, s.People.Protection
	if s.Cohort.Lease > 0 {
		policy.Lease = s.Cohort.Lease.Milliseconds()
	}
	if s.Cohort.IdleLock > 0 {
		policy.IdleLock = s.Cohort.IdleLock.Milliseconds()
	}
	central := s.Central
	if central != "" && !filepath.IsAbs(central) {
		central = filepath.Join(dir, central)
	}
	return hub.Config{
		Data: dir, Listen: s.Listen, Advertise: s.Advertise, Central: central, ScanEvery: s.ScanEvery,
		Cohort: hub.CohortSpec{Name: s.Cohort.Name, Category: category, Policy: policy},
	}, nil
}
