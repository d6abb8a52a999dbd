using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Shutdown;

namespace Holdfast.Gateway;

/// <summary>
/// The end of a gateway, in order:
/// <list type="number">
/// <item>it is not ready any more, and closes kept-alive connections as it answers on them; hooks run;</item>
/// <item>after the configured delay the listener closes, and what would hold up the drain is told;</item>
/// <item>calls in flight go on to their end or to the limit; then they are cut, told so, and named in the log;</item>
/// <item>
/// cleanup by priority, in what the drain left of its limit, or at least most of the time to the forced end;
/// </item>
/// <item>hooks after everything.</item>
/// </list>
/// Nothing that fails or hangs on the way stops what comes after it. It never ends the process: whoever asked for the
/// end does, by force when <see cref="ShutdownOptions.Whole"/> has passed.
/// </summary>
internal sealed partial class GatewayShutdown(
    ShutdownTasks tasks, Readiness readiness, CallsInFlight inFlight, TimeProvider time,
    ILogger<GatewayShutdown> logger)
{
    /// <summary>More calls than these are cut without a line of their own.</summary>
    private const int MostNamed = 100;

    /// <summary>Hooks before the drain may take so much of its limit, beside the delay.</summary>
    private const double BeforeShare = 0.2;

    /// <summary>The rest of the time to the forced end is for closing what is open, and for the exit.</summary>
    private const double LateShare = 0.8;

    /// <summary>So long callers that are cut have to take their last words.</summary>
    private static readonly TimeSpan Hearing = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Lock _cutting = new();
    private Task? _running;
    private int? _cut;

    /// <summary>Ends the gateway. Asked again, it waits for the end under way.</summary>
    /// <param name="host">The server, and what else runs beside it.</param>
    /// <param name="options">The limits.</param>
    /// <param name="cancellation">Struck when nobody waits for the calls in flight any more.</param>
    public Task RunAsync(IHost host, ShutdownOptions options, CancellationToken cancellation)
    {
        lock (_lock)
        {
            return _running ??= EndAsync(host, options, cancellation);
        }
    }

    /// <summary>
    /// Cuts what is still under way and names it, unless that was done: the process is about to end by force.
    /// </summary>
    /// <param name="options">The limits that held.</param>
    public void CutRest(ShutdownOptions options)
    {
        if (inFlight.Count > 0)
        {
            Cut(options.Timeout);
        }
    }

    private async Task EndAsync(IHost host, ShutdownOptions options, CancellationToken cancellation)
    {
        var startedAt = time.GetTimestamp();
        readiness.Draining();
        Begins(inFlight.Count);
        var before = tasks.RunAsync(ShutdownPhase.Before, options.Delay + (options.Timeout * BeforeShare));
        await DelayAsync(options.Delay, cancellation);
        await before;

        var draining = tasks.RunAsync(ShutdownPhase.Draining, options.Delay + options.Timeout - Passed(startedAt));
        var cut = await DrainAsync(host, options, startedAt, cancellation);
        await draining;
        Drained(Passed(startedAt).TotalMilliseconds, cut);

        await tasks.RunAsync(ShutdownPhase.Cleanup, Left(options, startedAt));
        await tasks.RunAsync(ShutdownPhase.After, Left(options, startedAt));
        Ended(Passed(startedAt).TotalMilliseconds);
    }

    private async Task DelayAsync(TimeSpan delay, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(delay, time, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits: what is left goes on at once.
        }
    }

    /// <summary>Closes the listener and waits for the calls in flight. Gives how many were cut.</summary>
    private async Task<int> DrainAsync(
        IHost host, ShutdownOptions options, long startedAt, CancellationToken cancellation)
    {
        var cut = 0;
        var left = options.Delay + options.Timeout - Passed(startedAt);
        left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        using var limit = new CancellationTokenSource(left, time);
        await using var told = limit.Token.Register(() => cut = Cut(options.Timeout));

        // Those that are told still have to hear it before Kestrel cuts the connections.
        var hearing = options.ForceKillTimeout / 2 < Hearing ? options.ForceKillTimeout / 2 : Hearing;
        using var end = new CancellationTokenSource(left + hearing, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellation);
        try
        {
            await host.StopAsync(either.Token);
        }
        catch (Exception exception)
        {
            // Cleanup is owed all the same.
            StopFailed(exception);
        }

        return cut;
    }

    /// <summary>Ends every call under way and says which they were, once.</summary>
    private int Cut(TimeSpan limit)
    {
        int count;
        // Whoever comes second may end the process, and must not before everything has been said.
        lock (_cutting)
        {
            if (_cut is { } before)
            {
                return before;
            }

            _cut = count = inFlight.Count;
            if (count > 0)
            {
                Name(count, limit);
            }
        }

        inFlight.End();
        return count;
    }

    private void Name(int count, TimeSpan limit)
    {
        CallsCut(count, limit);
        foreach (var call in inFlight.List().Take(MostNamed))
        {
            CallCut(call.Request.Id, call.ModelLabel, call.Asked,
                time.GetElapsedTime(call.Request.StartedAt).TotalMilliseconds);
        }
    }

    /// <summary>A phase after the drain has the drain's rest, or most of what is left to the forced end.</summary>
    private TimeSpan Left(ShutdownOptions options, long startedAt)
    {
        var passed = Passed(startedAt);
        var early = options.Delay + options.Timeout - passed;
        var late = (options.Whole - passed) * LateShare;
        return early > late ? early : late > TimeSpan.Zero ? late : TimeSpan.Zero;
    }

    private TimeSpan Passed(long startedAt) => time.GetElapsedTime(startedAt);

    [LoggerMessage(40, LogLevel.Warning,
        "the shutdown's limit of {Limit} has passed; calls that were still under way and are cut: {Count}")]
    private partial void CallsCut(int count, TimeSpan limit);

    [LoggerMessage(41, LogLevel.Warning,
        "cut: call {RequestId} of route {Route}, at provider {Provider}, after {RanMs} ms")]
    private partial void CallCut(string requestId, string route, string? provider, double ranMs);

    [LoggerMessage(42, LogLevel.Information, "the shutdown begins; calls in flight: {Count}")]
    private partial void Begins(int count);

    [LoggerMessage(43, LogLevel.Information, "drained after {TookMs} ms; calls cut: {Cut}")]
    private partial void Drained(double tookMs, int cut);

    [LoggerMessage(44, LogLevel.Information, "the shutdown is complete after {TookMs} ms")]
    private partial void Ended(double tookMs);

    [LoggerMessage(48, LogLevel.Error, "the server did not stop in order; cleanup goes on")]
    private partial void StopFailed(Exception exception);
}
