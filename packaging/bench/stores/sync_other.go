//go:build !linux

package main

import "os"

// syncData syncs the file whole where there is no fdatasync to be had.
func syncData(f *os.File) error { return f.Sync() }
