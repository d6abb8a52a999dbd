using System.Buffers;

namespace Holdfast.Gateway.Calls;

/// <summary>Makes any text fit for a header value: what isn't plain printable ASCII is percent-encoded.</summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "!\"#$&'()*+-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static string Encode(string text) =>
        text.AsSpan().IndexOfAnyExcept(Plain) < 0
            ? text
            : string.Concat(text.EnumerateRunes().Select(rune => rune.IsAscii && Plain.Contains((char)rune.Value)
                ? rune.ToString()
                : Uri.EscapeDataString(rune.ToString())));
}
