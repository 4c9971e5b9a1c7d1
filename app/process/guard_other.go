//go:build !linux && !darwin && !windows

package process

import "errors"

func shut() error { return errors.ErrUnsupported }
