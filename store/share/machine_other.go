//go:build !linux && !windows && !darwin

package share

func machineID() string { return "" }
