// Package process keeps what a Satchel program has in memory to itself, and
// gives it up for good by starting the program anew.
//
// It guarantees, after Guard on Linux: no core file and no core handed to a
// program that collects them, whatever ends the process and whatever
// GOTRACEBACK asked for; no other process of the same user reads its memory or
// attaches to it (TestGuardLeavesNoCore, TestGuardKeepsOthersOut). Restart puts
// the same program in the place of this one: nothing of the memory is left, and
// of the open files only standard input, output and error and those that are
// named (TestRestart). On Unix it is the same process to whoever started it.
//
// It does not guarantee anything against root, who reads all memory, nor
// against what the kernel writes elsewhere: swap and a hibernation image hold
// what was in memory. On macOS core files are off and debuggers are kept out;
// on Windows crash dialogs and crash reports are. Neither has been tested.
package process
