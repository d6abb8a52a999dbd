using Holdfast.Execution;

namespace Holdfast.Tests.Execution;

public class BatchExecutorTests
{
    private const int Seed = 20250317;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task All_gives_the_results_in_the_order_of_the_operations()
    {
        var gates = Gates(3);
        var all = BatchExecutor.AllAsync(Waiting(gates));

        gates[2].SetResult(2);
        gates[0].SetResult(0);
        gates[1].SetResult(1);
        var results = await all.WaitAsync(Bound);

        Assert.Equal([0, 1, 2], results);
    }

    [Fact]
    public async Task Never_more_at_once_than_allowed()
    {
        var random = new Random(Seed);
        int running = 0, most = 0;
        var pauses = Enumerable.Range(0, 200).Select(_ => random.Next(5)).ToArray();
        var operations = Enumerable.Range(0, 200).Select(i => Operation(async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            for (var yields = pauses[i]; yields >= 0; yields--)
                await Task.Yield();
            Interlocked.Decrement(ref running);
            return i;
        })).ToList();

        var results = await BatchExecutor.AllAsync(operations, AtOnce(4));

        Assert.Equal(Enumerable.Range(0, 200), results);
        // How many there are depends on the machine's load.
        Assert.InRange(most, 1, 4);
    }

    [Fact]
    public async Task All_throws_the_first_failure_after_the_others_were_cancelled_and_have_ended()
    {
        var gates = Gates(1);
        var slow = new TaskCompletionSource();
        var cancelled = false;
        var all = BatchExecutor.AllAsync(
        [
            .. Waiting(gates),
            Operation(async token =>
            {
                using var registration = token.Register(() => cancelled = true);
                await slow.Task;
                return 1;
            }),
        ]);

        gates[0].SetException(new FormatException("first"));
        while (!Volatile.Read(ref cancelled))
            await Task.Yield();
        var early = all.IsCompleted;
        slow.SetResult();

        var thrown = await Assert.ThrowsAsync<FormatException>(() => all.WaitAsync(Bound));
        Assert.Equal("first", thrown.Message);
        Assert.False(early);
    }

    [Fact]
    public async Task All_starts_nothing_more_after_a_failure()
    {
        var started = 0;
        var operations = Enumerable.Range(0, 10).Select(_ => Operation(token =>
        {
            started++;
            throw new FormatException();
        })).ToList();

        await Assert.ThrowsAsync<FormatException>(() => BatchExecutor.AllAsync(operations, AtOnce(1)));

        Assert.Equal(1, started);
    }

    [Fact]
    public async Task All_hands_over_the_results_that_nobody_gets()
    {
        var discarded = new List<int>();
        var operations = new[] { Value(1), Value(2), Failing("x"), Value(3) };

        await Assert.ThrowsAsync<FormatException>(() => BatchExecutor.AllAsync(operations, AtOnce(1), discarded.Add));

        Assert.Equal([1, 2], discarded);
    }

    [Fact]
    public async Task All_of_nothing_is_nothing()
    {
        Assert.Empty(await BatchExecutor.AllAsync<int>([]));
        Assert.Empty(await BatchExecutor.AllSettledAsync<int>([]));
    }

    [Fact]
    public async Task Any_gives_the_first_success_though_others_failed_before()
    {
        var gates = Gates(3);
        var any = BatchExecutor.AnyAsync(Waiting(gates));

        gates[0].SetException(new FormatException());
        gates[2].SetResult(2);

        Assert.Equal((2, 2), await any.WaitAsync(Bound));
    }

    [Fact]
    public async Task Any_cancels_the_losers_and_waits_for_them()
    {
        var slow = new TaskCompletionSource();
        var discarded = new List<int>();
        var cancelled = false;
        var any = BatchExecutor.AnyAsync(
            [
                Operation(async token =>
                {
                    using var registration = token.Register(() => cancelled = true);
                    await slow.Task;
                    return 7;
                }),
                Value(8),
            ],
            discard: discarded.Add);

        while (!Volatile.Read(ref cancelled))
            await Task.Yield();
        var early = any.IsCompleted;
        slow.SetResult();

        Assert.Equal((8, 1), await any.WaitAsync(Bound));
        Assert.False(early);
        Assert.Equal([7], discarded);
    }

    [Fact]
    public async Task Any_without_a_success_throws_all_failures_in_order()
    {
        var operations = new[] { Failing("a"), Failing("b"), Failing("c") };

        var thrown = await Assert.ThrowsAsync<AllOperationsFailedException>(
            () => BatchExecutor.AnyAsync(operations, AtOnce(2)));

        Assert.Equal(["a", "b", "c"], thrown.InnerExceptions.Select(inner => inner.Message));
    }

    [Fact]
    public async Task An_operation_that_cancels_itself_has_failed()
    {
        var operations = new[] { Operation(_ => throw new OperationCanceledException()) };

        var thrown = await Assert.ThrowsAsync<AllOperationsFailedException>(() => BatchExecutor.AnyAsync(operations));
        var settled = await BatchExecutor.AllSettledAsync(operations);

        Assert.IsType<OperationCanceledException>(Assert.Single(thrown.InnerExceptions));
        Assert.IsType<OperationCanceledException>(settled[0].Exception);
    }

    [Fact]
    public async Task All_settled_tells_how_each_ended()
    {
        var settled = await BatchExecutor.AllSettledAsync([Value(1), Failing("b"), Value(3)], AtOnce(2));

        Assert.Equal([true, false, true], settled.Select(result => result.IsSuccess));
        Assert.Equal((1, 3), (settled[0].Value, settled[2].Value));
        Assert.Equal("b", settled[1].Exception!.Message);
        Assert.Throws<InvalidOperationException>(() => settled[1].Value);
    }

    [Theory]
    [InlineData("all")]
    [InlineData("any")]
    [InlineData("all settled")]
    public async Task The_callers_cancellation_ends_it_when_all_have_ended(string kind)
    {
        using var caller = new CancellationTokenSource();
        var ended = 0;
        var discarded = new List<int>();
        var operations = Enumerable.Range(0, 5).Select(i => Operation(async token =>
        {
            if (i == 0 && kind != "any")
                return i;
            await UntilAsync(token);
            Interlocked.Increment(ref ended);
            token.ThrowIfCancellationRequested();
            return i;
        })).ToList();
        Task batch = kind switch
        {
            "all" => BatchExecutor.AllAsync(operations, AtOnce(3), discarded.Add, null, caller.Token),
            "any" => BatchExecutor.AnyAsync(operations, AtOnce(3), discarded.Add, null, caller.Token),
            _ => BatchExecutor.AllSettledAsync(operations, AtOnce(3), discarded.Add, null, caller.Token),
        };

        caller.Cancel();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batch.WaitAsync(Bound));
        Assert.Equal(caller.Token, thrown.CancellationToken);
        Assert.Equal(3, ended);
        Assert.Equal(kind == "any" ? [] : [0], discarded);
    }

    [Fact]
    public async Task A_token_cancelled_before_starts_nothing()
    {
        var started = false;
        var operations = new[]
        {
            Operation(_ =>
            {
                started = true;
                return ValueTask.FromResult(1);
            }),
        };
        var gone = new CancellationToken(true);

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => BatchExecutor.AllAsync(operations, cancellationToken: gone));

        Assert.False(started);
    }

    [Fact]
    public async Task What_a_callback_of_an_operation_throws_is_not_lost_and_leaks_no_result()
    {
        var discarded = new List<int>();
        var operations = new[]
        {
            Operation(async token =>
            {
                token.Register(() => throw new FormatException("callback"));
                await UntilAsync(token);
                return 1;
            }),
            Value(2),
        };

        var thrown = await Assert.ThrowsAsync<AggregateException>(
            () => BatchExecutor.AnyAsync(operations, discard: discarded.Add));

        Assert.Equal("callback", thrown.Flatten().InnerException!.Message);
        Assert.Equal([1, 2], discarded);
    }

    [Fact]
    public async Task Thousands_of_races_leak_no_result_and_no_operation()
    {
        var random = new Random(Seed);
        for (var race = 0; race < 2000; race++)
        {
            int running = 0, made = 0, discarded = 0;
            var operations = Enumerable.Range(0, 6).Select(i =>
            {
                var (yields, fails, obeys) = (random.Next(4), random.Next(3) == 0, random.Next(2) == 0);
                return Operation(async token =>
                {
                    Interlocked.Increment(ref running);
                    try
                    {
                        for (; yields > 0; yields--)
                            await Task.Yield();
                        if (obeys)
                            token.ThrowIfCancellationRequested();
                        if (fails)
                            throw new FormatException();
                        Interlocked.Increment(ref made);
                        return i;
                    }
                    finally
                    {
                        Interlocked.Decrement(ref running);
                    }
                });
            }).ToList();

            var won = 1;
            try
            {
                await BatchExecutor.AnyAsync(operations, AtOnce(3), _ => discarded++);
            }
            catch (AllOperationsFailedException)
            {
                // All may fail by chance: then nobody has won.
                won = 0;
            }

            Assert.True((running, made) == (0, discarded + won), $"seed {Seed}, race {race}");
        }
    }

    [Fact]
    public async Task Refuses_what_it_cannot_run()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => BatchExecutor.AllAsync<int>(null!));
        await Assert.ThrowsAsync<ArgumentException>(() => BatchExecutor.AllAsync([Value(1), null!]));
        await Assert.ThrowsAsync<ArgumentException>(() => BatchExecutor.AnyAsync<int>([]));
        await Assert.ThrowsAsync<ArgumentException>(() => BatchExecutor.AllSettledAsync([Value(1)], AtOnce(0)));
    }

    private static BatchOptions AtOnce(int operations) => new() { MaxConcurrency = operations };

    private static Func<CancellationToken, ValueTask<int>> Operation(Func<CancellationToken, ValueTask<int>> body) =>
        body;

    private static Func<CancellationToken, ValueTask<int>> Value(int value) => _ => ValueTask.FromResult(value);

    private static Func<CancellationToken, ValueTask<int>> Failing(string message) =>
        _ => ValueTask.FromException<int>(new FormatException(message));

    private static TaskCompletionSource<int>[] Gates(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new TaskCompletionSource<int>())];

    private static List<Func<CancellationToken, ValueTask<int>>> Waiting(TaskCompletionSource<int>[] gates) =>
        [.. gates.Select(gate => Operation(token => new ValueTask<int>(gate.Task.WaitAsync(token))))];

    private static async Task UntilAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource();
        using var registration = token.Register(cancelled.SetResult);
        await cancelled.Task;
    }
}
