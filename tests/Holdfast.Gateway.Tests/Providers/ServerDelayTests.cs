using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class ServerDelayTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("retry-after: 7", 7_000)]
    [InlineData("retry-after: 0.25", 250)]
    [InlineData("retry-after: 0", 0)]
    [InlineData("retry-after-ms: 1500", 1_500)]
    [InlineData("retry-after: Sun, 01 Mar 2026 12:00:30 GMT", 30_000)]
    [InlineData("retry-after: Sun, 01 Mar 2026 11:00:00 GMT", 0)]
    [InlineData("retry-after: 999999", 3_600_000)]
    public void The_header_says_how_long(string header, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Read(header));

    [Theory]
    [InlineData("retry-after: 1", "retry-after-ms: 0", 1_000)]
    [InlineData("retry-after: 0", "retry-after-ms: 700", 700)]
    [InlineData("retry-after: soon", "retry-after-ms: 700", 700)]
    [InlineData("retry-after: 2", "retry-after-ms: -1", 2_000)]
    public void Of_both_headers_the_longer_counts(string one, string other, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Read(one, other));

    [Theory]
    [InlineData("1m0s", 60_000)]
    [InlineData("20ms", 20)]
    [InlineData("10.5s", 10_500)]
    [InlineData("7", 7_000)]
    public void Without_them_the_exhausted_limits_reset_counts(string reset, int milliseconds) => Assert.Equal(
        TimeSpan.FromMilliseconds(milliseconds),
        Read("x-ratelimit-remaining-requests: 0", $"x-ratelimit-reset-requests: {reset}"));

    [Theory]
    [InlineData("anthropic-ratelimit-requests")]
    [InlineData("anthropic-ratelimit-tokens")]
    [InlineData("anthropic-ratelimit-input-tokens")]
    [InlineData("anthropic-ratelimit-output-tokens")]
    public void Anthropics_resets_are_instants(string limit) => Assert.Equal(
        TimeSpan.FromSeconds(45), Read($"{limit}-remaining: 0", $"{limit}-reset: 2026-03-01T12:00:45Z"));

    [Fact]
    public void A_limit_that_has_room_left_says_nothing() => Assert.Equal(TimeSpan.FromSeconds(3), Read(
        "x-ratelimit-remaining-requests: 5", "x-ratelimit-reset-requests: 1h",
        "x-ratelimit-remaining-tokens: 0", "x-ratelimit-reset-tokens: 3s"));

    [Fact]
    public void Of_two_exhausted_limits_the_longer_reset_counts() => Assert.Equal(TimeSpan.FromSeconds(9), Read(
        "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 9s",
        "x-ratelimit-remaining-tokens: 0", "x-ratelimit-reset-tokens: 3s"));

    [Fact]
    public void A_retry_after_counts_more_than_any_reset() => Assert.Equal(TimeSpan.FromSeconds(1), Read(
        "retry-after: 1", "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 60s"));

    [Theory]
    [InlineData("x-other: 7")]
    [InlineData("retry-after: -3")]
    [InlineData("retry-after: tomorrow")]
    [InlineData("retry-after: ")]
    [InlineData("x-ratelimit-reset-requests: 7s")]
    [InlineData("x-ratelimit-remaining-requests: 0")]
    public void What_says_nothing_gives_nothing(string header) => Assert.Null(Read(header));

    [Theory]
    [InlineData("x-should-retry: true", true)]
    [InlineData("x-should-retry: false", false)]
    [InlineData("x-should-retry: maybe", null)]
    [InlineData("x-other: true", null)]
    public void Whether_to_retry_is_read_where_it_is_said(string header, bool? expected) =>
        Assert.Equal(expected, ServerDelay.ShouldRetry(Headers(header)));

    private static TimeSpan? Read(params string[] headers) => ServerDelay.Read(Headers(headers), Now);

    private static System.Net.Http.Headers.HttpResponseHeaders Headers(params string[] headers)
    {
        var response = new HttpResponseMessage();
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            response.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 1)..].Trim());
        }

        return response.Headers;
    }
}
