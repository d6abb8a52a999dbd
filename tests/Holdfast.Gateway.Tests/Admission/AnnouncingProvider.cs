using System.Globalization;
using System.Net.Http.Headers;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>How a provider writes what is left.</summary>
public enum Announcement
{
    /// <summary>OpenAI, Groq: resets as Go writes durations.</summary>
    GoDurations,

    /// <summary>Azure: resets in whole seconds.</summary>
    WholeSeconds,

    /// <summary>Anthropic: the moments of the resets, in whole seconds.</summary>
    Moments,

    /// <summary>xAI: no resets.</summary>
    WithoutReset,
}

/// <summary>
/// A provider with a limit of calls and tokens a minute for each key, which it keeps and announces in the heads of its
/// answers. An own model of what providers do, apart from the simulator's.
/// </summary>
internal sealed class AnnouncingProvider(
    ManualTimeProvider time, Announcement form, bool drips, int requestsPerMinute, int tokensPerMinute)
{
    private readonly Dictionary<string, Account> _accounts = [];

    /// <summary>What it had to refuse.</summary>
    public int Refusals { get; private set; }

    public int Served { get; private set; }

    /// <summary>It announces tokens only.</summary>
    public bool IsSilentOnRequests { get; init; }

    /// <summary>What one account was served.</summary>
    public int ServedTo(string key) => _accounts[key].Served;

    /// <param name="key">Whose limits count: a key, or a key with one model.</param>
    /// <param name="tokens">What the call takes.</param>
    public RateLimits Ask(string key, int tokens)
    {
        if (!_accounts.TryGetValue(key, out var account))
        {
            _accounts[key] = account = new Account(requestsPerMinute, tokensPerMinute, time.GetUtcNow());
        }

        account.Refill(time.GetUtcNow(), drips);
        var isTaken = account.TryTake(tokens);
        Served += isTaken ? 1 : 0;
        Refusals += isTaken ? 0 : 1;
        return RateLimitHeaders.Read(Head(account), time.GetUtcNow());
    }

    private HttpResponseHeaders Head(Account account)
    {
        var headers = new HttpResponseMessage().Headers;
        if (!IsSilentOnRequests)
        {
            Write("requests", account.Requests, requestsPerMinute);
        }

        Write("tokens", account.Tokens, tokensPerMinute);
        return headers;

        void Write(string unit, double left, int limit)
        {
            var window = account.Since + TimeSpan.FromMinutes(1) - time.GetUtcNow();
            var reset = drips ? TimeSpan.FromMinutes((limit - left) / limit) : window;
            Add("limit", unit, limit.ToString(CultureInfo.InvariantCulture));
            Add("remaining", unit, ((int)left).ToString(CultureInfo.InvariantCulture));
            if (form != Announcement.WithoutReset)
            {
                Add("reset", unit, Text(reset));
            }
        }

        void Add(string what, string unit, string value) => headers.TryAddWithoutValidation(
            form == Announcement.Moments ? $"anthropic-ratelimit-{unit}-{what}" : $"x-ratelimit-{what}-{unit}", value);
    }

    private string Text(TimeSpan reset) => form switch
    {
        Announcement.WholeSeconds => Math.Ceiling(reset.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        Announcement.Moments => (time.GetUtcNow() + reset).ToString(
            "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        _ => reset < TimeSpan.FromSeconds(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(reset.TotalMilliseconds)}ms")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(reset.TotalMilliseconds) / 1000}s"),
    };

    private sealed class Account(double requests, double tokens, DateTimeOffset since)
    {
        private readonly double _mostRequests = requests;
        private readonly double _mostTokens = tokens;

        public double Requests { get; private set; } = requests;

        public double Tokens { get; private set; } = tokens;

        public DateTimeOffset Since { get; private set; } = since;

        public int Served { get; private set; }

        public void Refill(DateTimeOffset now, bool drips)
        {
            var minutes = (now - Since).TotalMinutes;
            if (!drips && minutes < 1)
            {
                return;
            }

            Requests = drips ? Math.Min(_mostRequests, Requests + (minutes * _mostRequests)) : _mostRequests;
            Tokens = drips ? Math.Min(_mostTokens, Tokens + (minutes * _mostTokens)) : _mostTokens;
            Since = now;
        }

        public bool TryTake(int tokens)
        {
            if (Requests < 1 || Tokens < tokens)
            {
                return false;
            }

            Served++;
            Requests--;
            Tokens -= tokens;
            return true;
        }
    }
}
