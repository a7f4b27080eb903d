// Package why holds the one shape that every explanation of Trivet has: the
// [Finding]. trivet explain, trivet demons and the review analyzers all produce
// Findings; the terminal, JSON and HTML are views of them.
package why

// Finding is one thing worth telling about a program. It never scolds: fact,
// evidence, consequence, one thing to try, how sure.
type Finding struct {
	Rule     string   `json:"rule"`            // readable name, "lock-around-work"; trivet why RULE prints its long text
	Title    string   `json:"title"`           // one sentence, the fact
	Where    string   `json:"where,omitempty"` // file:line, or the name of an object
	Evidence []string `json:"evidence,omitempty"`
	Places   []string `json:"places,omitempty"` // file:line of what the source shows, in order of the evidence
	Why      string   `json:"why,omitempty"`    // the consequence
	Try      string   `json:"try,omitempty"`    // one thing to try
	Saves    float64  `json:"saves,omitempty"`  // seconds at the chosen core count; 0 = not known
	Sure     string   `json:"sure,omitempty"`   // how sure, and what would make it surer
}
