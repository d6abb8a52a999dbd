using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>What a provider says of an error, for people: bounded, because nobody vouches for it.</summary>
internal static class ProviderText
{
    /// <summary>Characters of a provider's message that are kept.</summary>
    public const int MaxMessageLength = 2000;

    private const int MaxWordLength = 100;

    /// <summary>The message; null where there is none to read.</summary>
    public static string? Message(JsonView message) => Bounded(message, MaxMessageLength);

    /// <inheritdoc cref="Message(JsonView)"/>
    /// <param name="text">UTF-8 that is no part of any JSON.</param>
    public static string? Message(ReadOnlySpan<byte> text) => Bounded(text, MaxMessageLength);

    /// <summary>A type or a code; null where there is none to read.</summary>
    public static string? Word(JsonView word) => Bounded(word, MaxWordLength);

    /// <inheritdoc cref="Word(JsonView)"/>
    /// <param name="text">UTF-8 that is no part of any JSON.</param>
    public static string? Word(ReadOnlySpan<byte> text) => Bounded(text, MaxWordLength);

    /// <summary>
    /// The message of an error's body: a member's text, or the message in it; null where there is none to read.
    /// </summary>
    public static string? MessageIn(ReadOnlySpan<byte> body, ReadOnlySpan<byte> member)
    {
        if (!Utf8.IsValid(body))
        {
            return null;
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            var value = tape.Read(body).Member(member);
            return Message(value.IsObject ? value.Member("message"u8) : value);
        }
        catch (JsonException)
        {
            // HTML of a proxy in between, or a cut body: the status still says what happened.
            return null;
        }
    }

    public static string WithoutText(int status) =>
        $"The provider answered with status {status} and no readable error.";

    private static string? Bounded(JsonView value, int length) =>
        value.TryUnescape(out var text) ? Bounded(text, length) : null;

    private static string? Bounded(ReadOnlySpan<byte> text, int length)
    {
        if (text.IsEmpty)
        {
            return null;
        }

        // No character takes more than three bytes of UTF-8 per UTF-16 unit: more than that is never decoded.
        var kept = Encoding.UTF8.GetString(text[..Math.Min(text.Length, length * 3)]);
        if (kept.Length <= length)
        {
            return kept;
        }

        return kept[..(char.IsHighSurrogate(kept[length - 1]) ? length - 1 : length)];
    }
}
