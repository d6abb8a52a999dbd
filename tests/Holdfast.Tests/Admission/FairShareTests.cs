using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

public sealed class FairShareTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Of_keys_with_as_many_calls_waiting_the_latest_call_gives_way_to_an_urgent_one()
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 1, MaxQueueSize = 4, ThrottleRate = 0 }, _time);
        queue.TryEnter(default, out _);
        using var leaving = new CancellationTokenSource();
        var first = queue.EnterAsync(Of("a"));
        var second = queue.EnterAsync(Of("b"));
        var left = queue.EnterAsync(Of("a"), leaving.Token);
        var third = queue.EnterAsync(Of("c"));
        await leaving.CancelAsync();
        var fourth = queue.EnterAsync(Of("b"));

        // The key with most calls first, then the latest call of all.
        foreach (var shed in (ValueTask<AdmissionResult>[])[fourth, third, second])
        {
            _ = queue.EnterAsync(new AdmissionRequest { Priority = AdmissionPriority.High });
            Assert.Equal(AdmissionRefusal.Shed, (await Soon.OfAsync(shed)).Refusal);
        }

        Assert.False(first.IsCompleted);
        Assert.Equal(AdmissionRefusal.Cancelled, (await Soon.OfAsync(left)).Refusal);

        static AdmissionRequest Of(string key) => new() { Key = key, Priority = AdmissionPriority.Low };
    }

    [Fact]
    public void A_key_with_one_call_does_not_wait_behind_the_hundred_of_another()
    {
        var order = LetIn(places: 1, [.. Enumerable.Repeat("greedy", 100), "modest"]);

        Assert.InRange(order.IndexOf("modest"), 0, 1);
    }

    [Fact]
    public void Keys_that_all_have_calls_waiting_take_turns()
    {
        var order = LetIn(places: 1, [.. Enumerable.Repeat("a", 30), .. Enumerable.Repeat("b", 20),
            .. Enumerable.Repeat("c", 10)]);

        for (var i = 0; i < 30; i += 3)
            Assert.Equal(["a", "b", "c"], order[i..(i + 3)].Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_key_that_always_comes_back_with_one_call_gets_no_more_than_its_turn()
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 1, ThrottleRate = 0, MaxQueueSize = 1000 }, _time);
        queue.TryEnter(default, out var running);
        var order = new List<string>();
        for (var i = 0; i < 50; i++)
            Track(queue, "patient", order);
        ComeBack();

        running.Dispose();

        Soon.Until(() => order.Count(key => key == "patient") == 50);
        Assert.InRange(order[..40].Count(key => key == "quick"), 18, 21);

        void ComeBack()
        {
            var entering = queue.EnterAsync(new AdmissionRequest { Key = "quick" });
            _ = NoteAsync();

            async Task NoteAsync()
            {
                var result = await entering;
                if (!result.IsAdmitted)
                    return;
                lock (order)
                    order.Add("quick");
                // It is back in line before its place is free again, and never has two calls waiting.
                if (order.Count < 80)
                    ComeBack();
                result.Lease.Dispose();
            }
        }
    }

    [Fact]
    public void A_key_whose_waits_were_all_given_up_is_not_held_back()
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 1, ThrottleRate = 0, MaxQueueSize = 1000 }, _time);
        queue.TryEnter(default, out var running);
        using var leaving = new CancellationTokenSource();
        for (var i = 0; i < 500; i++)
            _ = queue.EnterAsync(new AdmissionRequest { Key = "a" }, leaving.Token);
        leaving.Cancel();
        var order = new List<string>();
        for (var i = 0; i < 10; i++)
            Track(queue, "b", order);
        Track(queue, "a", order);

        running.Dispose();

        Soon.Until(() => order.Count == 11);
        Assert.InRange(order.IndexOf("a"), 0, 2);
    }

    [Fact]
    public void A_key_with_long_calls_gets_fewer_of_them()
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 1, ThrottleRate = 0, MaxQueueSize = 1000,
                Timeout = TimeSpan.FromDays(1) }, _time);
        var runs = new Queue<(string Key, AdmissionLease Lease)>();
        queue.TryEnter(default, out var running);
        for (var i = 0; i < 100; i++)
        {
            Enter("long");
            Enter("short");
        }

        running.Dispose();
        var time = new Dictionary<string, TimeSpan> { ["long"] = TimeSpan.Zero, ["short"] = TimeSpan.Zero };
        for (var i = 0; i < 80; i++)
        {
            Soon.Until(() => runs.Count == 1);
            var (key, lease) = runs.Dequeue();
            var took = key == "long" ? TimeSpan.FromSeconds(4) : TimeSpan.FromSeconds(1);
            _time.Advance(took);
            time[key] += took;
            lease.Succeeded();
        }

        // Turn by turn it would be four to one.
        Assert.InRange(time["long"] / time["short"], 0.4, 2.5);

        void Enter(string key)
        {
            var entering = queue.EnterAsync(new AdmissionRequest { Key = key });
            _ = NoteAsync();

            async Task NoteAsync()
            {
                var result = await entering;
                lock (runs)
                    runs.Enqueue((key, result.Lease));
            }
        }
    }

    [Fact]
    public void More_keys_than_it_remembers_are_all_served()
    {
        var keys = Enumerable.Range(0, 4_200).Select(i => $"key {i}").ToArray();

        var order = LetIn(places: 1, keys);

        Assert.Equal(keys.Order(StringComparer.Ordinal), order.Order(StringComparer.Ordinal));
    }

    private List<string> LetIn(int places, string[] keys)
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = places, ThrottleRate = 0, MaxQueueSize = 100_000 }, _time);
        queue.TryEnter(default, out var running);
        var order = new List<string>();
        foreach (var key in keys)
            Track(queue, key, order);
        running.Dispose();
        // One lets the next one in, on another thread: each step comes soon, however many there are.
        for (var served = 0; served < keys.Length; served = order.Count)
            Soon.Until(() => order.Count > served);
        return order;
    }

    private static void Track(AdmissionQueue queue, string key, List<string> order)
    {
        var entering = queue.EnterAsync(new AdmissionRequest { Key = key });
        _ = NoteAsync();

        async Task NoteAsync()
        {
            var result = await entering;
            if (!result.IsAdmitted)
                return;
            lock (order)
                order.Add(key);
            result.Lease.Dispose();
        }
    }
}
