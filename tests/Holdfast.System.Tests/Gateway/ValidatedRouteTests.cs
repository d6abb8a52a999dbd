using Holdfast.Simulator;

namespace Holdfast.System.Tests.Gateway;

/// <summary>A route that says what a good answer is, over HTTP: the first target's answers are too short.</summary>
public sealed class ValidatedRouteTests : IAsyncLifetime
{
    private static readonly string Configuration = GatewayFixture.Brief.Replace("models:", """
        models:
          long: { targets: [ openai/gpt-4o, groq/llama-3 ], validate: { minLength: 100 } }
          quick: { targets: [ openai/gpt-4o ], validate: { minLength: 100, streams: skip } }
          json:
            targets: [ openai/gpt-4o, groq/llama-3 ]
            validate: { schema: { type: object } }
        """, StringComparison.Ordinal);

    private GatewayFixture _gateway = null!;

    public async Task InitializeAsync()
    {
        _gateway = await GatewayFixture.StartAsync(Configuration);
        _gateway.Simulator.Set("openai", Behaviour.Parse("{\"outputTokens\": 3}"));
        _gateway.Simulator.Set("groq", Behaviour.Parse("{\"outputTokens\": 200}"));
    }

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_is_not_good_is_another_targets_to_give(bool stream)
    {
        using var response = await _gateway.CallAsync("long", stream);
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("openai/gpt-4o:bad_answer,groq/llama-3:ok",
            response.Headers.GetValues("x-holdfast-attempted").Single());
        Assert.Equal(stream, body.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));
        Assert.Contains("holdfast_attempts_total{provider=\"openai\",model=\"gpt-4o\",outcome=\"bad_answer\"} 1",
            await _gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_not_checked_where_the_route_skips_streams()
    {
        using var plain = await _gateway.CallAsync("quick");
        using var streamed = await _gateway.CallAsync("quick", stream: true);

        Assert.Equal((502, 200), ((int)plain.StatusCode, (int)streamed.StatusCode));
    }

    [Fact]
    public async Task When_no_answer_is_good_the_caller_hears_why()
    {
        using var response = await _gateway.CallAsync("json");

        Assert.Equal(502, (int)response.StatusCode);
        Assert.Contains("the answer failed validation: the schema: is not JSON",
            await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
