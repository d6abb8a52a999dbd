using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>The throttle and what the server says of calls and of tokens, together.</summary>
public sealed class AdmissionPaceTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Now = 1000 * Second;

    private readonly AdmissionPace _pace = new(throttleRate: 0);

    [Fact]
    public void Those_ahead_go_at_the_rate_of_the_throttle_after_its_next_one()
    {
        var pace = new AdmissionPace(throttleRate: 2);
        pace.Begin(tokens: 0, Now);
        pace.Begin(tokens: 0, Now);

        // The window of a second is full, and three more take one and a half.
        Assert.Equal(2.5 * Second, pace.Estimate(ahead: 3, tokensAhead: 0, tokens: 0, Now));
    }

    [Fact]
    public void The_tokens_of_a_call_come_on_top_of_those_ahead()
    {
        var call = Begin(tokens: 10);
        _pace.Learn(null, Left(1000, 0), null, null, call, Now);

        // A minute for what is there then, and of 700 tokens 500 are there at once and 200 at a thousand a minute.
        Assert.Equal(72 * Second, _pace.Estimate(ahead: 1, tokensAhead: 400, tokens: 300, Now));
    }

    [Theory]
    [InlineData(AdmissionEnding.Unknown)]
    [InlineData(AdmissionEnding.Succeeded)]
    [InlineData(AdmissionEnding.Overloaded)]
    public void A_call_that_has_ended_is_counted_by_the_server_and_taken_off_no_more(object ending)
    {
        var overtaken = Begin(tokens: 1);
        var answered = Begin(tokens: 1);
        _pace.Learn(Left(100, 25), Left(100, 25), null, null, answered, Now);
        // Of 25 one is under way, which may take 1.5 of its tokens, and one is left to others.
        Assert.Equal(60 / 22.5, Seconds(_pace.Wait(1, Now)), 3);

        _pace.Ended(overtaken, (AdmissionEnding)ending);

        Assert.Equal(2.5, Seconds(_pace.Wait(0, Now)), 3);
        Assert.Equal(2.5, Seconds(_pace.Wait(1, Now)), 3);
    }

    [Fact]
    public void A_call_that_was_never_sent_takes_neither_a_call_nor_tokens()
    {
        _pace.Learn(Left(100, 25), Left(100, 25), null, null, Begin(tokens: 1), Now);

        _pace.Withdrawn(Begin(tokens: 10));

        Assert.Equal(2.5, Seconds(_pace.Wait(0, Now)), 3);
        Assert.Equal(2.5, Seconds(_pace.Wait(1, Now)), 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_learned_on_an_earlier_clock_holds_on_a_later_one_until_the_same_moment(bool isOfTokens)
    {
        var other = new AdmissionPace(0);
        var call = new RunningCall(null, AdmissionPriority.Normal, Now, other.Begin(1, Now));
        other.Learn(isOfTokens ? null : Left(100, 0), isOfTokens ? Left(100, 0) : null, null, null, call, Now);

        _pace.LearnFrom(other, earlier: 100 * Second);

        // It was said 30 seconds ago; this clock began 100 seconds later.
        Assert.Equal(30 * Second, _pace.Wait(1, Now - (70 * Second)));
    }

    [Fact]
    public void A_place_that_was_given_back_is_taken_again()
    {
        var places = new AdmissionPlaces();
        var first = places.Take(default, default, Now, out var generation);
        Assert.True(places.TryGiveBack(first, generation, out _));

        Assert.Equal(first, places.Take(default, default, Now, out _));
        Assert.Equal(1, places.Taken);
    }

    private static RateLimitReading Left(long limit, long left) => new(limit, left, TimeSpan.FromMinutes(1));

    private static double Seconds(long ticks) => ticks / (double)Second;

    private RunningCall Begin(long tokens) =>
        new(null, AdmissionPriority.Normal, Now, _pace.Begin(tokens, Now));
}
