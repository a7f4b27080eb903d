package why_test

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/trivet-go/trivet/why"
)

func ExampleRuleNamed() {
	rule, ok := why.RuleNamed("lock-around-work")
	fmt.Println(ok, rule.Title)
	// Output: true A lock is held during the long work, so that the others wait
}

// sections are what every text answers, in this order.
var sections = []string{"WRONG", "RIGHT", "FINE", "FOUND BY", "SURE"}

func TestEveryTextAnswersTheSameQuestions(t *testing.T) {
	for _, rule := range why.Rules() {
		if rule.Title == "" || strings.HasSuffix(rule.Title, ".") || len(rule.Title) > 76 {
			t.Errorf("%s: title %q", rule.Name, rule.Title)
		}
		rest := "\n" + rule.Text
		for _, section := range sections {
			at := strings.Index(rest, "\n"+section)
			if at < 0 {
				t.Errorf("%s: no %s, or not after the one before it", rule.Name, section)
				break
			}
			rest = rest[at+1:]
		}
		for line := range strings.Lines(rule.Text) {
			if utf8.RuneCountInString(line) > 89 {
				t.Errorf("%s: line of more than 88 columns: %s", rule.Name, line)
			}
		}
	}
}

// TestGoInTextsIsGo formats every indented block that is not shell commands or
// a table, as a user would who pastes it.
func TestGoInTextsIsGo(t *testing.T) {
	blocks := 0
	for _, rule := range why.Rules() {
		for _, block := range indented(rule.Text) {
			if strings.HasPrefix(block, "$ ") || table.MatchString(block) {
				continue
			}
			blocks++
			formatted, err := format.Source([]byte(block))
			if err != nil {
				t.Errorf("%s: %v in\n%s", rule.Name, err, block)
			} else if want := leadingTabs.ReplaceAllStringFunc(string(formatted), fourSpaces); block != want {
				t.Errorf("%s: not formatted:\n%s\nshould be\n%s", rule.Name, block, want)
			}
		}
	}
	if blocks < 40 {
		t.Errorf("%d blocks of Go found: are the texts still indented by four?", blocks)
	}
}

var leadingTabs = regexp.MustCompile(`(?m)^\t+`)

func fourSpaces(tabs string) string { return strings.Repeat("    ", len(tabs)) }

// table is a block of names with an explanation each.
var table = regexp.MustCompile(`(?m)\A([a-z0-9-]+ {2,}\S.*\n?)+\z`)

// indented gives the blocks that are indented by four spaces, without them.
func indented(text string) (blocks []string) {
	block := ""
	for line := range strings.Lines(text + "\n.") {
		code, isCode := strings.CutPrefix(line, "    ")
		switch {
		case isCode:
			block += code
		case strings.TrimSpace(line) == "" && block != "":
			block += "\n"
		default:
			if block = strings.TrimSpace(block); block != "" {
				blocks = append(blocks, block)
			}
			block = ""
		}
	}
	return blocks
}

var mention = regexp.MustCompile(`(?:[Ss]ee|trivet why|under) ([a-z]+(?:-[a-z]+)+)|(?m:^    ([a-z]+(?:-[a-z]+)+)  )`)

func TestMentionedRulesExist(t *testing.T) {
	for _, rule := range why.Rules() {
		for _, found := range mention.FindAllStringSubmatch(rule.Text, -1) {
			if name := found[1] + found[2]; !known(name) {
				t.Errorf("%s mentions %s, which has no text", rule.Name, name)
			}
		}
	}
}

func known(name string) bool {
	_, ok := why.RuleNamed(name)
	return ok
}

// TestEmittedRulesHaveTexts reads all sources of the module and asks for a text
// for each rule that they name.
func TestEmittedRulesHaveTexts(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != "..") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		names, err := emitted(path, source)
		for _, name := range names {
			if !known(name) {
				t.Errorf("%s emits the rule %q, which has no text in why/rules", path, name)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// emitted finds the rules that a file names: Finding{Rule: "name"}, Flag{"name",
// ...}, a variable called rule, and the first argument of a function called
// flag.
func emitted(path string, source []byte) (names []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	add := func(e ast.Expr) {
		if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			name, _ := strconv.Unquote(literal.Value)
			names = append(names, name)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if isNamed(n.Key, "Rule") {
				add(n.Value)
			}
		case *ast.CompositeLit:
			if isNamed(n.Type, "Flag") && len(n.Elts) > 0 {
				add(n.Elts[0])
			}
		case *ast.CallExpr:
			if isNamed(n.Fun, "flag") && len(n.Args) > 0 {
				add(n.Args[0])
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if isNamed(left, "rule") && len(n.Lhs) == len(n.Rhs) {
					add(n.Rhs[i])
				}
			}
		}
		return true
	})
	return names, nil
}

func isNamed(e ast.Expr, name string) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == name
	case *ast.SelectorExpr:
		return e.Sel.Name == name
	}
	return false
}

func TestEmittedSeesEveryForm(t *testing.T) {
	names, err := emitted("x.go", []byte(`package x
		var a = why.Finding{Rule: "one", Title: "no"}
		var b = []Flag{{}, Flag{"two", "no"}}
		func f() {
			rule, title := "three", "no"
			rule = "four"
			flag("five", "no", title)
			set.flag("six")
			flags("no")
		}`))
	if got := strings.Join(names, " "); err != nil || got != "one two three four five six" {
		t.Errorf("%q, %v", got, err)
	}
}
