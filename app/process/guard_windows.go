package process

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	setFlags = windows.NewLazySystemDLL("kernel32.dll").NewProc("WerSetFlags")
	exclude  = windows.NewLazySystemDLL("wer.dll").NewProc("WerAddExcludedApplication")
)

// noHeap is WER_FAULT_REPORTING_FLAG_NOHEAP: a report holds no heap.
const noHeap = 1

// shut asks Windows for no crash dialogue and no crash report of this program.
// What Windows refuses is only less good: nothing here can make it worse.
func shut() error {
	windows.SetErrorMode(windows.SEM_FAILCRITICALERRORS | windows.SEM_NOGPFAULTERRORBOX | windows.SEM_NOOPENFILEERRORBOX)
	if setFlags.Find() == nil {
		if r, _, _ := setFlags.Call(noHeap); r != 0 {
			return fmt.Errorf("keeping the heap out of crash reports: code %#x", r)
		}
	}
	exe, err := os.Executable()
	if err != nil || exclude.Find() != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(filepath.Base(exe))
	if err != nil {
		return err
	}
	if r, _, _ := exclude.Call(uintptr(unsafe.Pointer(name)), 0); r != 0 {
		return fmt.Errorf("keeping out of crash reports: code %#x", r)
	}
	return nil
}
