using System.Globalization;

namespace Holdfast.Simulator.Providers;

/// <summary>Counts down what a minute allows. It informs, it doesn't refuse: refusing is a scenario's matter.</summary>
internal sealed class RateWindow(TimeProvider time)
{
    public const int RequestLimit = 10_000;
    public const int TokenLimit = 2_000_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _startedAt = time.GetTimestamp();
    private int _requests = RequestLimit;
    private int _tokens = TokenLimit;

    public RateReading Take(int tokens)
    {
        lock (_lock)
        {
            var elapsed = time.GetElapsedTime(_startedAt);
            if (elapsed >= Window)
            {
                (_startedAt, _requests, _tokens) = (time.GetTimestamp(), RequestLimit, TokenLimit);
                elapsed = TimeSpan.Zero;
            }

            _requests = Math.Max(0, _requests - 1);
            _tokens = Math.Max(0, _tokens - tokens);
            return new RateReading(_requests, _tokens, Window - elapsed);
        }
    }
}

/// <summary>What is left, and for how long.</summary>
internal readonly record struct RateReading(int Requests, int Tokens, TimeSpan Reset)
{
    /// <summary>As Go writes durations: <c>1m0s</c>, <c>59.5s</c>, <c>20ms</c>.</summary>
    public static string GoDuration(TimeSpan span)
    {
        if (span < TimeSpan.FromSeconds(1))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMilliseconds}ms");
        }

        var minutes = (int)span.TotalMinutes;
        var seconds = Math.Round(span.TotalSeconds - (minutes * 60), 3);
        return minutes > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds}s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds}s");
    }
}
