package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"satchel/store/record"
)

var recordSection = section{"record", "reading summaries: who they are about, and all of them", measureRecord}

// sample is how many documents the sections read that need the bytes: enough
// for a percentile, few enough for memory.
const sample = 2000

func measureRecord(ctx context.Context, b *bench) error {
	docs := documents(min(b.people, sample))
	total := 0
	for _, d := range docs {
		total += len(d)
	}
	note := fmt.Sprintf("documents of %d bytes on average", total/len(docs))
	identify := func(i int) error { _, err := record.Identify(docs[i]); return err }
	parse := func(i int) error { _, err := record.Parse(docs[i]); return err }
	for _, what := range []struct {
		name string
		read func(int) error
	}{{"record.identify", identify}, {"record.parse", parse}} {
		took, err := clock(len(docs), what.read)
		if err != nil {
			return err
		}
		if err := b.addPercentiles(what.name, took, microseconds, note); err != nil {
			return err
		}
		rate, n, err := throughput(ctx, len(docs), what.read)
		if err != nil {
			return err
		}
		if err := b.add(what.name+".rate", rate, perSecond, n, fmt.Sprintf("%d cores", runtime.GOMAXPROCS(0))); err != nil {
			return err
		}
	}
	return nil
}

// throughput does work for every index below n on every core, at least twice
// and for at least half a second, and gives how many a second were done.
func throughput(ctx context.Context, n int, work func(i int) error) (rate float64, done int, err error) {
	const least = 500 * time.Millisecond
	var next atomic.Int64
	var mu sync.Mutex
	var failed error
	start := time.Now()
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= 2*n && time.Since(start) >= least {
					next.Add(-1) // taken, and not done
					return
				}
				if err := work(i % n); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	workers.Wait()
	took := time.Since(start)
	done = int(next.Load())
	return float64(done) / took.Seconds(), done, errors.Join(ctx.Err(), failed)
}
