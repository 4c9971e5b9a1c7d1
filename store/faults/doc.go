// Package faults holds the vault to its promises while everything under it
// fails. It has no code of its own: it is tests, and they use package store as
// any other package does.
//
// It guarantees, as far as each harness reaches, that what the vault said was
// durable is there afterwards, that what was withdrawn is not, that nobody is
// let in who should not be, and that a damaged folder gives right data, a named
// error, or less data with a notice, and never a loop of crashes:
//
//   - TestCutEverywhere: the power goes at every operation of every workload,
//     on a disk in memory; SATCHEL_CUTS=all for every one, k/n for a share.
//   - TestKilled: a process is killed at any moment; SATCHEL_KILLS=n.
//   - TestPowerCut: snapshots of an ext4 file system under a working vault;
//     SATCHEL_POWERCUTS=n. It needs root, loop devices and mkfs.xfs.
//   - TestFullDisk: a real file system filled at every stage. It needs root.
//   - TestDamage: every kind of file, damaged in every way; SATCHEL_FLIPS=n for
//     n more at random, -args -table FILE to write the table.
//
// Each runs beside a control that does it right, which must come out clean, and
// known-bad cases, which must be caught: a harness that finds nothing wrong
// there proves nothing.
//
// It does not test a drive that acknowledges a flush it did not do, beyond
// showing that such a drive is noticed here.
package faults
