// Package law holds the laws of scaling as pure functions, and fits them to
// measured times.
//
// Use it to ask what more cores could bring at best ([Amdahl], [Gustafson],
// [USL], [WorkSpan]), and to name the shape of a measured curve ([FitAmdahl],
// [FitUSL], [FitGustafson]). A fit is a name for humans, not a predictor of
// programs: it knows nothing of locks, channels or caches, and far outside of
// the measured core counts it is a guess. To predict one program use
// why/explain, which replays what the program did.
//
// Words:
//
//   - speed-up S(n): time on one core divided by time on n cores.
//   - efficiency: S(n)/n, the share of the n cores that is put to use.
//   - serial fraction: the share of the one-core time that no second core can
//     share; 1-p where p is the parallel fraction.
//   - limit: S(n) for n to infinity. +Inf when there is none.
//   - work and span: all running time added up, and the longest chain of it
//     that must happen in order.
//
// The smallest use:
//
//	a := law.Amdahl{Serial: 0.1}
//	a.Speedup(10) // 5.26
//	a.Limit()     // 10
//
// The functions are total: a core count below one counts as one, and a
// fraction is taken as it is given; [Fraction] checks one that a user wrote.
// Fits that the points cannot carry are refused with a [*Refusal]; a fit that
// comes with one is what was refused, to be looked at and not to be used.
// Nothing here starts a goroutine or blocks.
//
// Sources: G. M. Amdahl, "Validity of the single processor approach to
// achieving large scale computing capabilities", AFIPS 1967. J. L. Gustafson,
// "Reevaluating Amdahl's law", CACM 31(5), 1988. N. J. Gunther, "A simple
// capacity model of massively parallel transaction systems", CMG 1993, and
// "Guerrilla Capacity Planning", Springer 2007. R. P. Brent, "The parallel
// evaluation of general arithmetic expressions", JACM 21(2), 1974.
package law
