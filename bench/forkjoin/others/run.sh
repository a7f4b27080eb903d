#!/usr/bin/env bash
# Compares ours with Java's ForkJoinPool, oneTBB and OpenMP tasks: the same programs
# with the same inputs, in rounds, each process once a round. What counts is each
# one's own serial program: compilers differ.
#
#   bench/forkjoin/others/run.sh [-full] [ROUNDS]
#
# Needs g++ with OpenMP, libtbb-dev, a JDK from 17 on; what is not there is skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

full=
# fib cutoff sort queens roots seed reduce: as in ../forkjoin.go
inputs=(23 32 200000 12 2000 19 5000000)
if [[ ${1-} == -full ]]; then
	full=-full
	inputs=(30 38 10000000 14 2000 44 100000000)
	shift
fi
rounds=${1-5}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tools=()

# build NAME COMMAND...: the tool is there if that works.
build() {
	if "${@:2}" >"$dir/log" 2>&1; then
		tools+=("$1")
	else
		echo "SKIPPED $1: $(head -n 1 "$dir/log")"
	fi
}

build trivet go build -o "$dir/trivet" ./trivet
build tbb g++ -std=c++20 -O2 -DTBB -o "$dir/tbb" forkjoin.cpp -ltbb
build openmp g++ -std=c++20 -O2 -fopenmp -o "$dir/openmp" forkjoin.cpp
build java javac -d "$dir" ForkJoin.java

# once TOOL CORES prints a line for each program, with the share of the processors
# that the whole process had.
once() {
	local TIMEFORMAT='%U %S %R'
	case $1 in
	trivet) "$dir/trivet" $full -procs "$2" ;;
	java) java -Xmx4g -cp "$dir" ForkJoin "$2" "${inputs[@]}" ;;
	*) "$dir/$1" "$2" "${inputs[@]}" ;;
	esac
}

for ((round = 1; round <= rounds; round++)); do
	for cores in 1 2; do
		for tool in $(shuf -e "${tools[@]}"); do
			echo "round $round of $rounds: $tool, $cores core(s)" >&2
			once "$tool" "$cores" >>"$dir/lines"
		done
	done
done

# median of the lines of each program: alone, with one core, with two, and what
# that is of the serial one.
sort -t $'\t' -k2,2 -k1,1 -k3,3n "$dir/lines" | awk -F '\t' '
function median(list,   n, a, i, j, t) {
	n = split(list, a, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && a[j] + 0 < a[j-1] + 0; j--) { t = a[j]; a[j] = a[j-1]; a[j-1] = t }
	return n % 2 ? a[(n+1)/2] : (a[n/2] + a[n/2+1]) / 2
}
{
	key = $2 "\t" $1
	if (!(key in seen)) { seen[key] = 1; order[++keys] = key }
	serial[key] = serial[key] " " $4
	took[key, $3] = took[key, $3] " " $5
	ratio[key, $3] = ratio[key, $3] " " $5 / $4
}
END {
	printf "%-15s  %-24s %10s %10s %10s  %6s  %6s\n", "", "", "serial ms", "1 core ms", "2 cores ms", "T1/Ts", "Ts/T2"
	for (i = 1; i <= keys; i++) {
		key = order[i]
		split(key, k, "\t")
		if (k[1] != last) print ""
		last = k[1]
		printf "%-15s  %-24s %10.2f %10.2f %10.2f  %6.2f  %6.2f\n", k[1], k[2], median(serial[key]), median(took[key, 1]), median(took[key, 2]), median(ratio[key, 1]), 1 / median(ratio[key, 2])
	}
}'
