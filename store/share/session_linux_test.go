package share

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ss "github.com/zalando/go-keyring/secret_service"
)

// A test of the credential store runs in a process of its own, in a D-Bus
// session of its own, with a home of its own, so that it never meets the keyring
// of whoever runs it.
const sessionEnv = "SATCHEL_TEST_SESSION"

// busConfig is a session without services that start on demand: a daemon that
// the bus starts beside ours would be another keyring.
const busConfig = `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`

const keyringPassword = "the keyring's own password"

// inSession runs the test again in a session, and tells the inner one to go on.
func inSession(t *testing.T) bool {
	t.Helper()
	if os.Getenv(sessionEnv) == t.Name() {
		return true
	}
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Printf("NOT RUN: %s is not installed (go run ./packaging/setup names the package)\n", program)
			t.Skipf("%s is not installed", program)
		}
	}
	home := t.TempDir()
	config := filepath.Join(home, "bus.conf")
	if err := os.WriteFile(config, []byte(busConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-run-session", "--config-file="+config, "--", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), sessionEnv+"="+t.Name(), "HOME="+home,
		"XDG_RUNTIME_DIR="+home, "XDG_DATA_HOME="+filepath.Join(home, "data"), "XDG_CONFIG_HOME="+filepath.Join(home, "config"))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in a session: %v\n%s", err, out)
	}
	return false
}

// daemon is a real gnome-keyring-daemon; its keyring survives off and on.
type daemon struct {
	t   testing.TB
	cmd *exec.Cmd
}

func newDaemon(t testing.TB) *daemon {
	t.Helper()
	d := &daemon{t: t}
	t.Cleanup(d.off)
	d.on()
	return d
}

// on starts the daemon and unlocks the login keyring, as a sign-in does.
func (d *daemon) on() {
	d.t.Helper()
	d.cmd = exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	d.cmd.Stdin = strings.NewReader(keyringPassword)
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := mayAsk()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("gnome-keyring-daemon does not answer: %v", err)
		}
		time.Sleep(5 * time.Millisecond) // only the bus says that the daemon is up
	}
}

func (d *daemon) off() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Kill() // it may have ended
	_ = d.cmd.Wait()         // it was killed
	d.cmd = nil
}

// lock locks the collection, as a session's lock or a time limit does.
func (d *daemon) lock() {
	d.t.Helper()
	svc, err := ss.NewSecretService()
	if err != nil {
		d.t.Fatal(err)
	}
	err = svc.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").
		Call("org.freedesktop.Secret.Service.Lock", 0, one(svc.GetLoginCollection().Path())).Err
	if err != nil {
		d.t.Fatal(err)
	}
}

func one[T any](v T) []T { return []T{v} }
