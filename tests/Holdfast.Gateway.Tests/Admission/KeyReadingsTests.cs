using System.Globalization;
using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>Which models go by one pace, as answers show it: several, and those of which little is heard.</summary>
public sealed class KeyReadingsTests(ITestOutputHelper output)
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Three_models_with_three_different_limits_go_their_own_ways()
    {
        var (models, ring) = Models(3);

        for (var round = 0; round < 20; round++)
        {
            Say(models[0], ring, 10_000 - round, 10_000);
            Say(models[1], ring, 60 - round, 60);
            Say(models[2], ring, 500 - round, 500);
        }

        Assert.NotSame(PaceOf(models[2], ring), PaceOf(models[0], ring));
        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_large_limit_is_used_beside_small_ones(int count)
    {
        var (models, ring) = Models(count);
        int[] limits = [6_000, 60, 600];
        var left = limits.ToArray();
        var served = new int[3];
        var ends = _time.GetUtcNow() + TimeSpan.FromMinutes(1);
        for (var tenth = 0; tenth < 3_000; tenth++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
            if (_time.GetUtcNow() >= ends)
            {
                (left, ends) = (limits.ToArray(), ends + TimeSpan.FromMinutes(1));
            }

            for (var model = 0; model < count; model++)
            {
                for (var i = 0; i < limits[model] / 600 + 1; i++)
                {
                    if (models[model].TryEnter(default, ring, out var entry))
                    {
                        Assert.True(--left[model] >= 0, "429");
                        served[model]++;
                        models[model].Heard(entry, Told(left[model], limits[model],
                            (ends - _time.GetUtcNow()).TotalSeconds), Outcome.Ok);
                        entry.Place.Settle(Outcome.Ok);
                    }
                }
            }
        }

        output.WriteLine($"served {string.Join(' ', served)} of 30000 300 3000");
        Assert.InRange(served[0], 15_000, 31_000);
    }

    [Fact]
    public void A_model_that_never_got_a_good_answer_does_not_keep_others_together()
    {
        var (models, ring) = Models(3);
        for (var round = 0; round < 20; round++)
        {
            Say(models[0], ring, 10_000 - round, 10_000);
            Say(models[1], ring, 60 - round, 60);
            // It doesn't exist there: 404, no word of limits.
            models[2].TryEnter(default, ring, out var entry);
            models[2].Heard(entry, RateLimits.None, Outcome.CallerError);
            entry.Place.Settle(Outcome.CallerError);
        }

        output.WriteLine($"wait of the one with 9,980 left: {models[0].Look(default, ring).EstimatedWait}");
        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));
    }

    [Fact]
    public void A_model_that_comes_later_and_has_other_numbers_leaves_those_apart_that_were()
    {
        var (models, ring) = Models(2);
        Say(models[0], ring, 10_000, 10_000);
        Say(models[1], ring, 60, 60);
        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));

        var third = Another(models[0]);
        for (var round = 1; round < 20; round++)
        {
            Say(third, ring, 500 - round, 500);
            Say(models[0], ring, 10_000 - round, 10_000);
            Say(models[1], ring, 60 - round, 60);
        }

        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));
    }

    [Fact]
    public void A_model_without_a_word_and_a_later_one_leave_those_apart_that_were()
    {
        var (models, ring) = Models(2);
        Say(models[0], ring, 10_000, 10_000);
        for (var i = 0; i < 3; i++)
        {
            SayNothing(models[1], ring);
        }

        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));

        var third = Another(models[0]);
        for (var round = 1; round < 15; round++)
        {
            Say(third, ring, 500 - round, 500);
            Say(models[0], ring, 10_000 - round, 10_000);
            SayNothing(models[1], ring);
        }

        Assert.NotSame(PaceOf(third, ring), PaceOf(models[0], ring));
        Assert.False(PaceOf(models[1], ring).IsShared);
    }

    [Fact]
    public void Models_that_were_apart_are_apart_again_after_a_reload_to_key_and_back()
    {
        var (models, ring) = Models(2);
        Say(models[0], ring, 10_000, 10_000);
        Say(models[1], ring, 60, 60);
        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));

        Array.ForEach(models, model => model.Configure(CallLimits.None, RateLimitScope.Key));
        Assert.Same(PaceOf(models[1], ring), PaceOf(models[0], ring));
        Array.ForEach(models, model => model.Configure(CallLimits.None, RateLimitScope.Auto));
        for (var round = 1; round < 30; round++)
        {
            Say(models[0], ring, 10_000 - round, 10_000);
            Say(models[1], ring, 60 - round, 60);
        }

        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));
    }

    [Fact]
    public void Two_busy_models_with_limits_of_their_own_do_not_lose_half_by_one_that_is_rarely_used()
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips: false, 120, 100_000_000);
        var (models, ring) = Models(3);
        var load = new AnnouncedLoad(_time, provider, 11)
        {
            Models = [(models[0], 4), (models[1], 4), (models[2], 0)], Ring = ring, AnswerSeconds = 3,
            Accounts = [0, 1, 2],
        }.Known();

        load.Run(TimeSpan.FromMinutes(10));

        output.WriteLine($"served {provider.Served} of {2 * 10 * 120}, refused {provider.Refusals}");
        Assert.Equal(0, provider.Refusals);
        Assert.InRange(provider.Served, 2 * 10 * 120 * 0.85, 2 * 11 * 120);
    }

    [Fact]
    public async Task Those_who_wait_when_their_model_parts_do_not_wait_on_for_the_others_limit()
    {
        var (models, ring) = Models(2);
        var silent = Enumerable.Range(0, 3).Select(_ =>
        {
            Assert.True(models[1].TryEnter(default, ring, out var entry));
            return entry;
        }).ToList();
        Say(models[0], ring, 0, 120, 20);
        var waiting = Enumerable.Range(0, 5)
            .Select(_ => models[1].WaitAsync(default, ring, default).AsTask()).ToList();

        silent.ForEach(entry => models[1].Heard(entry, RateLimits.None, Outcome.Ok));

        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));
        Assert.True(models[1].TryEnter(default, ring, out _));
        foreach (var call in waiting)
        {
            Assert.Equal(AdmissionRefusal.None, (await call.SoonAsync()).Refusal);
        }
    }

    [Fact]
    public async Task No_call_times_out_in_the_line_of_a_limit_that_its_model_does_not_have()
    {
        var (models, ring) = Models(2);
        var silent = Enumerable.Range(0, 3).Select(_ =>
        {
            Assert.True(models[1].TryEnter(default, ring, out var entry));
            return entry;
        }).ToList();
        Assert.True(models[0].TryEnter(default, ring, out var first));
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.True(models[0].TryEnter(default, ring, out var second));
        models[0].Heard(first, Told(0, 120, 20), Outcome.Ok);
        var waiting = models[1].WaitAsync(default, ring, default).AsTask();
        models[0].Heard(second, Told(0, 120, 60), Outcome.Ok);
        silent.ForEach(entry => models[1].Heard(entry, RateLimits.None, Outcome.Ok));
        Assert.True(models[1].TryEnter(default, ring, out _));

        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(AdmissionRefusal.None, (await waiting.SoonAsync()).Refusal);
    }

    [Fact]
    public async Task Those_who_wait_when_their_model_parts_take_no_turn_of_the_others()
    {
        var (models, ring) = Models(2);
        var silent = Enumerable.Range(0, 3).Select(_ =>
        {
            Assert.True(models[1].TryEnter(default, ring, out var entry));
            return entry;
        }).ToList();
        // One every 1.5 s.
        Say(models[0], ring, 40, 120);
        models[0].TryEnter(default, ring, out _);
        _ = models[0].WaitAsync(default, ring, default).AsTask();
        var waiting = Enumerable.Range(0, 10)
            .Select(_ => models[1].WaitAsync(default, ring, default).AsTask()).ToList();
        var mine = models[0].WaitAsync(Urgency(AdmissionPriority.Normal), ring, default).AsTask();
        silent.ForEach(entry => models[1].Heard(entry, RateLimits.None, Outcome.Ok));
        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));

        foreach (var call in waiting)
        {
            await call.SoonAsync();
        }

        _time.Advance(TimeSpan.FromSeconds(1.9));
        _time.Advance(TimeSpan.FromSeconds(1.9));

        Assert.Equal(AdmissionRefusal.None, (await mine.SoonAsync()).Refusal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_busy_model_that_is_known_does_not_pass_because_of_one_that_is_idle(int count)
    {
        var (models, ring) = Models(count);
        var left = 120;
        var ends = _time.GetUtcNow() + TimeSpan.FromMinutes(1);
        for (var i = 0; i < 30; i++)
        {
            var reset = (ends - _time.GetUtcNow()).TotalSeconds;
            Say(models[i % 2], ring, --left, 120, reset);
        }

        Say(models[0], ring, 40, 120);
        var normal = models[1].WaitAsync(Urgency(AdmissionPriority.Normal), ring, default).AsTask();
        var normal2 = models[1].WaitAsync(Urgency(AdmissionPriority.Normal), ring, default).AsTask();
        var low = models[0].WaitAsync(Urgency(AdmissionPriority.Low), ring, default).AsTask();
        for (var i = 0; i < 600 && PaceOf(models[0], ring).Queue.GetStatus().Depth > 1; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
        }

        await normal.SoonAsync();
        await normal2.SoonAsync();
        Assert.False(low.IsCompleted);
    }

    [Theory]
    [InlineData(14_000)]
    [InlineData(15_900)]
    [InlineData(17_000)]
    public async Task A_call_of_more_than_half_a_token_limit_comes_in_beside_a_few_small_urgent_ones(int cost)
    {
        using var queue = new AdmissionQueue(new AdmissionOptions
        {
            MaxConcurrency = 0, ThrottleRate = 0, Timeout = TimeSpan.FromHours(10), MaxQueueSize = 1000,
        }, _time);
        const int limit = 30_000;
        var (left, since) = (limit, _time.GetUtcNow());
        List<(DateTimeOffset Due, AdmissionLease Lease, int Left)> running = [];
        Task<AdmissionResult>? big = null;
        var least = limit;
        for (var tenth = 0; tenth < 6_000; tenth++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
            if (_time.GetUtcNow() >= since + TimeSpan.FromMinutes(1))
            {
                (left, since) = (limit, _time.GetUtcNow());
            }

            if (tenth % 10 == 0 && queue.TryEnter(
                new AdmissionRequest { Priority = AdmissionPriority.High, Tokens = 50 }, out var lease))
            {
                left -= 50;
                least = Math.Min(least, left);
                running.Add((_time.GetUtcNow() + TimeSpan.FromSeconds(1.55), lease, left));
            }

            foreach (var call in running.Where(call => call.Due <= _time.GetUtcNow()).ToList())
            {
                call.Lease.Learned(null, new RateLimitReading(
                    limit, call.Left, since + TimeSpan.FromMinutes(1) - _time.GetUtcNow()));
                call.Lease.Succeeded();
                running.Remove(call);
            }

            if (tenth == 300)
            {
                big = queue.EnterAsync(new AdmissionRequest { Tokens = cost }).AsTask();
            }
        }

        output.WriteLine($"never less than {least} of {limit} left");
        Assert.Equal(AdmissionRefusal.None, (await big!.SoonAsync()).Refusal);
    }

    [Fact]
    public void A_queue_whose_server_says_nothing_remembers_few_calls()
    {
        using var queue = new AdmissionQueue(new AdmissionOptions { MaxConcurrency = 0, ThrottleRate = 0 }, _time);
        Calls(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Calls(10_000);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        output.WriteLine($"{bytes} bytes");
        Assert.InRange(bytes, 0, 20_000);

        void Calls(int count)
        {
            for (var i = 0; i < count; i++)
            {
                queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var lease);
                lease.Succeeded();
            }
        }
    }

    [Fact]
    public void A_call_of_a_model_that_the_key_does_not_list_yet_breaks_no_answer_of_another()
    {
        var shared = new SharedLimits(_time);
        var (one, other, third) = (Of(shared), Of(shared), Of(shared));
        var key = new ApiKey("one", _time);
        var ring = new KeyRing([key]);
        PaceOf(one, ring);
        PaceOf(other, ring);
        Say(one, ring, 118, 120);
        Say(other, ring, 117, 120);
        // What TargetPaces.Of has published to other threads before it calls readings.Add.
        var unlisted = new ModelPace(third.Paces, third.Paces.Fresh(), shared.Of(key, "one"));

        unlisted.Begin(10);

        Say(one, ring, 116, 120);
        Say(other, ring, 115, 120);
    }

    private static AdmissionRequest Urgency(int priority) => new() { Priority = priority };

    private SharedLimits? _shared;

    private TargetAdmission Of(SharedLimits shared) => new(_time, shared, "one");

    private TargetAdmission Another(TargetAdmission _) => Of(_shared!);

    private (TargetAdmission[], KeyRing) Models(int count, RateLimitScope scope = RateLimitScope.Auto)
    {
        _shared = new SharedLimits(_time);
        var models = Enumerable.Range(0, count).Select(_ => Of(_shared)).ToArray();
        var ring = new KeyRing([new ApiKey("one", _time)]);
        foreach (var model in models)
        {
            model.Configure(CallLimits.None, scope);
            PaceOf(model, ring);
        }

        return (models, ring);
    }

    private static KeyPace PaceOf(TargetAdmission admission, KeyRing ring) =>
        admission.Paces.Of(ring.Keys.Single()).Pace;

    private static RateLimits Told(int left, int? limit, double seconds = 60) =>
        new(new RateLimitReading(limit, left, TimeSpan.FromSeconds(seconds)), null);

    private void SayNothing(TargetAdmission admission, KeyRing ring)
    {
        _time.Advance(TimeSpan.FromSeconds(1.1));
        admission.TryEnter(default, ring, out var entry);
        admission.Heard(entry, RateLimits.None, Outcome.Ok);
        entry.Place.Settle(Outcome.Ok);
    }

    private void Say(TargetAdmission admission, KeyRing ring, int left, int limit, double seconds = 60)
    {
        for (var i = 0; ; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1.1));
            if (admission.TryEnter(default, ring, out var entry))
            {
                admission.Heard(entry, Told(left, limit, seconds), Outcome.Ok);
                entry.Place.Settle(Outcome.Ok);
                return;
            }

            Assert.True(i < 60, "never let in");
        }
    }
}
