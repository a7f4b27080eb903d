import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveAction;
import java.util.concurrent.RecursiveTask;
import java.util.function.DoubleSupplier;

/**
 * The programs of the scoreboard forkjoin with Java's ForkJoinPool. Arguments: cores, and the
 * inputs, as run.sh gives them. Prints a line for each program: who, what, cores, ms alone, ms with
 * that many cores.
 */
final class ForkJoin {
  static final int WARM = 6; // runs until the compiler has done most of its work
  static int cores;
  static ForkJoinPool pool;

  static long fibSerial(int n) {
    return n < 2 ? n : fibSerial(n - 1) + fibSerial(n - 2);
  }

  static final class Fib extends RecursiveTask<Long> {
    final int n, alone;

    Fib(int n, int alone) {
      this.n = n;
      this.alone = alone;
    }

    @Override
    protected Long compute() {
      if (n < 2) return (long) n;
      if (n <= alone) return fibSerial(n);
      Fib f = new Fib(n - 1, alone);
      f.fork();
      long y = new Fib(n - 2, alone).compute();
      return y + f.join();
    }
  }

  static int[] input;
  static int[][] sides;

  static void insertion(int lo, int hi, int side) {
    int[] a = sides[side];
    for (int i = lo; i < hi; i++) {
      int x = input[i], j = i;
      for (; j > lo && x < a[j - 1]; j--) a[j] = a[j - 1];
      a[j] = x;
    }
  }

  static void merge(int lo, int mid, int hi, int side) {
    int[] to = sides[side], from = sides[1 - side];
    int k = lo, a = lo, b = mid;
    while (a < mid && b < hi) to[k++] = from[b] < from[a] ? from[b++] : from[a++];
    System.arraycopy(from, a, to, k, mid - a);
    System.arraycopy(from, b, to, k + mid - a, hi - b);
  }

  static void sortSerial(int lo, int hi, int side) {
    if (hi - lo <= 32) {
      insertion(lo, hi, side);
      return;
    }
    int mid = (lo + hi) >>> 1;
    sortSerial(lo, mid, 1 - side);
    sortSerial(mid, hi, 1 - side);
    merge(lo, mid, hi, side);
  }

  static final class Sort extends RecursiveAction {
    final int lo, hi, side;

    Sort(int lo, int hi, int side) {
      this.lo = lo;
      this.hi = hi;
      this.side = side;
    }

    @Override
    protected void compute() {
      if (hi - lo <= 32) {
        insertion(lo, hi, side);
        return;
      }
      int mid = (lo + hi) >>> 1;
      invokeAll(new Sort(lo, mid, 1 - side), new Sort(mid, hi, 1 - side));
      merge(lo, mid, hi, side);
    }
  }

  static double isSorted() {
    int[] a = sides[0];
    for (int i = 1; i < a.length; i++) if (a[i] < a[i - 1]) return 0;
    a[0] = Integer.MAX_VALUE; // the next run has to sort again
    return 1;
  }

  static long queensSerial(int all, int columns, int left, int right) {
    if (columns == all) return 1;
    long n = 0;
    for (int open = all & ~(columns | left | right); open != 0; open &= open - 1) {
      int bit = open & -open;
      n += queensSerial(all, columns | bit, (left | bit) << 1, (right | bit) >>> 1);
    }
    return n;
  }

  static final class Queens extends RecursiveTask<Long> {
    final int all, columns, left, right, rows;

    Queens(int all, int columns, int left, int right, int rows) {
      this.all = all;
      this.columns = columns;
      this.left = left;
      this.right = right;
      this.rows = rows;
    }

    @Override
    protected Long compute() {
      if (columns == all) return 1L;
      if (rows == 0) return queensSerial(all, columns, left, right);
      Queens[] next = new Queens[16];
      int n = 0;
      long ended = 0;
      for (int open = all & ~(columns | left | right); open != 0; open &= open - 1) {
        int bit = open & -open, c = columns | bit, l = (left | bit) << 1, r = (right | bit) >>> 1;
        if ((all & ~(c | l | r)) != 0) next[n++] = new Queens(all, c, l, r, rows - 1);
        else if (c == all) ended++;
      }
      return n == 0 ? ended : ended + sumOf(next, n);
    }
  }

  /** Forks all tasks but the last, which it runs itself. */
  static long sumOf(RecursiveTask<Long>[] tasks, int n) {
    for (int i = 0; i < n - 1; i++) tasks[i].fork();
    long sum = tasks[n - 1].invoke();
    for (int i = n - 2; i >= 0; i--) sum += tasks[i].join();
    return sum;
  }

  static long childOf(long hash, int i) {
    long x = hash + (i + 1) * 0x9e3779b97f4a7c15L;
    x = (x ^ x >>> 30) * 0xbf58476d1ce4e5b9L;
    x = (x ^ x >>> 27) * 0x94d049bb133111ebL;
    return x ^ x >>> 31;
  }

  static int childrenOf(long hash) {
    return Long.compareUnsigned(hash, 0x1ff7ced916872b02L) < 0 ? 8 : 0;
  }

  static long treeSerial(long hash, int children) {
    long sum = 1;
    for (int i = 0; i < children; i++) {
      long child = childOf(hash, i);
      sum += treeSerial(child, childrenOf(child));
    }
    return sum;
  }

  static final class Tree extends RecursiveTask<Long> {
    final long hash;
    final int children;

    Tree(long hash, int children) {
      this.hash = hash;
      this.children = children;
    }

    @Override
    protected Long compute() {
      Tree[] next = new Tree[children]; // those that are no leaves
      int n = 0;
      long leaves = 0;
      for (int i = 0; i < children; i++) {
        long child = childOf(hash, i);
        if (childrenOf(child) > 0) next[n++] = new Tree(child, childrenOf(child));
        else leaves++;
      }
      return n == 0 ? 1 + leaves : 1 + leaves + sumOf(next, n);
    }
  }

  static double[] numbers;

  static double sum(int lo, int hi) {
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

  static final class Reduce extends RecursiveTask<Double> {
    final int lo, hi;

    Reduce(int lo, int hi) {
      this.lo = lo;
      this.hi = hi;
    }

    @Override
    protected Double compute() {
      if (hi - lo <= 100_000) return sum(lo, hi);
      int mid = (lo + hi) >>> 1;
      Reduce lower = new Reduce(lo, mid);
      lower.fork();
      double upper = new Reduce(mid, hi).compute();
      return lower.join() + upper;
    }
  }

  static double timed(String what, double want, DoubleSupplier run) {
    double took = 0;
    for (int i = 0; i < WARM; i++) {
      long start = System.nanoTime();
      double got = run.getAsDouble();
      took = (System.nanoTime() - start) / 1e6;
      if (got != want) throw new AssertionError(what + " is " + got + ", want " + want);
    }
    return took;
  }

  static void program(String what, DoubleSupplier serial, DoubleSupplier parallel) {
    double want = serial.getAsDouble();
    double alone = timed(what, want, serial);
    double together = timed(what, want, parallel);
    System.out.printf("Java ForkJoinPool\t%s\t%d\t%.3f\t%.3f%n", what, cores, alone, together);
  }

  public static void main(String[] arg) {
    cores = Integer.parseInt(arg[0]);
    pool = new ForkJoinPool(cores);
    int fib = Integer.parseInt(arg[1]), cutoff = Integer.parseInt(arg[2]);
    program("fib(" + fib + ")", () -> fibSerial(fib), () -> pool.invoke(new Fib(fib, 0)));
    program("cutoff", () -> fibSerial(cutoff), () -> pool.invoke(new Fib(cutoff, 20)));
    int items = Integer.parseInt(arg[3]);
    input = new int[items];
    sides = new int[2][items];
    long x = 1;
    for (int i = 0; i < items; i++) {
      x = x * 6364136223846793005L + 1442695040888963407L;
      input[i] = (int) (x >>> 33);
    }
    program("mergesort", () -> {
      sortSerial(0, items, 0);
      return isSorted();
    }, () -> {
      pool.invoke(new Sort(0, items, 0));
      return isSorted();
    });
    int all = (1 << Integer.parseInt(arg[4])) - 1;
    program("queens", () -> queensSerial(all, 0, 0, 0), () -> pool.invoke(new Queens(all, 0, 0, 0, -1)));
    program("queens-cut-off", () -> queensSerial(all, 0, 0, 0), () -> pool.invoke(new Queens(all, 0, 0, 0, 3)));
    int roots = Integer.parseInt(arg[5]);
    long seed = Long.parseLong(arg[6]);
    program("tree", () -> treeSerial(seed, roots), () -> pool.invoke(new Tree(seed, roots)));
    int n = Integer.parseInt(arg[7]);
    numbers = new double[n];
    for (int i = 0; i < n; i++) numbers[i] = i % 1024;
    program("reduce", () -> sum(0, n), () -> pool.invoke(new Reduce(0, n)));
  }
}
