package review

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/why"
)

// directive begins a comment that asks not to report a finding.
const directive = "//trivet:ignore"

// ignore is one such comment.
type ignore struct {
	rule, reason string
	at           token.Position
	where        string
	first, last  int // the lines that it covers
	used         bool
}

// ignores lists the comments of a file. One behind code covers its line, one
// that stands alone the next line too, and one in the comment of a function all
// of the function.
func ignores(fset *token.FileSet, file *ast.File, base string) (all []*ignore) {
	functions := map[*ast.CommentGroup]*ast.FuncDecl{}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Doc != nil {
			functions[fn.Doc] = fn
		}
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			text, ok := strings.CutPrefix(comment.Text, directive)
			if !ok || text != "" && text[0] != ' ' && text[0] != '\t' {
				continue
			}
			at := fset.Position(comment.Pos())
			ig := &ignore{at: at, where: where(at, base), first: at.Line, last: at.Line}
			ig.rule, ig.reason, _ = strings.Cut(strings.TrimSpace(text), " ")
			ig.reason = strings.TrimSpace(ig.reason)
			if fn := functions[group]; fn != nil {
				ig.last = fset.Position(fn.End()).Line
			} else if before := lineOf(at.Filename, at.Line); strings.HasPrefix(strings.TrimSpace(before), "//") {
				ig.last = fset.Position(group.End()).Line + 1
			}
			all = append(all, ig)
		}
	}
	return all
}

// sift parts the findings that a comment with a reason covers from the others.
func sift(all []found, comments []*ignore) (kept []found, ignored []Ignored) {
	for _, f := range all {
		i := slices.IndexFunc(comments, func(ig *ignore) bool {
			return ig.rule == f.rule.Name && ig.reason != "" && ig.at.Filename == f.at.Filename &&
				ig.first <= f.at.Line && f.at.Line <= ig.last
		})
		if i < 0 {
			kept = append(kept, f)
			continue
		}
		comments[i].used = true
		ignored = append(ignored, Ignored{f.rule.Name, f.finding.Where, comments[i].reason})
	}
	return kept, ignored
}

// complaints is what is wrong with comments. One that names a rule that did not
// run, or not everywhere, cannot be called unused.
func complaints(comments []*ignore, ran []Rule, failed bool) (all []why.Finding) {
	ranNames, names := ruleNames(ran), ruleNames(Rules())
	for _, ig := range comments {
		title, try := "", ""
		switch {
		case ig.rule == "":
			title, try = "this comment names no rule to ignore", "write "+directive+" RULE and the reason"
		case !slices.Contains(names, ig.rule):
			title, try = "this comment ignores "+ig.rule+", which is no rule", "the rules are "+strings.Join(names, ", ")
		case ig.reason == "":
			title, try = "this comment gives no reason to ignore "+ig.rule+", and has no effect", "say behind the name of the rule why the code is right"
		case ig.used || failed || !slices.Contains(ranNames, ig.rule):
			continue
		default:
			title, try = "this comment ignores "+ig.rule+", which finds nothing here", "remove it, or put it where the finding is"
		}
		all = append(all, why.Finding{
			Rule:  "ignore-comment",
			Title: title,
			Where: ig.where,
			Why:   "a comment that is wrong hides the next flaw, or explains one that is gone",
			Try:   try,
			Sure:  "high",
		})
	}
	return all
}
