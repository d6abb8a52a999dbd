using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Continuing;

namespace Holdfast.Gateway.Tests.Providers.Continuing;

public sealed class SeamTests
{
    private const string Long = "A sentence of the answer, and then another one that says a little more of the river";
    private const string Asked = "and then another one that says a little more of the river";

    public static TheoryData<string, string, string> Instructed => new()
    {
        // What was told, what comes, what is new of it.
        { "It was the", " end of it.", " end of it." },
        { "It was the", "the end of it.", " end of it." },
        { "It was the", "was the end of it.", " end of it." },
        { "It was the ", "was the end of it.", "end of it." },
        { "It was the \n", "was the \n\nEnd.", "\nEnd." },
        { "It was th", "was the end", "e end" },
        { "It was th", "e end", "e end" },
        { "It was the end", "It was the end.", "." },
        { Long, "\n\n" + Asked + " and more", " and more" },
        { Long, Long[^40..] + " and more", " and more" },
        { Long, Long + " and more", " and more" },
        { "Größe und žluť", "und žluťoučký", "oučký" },
        { "日本語の長い文章", "日本語の長い文章です", "です" },
        { "ban", "ana", "ana" },
        { "He said that ", "that was it", "that was it" },
        { "ha ha ha", " ha ha", " ha ha" },
        { "| 0 | 0 | 0", " | 0 | 0 |", " | 0 | 0 |" },
        { "It was the end", "", "" },
        { "It was the", "was", "was" },
        { "It was the", "It", "" },
        { Long, Asked[..20], "" },
        { "I", "I am here.", " am here." },
        { "**", "**Bold**", "Bold**" },
        { "Hello ", "Hello there.", "there." },
        { "Yes, ", "Yes, I can.", "I can." },
        { "ha", " ha ha", " ha ha" },
        { "   ", "  Hello", "Hello" },
    };

    public static TheoryData<string, string, string> Prefixed => new()
    {
        { "It was the", " end", " end" },
        { "It was the", "the end", "the end" },
        { "ha ", " ha ha", "ha ha" },
        { "It was\n\n", "\n\nthe end", "the end" },
        { "It was\n\n", "\nthe end", "the end" },
        { "It was\n", "\n\nthe end", "\nthe end" },
        { "It was \n", "the end", "the end" },
        { "It was \n", "", "" },
    };

    public static TheoryData<string, string, string> Echoed => new()
    {
        { "It was the", "It was the end", " end" },
        { "It was the ", "It was the end", "end" },
        { "It was the", " end", " end" },
        { "It was the", "It was it", "It was it" },
    };

    [Theory]
    [MemberData(nameof(Instructed))]
    public void What_an_instructed_model_says_again_is_cut_in_whatever_pieces_it_comes(
        string told, string comes, string isNew) => IsNew(ContinuationWay.Instruction, told, comes, isNew);

    [Theory]
    [MemberData(nameof(Prefixed))]
    public void After_a_prefix_only_white_space_that_was_told_is_cut(string told, string comes, string isNew) =>
        IsNew(ContinuationWay.Prefix, told, comes, isNew);

    [Theory]
    [MemberData(nameof(Echoed))]
    public void A_prefix_that_is_repeated_whole_is_cut(string told, string comes, string isNew) =>
        IsNew(ContinuationWay.EchoedPrefix, told, comes, isNew);

    [Fact]
    public void Text_that_has_nothing_in_common_is_not_held_back()
    {
        using var seam = new Seam(Encoding.UTF8.GetBytes(Long), ContinuationWay.Instruction);
        using var output = new PooledBuffer();

        seam.Take(" flows"u8, output);

        Assert.True(seam.IsClosed);
        Assert.Equal(" flows", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void The_words_that_a_model_is_asked_to_repeat_begin_at_a_word()
    {
        var text = Encoding.UTF8.GetBytes(Long);

        var asked = Encoding.UTF8.GetString(text.AsSpan(Seam.AnchorOf(text)));

        Assert.Equal(Asked, asked);
    }

    [Fact]
    public void Within_a_very_long_word_they_begin_at_a_character()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("語", 100)));

        var asked = text.AsSpan(Seam.AnchorOf(text));

        Assert.Equal(Seam.AnchorBytes, asked.Length);
        Assert.Equal(new string('語', Seam.AnchorBytes / 3), Encoding.UTF8.GetString(asked));
    }

    private static void IsNew(ContinuationWay way, string told, string comes, string isNew)
    {
        var bytes = Encoding.UTF8.GetBytes(comes);
        foreach (var piece in new[] { 1, 2, 3, 7, 64, Math.Max(1, bytes.Length) })
        {
            using var seam = new Seam(Encoding.UTF8.GetBytes(told), way);
            using var output = new PooledBuffer();
            for (var at = 0; at < bytes.Length; at += piece)
            {
                seam.Take(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)), output);
            }

            seam.Close(output);
            Assert.Equal(isNew, Encoding.UTF8.GetString(output.WrittenSpan));
        }
    }
}
