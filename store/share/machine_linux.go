package share

import "os"

// machineID reads the name that systemd and D-Bus give a machine, machine-id(5);
// empty where there is none, as in most containers.
func machineID() string {
	for _, name := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if b, err := os.ReadFile(name); err == nil && len(b) > 0 {
			return string(b)
		}
	}
	return ""
}
