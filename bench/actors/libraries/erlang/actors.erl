%% The cases of the scoreboard of actors in Erlang, as a program that the scoreboard
%% starts: what it is told and what it answers is described in ../../peer/main.go.
%% Compiled, so that the JIT runs it:
%%
%%     erlc actors.erl && echo "tell 100000" | erl -noshell -s actors main
-module(actors).
-export([main/0]).

-define(RING, 1000).
-define(TOKENS, 100).
-define(SENDERS, 8).
-define(PATIENCE, 5000). % ms

main() ->
    io:setopts([{binary, true}]),
    io:format("{\"Who\":\"Erlang/OTP\",\"Role\":\"reference\","
              "\"Note\":\"another runtime, OTP ~s with ~s, copies messages\","
              "\"Can\":[\"tell\",\"many\",\"ring\",\"ping\",\"ask\",\"life\",\"cycle\",\"spawn\",\"waits\",\"idle\"]}~n",
              [erlang:system_info(otp_release), erlang:system_info(emu_flavor)]),
    serve(undefined).

%% serve does one command after the other in a process of its own, with a heap
%% without others' garbage; if it fails, so does the program.
serve(Ring) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            [Key | Numbers] = string:lexemes(string:trim(binary_to_list(Line)), " "),
            Made = case {Key, Ring} of {"ring", undefined} -> make_ring(); _ -> Ring end,
            Self = self(),
            {_, Ref} = spawn_monitor(fun() -> Self ! {answer, do(Key, [list_to_integer(N) || N <- Numbers], Made)} end),
            receive
                {answer, Answer} ->
                    erlang:demonitor(Ref, [flush]),
                    io:format("~s~n", [Answer]),
                    serve(Made);
                {'DOWN', Ref, _, _, Why} ->
                    io:format(standard_error, "~0p~n", [Why]),
                    halt(2)
            end
    end.

do("waits", [Blocked, N], _) ->
    Stuck = start(Blocked),
    [Pid ! block || Pid <- Stuck],
    Idle = start(N),
    Took = [element(1, timed(fun() -> 1 = add(Pid) end)) || Pid <- Idle],
    [Pid ! go_on || Pid <- Stuck],
    stop(Idle),
    stop(Stuck),
    io_lib:format("{\"Took\":~w}", [Took]);
do("spawn", [N], _) ->
    {Took, Pids} = timed(fun() -> start(N) end),
    stop(Pids),
    io_lib:format("{\"NS\":~w}", [Took]);
do("idle", [N], _) ->
    Before = live(),
    {Took, Pids} = timed(fun() -> All = start(N), [1 = add(Pid) || Pid <- All], All end),
    Bytes = live() - Before,
    stop(Pids),
    io_lib:format("{\"Held\":{\"Bytes\":~w,\"NS\":~w}}", [Bytes / N, Took / N]);
do(Key, [N], Ring) ->
    {Took, _} = timed(fun() -> run(Key, N, Ring) end),
    io_lib:format("{\"NS\":~w}", [Took]).

run("tell", N, _) -> tell(1, N);
run("many", N, _) -> tell(?SENDERS, N);
run("ring", N, Ring) ->
    [element(1 + I * ?RING div ?TOKENS, Ring) ! {pass, N div ?TOKENS - 1, self()} || I <- lists:seq(0, ?TOKENS - 1)],
    [receive done -> ok end || _ <- lists:seq(1, ?TOKENS)];
run("ping", N, _) ->
    [A, B] = [spawn(fun() -> receive {next, Next} -> passer(Next) end end) || _ <- [a, b]],
    A ! {next, B},
    B ! {next, A},
    A ! {pass, 2 * N, self()},
    receive done -> ok end,
    stop([A, B]);
run("ask", N, _) ->
    [Pid] = start(1),
    N = ask(Pid, N),
    stop([Pid]);
run("life", N, _) -> stop(start(N));
run("cycle", N, _) ->
    Pids = start(N),
    [Pid ! {count, self()} || Pid <- Pids],
    [receive counted -> ok end || _ <- Pids],
    stop(Pids).

%% tell sends N messages to a process that counts, from so many others.
tell(Senders, N) ->
    Self = self(),
    Pid = spawn(fun() -> Self ! {sum, count(0, N)} end),
    [spawn(fun() -> send(Pid, N div Senders) end) || _ <- lists:seq(1, Senders)],
    receive {sum, N} -> ok end.

send(_, 0) -> ok;
send(Pid, N) -> Pid ! {add, 1}, send(Pid, N - 1).

count(Sum, N) when Sum >= N -> Sum;
count(Sum, N) -> receive {add, I} -> count(Sum + I, N) end.

make_ring() ->
    [First | _] = Pids = [spawn(fun() -> receive {next, Next} -> passer(Next) end end) || _ <- lists:seq(1, ?RING)],
    lists:zipwith(fun(Pid, Next) -> Pid ! {next, Next} end, Pids, tl(Pids) ++ [First]),
    list_to_tuple(Pids).

passer(Next) ->
    receive
        {pass, 0, Done} -> Done ! done, passer(Next);
        {pass, Hops, Done} -> Next ! {pass, Hops - 1, Done}, passer(Next);
        stop -> ok
    end.

%% counter answers with its sum, and does what else it is told. The reference of a
%% question is a monitor, as gen_server:call has it.
counter(Sum) ->
    receive
        {add, I, From, Ref} -> From ! {Ref, Sum + I}, counter(Sum + I);
        {count, From} -> From ! counted, counter(Sum);
        block -> receive go_on -> counter(Sum) end;
        stop -> ok
    end.

start(N) -> [spawn(fun() -> counter(0) end) || _ <- lists:seq(1, N)].

%% stop tells all to stop before it waits for the first.
stop(Pids) ->
    Refs = [monitor(process, Pid) || Pid <- Pids],
    [Pid ! stop || Pid <- Pids],
    [receive {'DOWN', Ref, _, _, _} -> ok end || Ref <- Refs].

add(Pid) ->
    Ref = monitor(process, Pid, [{alias, reply_demonitor}]),
    Pid ! {add, 1, Ref, Ref},
    receive
        {Ref, Sum} -> Sum;
        {'DOWN', Ref, _, _, Why} -> exit(Why)
    after ?PATIENCE -> exit(timeout)
    end.

ask(Pid, 1) -> add(Pid);
ask(Pid, N) -> add(Pid), ask(Pid, N - 1).

timed(F) ->
    Begin = erlang:monotonic_time(nanosecond),
    Result = F(),
    {erlang:monotonic_time(nanosecond) - Begin, Result}.

%% live is how many bytes processes and tables use, without this process's garbage.
live() ->
    erlang:garbage_collect(),
    erlang:memory(total).
