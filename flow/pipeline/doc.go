// Package pipeline joins stages by bounded buffers.
package pipeline
