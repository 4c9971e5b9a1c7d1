package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"satchel/store/audit"
	"satchel/store/files"
)

var auditSection = section{"audit", "the audit journal, against the disk's own fdatasync", measureAudit}

// entryBytes is the size of an audit item: about 7,000 fill a segment.
const entryBytes = 592

func measureAudit(ctx context.Context, b *bench) (err error) {
	dir, err := os.MkdirTemp(b.dir, "satchel-bench-")
	if err != nil {
		return fmt.Errorf("making a folder to measure in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	disk, err := files.OS(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disk.Close()) }()
	counted := &countedFS{FS: disk}
	journal, _, err := audit.OpenJournal(counted, "audit", audit.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	alone, err := b.measureAppend(ctx, disk, journal)
	if err != nil {
		return err
	}
	return b.measureWriters(ctx, journal, counted, alone)
}

// measureAppend gives the median of one writer's append. It takes turns with a bare write and fdatasync of as many bytes to
// a file of the same size on the same disk, so that both see the same weather.
func (b *bench) measureAppend(ctx context.Context, disk files.FS, journal *audit.Journal) (alone time.Duration, err error) {
	const turns = 25
	rounds := min(40, 1+b.people/100)
	bare, err := disk.Open("bare", files.Create)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, bare.Close()) }()
	// As the journal does: the space is there before, so that a sync need not
	// write the file's size.
	if _, err := bare.WriteAt(make([]byte, audit.DefaultSegmentBytes), 0); err != nil {
		return 0, err
	}
	if err := bare.Sync(); err != nil {
		return 0, err
	}
	entry, at := make([]byte, entryBytes), int64(0)
	writeBare := func(int) error {
		if at+entryBytes > audit.DefaultSegmentBytes {
			at = 0
		}
		_, err := bare.WriteAt(entry, at)
		at += entryBytes
		return errors.Join(err, bare.SyncData())
	}
	appendOne := func(int) error { _, err := journal.Append(entry); return err }
	var bares, appends []time.Duration
	for range rounds {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		one, err := clock(turns, writeBare)
		if err != nil {
			return 0, err
		}
		two, err := clock(turns, appendOne)
		if err != nil {
			return 0, err
		}
		bares, appends = append(bares, one...), append(appends, two...)
	}
	if err := b.addPercentiles("disk.fdatasync", bares, microseconds, fmt.Sprintf("%d bytes into space that is there", entryBytes)); err != nil {
		return 0, err
	}
	if err := b.addPercentiles("audit.append", appends, microseconds, fmt.Sprintf("%d bytes", entryBytes)); err != nil {
		return 0, err
	}
	ratio := float64(percentile(appends, 0.5)) / float64(percentile(bares, 0.5))
	return percentile(appends, 0.5), b.add("audit.append.ratio", ratio, times, len(appends), "of the medians, measured in turns")
}

// measureWriters lets 16 append at once and counts the syncs they caused.
func (b *bench) measureWriters(ctx context.Context, journal *audit.Journal, counted *countedFS, alone time.Duration) error {
	const writers = 16
	each := min(250, 10+b.people/20)
	took := make([][]time.Duration, writers)
	errs := make([]error, writers)
	before, start := counted.syncs.Load(), time.Now()
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			entry := make([]byte, entryBytes)
			took[w], errs[w] = clock(each, func(int) error {
				_, err := journal.Append(entry)
				return errors.Join(err, ctx.Err())
			})
		})
	}
	all.Wait()
	elapsed, syncs := time.Since(start), counted.syncs.Load()-before
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var every []time.Duration
	for _, t := range took {
		every = append(every, t...)
	}
	if err := b.addPercentiles("audit.writers16", every, microseconds, "one append, with 16 writers"); err != nil {
		return err
	}
	if err := b.add("audit.writers16.rate", float64(writers*each)/elapsed.Seconds(), perSecond, writers*each, ""); err != nil {
		return err
	}
	note := "appends a second, against one writer's between the bare syncs"
	if err := b.add("audit.writers16.ratio", float64(writers*each)/elapsed.Seconds()*alone.Seconds(), times, writers*each, note); err != nil {
		return err
	}
	return b.add("audit.writers16.share", float64(writers*each)/float64(max(1, syncs)), times, writers*each, fmt.Sprintf("%d syncs", syncs))
}

// countedFS counts the syncs of files.
type countedFS struct {
	files.FS
	syncs atomic.Int64
}

func (c *countedFS) Open(name string, mode files.Mode) (files.File, error) {
	f, err := c.FS.Open(name, mode)
	if err != nil {
		return nil, err
	}
	return &countedFile{f, c}, nil
}

type countedFile struct {
	files.File
	fs *countedFS
}

func (f *countedFile) Sync() error {
	f.fs.syncs.Add(1)
	return f.File.Sync()
}

func (f *countedFile) SyncData() error {
	f.fs.syncs.Add(1)
	return f.File.SyncData()
}
