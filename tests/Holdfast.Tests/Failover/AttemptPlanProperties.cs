using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Tests.Failover;

/// <summary>Random calls over random targets, to the end of each plan.</summary>
public class AttemptPlanProperties
{
    private static readonly Outcome[] Reasons =
        [Outcome.CircuitOpen, Outcome.Saturated, Outcome.Held, Outcome.Isolated, Outcome.RateLimited];

    [Fact]
    public void Makes_no_more_attempts_than_targets_and_retries() => Property.HoldsFor(numbers =>
    {
        var call = new Call(numbers);
        while (call.Step())
        {
            Assert.InRange(call.Plan.Attempts, 0, call.Targets + call.Retry.MaxRetries);
            Assert.InRange(call.Plan.Repeats, 0, call.Retry.MaxRetries);
            Assert.Equal(call.Attempted.Sum(), call.Plan.Attempts);
        }
    });

    [Fact]
    public void Always_ends() => Property.HoldsFor(numbers =>
    {
        var call = new Call(numbers) { FailsForEver = true };
        var steps = 0;
        while (call.Step())
            Assert.InRange(++steps, 0, (4 * call.Targets) + call.Retry.MaxRetries + (3 * call.Targets));
    });

    [Fact]
    public void Never_repeats_what_must_not_be_repeated() => Property.HoldsFor(numbers =>
    {
        var call = new Call(numbers);
        while (call.Step())
            Assert.False(call.Last is { IsRepeat: true } step && call.Forbidden[step.Target], "forbidden repeat");
    });

    [Fact]
    public void Never_picks_a_target_that_is_not_available_unless_it_waits_for_its_rest() =>
        Property.HoldsFor(numbers =>
        {
            var call = new Call(numbers);
            while (call.Step())
            {
                var now = call.AskedAvailability[call.Last.Target];
                var rests = now.WhyNot is Outcome.Held or Outcome.RateLimited && now.RetryAfter > TimeSpan.Zero;
                Assert.True(now.IsAvailable || (rests && call.Last.Delay >= now.RetryAfter), $"{now} {call.Last}");
            }
        });

    [Fact]
    public void Every_wait_fits_the_deadline() => Property.HoldsFor(numbers =>
    {
        var call = new Call(numbers);
        while (call.Step())
            Assert.True(call.Last.Delay < call.Remaining, $"{call.Last} in {call.Remaining}");
    });

    [Fact]
    public void An_untried_available_target_comes_before_a_repeat() => Property.HoldsFor(numbers =>
    {
        var call = new Call(numbers);
        while (call.Step())
        {
            if (!call.Last.IsRepeat)
                continue;
            for (var i = 0; i < call.Targets; i++)
                Assert.False(call.Untouched[i] && call.AskedAvailability[i].IsAvailable, $"{i} before {call.Last}");
        }
    });

    [Fact]
    public void Nothing_is_tried_after_an_outcome_that_ends_the_call() => Property.HoldsFor(numbers =>
    {
        var call = new Call(numbers);
        while (call.Step())
            Assert.False(call.EndedBefore, "went on after the end");
    });

    private sealed class Call
    {
        private readonly Property.Numbers _numbers;
        private Outcome? _lastOutcome;

        public Call(Property.Numbers numbers)
        {
            _numbers = numbers;
            Targets = numbers.Below(5);
            Retry = new RetryOptions { MaxRetries = numbers.Below(5) };
            Plan = new AttemptPlan(Targets, Retry, new Backoff(new Random(numbers.Below(1000))));
            Remaining = TimeSpan.FromSeconds(1 + numbers.Below(200));
            Attempted = new int[Targets];
            Forbidden = new bool[Targets];
            Untouched = [.. Enumerable.Repeat(true, Targets)];
            AskedAvailability = new Availability[Targets];
        }

        public AttemptPlan Plan { get; }

        public RetryOptions Retry { get; }

        public int Targets { get; }

        public TimeSpan Remaining { get; private set; }

        public bool FailsForEver { get; init; }

        public AttemptStep Last { get; private set; }

        public int[] Attempted { get; }

        public bool[] Forbidden { get; }

        public bool[] Untouched { get; }

        public Availability[] AskedAvailability { get; }

        public bool EndedBefore { get; private set; }

        /// <summary>
        /// Reports on the step before, then takes the next: so that checks see the plan between the two.
        /// </summary>
        public bool Step()
        {
            if (_lastOutcome is { } outcome)
                Account(Last.Target, outcome);
            if (!FailsForEver)
                Remaining -= TimeSpan.FromSeconds(_numbers.Below(5));
            for (var i = 0; i < Targets; i++)
                AskedAvailability[i] = RandomAvailability();
            Last = Plan.Next(AskedAvailability, static (now, i) => now[i], Remaining);
            if (Last.Kind == AttemptStepKind.GiveUp)
                return false;
            Attempted[Last.Target]++;
            _lastOutcome = RandomOutcome();
            return true;
        }

        private void Account(int target, Outcome outcome)
        {
            var forbidden = _numbers.Below(8) == 1;
            Plan.Report(target, outcome, TimeSpan.FromSeconds(_numbers.Below(60)),
                forbidden ? RepeatRule.Never : null);
            Untouched[target] = false;
            if (!outcome.IsAttempt())
            {
                Attempted[target]--;
                return;
            }

            Forbidden[target] |= forbidden || outcome.Rule().Repeat == RepeatRule.Never;
            EndedBefore |= !outcome.Rule().NextTarget;
        }

        private Outcome RandomOutcome() =>
            FailsForEver && !_numbers.More ? Outcome.Saturated : (Outcome)_numbers.Below(17);

        private Availability RandomAvailability() => _numbers.Below(4) switch
        {
            1 => Availability.Not(Reasons[_numbers.Below(5)], TimeSpan.FromSeconds(_numbers.Below(50))),
            2 => Availability.LastResort,
            _ => Availability.Now,
        };
    }
}
