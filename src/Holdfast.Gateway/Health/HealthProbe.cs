using System.Diagnostics.Metrics;
using Holdfast.Failover;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Health;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Health;

/// <summary>
/// Asks a provider whether it is there when no call tells: for its list of models, which costs nothing; for what the
/// configuration names; or, where there is no list, for one token. It takes no permit of a breaker, holds and marks no
/// key, and is nobody's call.
/// </summary>
internal sealed class HealthProbe(ProviderClient client, TimeProvider time, GatewayMeter meter)
{
    private const int Forbidden = 403;

    // The monitor has the limit of a try.
    private static readonly TimeoutOptions NoLimits = new()
    {
        Connect = TimeSpan.Zero, FirstToken = TimeSpan.Zero, Idle = TimeSpan.Zero, Attempt = TimeSpan.Zero,
    };

    private readonly Counter<long> _checks = meter.Meter.CreateCounter<long>(
        "holdfast_health_checks_total", null, "Health checks sent to providers, by outcome");

    private enum Question
    {
        ModelList,
        Endpoint,
        Chat,
    }

    /// <summary>
    /// Targets with the same text are asked the same; empty where the question is about the one model.
    /// </summary>
    public static string GroupOf(WatchedTarget target) => QuestionFor(target) == Question.Chat
        ? ""
        : string.Join('\n', target.Provider.Name, target.Check.Endpoint, target.Check.ExpectedResponse);

    /// <summary>Asks once.</summary>
    /// <exception cref="CheckFailedException">Nobody is there, or nobody who works; it says why.</exception>
    /// <exception cref="OperationCanceledException">The token was struck.</exception>
    public async ValueTask<bool> AskAsync(WatchedTarget target, CancellationToken cancellation)
    {
        var question = QuestionFor(target);
        var fault = new ProviderFault(Outcome.Held, "every key of the provider is held");
        for (ulong tried = 0; target.Provider.Keys.TryPick(tried, out var key, out var position);)
        {
            var sent = await SendAsync(target, question, key, cancellation);
            cancellation.ThrowIfCancellationRequested();
            _checks.Add(1, new KeyValuePair<string, object?>("provider", target.Provider.Name),
                new KeyValuePair<string, object?>("outcome", (sent?.Outcome ?? Outcome.Ok).Word()));
            if (sent is null || IsThere(question, sent))
            {
                return true;
            }

            fault = sent;
            // A bad or exhausted key says nothing about the provider while another may do.
            if (sent.Outcome is not (Outcome.Auth or Outcome.Quota) || position is < 0 or >= 64)
            {
                break;
            }

            tried |= 1UL << position;
        }

        throw new CheckFailedException(Words(fault));
    }

    private static Question QuestionFor(WatchedTarget target) =>
        target.Check.Endpoint is not null ? Question.Endpoint
        : target.Provider.Dialect.ModelsUrl is not null ? Question.ModelList
        : Question.Chat;

    /// <summary>
    /// Who turns a check away for its own sake is there all the same: too often, not allowed to list, no such list,
    /// a field that a model doesn't take.
    /// </summary>
    private static bool IsThere(Question question, ProviderFault fault) => fault.Outcome switch
    {
        Outcome.RateLimited or Outcome.Conflict => true,
        Outcome.CallerError => question != Question.Endpoint,
        Outcome.NotFound => question == Question.ModelList,
        Outcome.Auth => question == Question.ModelList && fault.Status == Forbidden,
        _ => false,
    };

    // Never the provider's own words: they may repeat what nobody should read.
    private static string Words(ProviderFault fault) => fault.Status switch
    {
        null or 200 => fault.Outcome.Word(),
        var status => $"{fault.Outcome.Word()}: status {status}",
    };

    private async Task<ProviderFault?> SendAsync(
        WatchedTarget target, Question question, ApiKey? key, CancellationToken cancellation)
    {
        using var clock = new AttemptClock(time, NoLimits, streaming: false, Deadline.None, cancellation);
        var (provider, check) = (target.Provider, target.Check);
        if (question != Question.Chat)
        {
            var url = check.Endpoint is { } endpoint
                ? HealthCheckOptions.AddressOf(endpoint, provider.BaseUrl)
                    ?? throw new InvalidOperationException("an endpoint on a foreign host was let in")
                : provider.Dialect.ModelsUrl!;
            var expected = check.Endpoint is null && check.ExpectedResponse.Length == 0 ? null : check.ExpectedResponse;
            return await client.ProbeAsync(provider, url, key, expected, clock);
        }

        try
        {
            var answer = await client.AttemptAsync(
                ProbeCall.Of(target.Model), provider, target.Model, key, provider.Options.Timeouts.Connect, clock);
            using var body = answer.Answer;
            return answer.Fault ?? (IsExpected(body!.Body.Span, check.ExpectedResponse)
                ? null
                : new ProviderFault(Outcome.BadAnswer, "the answer is not the one that is expected"));
        }
        catch (UnsupportedFieldException)
        {
            // Nothing was sent, so nothing is known; a call will tell.
            return null;
        }
    }

    private static bool IsExpected(ReadOnlySpan<byte> body, string expected) =>
        body.IndexOf(System.Text.Encoding.UTF8.GetBytes(expected)) >= 0;
}
