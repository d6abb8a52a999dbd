namespace Holdfast.Simulator.Answers;

/// <summary>Everything that will be said, known before the first byte is.</summary>
internal sealed record Answer(AnswerChoice[] Choices, int PromptTokens, int CompletionTokens);

internal sealed record AnswerChoice(PiecedText Text, ToolCall[] Calls, Finish Finish, string? StopSequence);

internal sealed record ToolCall(string Id, string Name, PiecedText Arguments);

/// <summary>UTF-8 text and where its tokens end.</summary>
internal sealed record PiecedText(byte[] Utf8, int[] Ends)
{
    public static readonly PiecedText Empty = new([], []);

    public int Count => Ends.Length;

    public ReadOnlySpan<byte> Span => Utf8;

    public ReadOnlySpan<byte> Piece(int index)
    {
        var start = index == 0 ? 0 : Ends[index - 1];
        return Utf8.AsSpan(start, Ends[index] - start);
    }

    public PiecedText Take(int pieces) => pieces >= Count ? this : CutAt(pieces == 0 ? 0 : Ends[pieces - 1]);

    /// <summary>What begins at a byte, which need not begin a piece.</summary>
    public PiecedText From(int start) => start == 0 ? this : start == Utf8.Length ? Empty
        : new PiecedText(Utf8[start..], [.. Ends.Where(end => end > start).Select(end => end - start)]);

    public PiecedText CutAt(int length)
    {
        var whole = Ends.Count(end => end < length);
        return length == 0 ? Empty : new PiecedText(Utf8[..length], [.. Ends.AsSpan(0, whole), length]);
    }

    /// <summary>Pieces of about eight bytes that never end within a character.</summary>
    public static PiecedText FromUtf8(byte[] utf8)
    {
        var ends = new List<int>((utf8.Length / 8) + 1);
        for (var at = 8; at < utf8.Length; at += 8)
        {
            while (at < utf8.Length && (utf8[at] & 0xC0) == 0x80)
            {
                at++;
            }

            if (at < utf8.Length)
            {
                ends.Add(at);
            }
        }

        return new PiecedText(utf8, utf8.Length == 0 ? [] : [.. ends, utf8.Length]);
    }
}

internal enum Finish
{
    Stop,
    Length,
    ToolUse,
    StopSequence,
}
