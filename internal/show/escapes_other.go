//go:build !windows

package show

import "os"

func understandsEscapes(*os.File) bool { return true }
