package why

import (
	"embed"
	"strings"
	"sync"
)

// Rule is the long text behind the name that a [Finding] carries.
type Rule struct {
	Name  string // "lock-around-work"
	Title string // one sentence, the fact
	Text  string // markdown: WRONG, RIGHT, when it is fine, how it is found, how sure
}

// ruleFiles holds a text for each rule. The file name is the rule's name, the
// first line its title.
//
//go:embed rules/*.md
var ruleFiles embed.FS

// Rules gives all rules, sorted by name.
func Rules() []Rule { return allRules() }

// RuleNamed finds a rule.
func RuleNamed(name string) (rule Rule, ok bool) {
	for _, r := range allRules() {
		if r.Name == name {
			return r, true
		}
	}
	return Rule{}, false
}

var allRules = sync.OnceValue(func() []Rule {
	entries, err := ruleFiles.ReadDir("rules")
	if err != nil {
		panic(err) // the files are part of the binary
	}
	rules := make([]Rule, 0, len(entries))
	for _, entry := range entries {
		data, err := ruleFiles.ReadFile("rules/" + entry.Name())
		if err != nil {
			panic(err)
		}
		rules = append(rules, parseRule(strings.TrimSuffix(entry.Name(), ".md"), string(data)))
	}
	return rules
})

func parseRule(name, text string) Rule {
	text = strings.ReplaceAll(text, "\r\n", "\n") // a checkout on Windows
	title, body, _ := strings.Cut(text, "\n")
	return Rule{Name: name, Title: strings.TrimSpace(strings.TrimLeft(title, "# ")), Text: strings.TrimLeft(body, "\n")}
}
