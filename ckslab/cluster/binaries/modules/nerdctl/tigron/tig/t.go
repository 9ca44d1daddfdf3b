// Package tig stands in for the one of nerdctl's test framework: a helper of tests (pkg/testutil/compose.go) is
// compiled into nerdctl with its package, and names this type; the program itself makes none of it.
package tig

// T is what that helper calls of a test.
type T interface {
	Log(args ...any)
	FailNow()
}
