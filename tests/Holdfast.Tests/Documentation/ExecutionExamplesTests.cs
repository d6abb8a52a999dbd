using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Documentation;

/// <summary>The code of docs/features/Execution.md.</summary>
public class ExecutionExamplesTests
{
    [Fact]
    public async Task An_operation_with_its_fallback()
    {
        var said = await AskAsync(
            new ManualTimeProvider(), _ => throw new TimeoutException(), _ => ValueTask.FromResult("hello"));

        Assert.Equal("hello from backup after primary:timeout,backup:ok", said);
    }

    #region ResilientOperation
    private static async Task<string> AskAsync(TimeProvider time, Func<CancellationToken, ValueTask<string>> primary,
        Func<CancellationToken, ValueTask<string>> backup)
    {
        var operations = new ResilientOperations(time, new Random(7));
        var ask = operations.Register(
            "ask",
            [new OperationTarget<string>("primary", primary), new OperationTarget<string>("backup", backup)],
            new OperationOptions<string>
            {
                Retry = new RetryOptions { MaxRetries = 2 },
                Timeouts = new TimeoutOptions { Attempt = TimeSpan.FromSeconds(20), Call = TimeSpan.FromMinutes(1) },
                Strategy = FailoverStrategy.Sequential,
                IsGood = answer => answer.Length > 0,
            });

        var result = await ask.ExecuteAsync(CancellationToken.None);
        return $"{result.Value} from {result.Target} after {result.Attempts}";
    }
    #endregion
}
