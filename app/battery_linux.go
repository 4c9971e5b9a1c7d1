package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"satchel/app/screen"
)

// powerDir is where Linux says what it knows of batteries
// (Documentation/ABI/testing/sysfs-class-power).
const powerDir = "/sys/class/power_supply"

// battery reads how full the laptop's battery is; the fullest counts where
// there are several.
func battery() screen.Battery { return batteryIn(powerDir) }

func batteryIn(dir string) (b screen.Battery) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return b
	}
	for _, e := range entries {
		read := func(name string) string {
			text, err := os.ReadFile(filepath.Join(dir, e.Name(), name))
			if err != nil {
				return ""
			}
			return strings.TrimSpace(string(text))
		}
		// A mouse or a stylus has a battery too: its scope is "Device".
		if read("type") != "Battery" || read("scope") == "Device" {
			continue
		}
		percent, err := strconv.Atoi(read("capacity"))
		if err != nil || percent < 0 || percent > 100 || b.Known && percent <= b.Percent {
			continue
		}
		b = screen.Battery{Known: true, Percent: percent, Charging: read("status") == "Charging"}
	}
	return b
}
