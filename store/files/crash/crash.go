// Package crash is a disk in memory that loses power. It implements files.FS,
// keeps what was synced apart from what was only written, counts operations,
// can stop at any of them, and then gives the states in which a real disk could
// be found.
//
// The model is stricter than the common file systems: until SyncDir nothing of
// a directory is promised, not even for a file that was synced; unsynced bytes
// survive in any subset, sector by sector, torn inside a sector, with zeros
// where a file grew and its data did not arrive; a cut truncation may or may
// not have happened. What it keeps of them: a directory's changes survive in
// their order (file systems journal them), and a rename is one step.
//
// It does not model bit rot, a drive that lies about flushes, or memory maps.
//
// TestModel proves the promises with the smallest histories that can break them.
package crash

import (
	"errors"
	"io/fs"
	"iter"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"satchel/store/files"
)

// ErrCut is what the operation at the cut and every later one return: the
// power is gone.
var ErrCut = errors.New("power cut")

// Disk is a simulated disk. All methods may be called from several goroutines.
type Disk struct {
	mu     sync.Mutex
	dirs   map[string]*directory // under mu
	ops    int                   // under mu: changing operations so far
	cutAt  int                   // under mu: 0 = never
	failAt map[int]error         // under mu
	log    []string              // under mu: names of the operations, for messages
}

// directory holds entries as a process sees them, and what a crash may leave.
type directory struct {
	now     map[string]*inode
	durable map[string]*inode
	pending []entryChange // since the last SyncDir, in order
	exists  bool          // its own entry in the parent is durable
}

// entryChange is one step on a directory: names that get an inode, or lose
// theirs (nil).
type entryChange map[string]*inode

var _ files.FS = (*Disk)(nil)

// New returns an empty disk that never loses power until CutAt is called.
func New() *Disk {
	return &Disk{dirs: map[string]*directory{".": newDirectory(true)}, failAt: map[int]error{}}
}

func newDirectory(exists bool) *directory {
	return &directory{now: map[string]*inode{}, durable: map[string]*inode{}, exists: exists}
}

// CutAt makes the n-th changing operation from the disk's beginning (1 is the
// first) the last one: it returns ErrCut and may or may not have happened.
// 0 means never.
func (d *Disk) CutAt(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutAt = n
}

// FailAt makes the n-th changing operation return err without effect; later
// ones work. It stands for a full disk or a single I/O error.
func (d *Disk) FailAt(n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failAt[n] = err
}

// Ops is the number of changing operations so far: Create, WriteAt, Truncate,
// Sync, SyncData, Rename, Remove, MkdirAll and SyncDir count, reads do not.
func (d *Disk) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// LastOp describes the latest changing operation, for messages of tests.
func (d *Disk) LastOp() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.log) == 0 {
		return "none"
	}
	return d.log[len(d.log)-1]
}

// stepLocked counts one changing operation. cut is true when it is the one at
// the cut: the caller records it as pending and returns ErrCut.
func (d *Disk) stepLocked(what string) (cut bool, err error) {
	if d.cutAt > 0 && d.ops >= d.cutAt {
		return false, ErrCut
	}
	d.ops++
	d.log = append(d.log, what)
	if err := d.failAt[d.ops]; err != nil {
		return false, err
	}
	return d.ops == d.cutAt, nil
}

func cutError(cut bool) error {
	if cut {
		return ErrCut
	}
	return nil
}

// Open implements files.FS.
func (d *Disk) Open(name string, mode files.Mode) (files.File, error) {
	if err := files.CheckName(name); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, base, err := d.locateLocked(name)
	if err != nil {
		return nil, err
	}
	ino := dir.now[base]
	if mode != files.Create {
		if ino == nil {
			return nil, pathError("open", name, fs.ErrNotExist)
		}
		return &handle{disk: d, ino: ino, name: name, readOnly: mode == files.Read}, nil
	}
	if ino != nil {
		return nil, pathError("create", name, fs.ErrExist)
	}
	cut, err := d.stepLocked("create " + name)
	if err != nil {
		return nil, err
	}
	ino = &inode{}
	dir.change(entryChange{base: ino})
	if cut {
		return nil, ErrCut
	}
	return &handle{disk: d, ino: ino, name: name}, nil
}

// Rename implements files.FS.
func (d *Disk) Rename(from, to string) error {
	if err := files.CheckRename(from, to); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, base, err := d.locateLocked(from)
	if err != nil {
		return err
	}
	ino := dir.now[base]
	if ino == nil {
		return pathError("rename", from, fs.ErrNotExist)
	}
	cut, err := d.stepLocked("rename " + from + " to " + to)
	if err != nil {
		return err
	}
	if to != from {
		dir.change(entryChange{base: nil, path.Base(to): ino})
	}
	return cutError(cut)
}

// Remove implements files.FS.
func (d *Disk) Remove(name string) error {
	if err := files.CheckName(name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, base, err := d.locateLocked(name)
	if err != nil {
		return err
	}
	if dir.now[base] == nil {
		return pathError("remove", name, fs.ErrNotExist)
	}
	cut, err := d.stepLocked("remove " + name)
	if err != nil {
		return err
	}
	dir.change(entryChange{base: nil})
	return cutError(cut)
}

// List implements files.FS.
func (d *Disk) List(name string) ([]string, error) {
	if err := files.CheckName(name); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	dir := d.dirs[name]
	if dir == nil {
		return nil, pathError("list", name, fs.ErrNotExist)
	}
	return slices.Sorted(maps.Keys(dir.now)), nil
}

// MkdirAll implements files.FS. A new directory survives only after SyncDir of
// its parent.
func (d *Disk) MkdirAll(name string) error {
	if err := files.CheckName(name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dirs[name] != nil {
		return nil
	}
	cut, err := d.stepLocked("mkdir " + name)
	if err != nil {
		return err
	}
	for at := name; d.dirs[at] == nil; at = path.Dir(at) {
		d.dirs[at] = newDirectory(false)
	}
	return cutError(cut)
}

// SyncDir implements files.FS.
func (d *Disk) SyncDir(name string) error {
	if err := files.CheckName(name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	dir := d.dirs[name]
	if dir == nil {
		return pathError("syncdir", name, fs.ErrNotExist)
	}
	cut, err := d.stepLocked("syncdir " + name)
	if err != nil {
		return err
	}
	if cut {
		return ErrCut
	}
	dir.durable = maps.Clone(dir.now)
	dir.pending = nil
	for child, c := range d.dirs {
		if child != "." && path.Dir(child) == name {
			c.exists = true
		}
	}
	return nil
}

func (d *Disk) locateLocked(name string) (*directory, string, error) {
	dir := d.dirs[path.Dir(name)]
	if dir == nil {
		return nil, "", pathError("open", name, fs.ErrNotExist)
	}
	return dir, path.Base(name), nil
}

func (dir *directory) change(c entryChange) {
	dir.pending = append(dir.pending, c)
	c.apply(dir.now)
}

func (c entryChange) apply(entries map[string]*inode) {
	for name, ino := range c {
		if ino == nil {
			delete(entries, name)
		} else {
			entries[name] = ino
		}
	}
}

func pathError(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// States yields disks as they may be found after the power went: "none" of the
// unsynced changes, "all" of them, and n random parts, drawn from seed. Each is
// a fresh disk whose whole content is durable and that never loses power until
// told to. The disk itself is not changed.
func (d *Disk) States(seed uint64, n int) iter.Seq2[string, *Disk] {
	return func(yield func(string, *Disk) bool) {
		if !yield("none", d.after(keepNone{})) || !yield("all", d.after(keepAll{})) {
			return
		}
		for i := range n {
			r := keepSome{rand.New(rand.NewPCG(seed, uint64(i)))}
			if !yield("random "+strconv.FormatUint(seed, 10)+"/"+strconv.Itoa(i), d.after(r)) {
				return
			}
		}
	}
}

// after builds one state. Parents come before children, so that a lost
// directory takes its files along.
func (d *Disk) after(k keeper) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := New()
	copies := map[*inode]*inode{}
	for _, name := range slices.SortedFunc(maps.Keys(d.dirs), shallowFirst) {
		dir := d.dirs[name]
		if name != "." && (next.dirs[path.Dir(name)] == nil || !dir.exists && !k.keep()) {
			continue
		}
		entries := maps.Clone(dir.durable)
		for _, c := range dir.pending[:k.prefix(len(dir.pending))] {
			c.apply(entries)
		}
		fresh := newDirectory(true)
		for _, base := range slices.Sorted(maps.Keys(entries)) {
			ino := entries[base]
			if copies[ino] == nil {
				copies[ino] = ino.after(k)
			}
			fresh.now[base], fresh.durable[base] = copies[ino], copies[ino]
		}
		next.dirs[name] = fresh
	}
	return next
}

func shallowFirst(a, b string) int {
	if c := strings.Count(a, "/") - strings.Count(b, "/"); c != 0 {
		return c
	}
	if a == "." || b == "." {
		return strings.Compare(b, a) // "." sorts before its children
	}
	return strings.Compare(a, b)
}
