package share

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// machineID reads IOPlatformUUID from the I/O registry; empty where ioreg gives
// none in two seconds.
func machineID() string {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	out, err := exec.CommandContext(ctx, "/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice").Output()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(out)) {
		if _, value, found := strings.Cut(line, `"IOPlatformUUID" = `); found {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}
