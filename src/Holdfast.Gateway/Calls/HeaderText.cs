using System.Buffers;

namespace Holdfast.Gateway.Calls;

/// <summary>What may stand in a header's value, and how any text is made fit for one.</summary>
internal static class HeaderText
{
    private const string Visible =
        "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    private static readonly SearchValues<char> Printable = SearchValues.Create(Visible + " ");

    // A comma separates the items of our own lists, a percent sign begins an escape.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        Visible.Replace(",", "", StringComparison.Ordinal).Replace("%", "", StringComparison.Ordinal));

    /// <summary>All of it is printable ASCII or spaces.</summary>
    public static bool IsPrintable(string text) => text.AsSpan().IndexOfAnyExcept(Printable) < 0;

    /// <summary>The text with everything percent-encoded that isn't plain.</summary>
    public static string Encode(string text) =>
        text.AsSpan().IndexOfAnyExcept(Plain) < 0
            ? text
            : string.Concat(text.EnumerateRunes().Select(rune => rune.IsAscii && Plain.Contains((char)rune.Value)
                ? rune.ToString()
                : Uri.EscapeDataString(rune.ToString())));
}
