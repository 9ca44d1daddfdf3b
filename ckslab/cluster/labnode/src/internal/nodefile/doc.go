// Package nodefile reads and writes files of a node, on which a learner is root: a file may be anything, and change
// at any moment.
package nodefile

// OPath is O_PATH, which package syscall lacks.
const OPath = 0x200000
