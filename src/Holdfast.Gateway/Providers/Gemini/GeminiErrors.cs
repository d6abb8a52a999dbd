using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Providers.Translation;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>
/// What went wrong at Google, from a status and its body or from an error inside a 200: a <c>google.rpc.Status</c>
/// under <c>error</c>, alone or in an array.
/// </summary>
internal static class GeminiErrors
{
    /// <summary>Classifies an answer that has no 2xx status.</summary>
    /// <param name="status">The status.</param>
    /// <param name="body">The provider's bytes.</param>
    /// <param name="provider">The provider's type.</param>
    public static ProviderFault Read(int status, ReadOnlySpan<byte> body, ProviderType provider)
    {
        if (!Utf8.IsValid(body))
        {
            return Unreadable(status);
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            var root = tape.Read(body);
            if (root.IsArray)
            {
                var items = root.Items();
                root = items.Next() ? items.Value : default;
            }

            var error = root.Member("error"u8);
            if (error.IsObject)
            {
                return Classify(error, status, provider.Name);
            }
        }
        catch (JsonException)
        {
            // HTML of a proxy in between, or a cut body: the status still says what happened.
        }

        return Unreadable(status);
    }

    /// <summary>
    /// Classifies an error inside a 200: its code means what the same status means, because Google sends it in-band
    /// only since the headers were already gone.
    /// </summary>
    public static ProviderFault InBand(JsonView error)
    {
        if (!error.IsObject)
        {
            return Faults.BadAnswer("The provider sent an error that is none.");
        }

        var isStatus = error.Member("code"u8).TryGetInt64(out var code) && code is >= 400 and <= 599;
        return Classify(error, isStatus ? (int)code : 500, provider: null);
    }

    private static ProviderFault Classify(JsonView error, int status, string? provider)
    {
        var type = ProviderText.Word(error.Member("status"u8));
        var message = ProviderText.Message(error.Member("message"u8));
        var reason = ProviderText.Word(Details(error.Member("details"u8), out var delay, out var isDaily));
        var outcome = ErrorTables.Gemini.OutcomeOf(status, type, reason, message, provider);
        return new ProviderFault(outcome, message ?? ProviderText.WithoutText(status))
        {
            Status = status, Type = type, Code = reason, RetryAfter = delay,
            EndsAllowance = isDaily && outcome == Outcome.RateLimited,
        };
    }

    /// <summary>The reason that the details name, how long they ask to stay away, and whether for a day.</summary>
    private static JsonView Details(JsonView details, out TimeSpan? delay, out bool isDaily)
    {
        delay = null;
        isDaily = false;
        var reason = default(JsonView);
        if (!details.IsArray)
        {
            return reason;
        }

        var items = details.Items();
        while (items.Next())
        {
            var named = items.Value.Member("reason"u8);
            reason = named.IsString ? named : reason;

            // A protobuf duration: seconds with decimals and an s, so it is measured from no instant.
            if (ProviderText.Word(items.Value.Member("retryDelay"u8)) is [.., 's'] text
                && RetryDelay.TryParseReset(text, default, out var asked))
            {
                delay = asked;
            }

            isDaily |= IsDaily(items.Value.Member("violations"u8));
        }

        // What comes with it is a minute's delay, or all that is left of the day.
        if (isDaily && (delay is null || delay < ServerDelay.RestOfTheDay))
        {
            delay = ServerDelay.RestOfTheDay;
        }

        return reason;
    }

    /// <summary>A <c>google.rpc.QuotaFailure</c> names the limits that were met.</summary>
    private static bool IsDaily(JsonView violations)
    {
        if (!violations.IsArray)
        {
            return false;
        }

        var items = violations.Items();
        while (items.Next())
        {
            if (items.Value.Member("quotaId"u8).Text.IndexOf("PerDay"u8) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static ProviderFault Unreadable(int status) =>
        new(StatusOutcomes.For(status), ProviderText.WithoutText(status)) { Status = status };
}
