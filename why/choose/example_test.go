package choose_test

import (
	"fmt"
	"log"

	"github.com/trivet-go/trivet/why/choose"
)

// What should a service be made of that answers many slow clients?
func ExampleDecide() {
	answer, err := choose.Decide(choose.Answers{
		"objective": "flow", "io": "most", "state": "read", "order": "none",
		"failure": "partial", "machines": "one", "aim": "latency",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Leaf)
	for _, l := range answer.Layers {
		fmt.Println(l.Level, l.Pattern)
	}
	fmt.Println(answer.Laws[0].Name)
	// Output:
	// reactor
	// Lv3 reactor
	// Lv2 producer-consumer
	// Lv1 message passing
	// Little's law
}

// What would have led elsewhere?
func ExampleAnswer_otherwise() {
	answer, err := choose.Decide(choose.Answers{
		"objective": "calculation", "io": "little", "state": "none", "order": "none",
		"failure": "stop", "machines": "one", "aim": "throughput",
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, turn := range answer.Otherwise {
		fmt.Printf("%s=%s: %s instead of %s\n", turn.Question, turn.Answer, turn.Leaf, answer.Leaf)
	}
	// Output:
	// objective=flow: pipeline instead of forkjoin
	// state=key: mapreduce instead of forkjoin
	// failure=retry: masterworker instead of forkjoin
	// failure=partial: gather instead of forkjoin
	// machines=many: masterworker instead of forkjoin
}
