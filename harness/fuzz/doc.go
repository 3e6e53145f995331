// Package fuzz hunts for what breaks a server, without an end of its own. It samples scenarios from a
// grammar, is asked "what next?" and told "this happened", and knows no clock, file, process or network: the
// same settings and the same answers give the same campaign, so that a journal takes it up again.
//
//	Settings  what may vary, the budget, the corpus of earlier nights
//	scene     one pattern of requests: all slots at once, one long with many short, the same prefix twice…
//	Feature   what a scene has, such as content=opt or load=all; each falls into a size
//	Campaign  the hunt: [Campaign.Next], [Campaign.Tell], [Campaign.Replay], [Campaign.Result]
//	Seed      a scenario of the corpus, and why it is kept
//
// One question is one start of the server: several scenes of one configuration, one after the other. What
// breaks is shrunk by package minimize, from all that the start had been asked, within a share of all
// starts; then the hunt goes on.
//
// # Steering
//
// Of some drawn scenes the one is taken that promises most:
//
//   - pairs of features, and of feature and size, that were not visited yet, or seldom;
//   - features of scenes that showed something new: a signature, or a near miss (kernel noise, a batch far
//     slower than others, an answer that oracles are unsure about). That wears off with every start;
//   - scenes of the corpus, changed a little;
//   - but not what would die of a fault that is known already. A fault that was shrunk says what it needs, and
//     whatever has that would hide all that comes after it.
package fuzz
