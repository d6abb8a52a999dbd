using System.Collections.Concurrent;
using System.Threading.Channels;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Failover;

/// <summary>A call whose attempts end when and as the test says.</summary>
internal sealed class ScriptedCall(int targets) : IFailoverCall<string>
{
    private readonly Channel<Attempt> _started = Channel.CreateUnbounded<Attempt>();

    public ManualTimeProvider Time { get; init; } = new();

    public CancellationTokenSource Caller { get; } = new();

    public Availability[] Now { get; } = new Availability[targets];

    public RetryOptions Retry { get; init; } = new() { Jitter = false, MaxRetries = 0 };

    public TimeSpan Limit { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan? Hedge { get; init; }

    public bool MayHedge { get; init; } = true;

    public bool HeedsTokens { get; set; } = true;

    public Action? WhenStarted { get; init; }

    public bool ThrowsAtOnce { get; set; }

    public string? AnswersAtOnce { get; init; }

    public int FailsAtOnce { get; init; } = -1;

    public int HedgesAsked { get; private set; }

    public int Looks { get; private set; }

    public ConcurrentQueue<(int Target, string Answer)> Discarded { get; } = [];

    public ConcurrentQueue<Attempt> All { get; } = [];

    public Availability Look(int target)
    {
        Looks++;
        return Now[target];
    }

    public ValueTask<FailoverAttempt<string>> AttemptAsync(AttemptStep step, CancellationToken cancellation)
    {
        if (ThrowsAtOnce)
            throw new InvalidDataException("a defect");
        Assert.True(Now[step.Target].IsAvailable || step.Kind == AttemptStepKind.WaitThenTry, "not available");
        var attempt = new Attempt(step, cancellation);
        if (HeedsTokens)
            cancellation.Register(() => attempt.End(Outcome.Cancelled));
        All.Enqueue(attempt);
        WhenStarted?.Invoke();
        _started.Writer.TryWrite(attempt);
        if (AnswersAtOnce is { } answer)
            return new ValueTask<FailoverAttempt<string>>(new FailoverAttempt<string>(Outcome.Ok, answer));
        if (FailsAtOnce == step.Target)
            return new ValueTask<FailoverAttempt<string>>(new FailoverAttempt<string>(Outcome.ServerError));
        return new ValueTask<FailoverAttempt<string>>(attempt.Ended);
    }

    public TimeSpan? HedgeAfter(int target) => Hedge;

    public bool TryHedge()
    {
        HedgesAsked++;
        return MayHedge;
    }

    public void Discard(int target, string answer) => Discarded.Enqueue((target, answer));

    public Task<FailoverResult<string>> RunAsync(FailoverLaunch launch) =>
        FailoverLoop.RunAsync<ScriptedCall, string>(
            this, new AttemptPlan(Now.Length, Retry, new Backoff(new Random(1))), launch,
            Deadline.After(Limit, Time), Time, Caller.Token).AsTask();

    /// <summary>The next attempt that starts.</summary>
    public Task<Attempt> StartedAsync() => _started.Reader.ReadAsync().AsTask().SoonAsync();

    public async Task<Attempt[]> StartedAsync(int count)
    {
        var attempts = new Attempt[count];
        for (var i = 0; i < count; i++)
            attempts[i] = await StartedAsync();
        return attempts;
    }

    /// <summary>Lets time go on once somebody waits for it.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await ArmedAsync().SoonAsync();
        Time.Advance(time);
    }

    private Task ArmedAsync() => UntilAsync(() => Time.Armed != 0);

    /// <summary>Waits for what the loop does on another thread.</summary>
    public static Task UntilAsync(Func<bool> condition)
    {
        return PollAsync().SoonAsync();

        async Task PollAsync()
        {
            while (!condition())
                await Task.Yield();
        }
    }

    internal sealed class Attempt(AttemptStep step, CancellationToken token)
    {
        private readonly TaskCompletionSource<FailoverAttempt<string>> _end =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public AttemptStep Step => step;

        public int Target => step.Target;

        public CancellationToken Token => token;

        public Task<FailoverAttempt<string>> Ended => _end.Task;

        public void Answer(string answer) => _end.TrySetResult(new FailoverAttempt<string>(Outcome.Ok, answer));

        public void End(Outcome outcome) => _end.TrySetResult(new FailoverAttempt<string>(outcome));

        public void Throw(Exception exception) => _end.TrySetException(exception);
    }
}
