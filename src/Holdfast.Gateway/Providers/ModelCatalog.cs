using System.Collections.Concurrent;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What each provider says it offers. Asked for when somebody wants to know, at most once in a while, and in the
/// background: only who asks first waits, and not long. A provider that doesn't answer keeps what it said before; it
/// takes no permit of a breaker for it, and no key is held or marked.
/// </summary>
internal sealed partial class ModelCatalog(ProviderClient client, TimeProvider time, ILogger<ModelCatalog> logger)
{
    /// <summary>How long a list is taken for true.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    /// <summary>How long after a failure nobody is asked again.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>How long the first one who asks waits.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int MaxBytes = 8 * 1024 * 1024;

    private static readonly TimeoutOptions Limits = new() { Attempt = TimeSpan.FromSeconds(10) };

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The models of a provider, as far as they are known, by their names there.</summary>
    public IReadOnlyList<string> Of(Provider provider) =>
        provider.Type.Deployments ? [.. provider.Options.Deployments.Keys]
        : _entries.TryGetValue(provider.Name, out var entry) && entry.Address == provider.BaseUrl ? entry.Models
        : [];

    /// <summary>
    /// Asks those whose lists have aged. Waits for those of which nothing is known yet, for a short while.
    /// </summary>
    /// <param name="providers">All there are: what is known of others is forgotten.</param>
    /// <param name="cancellation">Ends the wait, not the asking.</param>
    public async ValueTask RefreshAsync(IReadOnlyList<Provider> providers, CancellationToken cancellation)
    {
        foreach (var name in _entries.Keys.Except(providers.Select(provider => provider.Name)))
        {
            _entries.TryRemove(name, out _);
        }

        List<Task>? unknown = null;
        foreach (var provider in providers)
        {
            if (ListOf(provider) is { } list && DueAsync(provider, list) is { IsCompleted: false } asking)
            {
                (unknown ??= []).Add(asking);
            }
        }

        if (unknown is not null)
        {
            using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(Task.WhenAll(unknown), Task.Delay(Patience, time, done.Token));
            await done.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    // Deployments have names of their own, which no list tells.
    private static Uri? ListOf(Provider provider) => provider.Type.Deployments ? null
        : provider.Dialect.ModelsUrl is not { } url ? null
        : provider.Type.Dialect switch
        {
            // As many as come on one page.
            Calls.Dialect.Anthropic => new Uri(url + "?limit=1000"),
            Calls.Dialect.Gemini => new Uri(url + "?pageSize=1000"),
            _ => url,
        };

    /// <returns>The asking that has to be waited for; null when something is known.</returns>
    private Task? DueAsync(Provider provider, Uri list)
    {
        var entry = _entries.AddOrUpdate(provider.Name, static (_, address) => new Entry(address),
            static (_, known, address) => known.Address == address ? known : new Entry(address), provider.BaseUrl);
        lock (entry.Gate)
        {
            var isDue = entry.DueAt is not { } due || time.GetUtcNow() >= due;
            if (isDue && entry.Asking is not { IsCompleted: false })
            {
                entry.Asking = AskAsync(provider, list, entry);
            }

            return entry.WasAsked ? null : entry.Asking;
        }
    }

    private async Task AskAsync(Provider provider, Uri list, Entry entry)
    {
        await Task.Yield();
        var fault = new ProviderFault(Outcome.Held, "every key of the provider is held");
        try
        {
            for (ulong tried = 0; provider.Keys.TryPick(tried, out var key, out var position);)
            {
                using var clock = new AttemptClock(
                    time, Limits, streaming: false, Deadline.None, CancellationToken.None);
                using var body = new PooledBuffer();
                var refused = await client.GetAsync(provider, list, key, body, MaxBytes, clock);
                if (refused is null && ModelNames.Read(body.WrittenSpan) is { } models)
                {
                    entry.Models = models;
                    Asked(entry, Fresh);
                    return;
                }

                fault = refused ?? new ProviderFault(Outcome.BadAnswer, "the answer is no list of models");
                if (fault.Outcome is not (Outcome.Auth or Outcome.Quota) || position is < 0 or >= 64)
                {
                    break;
                }

                tried |= 1UL << position;
            }
        }
        catch (ObjectDisposedException)
        {
            // The gateway has ended meanwhile.
        }

        Asked(entry, Pause);
        NotListed(provider.Name, fault.Outcome.Word());
    }

    private void Asked(Entry entry, TimeSpan rest)
    {
        lock (entry.Gate)
        {
            entry.DueAt = time.GetUtcNow() + rest;
            entry.WasAsked = true;
        }
    }

    [LoggerMessage(25, LogLevel.Debug, "provider {Provider} did not list its models: {Outcome}")]
    private partial void NotListed(string provider, string outcome);

    private sealed class Entry(Uri address)
    {
        public Lock Gate { get; } = new();

        public Uri Address { get; } = address;

        public volatile IReadOnlyList<string> Models = [];

        public Task? Asking { get; set; }

        public DateTimeOffset? DueAt { get; set; }

        /// <summary>An answer, or none, has come: nobody waits for the next.</summary>
        public bool WasAsked { get; set; }
    }
}
