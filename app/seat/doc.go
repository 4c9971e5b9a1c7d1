// Package seat says when the operating system has reason to believe that nobody
// sits in front of the laptop any more: its own screen was locked, it is about
// to sleep, its lid was closed, another user's session is in front, or it slept
// and nobody was told.
//
// It guarantees, on Linux with logind (org.freedesktop.login1, on the system
// bus): each of these is told as it happens, and the machine does not go to
// sleep before the answer, for as long as logind lets a program delay it, 5 s
// by its own default (TestLogind, TestSleepWaits). Everywhere: a machine that
// stood still for more than ten seconds is told of within two seconds of going
// on (TestStoodStillIsTold). That is all there is on Windows, on macOS and
// where there is no logind, which is said once in the log.
//
// It decides nothing: whoever is told locks. That a person has come back is
// told by nobody: only a passphrase says so. How long nobody has touched the
// laptop is the screens' to count.
package seat
