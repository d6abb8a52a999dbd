using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Failover;

/// <summary>The tokens of attempts that have ended follow their caller's no more.</summary>
public class FailoverTokensTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _caller = new();

    [Fact]
    public async Task A_winners_token_follows_the_caller_until_its_lifetime_ends()
    {
        var call = new TokenCall([Outcome.Ok, Outcome.Ok]);
        var result = await RunAsync(call, FailoverLaunch.Race(1) with { MayHedge = true });

        result.Lifetime?.Dispose();
        await _caller.CancelAsync();

        Assert.NotNull(result.Lifetime);
        Assert.False(call.Tokens[0].IsCancellationRequested);
    }

    [Fact]
    public async Task A_failed_attempts_token_follows_the_caller_no_more()
    {
        var call = new TokenCall([Outcome.ServerError, Outcome.Ok]);
        var result = await RunAsync(call, FailoverLaunch.Race(2));

        await _caller.CancelAsync();

        Assert.True(result.IsSuccess);
        Assert.False(call.Tokens[0].IsCancellationRequested);
        Assert.True(call.Tokens[1].IsCancellationRequested);
    }

    private ValueTask<FailoverResult<string>> RunAsync(TokenCall call, FailoverLaunch launch) =>
        FailoverLoop.RunAsync<TokenCall, string>(call,
            new AttemptPlan(2, new RetryOptions { MaxRetries = 0 }, new Backoff(new Random(1))), launch,
            Deadline.None, _time, _caller.Token);

    private sealed class TokenCall(Outcome[] outcomes) : IFailoverCall<string>
    {
        public CancellationToken[] Tokens { get; } = new CancellationToken[outcomes.Length];

        public Availability Look(int target) => Availability.Now;

        public ValueTask<FailoverAttempt<string>> AttemptAsync(AttemptStep step, CancellationToken cancellation)
        {
            Tokens[step.Target] = cancellation;
            return new(new FailoverAttempt<string>(outcomes[step.Target], "answer"));
        }

        public TimeSpan? HedgeAfter(int target) => TimeSpan.FromSeconds(1);

        public bool TryHedge() => true;

        public void Discard(int target, string answer)
        {
        }
    }
}
