using Holdfast.CircuitBreaking;
using Holdfast.Extensions.Polly;
using Polly;

namespace Holdfast.Tests.Documentation;

/// <summary>The code of docs/features/ExtensionsPolly.md.</summary>
public class ExtensionsPollyExamplesTests
{
    [Fact]
    public async Task A_pipeline_fails_over_to_a_second_region()
    {
        var result = await CallAsync(
            _ => throw new HttpRequestException(), _ => ValueTask.FromResult("from west"));

        Assert.Equal("from west", result);
    }

    private static async Task<string> CallAsync(
        Func<CancellationToken, ValueTask<string>> askEastAsync,
        Func<CancellationToken, ValueTask<string>> askWestAsync)
    {
        #region PollyPipeline
        var east = new CircuitBreaker("east", new CircuitBreakerOptions { FailureThreshold = 3 }, TimeProvider.System);
        var pipeline = new ResiliencePipelineBuilder<string>()
            .AddHoldfastFailover(new HoldfastFailoverStrategyOptions<string>
            {
                ShouldHandle = new PredicateBuilder<string>().Handle<HttpRequestException>().Handle<TimeoutException>(),
                PrimaryName = "east",
                PrimaryBreaker = east,
                Targets = [new("west", context => askWestAsync(context.CancellationToken))],
            })
            .Build();

        var answer = await pipeline.ExecuteAsync(askEastAsync);
        #endregion
        return answer;
    }
}
