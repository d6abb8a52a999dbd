using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>A provider whose errors mean what its configuration says.</summary>
public sealed class OwnErrorsTests : IDisposable
{
    private static readonly ErrorRule[] Rules =
    [
        new(500, 500, Outcome.CallerError) { Message = new(TextMatchKind.Holds, "template") },
        new(400, 400, Outcome.RateLimited) { Code = new(TextMatchKind.Is, "slow_down") },
        new(200, 200, Outcome.Quota) { Code = new(TextMatchKind.Is, "spent") },
    ];

    private readonly ClientFixture _fixture = new() { Options = options => options with { Errors = Rules } };

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(500, """{"error":{"message":"Template: no such role"}}""", Outcome.CallerError, 400)]
    [InlineData(500, """{"error":{"message":"out of memory"}}""", Outcome.ServerError, 500)]
    [InlineData(400, """{"error":{"message":"x","code":"slow_down"}}""", Outcome.RateLimited, 400)]
    [InlineData(200, """{"error":{"message":"x","code":"spent"}}""", Outcome.Quota, 200)]
    [InlineData(429, """{"error":{"message":"x","code":"insufficient_quota"}}""", Outcome.Quota, 429)]
    public async Task The_configurations_rows_come_before_the_dialects(
        int status, string body, Outcome outcome, int told)
    {
        var result = await _fixture.PlainAsync(server => server.AnswerAsync(status, body));

        Assert.Equal((outcome, told), (result.Fault!.Outcome, result.Fault.Status));
    }

    [Fact]
    public async Task They_hold_for_a_stream_whose_first_event_is_an_error()
    {
        var result = await _fixture.StreamAsync(server =>
            server.BeginStreamAsync("data: {\"error\":{\"code\":\"spent\",\"message\":\"x\"}}\n\n"));

        Assert.Equal(Outcome.Quota, result.Fault!.Outcome);
    }

    [Fact]
    public async Task Without_rows_of_its_own_a_500_is_the_providers()
    {
        using var plain = new ClientFixture();

        var result = await plain.PlainAsync(server =>
            server.AnswerAsync(500, """{"error":{"message":"Template: no such role"}}"""));

        Assert.Equal(Outcome.ServerError, result.Fault!.Outcome);
    }
}
