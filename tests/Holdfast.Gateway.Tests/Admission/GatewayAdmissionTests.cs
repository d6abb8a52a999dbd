using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>The door of the whole gateway.</summary>
public sealed class GatewayAdmissionTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly GatewayAdmission _admission;

    public GatewayAdmissionTests()
    {
        _admission = new GatewayAdmission(_time);
        _admission.Configure(CallLimits.None with { MaxConcurrency = 1, MaxQueueSize = 1 });
    }

    [Fact]
    public async Task Without_limits_everybody_is_let_in()
    {
        _admission.Configure(CallLimits.None);

        for (var i = 0; i < 100; i++)
        {
            Assert.Null((await EnterAsync()).Error);
        }

        Assert.Null(_admission.GetStatus());
    }

    [Fact]
    public async Task A_full_line_refuses_at_once_with_when_to_come_again()
    {
        var first = await EnterAsync();
        _time.Advance(TimeSpan.FromSeconds(8));
        first.Place.Succeeded();
        await EnterAsync();
        var waiting = EnterAsync();

        var refused = EnterAsync();

        Assert.True(refused.IsCompleted);
        var error = (await refused).Error!;
        Assert.Equal((429, "rate_limit_error", "queue_full", false),
            (error.Status, error.Type, error.Code, error.DoNotRetry));
        Assert.InRange(error.RetryAfter!.Value, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(30));
        Assert.Equal([("queue_full", 1L)], _admission.Refusals.All);
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task The_wait_is_the_calls_and_not_the_gateways()
    {
        var first = await EnterAsync();
        var record = new CallRecord(ChatCall.Of());
        var waiting = _admission.EnterAsync(record.Request, record, Deadline.None, default);

        _time.Advance(TimeSpan.FromSeconds(3));
        first.Place.Succeeded();

        Assert.Null((await waiting.AsTask().SoonAsync()).Error);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)), (record.Waited, record.Queued));
    }

    [Fact]
    public async Task A_deadline_that_passes_in_the_line_is_a_504()
    {
        await EnterAsync();
        var waiting = EnterAsync(deadline: Deadline.After(TimeSpan.FromSeconds(2), _time));

        _time.Advance(TimeSpan.FromSeconds(2.1));

        Assert.Equal(504, (await waiting).Error!.Status);
    }

    [Theory]
    [InlineData(true, Outcome.Cancelled)]
    [InlineData(false, Outcome.Timeout)]
    public async Task A_routes_deadline_in_the_line_is_a_timeout_and_a_callers_own_is_not(
        bool isCallers, Outcome outcome)
    {
        await EnterAsync();
        var record = new CallRecord(ChatCall.Of());
        var waiting = _admission.EnterAsync(
            record.Request, record, Deadline.After(TimeSpan.FromSeconds(2), _time), default, isCallers);

        _time.Advance(TimeSpan.FromSeconds(2.1));

        Assert.Equal(504, (await waiting.AsTask().SoonAsync()).Error!.Status);
        Assert.Equal(outcome, record.Outcome);
        Assert.Equal([("timed_out", 1L)], _admission.Refusals.All);
    }

    [Fact]
    public async Task A_caller_that_leaves_frees_its_place_in_the_line()
    {
        await EnterAsync();
        using var caller = new CancellationTokenSource();
        var leaving = EnterAsync(cancellation: caller.Token);

        await caller.CancelAsync();

        Assert.Equal(499, (await leaving).Error!.Status);
        Assert.Equal((0, 0L), (_admission.GetStatus()!.Depth, _admission.Refusals.Total));
    }

    [Fact]
    public async Task In_an_emergency_only_urgent_calls_are_let_in()
    {
        _admission.Restriction = new AdmissionRestriction { LeastUrgent = AdmissionPriority.High };

        var error = (await EnterAsync(AdmissionPriority.Normal)).Error!;
        var urgent = await EnterAsync(AdmissionPriority.High);

        Assert.Equal((503, "service_unavailable", "emergency", true),
            (error.Status, error.Type, error.Code, error.DoNotRetry));
        Assert.NotNull(error.RetryAfter);
        Assert.Null(urgent.Error);
    }

    [Fact]
    public async Task An_emergency_needs_no_limits_and_sheds_those_who_wait()
    {
        var first = await EnterAsync();
        var waiting = EnterAsync(AdmissionPriority.Low);

        _admission.Restriction = new AdmissionRestriction { LeastUrgent = AdmissionPriority.High };
        Assert.Equal("emergency", (await waiting).Error!.Code);

        first.Place.Succeeded();
        _admission.Configure(CallLimits.None);
        Assert.Equal("emergency", (await EnterAsync(AdmissionPriority.Low)).Error!.Code);
        _admission.Restriction = default;
        Assert.Null((await EnterAsync(AdmissionPriority.Low)).Error);
    }

    [Fact]
    public async Task Low_priority_waits_while_places_are_reserved()
    {
        _admission.Configure(CallLimits.None with { MaxConcurrency = 3 });
        _admission.Restriction = new AdmissionRestriction { Reserved = 1 };
        // One place is for everybody.
        Assert.Null((await EnterAsync(AdmissionPriority.Low)).Error);

        var low = EnterAsync(AdmissionPriority.Low);
        Assert.Null((await EnterAsync()).Error);
        Assert.False(low.IsCompleted);

        _admission.Restriction = default;
        Assert.Null((await low).Error);
    }

    [Fact]
    public void A_restriction_reaches_the_targets_that_are_known_and_those_that_come()
    {
        var gateway = new Routing.Gateway();
        gateway.With("a").With("b").Build();
        _admission.Restricted += gateway.States.Restrict;
        var limits = CallLimits.None with { MaxConcurrency = 1 };
        var provider = gateway.Routes.Providers[0].Options;

        _admission.Restriction = new AdmissionRestriction { LeastUrgent = AdmissionPriority.High };

        var known = gateway.States.Configured(provider, "x", limits);
        var late = gateway.States.Configured(provider, "y", limits);
        Assert.All([known, late], state => Assert.Equal(AdmissionRefusal.Shed,
            state.Admission.Look(default, gateway.Routes.Providers[0].Keys).Refusal));
        gateway.Dispose();
    }

    [Fact]
    public async Task An_ended_call_leaves_its_place_with_its_outcome()
    {
        var entry = await EnterAsync();

        entry.Place.Settle(Outcome.ServerError);

        Assert.Equal((0, 0d), (_admission.GetStatus()!.Running, _admission.GetStatus()!.SuccessRate));
    }

    private Task<GatewayEntry> EnterAsync(int priority = AdmissionPriority.Normal, Deadline deadline = default,
        CancellationToken cancellation = default)
    {
        var call = ChatCall.Of(priority: priority);
        return _admission.EnterAsync(call, new CallRecord(call), deadline, cancellation).AsTask().SoonAsync();
    }
}
