package show

import (
	"fmt"
	"math"
	"strings"
)

// Chart draws curves over cores. Both axes are logarithmic to base two, as
// machines are bought: one that doubles with the cores is a straight line, and
// a limit is seen as a bend whatever its height.
type Chart struct {
	MaxX          float64 // the right edge; the left one is 1
	Width, Height int     // columns and rows of the drawing itself, without labels

	marks []rune
	plots [][]point
}

type point struct{ x, y float64 }

// Curve draws y(x) with the mark in every column. What is drawn later lies on
// top.
func (c *Chart) Curve(mark rune, y func(x float64) float64) {
	points := make([]point, c.Width)
	for i := range points {
		x := math.Pow(c.MaxX, float64(i)/float64(max(1, c.Width-1)))
		points[i] = point{x, y(x)}
	}
	c.plot(mark, points)
}

// Dots draws the points (x[i], y[i]) with the mark.
func (c *Chart) Dots(mark rune, x, y []float64) {
	points := make([]point, len(x))
	for i := range points {
		points[i] = point{x[i], y[i]}
	}
	c.plot(mark, points)
}

func (c *Chart) plot(mark rune, points []point) {
	c.marks = append(c.marks, mark)
	c.plots = append(c.plots, points)
}

// Lines gives the drawing with its labels, or nothing when there is no room or
// nothing that could be drawn.
func (c *Chart) Lines() []string {
	low, high, ok := c.yRange()
	if !ok || c.MaxX <= 1 || c.Width < 8 || c.Height < 3 {
		return nil
	}
	grid := make([][]rune, c.Height)
	for r := range grid {
		grid[r] = []rune(strings.Repeat(" ", c.Width))
	}
	for i, points := range c.plots {
		for _, p := range points {
			if column, row, ok := c.cell(p, low, high); ok {
				grid[row][column] = c.marks[i]
			}
		}
	}
	labels, width := c.yLabels(low, high)
	lines := make([]string, 0, c.Height+2)
	for r, row := range grid {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%*s | %s", width, labels[r], string(row)), " "))
	}
	margin := strings.Repeat(" ", width)
	return append(lines, margin+" +-"+strings.Repeat("-", c.Width), margin+"   "+c.xLabels())
}

// yRange is the binary logarithm of the lowest y, rounded down, and of the
// highest.
func (c *Chart) yRange() (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, points := range c.plots {
		for _, p := range points {
			if p.y > 0 && !math.IsInf(p.y, 1) {
				low, high = min(low, math.Log2(p.y)), max(high, math.Log2(p.y))
			}
		}
	}
	low = math.Floor(low + 1e-9) // what is 1 but for rounding is not to make room for 0.5
	return low, max(high, low+1), high >= low-1
}

func (c *Chart) cell(p point, low, high float64) (column, row int, ok bool) {
	if !(p.y > 0) || math.IsInf(p.y, 1) || p.x < 1 || p.x > c.MaxX {
		return 0, 0, false
	}
	column = int(math.Round(math.Log2(p.x) / math.Log2(c.MaxX) * float64(c.Width-1)))
	up := (math.Log2(p.y) - low) / (high - low)
	return column, int(math.Round((1 - up) * float64(c.Height-1))), true
}

// yLabels gives each row its power of two, thinned out where rows are few.
func (c *Chart) yLabels(low, high float64) (labels []string, width int) {
	labels = make([]string, c.Height)
	step := math.Ceil((high - low) / float64(c.Height-1))
	for power := low; power <= high; power += step {
		row := int(math.Round((1 - (power-low)/(high-low)) * float64(c.Height-1)))
		labels[row] = fmt.Sprintf("%gx", math.Exp2(power))
		width = max(width, len(labels[row]))
	}
	return labels, width
}

// xLabels names the right edge and the powers of two, as many as fit.
func (c *Chart) xLabels() string {
	last := fmt.Sprintf("%g", c.MaxX)
	edge := c.Width - 1
	line := ""
	for x := 1.0; x < c.MaxX; x *= 2 {
		label := fmt.Sprintf("%g", x)
		column := int(math.Round(math.Log2(x) / math.Log2(c.MaxX) * float64(c.Width-1)))
		if (line == "" || column >= len(line)+2) && column+len(label)+2 <= edge {
			line += strings.Repeat(" ", column-len(line)) + label
		}
	}
	return line + strings.Repeat(" ", edge-len(line)) + last
}
