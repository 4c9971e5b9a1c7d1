package main

import (
	"os"
	"path/filepath"
	"testing"

	"satchel/app/screen"
)

// The laptop's own battery counts, not a mouse's; none is none.
func TestBattery(t *testing.T) { // P1
	dir := t.TempDir()
	add := func(name string, facts map[string]string) {
		must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		for k, v := range facts {
			must(t, os.WriteFile(filepath.Join(dir, name, k), []byte(v+"\n"), 0o600))
		}
	}
	if b := batteryIn(dir); b.Known {
		t.Errorf("nothing there is %+v", b)
	}
	add("AC", map[string]string{"type": "Mains", "online": "1"})
	add("mouse", map[string]string{"type": "Battery", "scope": "Device", "capacity": "99", "status": "Discharging"})
	add("BAT1", map[string]string{"type": "Battery", "capacity": "no"})
	if b := batteryIn(dir); b.Known {
		t.Errorf("a mouse and a damaged battery are %+v", b)
	}
	add("BAT0", map[string]string{"type": "Battery", "capacity": "64", "status": "Charging"})
	if b := batteryIn(dir); b != (screen.Battery{Known: true, Percent: 64, Charging: true}) {
		t.Errorf("the battery is %+v", b)
	}
}
