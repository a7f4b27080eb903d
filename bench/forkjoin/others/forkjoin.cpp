// The programs of the scoreboard forkjoin, with oneTBB (-DTBB) or OpenMP tasks.
// Arguments: cores, and the inputs, as run.sh gives them. Prints a line for each
// program: who, what, cores, ms alone, ms with that many cores.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#ifdef TBB
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_invoke.h>
#include <tbb/parallel_reduce.h>
#include <tbb/task_group.h>
static const char *who = "oneTBB";
#else
#include <omp.h>
static const char *who = "OpenMP tasks";
#endif

template <class F, class G> static void both(F f, G g) {
#ifdef TBB
  tbb::parallel_invoke(f, g);
#else
#pragma omp task default(shared)
  f();
  g();
#pragma omp taskwait
#endif
}

// each calls f for 0 to n-1, the last by itself and the others as tasks.
template <class F> static void each(int n, F f) {
#ifdef TBB
  tbb::task_group g;
  for (int i = 0; i < n - 1; i++) g.run([i, &f] { f(i); });
  f(n - 1);
  g.wait();
#else
  for (int i = 0; i < n - 1; i++) {
#pragma omp task default(shared) firstprivate(i)
    f(i);
  }
  f(n - 1);
#pragma omp taskwait
#endif
}

static long fibSerial(int n) { return n < 2 ? n : fibSerial(n - 1) + fibSerial(n - 2); }

static long fib(int n, int alone) {
  if (n < 2) return n;
  if (n <= alone) return fibSerial(n);
  long x, y;
  both([&] { x = fib(n - 1, alone); }, [&] { y = fib(n - 2, alone); });
  return x + y;
}

static std::vector<int32_t> input, sides[2];

static void insertion(size_t lo, size_t hi, int side) {
  int32_t *a = &sides[side][0];
  for (size_t i = lo; i < hi; i++) {
    int32_t x = input[i];
    size_t j = i;
    for (; j > lo && x < a[j - 1]; j--) a[j] = a[j - 1];
    a[j] = x;
  }
}

static void merge(size_t lo, size_t mid, size_t hi, int side) {
  int32_t *to = &sides[side][lo];
  const int32_t *a = &sides[1 - side][lo], *b = &sides[1 - side][mid], *ea = b, *eb = a + (hi - lo);
  while (a < ea && b < eb) {
    if (*b < *a) *to++ = *b++;
    else *to++ = *a++;
  }
  memcpy(to, a, (ea - a) * sizeof *a);
  memcpy(to + (ea - a), b, (eb - b) * sizeof *b);
}

static void sortSerial(size_t lo, size_t hi, int side) {
  if (hi - lo <= 32) return insertion(lo, hi, side);
  size_t mid = (lo + hi) / 2;
  sortSerial(lo, mid, 1 - side);
  sortSerial(mid, hi, 1 - side);
  merge(lo, mid, hi, side);
}

static void sort(size_t lo, size_t hi, int side) {
  if (hi - lo <= 32) return insertion(lo, hi, side);
  size_t mid = (lo + hi) / 2;
  both([=] { sort(lo, mid, 1 - side); }, [=] { sort(mid, hi, 1 - side); });
  merge(lo, mid, hi, side);
}

static long isSorted(int) {
  for (size_t i = 1; i < input.size(); i++)
    if (sides[0][i] < sides[0][i - 1]) return 0;
  sides[0][0] = INT32_MAX; // the next run has to sort again
  return 1;
}

struct Chess {
  uint32_t all, columns, left, right;
  uint32_t open() const { return all & ~(columns | left | right); }
  Chess put(uint32_t bit) const { return {all, columns | bit, (left | bit) << 1, (right | bit) >> 1}; }
};

static long queensSerial(Chess b) {
  if (b.columns == b.all) return 1;
  long n = 0;
  for (uint32_t open = b.open(); open; open &= open - 1) n += queensSerial(b.put(open & -open));
  return n;
}

static long queens(Chess b, int rows) {
  if (b.columns == b.all) return 1;
  if (rows == 0) return queensSerial(b);
  Chess next[16];
  long sums[16], sum = 0;
  int n = 0;
  for (uint32_t open = b.open(); open; open &= open - 1) {
    next[n] = b.put(open & -open);
    if (next[n].open()) n++;
    else sum += next[n].columns == next[n].all;
  }
  if (n == 0) return sum;
  each(n, [&](int i) { sums[i] = queens(next[i], rows - 1); });
  for (int i = 0; i < n; i++) sum += sums[i];
  return sum;
}

struct Node {
  uint64_t hash;
  int children;
  Node child(int i) const {
    uint64_t x = hash + uint64_t(i + 1) * 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    x ^= x >> 31;
    return {x, x < 0x1ff7ced916872b02 ? 8 : 0};
  }
};

static long treeSerial(Node n) {
  long sum = 1;
  for (int i = 0; i < n.children; i++) sum += treeSerial(n.child(i));
  return sum;
}

static long tree(Node n) {
  long sum = 1;
  std::vector<Node> parts; // those that are no leaves
  for (int i = 0; i < n.children; i++) {
    Node child = n.child(i);
    if (child.children) parts.push_back(child);
    else sum++;
  }
  if (parts.empty()) return sum;
  std::vector<long> sums(parts.size());
  each(parts.size(), [&](int i) { sums[i] = tree(parts[i]); });
  for (long s : sums) sum += s;
  return sum;
}

static std::vector<double> numbers;

static double sum(size_t lo, size_t hi) {
  double a = 0, b = 0, c = 0, d = 0;
  for (; lo + 4 <= hi; lo += 4) {
    a += numbers[lo];
    b += numbers[lo + 1];
    c += numbers[lo + 2];
    d += numbers[lo + 3];
  }
  for (; lo < hi; lo++) a += numbers[lo];
  return a + b + c + d;
}

static double reduce(size_t n) {
#ifdef TBB
  return tbb::parallel_reduce(tbb::blocked_range<size_t>(0, n, 100000), 0.0,
      [](auto &r, double s) { return s + sum(r.begin(), r.end()); }, [](double a, double b) { return a + b; });
#else
  const size_t part = 100000;
  double s = 0;
#pragma omp taskloop reduction(+ : s) grainsize(1)
  for (size_t lo = 0; lo < n; lo += part) s += sum(lo, lo + part < n ? lo + part : n);
  return s;
#endif
}

static int cores;

// hide keeps the compiler from knowing that x is the same each time.
template <class T> static T hide(T x) {
  asm volatile("" : "+m"(x));
  return x;
}

template <class F> static double timed(const char *what, double want, F f) {
  double got = 0, took = 0;
  for (int i = 0; i < 2; i++) { // the first warms up
    auto start = std::chrono::steady_clock::now();
    got = f();
    took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
  if (got != want) {
    fprintf(stderr, "%s: %s is %f, want %f\n", who, what, got, want);
    exit(1);
  }
  return took;
}

template <class S, class P> static void program(const char *what, S serial, P parallel) {
  double want = serial();
  double alone = timed(what, want, serial), together = timed(what, want, parallel);
  printf("%s\t%s\t%d\t%.3f\t%.3f\n", who, what, cores, alone, together);
}

static void programs(char **arg) {
  int f = atoi(arg[2]), cut = atoi(arg[3]), q = atoi(arg[5]);
  size_t items = atol(arg[4]), sums = atol(arg[8]);
  char fibName[32];
  snprintf(fibName, sizeof fibName, "fib(%d)", f);
  program(fibName, [=] { return fibSerial(hide(f)); }, [=] { return fib(f, 0); });
  program("cutoff", [=] { return fibSerial(hide(cut)); }, [=] { return fib(cut, 20); });
  input.resize(items), sides[0].resize(items), sides[1].resize(items);
  uint64_t x = 1;
  for (auto &v : input) v = (x = x * 6364136223846793005 + 1442695040888963407) >> 33;
  program("mergesort", [=] { sortSerial(0, items, 0); return isSorted(0); }, [=] { sort(0, items, 0); return isSorted(0); });
  Chess start{(1u << q) - 1, 0, 0, 0};
  program("queens", [=] { return queensSerial(hide(start)); }, [=] { return queens(start, -1); });
  program("queens-cut-off", [=] { return queensSerial(hide(start)); }, [=] { return queens(start, 3); });
  Node root{strtoull(arg[7], 0, 10), atoi(arg[6])};
  program("tree", [=] { return treeSerial(hide(root)); }, [=] { return tree(root); });
  numbers.resize(sums);
  for (size_t i = 0; i < sums; i++) numbers[i] = i % 1024;
  program("reduce", [=] { return sum(0, hide(sums)); }, [=] { return reduce(sums); });
}

int main(int n, char **arg) {
  if (n != 9) return fprintf(stderr, "want: cores fib cutoff sort queens roots seed reduce\n"), 2;
  cores = atoi(arg[1]);
#ifdef TBB
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, cores);
  programs(arg);
#else
#pragma omp parallel num_threads(cores)
#pragma omp single
  programs(arg);
#endif
}
