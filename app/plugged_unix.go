//go:build !windows

package main

import (
	"os"
	osuser "os/user"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// plugged lists the sticks that the system has mounted for this user: folders
// in the usual places that are file systems of their own.
func plugged() []string {
	var out []string
	for _, root := range mountRoots() {
		entries, err := os.ReadDir(root)
		if err != nil {
			continue // there is no such place on this system
		}
		var above unix.Stat_t
		if unix.Stat(root, &above) != nil {
			continue
		}
		for _, e := range entries {
			dir := filepath.Join(root, e.Name())
			var st unix.Stat_t
			if unix.Stat(dir, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR && st.Dev != above.Dev {
				out = append(out, dir)
			}
		}
	}
	return out
}

func mountRoots() []string {
	if runtime.GOOS == "darwin" {
		return []string{"/Volumes"}
	}
	roots := []string{"/media"}
	if u, err := osuser.Current(); err == nil {
		roots = []string{filepath.Join("/run/media", u.Username), filepath.Join("/media", u.Username), "/media"}
	}
	return roots
}
