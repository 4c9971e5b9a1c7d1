//go:build unix

package store

import (
	"errors"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"satchel/assets/people"
	"satchel/store/fact"
	"satchel/store/identity"
)

// crowd is a population released once for all benchmarks of a run.
type crowd struct {
	w    *world
	c    *hubCohort
	in   []Incoming
	pids []identity.PID
}

var crowds sync.Map // of int to func() *crowd

func newCrowd(b testing.TB, n int) *crowd {
	once, _ := crowds.LoadOrStore(n, sync.OnceValue(func() *crowd {
		w := newWorld(b)
		p := &crowd{w: w, c: w.newCohort()}
		w.rekey(p.c)
		for d := range people.Generate(1, n) {
			pid := identity.Random[identity.PID]()
			p.pids = append(p.pids, pid)
			p.in = append(p.in, w.release(p.c, pid, d.JSON))
		}
		return p
	}))
	p := once.(func() *crowd)()
	p.w.t = b
	return p
}

// laptop is a member of the crowd's cohort, under the key the crowd is under.
func (p *crowd) laptop(b testing.TB, dir string) *Vault {
	p.w.t = b
	v := p.w.create(Config{Dir: dir, Demo: true, Argon2: cheap})
	p.w.join(v.Keys(), v.KeysPublic(), v.Kind(), p.c)
	p.w.must(v.TakeMembership(p.w.membership()))
	p.w.must(v.SetCredential(p.w.credential(v, v.People()[0].Slot)))
	p.w.rekey(p.c)
	p.w.catchUp(v, p.c)
	b.Cleanup(func() { p.w.t = b; p.w.must(v.Close()) })
	return v
}

// spent is the processor time of this process: on a busy machine the clock on
// the wall says little.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkPut10000(b *testing.B) {
	p := newCrowd(b, 10_000)
	bytes := 0
	for i := range p.in {
		bytes += len(p.in[i].RecordRaw)
	}
	for _, unlocked := range []bool{true, false} {
		name := map[bool]string{true: "unlocked", false: "locked"}[unlocked]
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(bytes))
			var cpu time.Duration
			for b.Loop() {
				b.StopTimer()
				v := p.laptop(b, b.TempDir())
				if unlocked {
					p.w.unlock(v)
				}
				cpu -= spent()
				b.StartTimer()
				for at := 0; at < len(p.in); at += 512 {
					batch := p.in[at:min(at+512, len(p.in))]
					if kept, err := v.PutRecords(b.Context(), p.c.id, batch, 1, batch[len(batch)-1].Record.Header.Value.Rev); err != nil || kept != len(batch) {
						b.Fatalf("kept %d of %d, %v", kept, len(batch), err)
					}
				}
				cpu += spent()
			}
			b.ReportMetric(float64(cpu.Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

func BenchmarkUnlock10000(b *testing.B) {
	p := newCrowd(b, 10_000)
	v := p.laptop(b, b.TempDir())
	s := p.w.unlock(v)
	p.w.put(v, p.c, p.in...)
	for b.Loop() {
		s.Lock()
		s = p.w.unlock(v)
	}
	if got, err := s.Find(b.Context(), "a", 1); err != nil || got.Total == 0 {
		b.Fatal("nobody is found")
	}
}

func BenchmarkFind10000(b *testing.B) {
	p := newCrowd(b, 10_000)
	v := p.laptop(b, b.TempDir())
	s := p.w.unlock(v)
	p.w.put(v, p.c, p.in...)
	for b.Loop() {
		if _, err := s.Find(b.Context(), "smi", 50); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	p := newCrowd(b, 10_000)
	v := p.laptop(b, b.TempDir())
	s := p.w.unlock(v)
	p.w.put(v, p.c, p.in...)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		h := p.pids[i%len(p.pids)]
		v.mu.Lock()
		handle := v.table.of(p.c.id, h).Handle
		v.mu.Unlock()
		start := time.Now()
		if _, err := s.Read(b.Context(), request(handle)); err != nil {
			if _, refused := errors.AsType[*RefusedError](err); !refused { // some of the crowd are restricted
				b.Fatal(err)
			}
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "us-p99")
}

func BenchmarkPurge100Of10000(b *testing.B) {
	p := newCrowd(b, 10_000)
	for b.Loop() {
		b.StopTimer()
		v := p.laptop(b, b.TempDir())
		p.w.put(v, p.c, p.in...)
		for _, pid := range p.pids[:100] {
			p.c.people[pid] = fact.PatientEpoch{PID: pid, Epoch: 1}
			p.w.kill(p.c, pid, fact.Withdrawn)
		}
		run := p.w.governance(p.c)
		b.StartTimer()
		if err := v.TakeGovernance(b.Context(), p.c.id, run); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if v.Count() != len(p.in)-100 {
			b.Fatalf("%d rows are left", v.Count())
		}
		p.c.chain.entries, p.c.chain.at = nil, nil // the next device hears it anew
		b.StartTimer()
	}
}
