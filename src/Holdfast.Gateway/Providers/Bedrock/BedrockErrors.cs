using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// What went wrong at Bedrock, from a status, the name of the error and its body, or from an exception inside a stream.
/// </summary>
internal static class BedrockErrors
{
    /// <summary>Classifies an answer that has no 2xx status.</summary>
    /// <param name="status">The status.</param>
    /// <param name="body">The provider's bytes.</param>
    /// <param name="name">The value of <c>x-amzn-errortype</c>; null without one.</param>
    public static ProviderFault Read(int status, ReadOnlySpan<byte> body, string? name)
    {
        if (!Utf8.IsValid(body))
        {
            return Classify(status, Plain(name), null);
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            var error = tape.Read(body);
            var message = error.Member("message"u8);
            message = message.IsString ? message : error.Member("Message"u8);
            name ??= ProviderText.Word(error.Member("__type"u8));
            return Classify(status, Plain(name), ProviderText.Message(message));
        }
        catch (JsonException)
        {
            // HTML of a proxy in between, or a cut body: the status still says what happened.
            return Classify(status, Plain(name), null);
        }
    }

    /// <summary>
    /// Classifies an exception in a stream: it means what the same one means as a status, because Bedrock sends it
    /// in-band only since the headers were already gone.
    /// </summary>
    /// <param name="name">Its name, which begins with a small letter here.</param>
    /// <param name="body">JSON with its message.</param>
    public static ProviderFault InBand(ReadOnlySpan<byte> name, JsonView body)
    {
        var message = body.Member("message"u8);
        return InBand(name, ProviderText.Message(message.IsString ? message : body.Member("Message"u8)));
    }

    /// <inheritdoc cref="InBand(ReadOnlySpan{byte}, JsonView)"/>
    /// <param name="name">Its name or code.</param>
    /// <param name="message">What it says; null: nothing.</param>
    public static ProviderFault InBand(ReadOnlySpan<byte> name, string? message)
    {
        var word = ProviderText.Word(name);
        if (word is not null)
        {
            word = char.ToUpperInvariant(word[0]) + word[1..];
        }

        return Classify(ErrorTables.Bedrock.StatusOf(word, otherwise: 500), word, message);
    }

    private static ProviderFault Classify(int status, string? name, string? message)
    {
        var outcome = ErrorTables.Bedrock.OutcomeOf(status, name, code: null, message);
        // A model's allowance, not the account's: the others go on.
        var isDaily = outcome == Outcome.RateLimited && IsDaily(message);
        return new ProviderFault(outcome, WordsFor(status, name, message))
        {
            Status = status,
            Type = name,
            RetryAfter = isDaily ? ServerDelay.RestOfTheDay : null,
            EndsAllowance = isDaily,
        };
    }

    private static bool IsDaily(string? message) =>
        message?.Contains("per day", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Of a signature that is wrong AWS tells what should have been signed, session token and all.</summary>
    private static string WordsFor(int status, string? name, string? message)
    {
        var isSignIn = name is not (null or "AccessDeniedException")
            && ErrorTables.Bedrock.OutcomeOf(400, name, code: null, message: null) == Outcome.Auth;
        return isSignIn ? $"Bedrock did not take the sign-in: {name}." : message ?? ProviderText.WithoutText(status);
    }

    /// <summary>
    /// In the header an address may follow the name, and in a body a namespace comes before it: AWS's protocol wants
    /// both cut off.
    /// </summary>
    private static string? Plain(string? name)
    {
        if (name is null)
        {
            return null;
        }

        var end = name.IndexOf(':');
        name = end < 0 ? name : name[..end];
        name = name[(name.IndexOf('#') + 1)..].Trim();
        return ProviderText.Word(Encoding.UTF8.GetBytes(name));
    }
}
