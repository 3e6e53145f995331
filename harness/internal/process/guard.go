package process

// How a process knows that it is a guard. Both are needed, so that neither an
// odd argument nor an exported variable can turn ctxcliff into one.
const (
	guardEnv = "CTXCLIFF_GUARD"
	guardArg = "__guard"
)

// Guard makes this process a guard, and ends it, if it was started as one;
// otherwise it returns at once. Every main and every TestMain of a program that
// uses Start calls it first.
func Guard() {
	guardCalled.Store(true)
	if !startedAsGuard() {
		return
	}
	runGuard()
}
