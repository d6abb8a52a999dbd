using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.CircuitBreaking;

/// <summary>Random sequences of events, played to the bare state machine and to a plain account of them.</summary>
public class CircuitMachineProperties
{
    [Fact]
    public void Never_more_probes_in_flight_than_allowed() => Property.HoldsFor(numbers =>
    {
        var run = new Run(numbers);
        while (run.Step())
            Assert.InRange(run.LiveProbes(), 0, run.Options.HalfOpenProbes);
    });

    [Fact]
    public void Nothing_is_let_in_before_the_recovery_time_is_over() => Property.HoldsFor(numbers =>
    {
        var run = new Run(numbers);
        while (run.Step())
            Assert.False(run.LetInTooEarly, "let in while open, before recovery");
    });

    [Fact]
    public void A_late_result_moves_nothing() => Property.HoldsFor(numbers =>
    {
        var run = new Run(numbers);
        while (run.Step())
        {
            var before = run.Fingerprint();
            foreach (var permit in run.Permits.Where(permit => permit.Generation != run.Machine.Generation).ToList())
                run.SettleAnyhow(permit);
            Assert.Equal(before, run.Fingerprint());
        }
    });

    [Fact]
    public void A_probe_settles_once() => Property.HoldsFor(numbers =>
    {
        var run = new Run(numbers);
        while (run.Step())
        {
            var before = run.Fingerprint();
            foreach (var permit in run.Permits.Where(permit => permit is { IsSettled: true, Probe: > 0 }).ToList())
                run.SettleAnyhow(permit);
            Assert.Equal(before, run.Fingerprint());
        }
    });

    [Fact]
    public void Time_that_goes_backwards_is_harmless() => Property.HoldsFor(numbers =>
    {
        var run = new Run(numbers) { GoesBack = true };
        while (run.Step())
        {
            var wait = run.Machine.RetryAfterUnderLock(run.Now);
            if (run.Machine.State == CircuitState.Open)
                Assert.InRange(wait, TimeSpan.Zero, run.Options.MaxRecoveryTime);
            if (run.Machine.State == CircuitState.HalfOpen)
                Assert.InRange(wait, TimeSpan.Zero, run.Options.PermitLifetime);
        }

        run.Now += (run.Options.MaxRecoveryTime + run.Options.PermitLifetime).Ticks;
        Assert.True(run.Machine.State == CircuitState.Isolated || run.Machine.TryAdmitUnderLock(run.Now, out _, out _));
    });

    [Fact]
    public void The_window_never_counts_what_left_it() => Property.HoldsFor(numbers =>
    {
        var period = TimeSpan.FromMilliseconds(100 + numbers.Below(50));
        var window = new CircuitWindow(period);
        var generation = 0L;
        var events = new List<(long At, bool Failed)>();
        var now = 0L;
        while (numbers.More)
        {
            now += numbers.Below(90) * TimeSpan.TicksPerMillisecond / 2;
            var failed = numbers.Below(2) == 1;
            events.Add((now, failed));
            if (failed)
                window.AddFailureUnderLock(now);
            else if (!window.TryAddSuccess(now, 0, ref generation))
                window.AddSuccessUnderLock(now);

            now += numbers.Below(4) == 0 ? numbers.Below(200) * TimeSpan.TicksPerMillisecond : 0;
            var (calls, failures) = window.CountUnderLock(now);
            var inside = events.Where(e => e.At > now - period.Ticks).ToList();
            var surely = events.Where(e => e.At > now - (period.Ticks * 19 / 20) + CircuitWindow.Buckets).ToList();
            Assert.InRange(calls, surely.Count, inside.Count);
            Assert.InRange(failures, surely.Count(e => e.Failed), inside.Count(e => e.Failed));
        }
    });

    [Fact]
    public void Another_period_never_makes_the_counts_of_a_window_younger() => Property.HoldsFor(numbers =>
    {
        var window = new CircuitWindow(TimeSpan.FromMilliseconds(100 + numbers.Below(500)));
        var period = TimeSpan.FromMilliseconds(100 + numbers.Below(500));
        var events = new List<long>();
        var now = 0L;
        while (numbers.More)
        {
            now += numbers.Below(90) * TimeSpan.TicksPerMillisecond / 2;
            events.Add(now);
            window.AddFailureUnderLock(now);
        }

        var moved = window.WithPeriodUnderLock(period).CountUnderLock(now).Failures;

        Assert.InRange(moved, 0, events.Count(at => at > now - period.Ticks));
    });

    [Fact]
    public void A_late_success_is_not_counted_into_a_newer_window()
    {
        var window = new CircuitWindow(TimeSpan.FromMinutes(2));
        var generation = 3L;
        window.AddSuccessUnderLock(1000);

        window.TryAddSuccess(1000, 2, ref generation);

        Assert.Equal((1, 0), window.CountUnderLock(1000));
    }

    private sealed record Permit(long Generation, long Probe, long Since)
    {
        public bool IsSettled { get; set; }

        public bool IsCommitted { get; set; }
    }

    private sealed class Run
    {
        private readonly Property.Numbers _numbers;
        private long _openedAt;
        private int _failedProbes;

        public Run(Property.Numbers numbers)
        {
            _numbers = numbers;
            Options = new CircuitBreakerOptions
            {
                FailureThreshold = numbers.Below(4),
                WindowThreshold = numbers.Below(4),
                FailureRatio = numbers.Below(3) * 0.4,
                MinimumCalls = 2 + numbers.Below(3),
                MonitoringPeriod = TimeSpan.FromSeconds(20),
                RecoveryTimeout = TimeSpan.FromSeconds(10),
                MaxRecoveryTime = TimeSpan.FromSeconds(10 + numbers.Below(60)),
                SuccessThreshold = 1 + numbers.Below(3),
                HalfOpenProbes = 1 + numbers.Below(3),
                PermitLifetime = TimeSpan.FromSeconds(5 + numbers.Below(60)),
            };
            Machine = new CircuitMachine(Options);
        }

        public CircuitBreakerOptions Options { get; }

        public CircuitMachine Machine { get; }

        public List<Permit> Permits { get; } = [];

        public long Now { get; set; } = 1_000_000_000_001;

        public bool GoesBack { get; init; }

        public bool LetInTooEarly { get; private set; }

        public bool Step()
        {
            if (!_numbers.More)
                return false;
            var before = Machine.State;
            switch (_numbers.Below(16))
            {
                case 0 or 1 or 2 or 3 or 4:
                    Admit();
                    break;
                case 5 or 6:
                    Now += TimeSpan.FromSeconds(_numbers.Below(4) == 0 ? 11 : _numbers.Below(15)).Ticks;
                    break;
                case 7 when GoesBack:
                    Now -= TimeSpan.FromSeconds(_numbers.Below(100)).Ticks;
                    break;
                case 8 when _numbers.Below(8) == 0:
                    Machine.IsolateUnderLock();
                    break;
                case 8 or 9 when _numbers.Below(4) == 0:
                    Machine.ResetUnderLock();
                    break;
                default:
                    if (Permits.Count != 0)
                        Settle(Permits[_numbers.Below(Permits.Count)], _numbers.Below(4));
                    break;
            }

            Account(before);
            return true;
        }

        public int LiveProbes() => Permits.Count(permit =>
            permit is { Probe: > 0, IsSettled: false, IsCommitted: false }
            && permit.Generation == Machine.Generation
            && Now - permit.Since < Options.PermitLifetime.Ticks);

        public (CircuitState, long, int, long, long) Fingerprint() =>
            (Machine.State, Machine.Generation, Machine.ConsecutiveFailures, Machine.Successes, Machine.Failures);

        public void SettleAnyhow(Permit permit) => Apply(permit, _numbers.Below(4));

        private void Admit()
        {
            var wasOpen = Machine.State == CircuitState.Open;
            var mayBeIn = Machine.State != CircuitState.Isolated;
            if (!Machine.TryAdmitUnderLock(Now, out var generation, out var probe))
                return;
            var seconds = Math.Min(10 * Math.Pow(2, _failedProbes), Options.MaxRecoveryTime.TotalSeconds);
            LetInTooEarly |= !mayBeIn || (wasOpen && Now - _openedAt < TimeSpan.FromSeconds(seconds).Ticks);
            Permits.Add(new Permit(generation, probe, Now));
        }

        private void Settle(Permit permit, int how)
        {
            Apply(permit, how);
            if (how == 0)
                permit.IsCommitted = true;
            else
                permit.IsSettled = true;
        }

        private void Apply(Permit permit, int how)
        {
            if (how == 0 && permit.Probe != 0)
                Machine.CommitUnderLock(permit.Generation, permit.Probe, Now);
            else if (how == 1)
                Machine.SucceedUnderLock(permit.Generation, permit.Probe, Now);
            else if (how == 2)
                Machine.FailUnderLock(permit.Generation, permit.Probe, Now);
            else if (permit.Probe != 0)
                Machine.AbandonUnderLock(permit.Generation, permit.Probe, Now);
        }

        private void Account(CircuitState before)
        {
            if (Machine.State == CircuitState.Closed)
                _failedProbes = 0;
            if (Machine.State != CircuitState.Open || before == CircuitState.Open)
                return;
            _openedAt = Now;
            if (before == CircuitState.HalfOpen)
                _failedProbes++;
        }
    }
}
