package mapreduce

import (
	"embed"
	"os"
	"os/exec"
	"path/filepath"
)

// tools are programs of others that may be there.
type tools struct {
	mawk    string
	sort    bool // and uniq, tr, sh
	java    string
	classes string // where the compiled Java programs are
	missing []string
}

//go:embed others/*.java
var javaPrograms embed.FS

func findTools(dir string) (t tools) {
	var err error
	if t.mawk, err = exec.LookPath("mawk"); err != nil {
		t.missing = append(t.missing, "mawk")
	}
	t.sort = true
	for _, tool := range []string{"sort", "uniq", "tr", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.sort = false
			t.missing = append(t.missing, tool)
		}
	}
	if t.java, err = exec.LookPath("java"); err == nil {
		t.classes, err = compileJava(dir)
	}
	if err != nil {
		t.java = ""
		t.missing = append(t.missing, "Java parallel streams")
	}
	return t
}

// compileJava compiles the programs into a folder, which it returns.
func compileJava(dir string) (string, error) {
	javac, err := exec.LookPath("javac")
	if err != nil {
		return "", err
	}
	args := []string{"-d", filepath.Join(dir, "classes")}
	for _, program := range []string{"Rows.java", "Words.java"} {
		text, err := javaPrograms.ReadFile("others/" + program)
		if err != nil {
			return "", err
		}
		file := filepath.Join(dir, program)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return "", err
		}
		args = append(args, file)
	}
	return filepath.Join(dir, "classes"), exec.Command(javac, args...).Run()
}
