package rates

// LossesToBlame is how often the host must have gone down with something until that answers for it, and is left
// alone: once may be the mains. That ctxcliff itself was killed or interrupted says nothing, however often.
const LossesToBlame = 2
