package setup

import (
	"slices"
	"strings"
)

// The families of systems that name their packages alike.
const (
	debian  = "debian"
	fedora  = "fedora"
	macOS   = "macos"
	windows = "windows"
)

// packageNames is the one list of what Satchel needs from a system. Fyne 2.8
// compiles X11 and Wayland support and chooses at run time, so both sets of headers
// are needed even where only one is used.
var packageNames = map[string]map[Need][]string{
	debian: {
		Build:   {"gcc", "libgl1-mesa-dev", "xorg-dev", "libxkbcommon-dev", "libwayland-dev"},
		Display: {"xvfb", "xauth", "libgl1-mesa-dri", "x11-utils", "x11-apps", "imagemagick", "xdotool"},
		Faults:  {"swtpm", "xfsprogs", "e2fsprogs", "dbus", "gnome-keyring", "python3-dbusmock", "strace"},
	},
	fedora: {
		Build: {
			"gcc", "mesa-libGL-devel", "libX11-devel", "libXcursor-devel", "libXrandr-devel",
			"libXinerama-devel", "libXi-devel", "libXxf86vm-devel", "libxkbcommon-devel", "wayland-devel",
		},
		Display: {
			"xorg-x11-server-Xvfb", "xorg-x11-xauth", "mesa-dri-drivers", "xwininfo", "xwd",
			"ImageMagick", "xdotool",
		},
		Faults: {"swtpm", "xfsprogs", "e2fsprogs", "dbus-daemon", "gnome-keyring", "python3-dbusmock", "strace"},
	},
	// On macOS and Windows the window system brings its own libraries; what is
	// missing can only be the C compiler, and there is always a display.
	macOS:   {Build: {"Xcode command line tools"}},
	windows: {Build: {"gcc (WinLibs)"}},
}

// packages returns the names needed on this machine, without repeats; false when we
// keep no list for it.
func (m Machine) packages(needs []Need) ([]string, bool) {
	lists, known := packageNames[m.family()]
	if !known {
		return nil, false
	}
	var out []string
	for _, n := range needs {
		for _, p := range lists[n] {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out, true
}

// command is the line a person runs to install the packages.
func (m Machine) command(packages []string) string {
	sudo := "sudo "
	if m.Root {
		sudo = ""
	}
	names := strings.Join(packages, " ")
	switch m.family() {
	case debian:
		return sudo + "apt-get update && " + sudo + "apt-get install -y --no-install-recommends " + names
	case fedora:
		return sudo + "dnf install -y " + names
	case macOS:
		return "xcode-select --install"
	case windows:
		return "winget install --exact --id BrechtSanders.WinLibs.POSIX.UCRT"
	}
	return ""
}

// family finds the system's family from its ID and ID_LIKE, so that derivatives
// (Mint, Raspberry Pi OS, Rocky) count as what they derive from.
func (m Machine) family() string {
	switch m.OS {
	case "darwin":
		return macOS
	case "windows":
		return windows
	}
	for line := range strings.Lines(m.Release) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if key != "ID" && key != "ID_LIKE" {
			continue
		}
		for id := range strings.FieldsSeq(strings.Trim(value, `"'`)) {
			switch id {
			case "debian", "ubuntu":
				return debian
			case "fedora", "rhel", "centos":
				return fedora
			}
		}
	}
	return ""
}
