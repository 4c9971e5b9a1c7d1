package main

import (
	"unsafe"

	"golang.org/x/sys/windows"

	"satchel/app/screen"
)

// powerStatus is SYSTEM_POWER_STATUS of the Windows API (winbase.h).
type powerStatus struct {
	line, flag, percent, saver byte
	seconds, full              uint32
}

var getPowerStatus = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemPowerStatus")

// battery asks Windows how full the battery is: 255 stands for not known, and
// the flags for charging and for none.
func battery() screen.Battery {
	const charging, none, unknown = 8, 128, 255
	var s powerStatus
	if ok, _, _ := getPowerStatus.Call(uintptr(unsafe.Pointer(&s))); ok == 0 || s.percent > 100 || s.flag == unknown || s.flag&none != 0 {
		return screen.Battery{}
	}
	return screen.Battery{Known: true, Percent: int(s.percent), Charging: s.flag&charging != 0}
}
