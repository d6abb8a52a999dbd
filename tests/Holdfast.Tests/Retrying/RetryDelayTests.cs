using Holdfast.Retrying;

namespace Holdfast.Tests.Retrying;

public class RetryDelayTests
{
    private static readonly DateTimeOffset Now = new(1994, 11, 6, 8, 49, 7, TimeSpan.Zero);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData(" 7 ", 7)]
    [InlineData("1.5", 1.5)]
    [InlineData("7.", 7)]
    [InlineData("3601", 3600)]
    [InlineData("99999999999999999999999999999999", 3600)]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", 30)]
    [InlineData("Mon, 06 Nov 1994 08:49:37 GMT", 30)]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 30)]
    [InlineData("Sun Nov  6 08:49:37 1994", 30)]
    [InlineData("Sun, 06 Nov 1994 08:00:00 GMT", 0)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 3600)]
    [InlineData("Sun, 06 Nov 2050 08:49:37 GMT", 3600)]
    [InlineData("Sun,06 Nov 1994 08:49:37 GMT", 30)]
    [InlineData(", 06 Nov 1994 08:49:37 GMT", 30)]
    [InlineData(",06 Nov 1994 08:49:37 GMT", 30)]
    public void Reads_retry_after(string value, double seconds)
    {
        Assert.True(RetryDelay.TryParseRetryAfter(value, Now, out var delay));

        Assert.Equal(seconds, delay.TotalSeconds);
    }

    [Fact]
    public void A_two_digit_year_far_ahead_lies_in_the_past()
    {
        var now = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

        Assert.True(RetryDelay.TryParseRetryAfter("Sunday, 06-Nov-45 08:49:37 GMT", now, out var delay));

        Assert.Equal(TimeSpan.Zero, delay);
    }

    [Theory]
    [InlineData("Sunday, 06-Nov-45 08:49:37 GMT")]
    [InlineData(", 06-Nov-45 08:49:37 GMT")]
    public void A_two_digit_year_lies_ahead_up_to_fifty_years(string value)
    {
        var inFiftyYears = new DateTimeOffset(2045, 11, 6, 8, 49, 37, TimeSpan.Zero) - TimeSpan.FromDays(18_262.5);

        RetryDelay.TryParseRetryAfter(value, inFiftyYears, out var ahead);
        RetryDelay.TryParseRetryAfter(value, inFiftyYears - TimeSpan.FromTicks(1), out var tooFarAhead);

        Assert.Equal((RetryDelay.Longest, TimeSpan.Zero), (ahead, tooFarAhead));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("∞")]
    [InlineData("soon")]
    [InlineData("1 2")]
    [InlineData("٣")]
    [InlineData("Sun, 32 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 CET")]
    public void Refuses_what_is_no_retry_after(string? value)
    {
        Assert.False(RetryDelay.TryParseRetryAfter(value, Now, out var delay));

        Assert.Equal(TimeSpan.Zero, delay);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("250", 250)]
    [InlineData("250.5", 250.5)]
    [InlineData("999999999999", 3_600_000)]
    public void Reads_milliseconds(string value, double milliseconds)
    {
        Assert.True(RetryDelay.TryParseMilliseconds(value, out var delay));

        Assert.Equal(milliseconds, delay.TotalMilliseconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-250")]
    [InlineData(".5")]
    [InlineData("250ms")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    public void Refuses_what_is_no_number_of_milliseconds(string? value)
    {
        Assert.False(RetryDelay.TryParseMilliseconds(value, out var delay));

        Assert.Equal(TimeSpan.Zero, delay);
    }

    [Theory]
    [InlineData("1m0s", 60)]
    [InlineData("20ms", 0.02)]
    [InlineData("10.332999999s", 10.3329999)]
    [InlineData("1h2m3.5s", 3600)]
    [InlineData("6m0s", 360)]
    [InlineData("1.5m", 90)]
    [InlineData("500us", 0.0005)]
    [InlineData("500µs", 0.0005)]
    [InlineData("5000ns", 0.000005)]
    [InlineData("0s", 0)]
    [InlineData("7", 7)]
    [InlineData("7.25", 7.25)]
    [InlineData("1994-11-06T08:49:37Z", 30)]
    [InlineData("1994-11-06T09:49:37+01:00", 30)]
    [InlineData("1994-11-06T08:49:37.500Z", 30.5)]
    [InlineData("1994-11-06T08:49:37.123456789Z", 30.1234568)]
    [InlineData("1990-01-01T00:00:00Z", 0)]
    [InlineData("9999-12-31T23:59:59Z", 3600)]
    public void Reads_resets(string value, double seconds)
    {
        Assert.True(RetryDelay.TryParseReset(value, Now, out var delay));

        Assert.Equal(seconds, delay.TotalSeconds, 6);
    }

    [Theory]
    [InlineData("1741305600", 10)]
    [InlineData("1741305600.5", 10.5)]
    [InlineData("1741305600000", 10)]
    [InlineData("1741305000", 0)]
    [InlineData("999999999", 3600)]
    public void Reads_a_reset_that_is_a_moment_since_1970(string value, double seconds)
    {
        Assert.True(RetryDelay.TryParseReset(value, DateTimeOffset.FromUnixTimeSeconds(1741305590), out var delay));

        Assert.Equal(seconds, delay.TotalSeconds, 6);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1s")]
    [InlineData("Infinity")]
    [InlineData("s")]
    [InlineData("1m0")]
    [InlineData("1x")]
    [InlineData("1..2s")]
    [InlineData(".5s")]
    [InlineData("1 s")]
    [InlineData("1994-11-06")]
    [InlineData("1994-11-06T08:49:37")]
    [InlineData("1994-13-06T08:49:37Z")]
    [InlineData("tomorrow, at about noon")]
    public void Refuses_what_is_no_reset(string? value)
    {
        Assert.False(RetryDelay.TryParseReset(value, Now, out var delay));

        Assert.Equal(TimeSpan.Zero, delay);
    }

    [Fact]
    public void No_text_throws_or_gives_a_delay_outside_the_bounds() => Property.HoldsFor(numbers =>
    {
        const string alphabet = "0123456789.:-+,TZ hmsnuµGMTSunNovJan/eE\0\t٣";
        var text = "";
        while (numbers.More)
            text += alphabet[numbers.Below(alphabet.Length)];

        RetryDelay.TryParseRetryAfter(text, Now, out var retryAfter);
        RetryDelay.TryParseMilliseconds(text, out var milliseconds);
        RetryDelay.TryParseReset(text, Now, out var reset);

        Assert.All(
            [retryAfter, milliseconds, reset],
            delay => Assert.InRange(delay, TimeSpan.Zero, RetryDelay.Longest));
    });

    [Fact]
    public void Up_to_64_characters_are_read()
    {
        var longest = "7".PadRight(64);

        Assert.True(RetryDelay.TryParseRetryAfter(longest, Now, out _));
        Assert.False(RetryDelay.TryParseRetryAfter(longest + " ", Now, out _));
    }

    [Fact]
    public void Long_texts_are_refused_at_once()
    {
        var text = new string('1', 10_000_000);

        Assert.False(RetryDelay.TryParseRetryAfter(text, Now, out _));
        Assert.False(RetryDelay.TryParseReset(text, Now, out _));
        Assert.False(RetryDelay.TryParseMilliseconds(text, out _));
    }
}
