package selection

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"image"
	"image/jpeg"
	"math"
	"math/big"
	"sync"
)

type matrix [][]float64

type matrixAsk struct {
	a, b  matrix
	reply chan matrix
}

// flaw: actor-computes
func multiplier() chan<- matrixAsk {
	asks := make(chan matrixAsk)
	go func() {
		served := 0
		for ask := range asks {
			out := make(matrix, len(ask.a))
			for i := range ask.a {
				out[i] = make([]float64, len(ask.b[0]))
				for j := range ask.b[0] {
					for k := range ask.b {
						out[i][j] += ask.a[i][k] * ask.b[k][j]
					}
				}
			}
			served++
			ask.reply <- out
		}
	}()
	return asks
}

type thumbAsk struct {
	name  string
	img   image.Image
	reply chan<- []byte
}

// flaw: actor-computes
type thumbs struct {
	asks  chan thumbAsk
	cache map[string][]byte
}

func newThumbs() *thumbs {
	t := &thumbs{asks: make(chan thumbAsk), cache: map[string][]byte{}}
	go t.loop()
	return t
}

func (t *thumbs) loop() {
	for ask := range t.asks {
		data, ok := t.cache[ask.name]
		if !ok {
			var b bytes.Buffer
			if jpeg.Encode(&b, ask.img, nil) == nil {
				data = b.Bytes()
			}
			t.cache[ask.name] = data
		}
		ask.reply <- data
	}
}

type signAsk struct {
	digest []byte
	reply  chan []byte
}

// flaw: actor-computes
type signer struct {
	mu    sync.Mutex
	key   *rsa.PrivateKey
	asks  chan *signAsk
	count int
}

func (s *signer) start(ctx context.Context) {
	go func() {
		for {
			select {
			case ask := <-s.asks:
				s.count++
				ask.reply <- s.sign(ask.digest)
			case <-ctx.Done():
				return
			}
		}
	}()
}

func (s *signer) sign(digest []byte) []byte {
	out, err := rsa.SignPKCS1v15(nil, s.key, 0, digest)
	if err != nil {
		return nil
	}
	return out
}

type powerAsk struct {
	base, exp, mod *big.Int
	out            chan<- *big.Int
}

// flaw: actor-computes
func powers(wg *sync.WaitGroup, in <-chan powerAsk) {
	last := big.NewInt(0)
	wg.Go(func() {
		for p := range in {
			last = new(big.Int).Exp(p.base, p.exp, p.mod)
			p.out <- last
		}
	})
}

type packAsk struct {
	text  []byte
	reply chan int
}

// flaw: actor-computes
type packer struct {
	in    chan packAsk
	total int
}

func (p *packer) run() {
	var b bytes.Buffer
	for {
		ask, ok := <-p.in
		if !ok {
			return
		}
		b.Reset()
		w := gzip.NewWriter(&b)
		if _, err := w.Write(ask.text); err != nil {
			continue
		}
		w.Close()
		p.total += b.Len()
		ask.reply <- b.Len()
	}
}

func (p *packer) open() { go p.run() }

func slowFib(n int) int {
	if n < 2 {
		return n
	}
	return slowFib(n-1) + slowFib(n-2)
}

type fibAsk struct {
	n     int
	reply chan int
}

// flaw: actor-computes
func fibs(asks chan fibAsk) {
	known := map[int]int{}
	go func() {
		for a := range asks {
			if _, ok := known[a.n]; !ok {
				known[a.n] = slowFib(a.n)
			}
			a.reply <- known[a.n]
		}
	}()
}

type distanceAsk struct {
	a, b  string
	reply chan int
}

// flaw: actor-computes
type speller struct {
	asks chan distanceAsk
	row  []int
	best int
}

func (s *speller) Open() {
	go func() {
		for ask := range s.asks {
			ask.reply <- s.distance(ask.a, ask.b)
		}
	}()
}

func (s *speller) distance(a, b string) int {
	s.row = s.row[:0]
	for j := range len(b) + 1 {
		s.row = append(s.row, j*2)
	}
	for i := range len(a) {
		diag := s.row[0]
		s.row[0] = (i + 1) * 2
		for j := range len(b) {
			cost := 2 * int((a[i]^b[j])&1)
			diag, s.row[j+1] = s.row[j+1], min(s.row[j+1]+2, s.row[j]+2, diag+cost)
		}
	}
	return s.row[len(b)]
}

type mineAsk struct {
	block []byte
	done  chan struct{}
	nonce *uint64
}

// flaw: actor-computes
func miner(asks <-chan mineAsk) {
	mined := 0
	go func() {
		for ask := range asks {
			for n := uint64(0); ; n++ {
				sum := sha256.Sum256(append(ask.block, byte(n), byte(n>>8), byte(n>>16)))
				if sum[0] == 0 && sum[1] == 0 {
					*ask.nonce = n
					break
				}
			}
			mined++
			close(ask.done)
		}
	}()
}

type heatMsg interface{ isHeat() }
type heatStep struct{}
type heatAsk struct{ reply chan float64 }

func (heatStep) isHeat() {}
func (heatAsk) isHeat()  {}

// flaw: actor-computes
type plate struct {
	in   chan heatMsg
	grid [][]float64
}

func (p *plate) Start() { go p.serve() }

func (p *plate) serve() {
	for m := range p.in {
		switch m := m.(type) {
		case heatStep:
			p.grid[0][0] = 100
		case heatAsk:
			m.reply <- p.energy()
		}
	}
}

func (p *plate) energy() (sum float64) {
	for y := range p.grid {
		for x := range p.grid[y] {
			sum += math.Sqrt(p.grid[y][x]) * 1.5
		}
	}
	return sum
}

type nearAsk struct {
	at    []float64
	reply chan int
}

// flaw: actor-computes
func nearest(asks chan nearAsk, adds chan []float64) {
	var points [][]float64
	go func() {
		for {
			select {
			case p := <-adds:
				points = append(points, p)
			case ask := <-asks:
				best, at := math.Inf(1), -1
				for i, p := range points {
					d := 0.0
					for k := range p {
						d += (p[k] - ask.at[k]) * (p[k] - ask.at[k])
					}
					if d < best {
						best, at = d, i
					}
				}
				ask.reply <- at
			}
		}
	}()
}

type blurAsk struct {
	pixels [][]int
	reply  chan [][]int
}

type blurrer struct {
	asks  chan blurAsk
	jobs  int
	width int
}

// flaw: actor-computes
func (b *blurrer) open(wg *sync.WaitGroup) {
	wg.Go(b.loop)
}

func (b *blurrer) loop() {
	for ask := range b.asks {
		b.jobs++
		b.handle(ask)
	}
}

func (b *blurrer) handle(ask blurAsk) { ask.reply <- b.blur(ask.pixels) }

func (b *blurrer) blur(in [][]int) [][]int {
	out := make([][]int, len(in))
	for y := range in {
		out[y] = make([]int, len(in[y]))
		for x := 1; x+1 < len(in[y]); x++ {
			out[y][x] = (in[y][x-1] + 2*in[y][x] + in[y][x+1]) / 4
		}
	}
	return out
}

// healthy
type bank struct {
	asks     chan bankAsk
	balances map[string]int
}

type bankAsk struct {
	who    string
	amount int
	reply  chan int
}

func (b *bank) Start() { go b.loop() }

func (b *bank) loop() {
	for ask := range b.asks {
		b.balances[ask.who] += ask.amount * 100
		ask.reply <- b.balances[ask.who]
	}
}

// healthy
func poolOfMultipliers(asks chan matrixAsk) {
	for range 4 {
		go func() {
			n := 0
			for ask := range asks {
				out := make(matrix, len(ask.a))
				for i := range ask.a {
					for j := range ask.b {
						out[i] = append(out[i], ask.a[i][j]*ask.b[j][i])
					}
				}
				n++
				ask.reply <- out
			}
		}()
	}
}

// healthy
func handsOn(asks chan fibAsk) {
	served := 0
	go func() {
		for a := range asks {
			served++
			go func() { a.reply <- slowFib(a.n) }()
		}
	}()
}

// healthy
func stageOf(in <-chan matrix, out chan<- float64) {
	go func() {
		defer close(out)
		n := 0.0
		for m := range in {
			sum := n
			for i := range m {
				for j := range m[i] {
					sum += m[i][j] * m[i][j]
				}
			}
			n++
			out <- sum
		}
	}()
}

type topicAsk struct {
	topics []string
	reply  chan int
}

// healthy
type broker struct {
	asks chan topicAsk
	subs map[string][]string
	seen map[string]int
}

func (b *broker) Run() {
	go func() {
		for ask := range b.asks {
			n := 0
			for _, t := range ask.topics {
				for _, s := range b.subs[t] {
					b.seen[s]++
					n++
				}
			}
			ask.reply <- n
		}
	}()
}

// healthy
type recorder struct {
	lines chan []byte
	w     *gzip.Writer
	n     int
}

func (r *recorder) Start() {
	go func() {
		for line := range r.lines {
			n, _ := r.w.Write(line) // no one waits for it
			r.n += n
		}
	}()
}

// healthy
type nightly struct {
	asks  chan bankAsk
	tick  chan [][]float64
	total float64
}

func (n *nightly) Start() { go n.loop() }

func (n *nightly) loop() {
	for {
		select {
		case ask := <-n.asks:
			ask.reply <- int(n.total)
		case rows := <-n.tick: // for itself, once a night
			for _, row := range rows {
				for _, v := range row {
					n.total += v * 0.5
				}
			}
		}
	}
}

// healthy
type colours struct {
	asks chan colourAsk
	used int
}

type colourAsk struct {
	rgb   [3]float64
	reply chan [3]float64
}

var mix = [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

func (c *colours) Start() {
	go func() {
		for ask := range c.asks {
			var out [3]float64
			for i := 0; i < 3; i++ {
				for j := 0; j < 3; j++ {
					out[i] += mix[i][j] * ask.rgb[j]
				}
			}
			c.used++
			ask.reply <- out
		}
	}()
}

// healthy
func once(ask chan matrixAsk) {
	go func() {
		a := <-ask
		sum := 0.0
		for i := range a.a {
			for j := range a.a[i] {
				sum += a.a[i][j] * a.a[i][j]
			}
		}
		a.reply <- matrix{{sum}}
	}()
}

// healthy
type lastValues struct {
	asks chan ringAsk
	buf  []int
	at   int
}

type ringAsk struct {
	last  int
	reply chan []int
}

func (r *lastValues) Start() { go r.loop() }

func (r *lastValues) loop() {
	for ask := range r.asks {
		var out []int
		for i := range ask.last {
			out = append(out, r.buf[(r.at+i)%len(r.buf)])
		}
		r.at++
		ask.reply <- out
	}
}

// healthy
type keyer struct {
	asks chan keyAsk
	ids  map[[32]byte]int
}

type keyAsk struct {
	key   []byte
	reply chan int
}

func (k *keyer) Start() {
	go func() {
		for ask := range k.asks {
			sum := sha256.Sum256(ask.key)
			if _, ok := k.ids[sum]; !ok {
				k.ids[sum] = len(k.ids)
			}
			ask.reply <- k.ids[sum]
		}
	}()
}

// healthy
type gateway struct {
	asks chan fibAsk
	work chan fibAsk
	sent int
}

func (g *gateway) Start() {
	go func() {
		for ask := range g.asks {
			g.sent++
			g.work <- ask // a pool computes and answers
		}
	}()
}
