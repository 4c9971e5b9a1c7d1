package share

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// emulator is a real swtpm process. Its state survives off and on.
type emulator struct {
	t      testing.TB
	dir    string
	socket string
	cmd    *exec.Cmd
}

// swtpm starts an emulator, or skips where the program is not installed.
func swtpm(t testing.TB) *emulator {
	t.Helper()
	if _, err := exec.LookPath("swtpm"); err != nil {
		fmt.Println("NOT RUN: swtpm is not installed (go run ./packaging/setup names the package)")
		t.Skip("swtpm is not installed")
	}
	dir, err := os.MkdirTemp("", "swtpm") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	e := &emulator{t: t, dir: dir, socket: filepath.Join(dir, "socket")}
	t.Cleanup(func() {
		e.off()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	e.on()
	return e
}

// on starts the process as a power-on does: with Startup(CLEAR).
func (e *emulator) on() {
	e.t.Helper()
	e.cmd = exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+e.dir,
		"--server", "type=unixio,path="+e.socket, "--flags", "not-need-init,startup-clear")
	if err := e.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		conn, err := net.Dial("unix", e.socket)
		if err == nil {
			_ = conn.Close() // it was a knock
			return
		}
		if time.Now().After(deadline) {
			e.t.Fatalf("swtpm does not answer: %v", err)
		}
		time.Sleep(time.Millisecond) // the process says by its socket alone that it is up
	}
}

// off cuts the power: the process is killed.
func (e *emulator) off() {
	if e.cmd == nil {
		return
	}
	_ = e.cmd.Process.Kill() // it may have ended
	_ = e.cmd.Wait()         // it was killed
	e.cmd = nil
	_ = os.Remove(e.socket) // it may never have been made
}

func (e *emulator) cycle() {
	e.t.Helper()
	e.off()
	e.on()
}

func (e *emulator) dial() (transport.TPMCloser, error) { return socketTPM(e.socket) }

func (e *emulator) do(work func(transport.TPM) error) {
	e.t.Helper()
	device, err := e.dial()
	if err == nil {
		err = errors.Join(work(device), device.Close())
	}
	if err != nil {
		e.t.Fatal(err)
	}
}

// lockoutAuth sets the authorisation that a lockout is worth nothing without.
func (e *emulator) lockoutAuth() {
	e.t.Helper()
	e.do(func(tpm transport.TPM) error {
		_, err := tpm2.HierarchyChangeAuth{
			AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHLockout, Auth: tpm2.PasswordAuth(nil)},
			NewAuth:    tpm2.TPM2BAuth{Buffer: []byte("set and forgotten")},
		}.Execute(tpm)
		return err
	})
}

// indexes counts all indexes of the TPM, whoever's they are.
func (e *emulator) indexes() (n int) {
	e.t.Helper()
	e.do(func(tpm transport.TPM) error {
		rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: 0x01000000, PropertyCount: 200}.Execute(tpm)
		if err != nil {
			return err
		}
		list, err := rsp.CapabilityData.Data.Handles()
		if err != nil {
			return err
		}
		n = len(list.Handle)
		return nil
	})
	return n
}
