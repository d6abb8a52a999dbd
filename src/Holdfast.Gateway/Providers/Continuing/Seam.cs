using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Continuing;

/// <summary>
/// Where the text that was told and the text that goes on with it meet. It lets through what is new and cuts what is
/// said a second time, whatever the pieces are in which it comes. The same pieces always give the same text.
/// <list type="bullet">
/// <item>After a prefix the rest is taken as it comes; only white space that was told, and that no provider takes at
/// the end of a prefix, is not told again, nor is the beginning where the provider repeats it whole.</item>
/// <item>After an instruction, what the new text has in common with the end of the old one is cut: the last words that
/// the model was asked to repeat, other last words that it repeats of itself with no white space first (two at least,
/// or one where the text did not end in white space), or the whole text.</item>
/// </list>
/// </summary>
/// <remarks>
/// It holds text back only while it cannot tell, and never more than the text that was told. Not thread-safe.
/// </remarks>
internal sealed class Seam : IDisposable
{
    /// <summary>So far back, in bytes, the last words are looked for.</summary>
    public const int Window = 512;

    /// <summary>About so many bytes a model is asked to repeat.</summary>
    public const int AnchorBytes = 60;

    // A word that is glued to the same word once more; shorter ones are too often syllables.
    private const int LeastGlued = 3;

    // A text so short proves nothing by being said again.
    private const int LeastWhole = 16;

    private readonly byte[] _told;
    private readonly int _trimmed;
    private readonly PooledBuffer _held = new();
    private ContinuationWay _way;

    /// <param name="told">What the caller has been told; copied.</param>
    /// <param name="way">How the target was brought to go on.</param>
    public Seam(ReadOnlySpan<byte> told, ContinuationWay way)
    {
        _told = told.ToArray();
        _trimmed = Trimmed(told).Length;
        _way = _trimmed == 0 ? ContinuationWay.Prefix : way;
        IsClosed = _way == ContinuationWay.Prefix && _trimmed == _told.Length;
    }

    /// <summary>Everything is decided: what comes now is new.</summary>
    public bool IsClosed { get; private set; }

    private ReadOnlySpan<byte> Told => _told.AsSpan(0, _trimmed);

    private ReadOnlySpan<byte> White => _told.AsSpan(_trimmed);

    /// <summary>What was told without the white space at its end, as it goes to the target.</summary>
    public static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> told) => told.TrimEnd(" \t\r\n"u8);

    /// <summary>
    /// Where the last words begin that a model is asked to repeat: at a word, or within one that is very long.
    /// </summary>
    /// <param name="trimmed">The text without the white space at its end.</param>
    public static int AnchorOf(ReadOnlySpan<byte> trimmed)
    {
        var start = Math.Max(0, trimmed.Length - AnchorBytes);
        for (var i = start; i < trimmed.Length; i++)
        {
            if (IsWordStart(trimmed, i))
            {
                return i;
            }
        }

        while (start < trimmed.Length && (trimmed[start] & 0xC0) == 0x80)
        {
            start++;
        }

        return start;
    }

    /// <summary>Takes a piece and writes what is new, as far as that is known.</summary>
    public void Take(ReadOnlySpan<byte> text, PooledBuffer output)
    {
        if (IsClosed)
        {
            output.Write(text);
            return;
        }

        _held.Write(text);
        Decide(output, isLast: false);
    }

    /// <summary>Nothing more comes: writes what was held back and is new.</summary>
    public void Close(PooledBuffer output)
    {
        if (!IsClosed)
        {
            Decide(output, isLast: true);
            IsClosed = true;
            _held.Dispose();
        }
    }

    public void Dispose() => _held.Dispose();

    private static bool IsWhite(byte letter) => letter is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static bool IsWordStart(ReadOnlySpan<byte> text, int at) =>
        !IsWhite(text[at]) && (at == 0 || IsWhite(text[at - 1]));

    private void Decide(PooledBuffer output, bool isLast)
    {
        if (_way == ContinuationWay.EchoedPrefix && !TryCutEcho(isLast))
        {
            return;
        }

        if (_way == ContinuationWay.Instruction && !TryCutRepeated(isLast))
        {
            return;
        }

        CutWhite(output, isLast);
    }

    /// <summary>False while more must come first.</summary>
    private bool TryCutEcho(bool isLast)
    {
        var held = _held.WrittenSpan;
        if (held.StartsWith(Told))
        {
            _held.Consume(_trimmed);
        }
        else if (!isLast && Told.StartsWith(held))
        {
            return false;
        }

        _way = ContinuationWay.Prefix;
        return true;
    }

    /// <summary>False while more must come first.</summary>
    private bool TryCutRepeated(bool isLast)
    {
        var held = _held.WrittenSpan;
        var text = held.TrimStart(" \t\r\n"u8);
        var lead = held.Length - text.Length;
        if (text.IsEmpty)
        {
            if (isLast)
            {
                _way = ContinuationWay.Prefix;
            }

            return isLast;
        }

        var anchor = AnchorOf(Told);
        var repeated = -1;
        for (var from = First(0); from < _trimmed; from = First(from + 1))
        {
            var tail = Told[from..];
            if (!isLast && tail.Length > text.Length && tail.StartsWith(text))
            {
                return false;
            }

            if (repeated < 0 && text.StartsWith(tail) && IsRepetition(from, anchor, lead))
            {
                repeated = from;
            }
        }

        if (repeated >= 0)
        {
            _held.Consume(lead + _trimmed - repeated);
        }
        else if (isLast && Told[anchor..].StartsWith(text) && (lead == 0 || text.Length >= LeastWhole))
        {
            // It ended before it had said again what it was asked for.
            _held.Clear();
        }

        _way = ContinuationWay.Prefix;
        return true;

        // The whole text, then every word within the window, and the anchor, which may begin inside of one.
        int First(int from)
        {
            for (var i = from == 0 ? 0 : Math.Max(from, _trimmed - Window); i < _trimmed; i++)
            {
                if (i == anchor || IsWordStart(Told, i) || i == 0)
                {
                    return i;
                }
            }

            return _trimmed;
        }
    }

    private bool IsRepetition(int from, int anchor, int lead)
    {
        var tail = Told[from..];
        // Short as it may be, it was asked for; but behind white space it may be the same word once more.
        if (from == anchor && (lead == 0 || tail.Length >= LeastWhole))
        {
            return true;
        }

        // What stands there twice already may well come a third time.
        if (lead > 0 || Trimmed(Told[..from]).EndsWith(tail))
        {
            return false;
        }

        return tail.IndexOfAny(" \t\r\n"u8) >= 0
            || (White.IsEmpty && tail.Length >= LeastGlued)
            || (from == 0 && tail.Length >= LeastWhole);
    }

    /// <summary>White space that was told already is not told again.</summary>
    private void CutWhite(PooledBuffer output, bool isLast)
    {
        var held = _held.WrittenSpan;
        var common = held.CommonPrefixLength(White);
        if (!isLast && common == held.Length && common < White.Length)
        {
            return;
        }

        output.Write(held[common..]);
        _held.Clear();
        IsClosed = true;
    }
}
