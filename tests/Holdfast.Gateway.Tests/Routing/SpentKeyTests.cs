using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Keys of several accounts, of which one has used up what a model allows it a day.</summary>
public sealed class SpentKeyTests : IDisposable
{
    private const string BedrockEnd = """{"message":"Too many tokens per day, please wait before trying again."}""";

    private const string BedrockGood = """
        {"output":{"message":{"role":"assistant","content":[{"text":"hi"}]}},"stopReason":"end_turn",
         "usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}
        """;

    private const string GeminiEnd = """
        {"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"You exceeded your current quota.","details":[
         {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"RequestsPerDayPerModel"}]},
         {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"20s"}]}}
        """;

    private const string GeminiGood = """
        {"candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]},"finishReason":"STOP"}]}
        """;

    private readonly Gateway _gateway = new();

    [Theory]
    [InlineData("bedrock", BedrockEnd, BedrockGood, "authorization", "Bearer k2")]
    [InlineData("gemini", GeminiEnd, GeminiGood, "x-goog-api-key", "k2")]
    public async Task A_daily_limit_of_one_key_leaves_the_model_to_the_other(
        string type, string end, string good, string header, string second)
    {
        var call = _gateway.With("a", type, "k1", "k2").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 429, end);
        var repeated = await _gateway.AnswerAsync("a", 200, good);
        (await call).Answer!.Dispose();
        Assert.Equal((second, "a/x:rate_limited,a/x:ok"), (repeated.Header(header), _gateway.Trail));

        var next = _gateway.CallAsync();
        var server = await _gateway.AnswerAsync("a", 200, good);
        (await next).Answer!.Dispose();

        Assert.Equal((second, "a/x:ok"), (server.Header(header), _gateway.Trail));
    }

    [Fact]
    public async Task A_model_rests_once_every_key_has_used_up_its_day_and_is_asked_again_with_the_first_that_may()
    {
        var call = _gateway.With("a", "bedrock", "k1", "k2").With("b").CallAsync();
        await _gateway.AnswerAsync("a", 429, BedrockEnd);
        await _gateway.AnswerAsync("a", 429, BedrockEnd);
        await _gateway.AnswerAsync("b", 200);
        (await call).Answer!.Dispose();
        Assert.Equal("a/x:rate_limited,a/x:rate_limited,b/x:ok", _gateway.Trail);

        var next = _gateway.CallAsync();
        await _gateway.AnswerAsync("b", 200);
        (await next).Answer!.Dispose();
        Assert.Equal("a/x:held,b/x:ok", _gateway.Trail);
        Assert.Equal((Outcome.RateLimited, TimeSpan.FromMinutes(10)), Rest());

        _gateway.Time.Advance(TimeSpan.FromMinutes(10));
        var later = _gateway.CallAsync();
        var server = await _gateway.AnswerAsync("a", 200, BedrockGood);
        (await later).Answer!.Dispose();
        Assert.Equal("Bearer k1", server.Header("authorization"));
    }

    [Fact]
    public async Task The_accounts_other_models_go_on_with_the_same_key()
    {
        var call = _gateway.With("a", "bedrock", "k1", "k2").CallAsync();
        await _gateway.AnswerAsync("a", 429, BedrockEnd);
        await _gateway.AnswerAsync("a", 200, BedrockGood);
        (await call).Answer!.Dispose();

        var other = ChatCall.Of(ChatCall.Plain, startedAt: _gateway.Time.GetTimestamp());
        var direct = _gateway.Dispatcher.DispatchAsync(
            other, _gateway.Routes.Find("a/y")!, new CallRecord(other), default).AsTask().SoonAsync();
        var server = await _gateway.AnswerAsync("a", 200, BedrockGood);
        (await direct).Answer!.Dispose();

        Assert.Equal("Bearer k1", server.Header("authorization"));
    }

    [Fact]
    public async Task A_reset_by_hand_ends_the_rest_of_a_key()
    {
        var call = _gateway.With("a", "bedrock", "k1", "k2").CallAsync();
        await _gateway.AnswerAsync("a", 429, BedrockEnd);
        await _gateway.AnswerAsync("a", 200, BedrockGood);
        (await call).Answer!.Dispose();

        _gateway.States.Reset("a", "x");
        var next = _gateway.CallAsync();
        var server = await _gateway.AnswerAsync("a", 200, BedrockGood);
        (await next).Answer!.Dispose();

        Assert.Equal("Bearer k1", server.Header("authorization"));
    }

    public void Dispose() => _gateway.Dispose();

    private (Outcome, TimeSpan) Rest()
    {
        var now = TargetAvailability.BeforeLimits(_gateway.Routes.Find("m")!.Targets[0]);
        return (now.WhyNot, now.RetryAfter);
    }
}
