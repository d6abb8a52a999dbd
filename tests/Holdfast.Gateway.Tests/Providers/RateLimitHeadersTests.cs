using Holdfast.Admission;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>The heads of real answers, and of hostile ones.</summary>
public sealed class RateLimitHeadersTests
{
    private static readonly DateTimeOffset Now = new(2025, 5, 13, 14, 20, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("OpenAI",
        "x-ratelimit-limit-requests: 15000|x-ratelimit-remaining-requests: 14999|x-ratelimit-reset-requests: 4ms|"
        + "x-ratelimit-limit-tokens: 40000000|x-ratelimit-remaining-tokens: 39995318|x-ratelimit-reset-tokens: 7ms|"
        + "x-ratelimit-limit-input-images: 50000|x-ratelimit-remaining-input-images: 1",
        15000, 14999, 4, 40000000, 39995318, 7)]
    [InlineData("Groq",
        "x-ratelimit-limit-requests: 14400|x-ratelimit-remaining-requests: 14399|x-ratelimit-reset-requests: 6s|"
        + "x-ratelimit-limit-tokens: 30000|x-ratelimit-remaining-tokens: 29987|x-ratelimit-reset-tokens: 26ms",
        14400, 14399, 6000, 30000, 29987, 26)]
    [InlineData("xAI, without a reset",
        "x-ratelimit-limit-requests: 1800|x-ratelimit-remaining-requests: 1700|x-ratelimit-limit-tokens: 10000000|"
        + "x-ratelimit-remaining-tokens: 9000000",
        1800, 1700, 60000, 10000000, 9000000, 60000)]
    [InlineData("Azure, whose reset is longer than its period",
        "x-ratelimit-limit-requests: 120|x-ratelimit-remaining-requests: 119|x-ratelimit-reset-requests: 500|"
        + "x-ratelimit-renewalperiod-requests: 60|x-ratelimit-remaining-tokens: 119986|x-ratelimit-reset-tokens: 7|"
        + "x-ratelimit-renewalperiod-tokens: 60|x-ratelimit-abusepenalty-active: False|x-ratelimit-key: gpt",
        120, 119, 60000, 0, 119986, 7000)]
    [InlineData("Mistral, of whose limits the tightest counts",
        "x-ratelimit-limit-req-minute: 100|x-ratelimit-remaining-req-minute: 99|x-ratelimit-limit-req-10-second: 60|"
        + "x-ratelimit-remaining-req-10-second: 6|x-ratelimit-limit-tokens-minute: 20000000|"
        + "x-ratelimit-remaining-tokens-minute: 19999979|x-ratelimit-tokens-query-cost: 21|"
        + "x-ratelimit-limit-tokens-month: 200000000000|x-ratelimit-remaining-tokens-month: 1",
        60, 6, 10000, 20000000, 19999979, 60000)]
    [InlineData("Anthropic",
        "anthropic-ratelimit-requests-limit: 4000|anthropic-ratelimit-requests-remaining: 3999|"
        + "anthropic-ratelimit-requests-reset: 2025-05-13T14:20:02Z|anthropic-ratelimit-tokens-limit: 480000|"
        + "anthropic-ratelimit-tokens-remaining: 480000|anthropic-ratelimit-tokens-reset: 2025-05-13T14:20:03Z|"
        + "anthropic-ratelimit-output-tokens-limit: 80000|anthropic-ratelimit-output-tokens-remaining: 8000|"
        + "anthropic-ratelimit-output-tokens-reset: 2025-05-13T14:20:04Z",
        4000, 3999, 3000, 80000, 8000, 5000)]
    public void Reads_what_each_provider_says(string _, string head, long requestLimit, long requestsLeft,
        int requestResetMs, long tokenLimit, long tokensLeft, int tokenResetMs)
    {
        var limits = Read(head);

        Assert.Equal(new RateLimitReading(requestLimit, requestsLeft, TimeSpan.FromMilliseconds(requestResetMs)),
            limits.Requests);
        long? saidLimit = tokenLimit == 0 ? null : tokenLimit;
        Assert.Equal(new RateLimitReading(saidLimit, tokensLeft, TimeSpan.FromMilliseconds(tokenResetMs)),
            limits.Tokens);
    }

    [Fact]
    public void Reads_a_limit_without_a_unit_as_one_of_requests()
    {
        var limits = Read("x-ratelimit-limit: 2|x-ratelimit-remaining: 1|x-ratelimit-reset: 2");

        Assert.Equal(new RateLimitReading(2, 1, TimeSpan.FromSeconds(2)), limits.Requests);
        Assert.Null(limits.Tokens);
    }

    [Theory]
    [InlineData("")]
    [InlineData("content-type: text/plain|retry-after: 5")]
    [InlineData("x-ratelimit-limit-requests: 100|x-ratelimit-reset-requests: 5s")]
    [InlineData("x-ratelimit-remaining-requests: -1")]
    [InlineData("x-ratelimit-remaining-requests: 99999999999999999999999")]
    [InlineData("x-ratelimit-remaining-requests: plenty")]
    [InlineData("x-ratelimit-remaining-requests: 1|x-ratelimit-remaining-requests: 2")]
    [InlineData("x-ratelimit-remaining-elephants: 3")]
    [InlineData("anthropic-ratelimit-unified-remaining: 3")]
    public void Says_nothing_where_nothing_can_be_read(string head) => Assert.True(Read(head).IsEmpty);

    [Fact]
    public void A_reset_that_cannot_be_read_is_taken_as_the_period()
    {
        var limits = Read("x-ratelimit-remaining-requests: 3|x-ratelimit-reset-requests: soon");

        Assert.Equal(new RateLimitReading(null, 3, TimeSpan.FromMinutes(1)), limits.Requests);
    }

    private static RateLimits Read(string head)
    {
        using var response = new HttpResponseMessage();
        foreach (var line in head.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            response.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..].Trim());
        }

        return RateLimitHeaders.Read(response.Headers, Now);
    }
}
