using System.Globalization;

namespace Holdfast.Simulator.Providers;

/// <summary>
/// Counts what each key has left. Without limits in the behaviour it counts down what a minute allows and refuses
/// nobody.
/// </summary>
internal sealed class RateWindow(TimeProvider time)
{
    public const int RequestLimit = 10_000;
    public const int TokenLimit = 2_000_000;

    private const int MostKeys = 10_000;
    private static readonly RateLimits Usual = new() { Fill = RateFill.Window };

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);

    /// <summary>Takes one call of so many tokens.</summary>
    /// <returns>False when it is more than is left; then nothing is taken.</returns>
    public bool TryTake(string key, RateLimits? limits, int tokens, out RateReading left)
    {
        lock (_lock)
        {
            if (_accounts.Count >= MostKeys)
            {
                _accounts.Clear();
            }

            var now = time.GetTimestamp();
            if (!_accounts.TryGetValue(key, out var account) || account.Limits != limits)
            {
                account = new Account(limits, now);
                _accounts[key] = account;
            }

            var isTaken = account.TryTake(tokens, now, time, limits is not null);
            left = account.Read(now, time, tokens);
            return isTaken;
        }
    }

    private sealed class Account(RateLimits? limits, long startedAt)
    {
        private readonly RateLimits _held = limits ?? Usual;
        private double _requests = limits?.Requests ?? RequestLimit;
        private double _tokens = limits?.Tokens ?? TokenLimit;
        private long _at = startedAt;

        public RateLimits? Limits { get; } = limits;

        private int MostRequests => _held.Requests ?? RequestLimit;

        private int MostTokens => _held.Tokens ?? TokenLimit;

        public bool TryTake(int tokens, long now, TimeProvider time, bool mayRefuse)
        {
            Refill(now, time);
            if (mayRefuse && (_requests < 1 || _tokens < Math.Min(tokens, MostTokens)))
            {
                return false;
            }

            _requests = Math.Max(0, _requests - 1);
            _tokens = Math.Max(0, _tokens - tokens);
            return true;
        }

        public RateReading Read(long now, TimeProvider time, int tokens)
        {
            var rest = _held.Period - time.GetElapsedTime(_at, now);
            var isWindow = _held.Fill == RateFill.Window;
            var wanted = Math.Min(tokens, MostTokens);
            return new RateReading((int)_requests, (int)_tokens, MostRequests, MostTokens,
                isWindow ? rest : _held.Period * ((MostRequests - _requests) / MostRequests),
                isWindow ? rest : _held.Period * ((MostTokens - _tokens) / MostTokens),
                isWindow ? rest : Longer(
                    _held.Period * (Math.Max(0, 1 - _requests) / MostRequests),
                    _held.Period * (Math.Max(0, wanted - _tokens) / MostTokens)));
        }

        private void Refill(long now, TimeProvider time)
        {
            var share = time.GetElapsedTime(_at, now) / _held.Period;
            if (_held.Fill == RateFill.Steady)
            {
                _requests = Math.Min(MostRequests, _requests + (share * MostRequests));
                _tokens = Math.Min(MostTokens, _tokens + (share * MostTokens));
                _at = now;
            }
            else if (share >= 1)
            {
                (_requests, _tokens, _at) = (MostRequests, MostTokens, now);
            }
        }

        private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
    }
}

/// <summary>
/// What is left of which limits, how long until all of it is there, and until a refused call may come.
/// </summary>
internal readonly record struct RateReading(int Requests, int Tokens, int RequestLimit, int TokenLimit,
    TimeSpan RequestReset, TimeSpan TokenReset, TimeSpan RetryAfter)
{
    /// <summary>As Go writes durations: <c>1m0s</c>, <c>59.5s</c>, <c>20ms</c>.</summary>
    public static string GoDuration(TimeSpan span)
    {
        if (span < TimeSpan.FromSeconds(1))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Ceiling(span.TotalMilliseconds)}ms");
        }

        var minutes = (int)span.TotalMinutes;
        var seconds = Math.Round(span.TotalSeconds - (minutes * 60), 3);
        return minutes > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds}s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds}s");
    }
}
