package main

import "golang.org/x/sys/windows"

// plugged lists the drives that can be taken out.
func plugged() []string {
	mask, err := windows.GetLogicalDrives()
	if err != nil {
		return nil
	}
	var out []string
	for letter := range 26 {
		root := string(rune('A'+letter)) + `:\`
		name, err := windows.UTF16PtrFromString(root)
		if mask&(1<<letter) != 0 && err == nil && windows.GetDriveType(name) == windows.DRIVE_REMOVABLE {
			out = append(out, root)
		}
	}
	return out
}
