import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How often each word occurs, by a parallel stream of lines. */
class Words {
	public static void main(String[] args) throws Exception {
		try (var lines = Files.lines(Path.of(args[0]))) {
			var counts = lines.parallel()
				.flatMap(line -> Stream.of(line.split(" ")))
				.filter(word -> !word.isEmpty())
				.collect(Collectors.groupingBy(word -> word, Collectors.counting()));
			var out = new StringBuilder();
			counts.forEach((word, n) -> out.append(word).append('\t').append(n).append('\n'));
			System.out.print(out);
		}
	}
}
