//go:build !many

package main

const times = 1
