package law

import "math"

// solution is the answer of a least-squares problem whose coefficients may not
// be negative.
type solution struct {
	coef    []float64   // all columns; 0 for those at their bound
	cov     [][]float64 // (XᵀX)⁻¹ of the columns off their bound, 0 elsewhere
	squares float64     // sum of squares of the residuals
}

// leastSquares finds the coefficients >= 0 that minimise |rows·coef - 1|².
// Every row has been divided by its measured value, so residuals are relative
// ones: timing noise grows with the time. With at most three columns all sets
// of columns off their bound can be tried, which makes the answer exact, and
// no iteration can fail to end. ok is false when the columns are not
// independent.
func leastSquares(rows [][]float64) (best solution, ok bool) {
	columns := len(rows[0])
	for set := 1; set < 1<<columns; set++ {
		s, independent := solveSet(rows, set)
		if !independent {
			continue
		}
		feasible := true
		for _, c := range s.coef {
			feasible = feasible && c >= 0
		}
		if feasible && (!ok || s.squares < best.squares) {
			best, ok = s, true
		}
	}
	return best, ok
}

// solveSet solves the unbounded problem over the columns in the bit set.
func solveSet(rows [][]float64, set int) (solution, bool) {
	columns := len(rows[0])
	var used []int
	for c := range columns {
		if set&(1<<c) != 0 {
			used = append(used, c)
		}
	}
	scale := columnNorms(rows, used)
	normal, right := normalEquations(rows, used, scale)
	inverse, ok := invert(normal)
	if !ok {
		return solution{}, false
	}
	s := solution{coef: make([]float64, columns), cov: make([][]float64, columns)}
	for c := range s.cov {
		s.cov[c] = make([]float64, columns)
	}
	for i, ci := range used {
		for j, cj := range used {
			s.coef[ci] += inverse[i][j] * right[j] / scale[i]
			s.cov[ci][cj] = inverse[i][j] / (scale[i] * scale[j])
		}
	}
	for _, row := range rows {
		r := residual(row, s.coef)
		s.squares += r * r
	}
	return s, true
}

// residual is the relative error of the model at one row.
func residual(row, coef []float64) float64 {
	sum := 0.0
	for c := range row {
		sum += row[c] * coef[c]
	}
	return sum - 1
}

// columnNorms gives the length of each used column. Dividing by it keeps the
// normal equations well conditioned when columns differ by many powers of ten.
func columnNorms(rows [][]float64, used []int) []float64 {
	norms := make([]float64, len(used))
	for i, c := range used {
		for _, row := range rows {
			norms[i] = math.Hypot(norms[i], row[c])
		}
		if norms[i] == 0 {
			norms[i] = 1
		}
	}
	return norms
}

func normalEquations(rows [][]float64, used []int, scale []float64) (normal [][]float64, right []float64) {
	normal = make([][]float64, len(used))
	right = make([]float64, len(used))
	for i, ci := range used {
		normal[i] = make([]float64, len(used))
		for _, row := range rows {
			right[i] += row[ci] / scale[i]
			for j, cj := range used {
				normal[i][j] += row[ci] / scale[i] * (row[cj] / scale[j])
			}
		}
	}
	return normal, right
}

// invert is Gauss-Jordan elimination with row pivoting. Columns have unit
// length, so a tiny pivot means that they are not independent.
func invert(m [][]float64) ([][]float64, bool) {
	n := len(m)
	a := make([][]float64, n) // m with the unit matrix to its right
	for i := range a {
		a[i] = append(append([]float64(nil), m[i]...), make([]float64, n)...)
		a[i][n+i] = 1
	}
	for c := range n {
		pivot := c
		for r := c; r < n; r++ {
			if math.Abs(a[r][c]) > math.Abs(a[pivot][c]) {
				pivot = r
			}
		}
		if math.Abs(a[pivot][c]) < 1e-12 {
			return nil, false
		}
		a[c], a[pivot] = a[pivot], a[c]
		for r := range n {
			factor := a[r][c] / a[c][c]
			for k := range a[r] {
				if r != c {
					a[r][k] -= factor * a[c][k]
				}
			}
		}
	}
	for r := range n {
		for k := range n {
			a[r][n+k] /= a[r][r]
		}
		a[r] = a[r][n:]
	}
	return a, true
}
