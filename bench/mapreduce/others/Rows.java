import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Minimum, maximum, sum and number of readings by station, by a parallel stream of lines. */
class Rows {
	static final class Stat {
		int min = Integer.MAX_VALUE, max = Integer.MIN_VALUE;
		long sum, count;

		void add(int tenths) {
			min = Math.min(min, tenths);
			max = Math.max(max, tenths);
			sum += tenths;
			count++;
		}

		Stat merge(Stat other) {
			min = Math.min(min, other.min);
			max = Math.max(max, other.max);
			sum += other.sum;
			count += other.count;
			return this;
		}
	}

	public static void main(String[] args) throws Exception {
		try (var lines = Files.lines(Path.of(args[0]))) {
			var stats = lines.parallel().collect(Collectors.groupingByConcurrent(
				line -> line.substring(0, line.indexOf(';')),
				ConcurrentHashMap::new,
				java.util.stream.Collector.of(Stat::new,
					(Stat s, String line) -> s.add((int) Math.round(10 * Double.parseDouble(line.substring(line.indexOf(';') + 1)))),
					Stat::merge)));
			var out = new StringBuilder();
			stats.forEach((name, s) -> out.append(name).append('\t').append(s.min).append('\t').append(s.max)
				.append('\t').append(s.sum).append('\t').append(s.count).append('\n'));
			System.out.print(out);
		}
	}
}
