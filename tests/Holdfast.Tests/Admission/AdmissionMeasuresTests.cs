using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>What a queue has seen lately, where a minute makes half of everything.</summary>
public sealed class AdmissionMeasuresTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Minute = TimeSpan.TicksPerMinute;

    private readonly AdmissionMeasures _measures = new(new ManualTimeProvider());

    [Fact]
    public void Knows_no_averages_before_anything_has_ended()
    {
        Assert.Null(_measures.AverageRunTime);
        Assert.Equal((0, 0), (_measures.AverageRunTicks, _measures.AverageHeldTicks));
        Assert.Equal((0, 1), (_measures.PerSecond(0), _measures.SuccessRate));
    }

    [Fact]
    public void The_rate_of_success_is_of_those_that_did_their_work_or_failed_at_it()
    {
        for (var i = 0; i < 2; i++)
            _measures.Ended(0, 1, 1, AdmissionEnding.Succeeded);
        _measures.Ended(0, 1, 1, AdmissionEnding.Failed);
        _measures.Ended(0, 1, 1, AdmissionEnding.Overloaded);
        _measures.Ended(0, 1, 1, AdmissionEnding.Refused);

        Assert.Equal(0.5, _measures.SuccessRate);
    }

    [Fact]
    public void A_wait_of_a_minute_ago_weighs_half()
    {
        _measures.Begun(0, 8 * Second);
        _measures.Begun(Minute, 2 * Second);

        // 8 / 2 and 2, over a half and one.
        Assert.Equal(TimeSpan.FromSeconds(4), _measures.AverageWait);
    }

    [Fact]
    public void A_run_of_a_minute_ago_weighs_half()
    {
        _measures.Ended(0, ran: 8 * Second, held: 14 * Second, AdmissionEnding.Succeeded);
        _measures.Ended(Minute, ran: 2 * Second, held: 2 * Second, AdmissionEnding.Failed);

        Assert.Equal(4 * Second, _measures.AverageRunTicks, 3);
        Assert.Equal(6 * Second, _measures.AverageHeldTicks, 3);
        // Half a success to one failure.
        Assert.Equal(1 / 3d, _measures.SuccessRate, 9);
    }

    [Fact]
    public void A_failure_of_a_minute_ago_weighs_half()
    {
        _measures.Ended(0, 1, 1, AdmissionEnding.Failed);
        _measures.Ended(Minute, 1, 1, AdmissionEnding.Succeeded);

        Assert.Equal(2 / 3d, _measures.SuccessRate, 9);
    }

    [Fact]
    public void Nothing_fades_twice_in_the_same_step()
    {
        _measures.Begun(0, 8 * Second);
        for (var i = 0; i < 3; i++)
            _measures.Begun(Minute, 2 * Second);

        // 8 / 2 and three times 2, over three and a half.
        Assert.Equal(10 / 3.5, _measures.AverageWait.TotalSeconds, 3);
    }

    [Fact]
    public void What_has_begun_and_is_withdrawn_makes_no_average_smaller()
    {
        _measures.Begun(0, 6 * Second);
        _measures.Begun(0, 0);

        _measures.Withdrawn();

        Assert.Equal(TimeSpan.FromSeconds(6), _measures.AverageWait);
    }

    [Fact]
    public void More_withdrawals_than_beginnings_leave_none_behind()
    {
        _measures.Begun(0, 0);
        _measures.Begun(Minute, 0);
        _measures.Withdrawn();
        _measures.Withdrawn();

        _measures.Begun(Minute, 6 * Second);

        Assert.Equal(TimeSpan.FromSeconds(6), _measures.AverageWait);
    }

    [Fact]
    public void The_rate_is_what_a_steady_stream_would_have_left_by_now()
    {
        for (var i = 0; i < 100; i++)
            _measures.Ended(Minute, 1, 1, AdmissionEnding.Succeeded);

        // A minute later 50 of them are left. A call a second leaves 60 / ln 2 in the end, three quarters of it now.
        Assert.Equal(50 / (60 / Math.Log(2) * 0.75), _measures.PerSecond(2 * Minute), 9);
    }
}
