package faults

import "context"

func bareOn(context.Context, string) error { return nil }
