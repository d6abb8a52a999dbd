using System.Text;

namespace Holdfast.Simulator.Answers;

/// <summary>Makes text that looks like an answer: sentences, and in some of them other scripts and emoji.</summary>
internal static class Prose
{
    private static readonly byte[][] Words = Encode(
        "a", "the", "of", "in", "with", "and", "for", "answer", "request", "model", "stream", "token", "river", "stone",
        "light", "garden", "winter", "quiet", "clear", "small", "early", "careful", "open", "steady", "bridge",
        "window", "paper", "number", "reason", "pattern", "measure", "begins", "returns", "follows", "carries",
        "holds", "moves", "shows", "keeps", "finds", "across", "before", "between", "under", "often", "slowly",
        "again", "together", "because", "while", "although", "question", "example", "result", "history", "weather",
        "harbour", "signal", "journey", "evening", "mountain", "language", "memory", "balance");

    private static readonly byte[][] Foreign = Encode(
        "naïve", "Größe", "façade", "žluťoučký", "Привет", "пример", "Ελλάδα", "مرحبا", "שלום", "नमस्ते", "日本語",
        "例えば", "你好", "안녕하세요", "ไทย", "🚀", "🙂", "🎉", "👩‍🚀", "🇪🇺");

    private static readonly byte[] Full = Encoding.UTF8.GetBytes(".");

    public static PiecedText Make(ref SplitMix dice, int tokens)
    {
        var buffer = new byte[tokens * 32];
        var ends = new int[tokens];
        var (length, sentence) = (0, 0);
        var foreign = dice.NextUnit() < 0.4;
        for (var i = 0; i < tokens; i++)
        {
            var ending = i == tokens - 1 || (sentence > 6 && dice.NextUnit() < 0.2);
            if (ending && sentence > 0)
            {
                Full.CopyTo(buffer, length);
                length += Full.Length;
                sentence = 0;
            }
            else
            {
                var words = foreign && dice.NextUnit() < 0.12 ? Foreign : Words;
                length = Append(buffer, length, words[(int)(dice.Next() % (ulong)words.Length)], sentence++ == 0);
            }

            ends[i] = length;
        }

        return new PiecedText(buffer[..length], ends);
    }

    private static int Append(byte[] buffer, int length, byte[] word, bool capital)
    {
        if (length > 0)
        {
            buffer[length++] = (byte)' ';
        }

        word.CopyTo(buffer, length);
        if (capital && word[0] is >= (byte)'a' and <= (byte)'z')
        {
            buffer[length] -= 32;
        }

        return length + word.Length;
    }

    private static byte[][] Encode(params string[] words) => [.. words.Select(Encoding.UTF8.GetBytes)];
}
