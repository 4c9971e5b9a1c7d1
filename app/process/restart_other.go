//go:build !unix && !windows

package process

import "errors"

func runnable(string) error { return errors.ErrUnsupported }

func replace(string, []string, []uintptr) error { return errors.ErrUnsupported }
