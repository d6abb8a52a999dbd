using System.Buffers;
using Holdfast.Gateway.Calls;
using Microsoft.Extensions.Primitives;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>Picks the caller's headers that may go on to a provider; a malformed one stays behind.</summary>
internal static class CallerHeaders
{
    private const int Longest = 512;

    private static readonly SearchValues<char> Printable = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static PassedHeaders Read(IHeaderDictionary headers) => new(
        One(headers.TraceParent),
        One(headers["openai-beta"]),
        One(headers["anthropic-version"]),
        One(headers["anthropic-beta"]),
        One(headers.UserAgent));

    private static string? One(StringValues values) =>
        values is [{ Length: > 0 and <= Longest } value] && value.AsSpan().IndexOfAnyExcept(Printable) < 0
            ? value
            : null;
}
