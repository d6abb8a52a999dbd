using System.Security.Cryptography;

namespace Holdfast.Simulator.Answers;

/// <summary>
/// The SHA-256 of what is said: the text of the first choice or, where it calls tools, the arguments one after another.
/// </summary>
internal static class AnswerDigest
{
    public const string Header = "x-simulated-text-sha256";

    public static string Of(Answer answer)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Said(answer), hash);
        return Convert.ToHexStringLower(hash);
    }

    public static ReadOnlySpan<byte> Said(Answer answer)
    {
        var choice = answer.Choices[0];
        return choice.Calls.Length switch
        {
            0 => choice.Text.Span,
            1 => choice.Calls[0].Arguments.Span,
            _ => choice.Calls.SelectMany(call => call.Arguments.Utf8).ToArray(),
        };
    }
}
