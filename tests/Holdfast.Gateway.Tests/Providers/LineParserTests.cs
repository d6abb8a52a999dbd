using System.Text;
using Holdfast.Gateway.Providers;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class LineParserTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("{}\n[]\n")]
    [InlineData("{}\r\n[]\r\n")]
    [InlineData("\uFEFF{}\n \t[] \n")]
    public void A_line_ends_in_LF_or_CRLF_and_is_an_event(string text) => Assert.Equal(
        [new Found("{}", true, true), new Found("[]", true, true)], Parse(text));

    [Fact]
    public void An_empty_line_has_no_data() => Assert.Equal(
        [new Found("", false, true), new Found("{}", true, true), new Found("", false, true)], Parse("\n{}\n \r\n"));

    [Fact]
    public void A_last_line_without_its_end_is_an_incomplete_event() =>
        Assert.Equal([new Found("{}", true, true), new Found("{\"a", true, false)], Parse("{}\n{\"a"));

    [Fact]
    public void Nothing_at_the_end_is_no_event() => Assert.Empty(Parse(""));

    [Fact]
    public void A_byte_order_mark_later_on_is_a_part_of_its_line() =>
        Assert.Equal("\uFEFF{}", Parse("{}\n\uFEFF{}\n")[1].Data);

    [Fact]
    public void Cut_at_any_byte_the_lines_are_the_same()
    {
        var bytes = Encoding.UTF8.GetBytes("\uFEFF{\"a\":\"ü😀\"}\r\n\n{}\n \n[1]\r\n{\"rest");
        var whole = Parse(bytes, [bytes.Length]);

        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            for (var next = cut; next <= bytes.Length; next++)
            {
                Assert.Equal(whole, Parse(bytes, [cut, next - cut, bytes.Length - next]));
            }
        }
    }

    [Fact]
    public void Segmented_at_random_any_text_gives_the_same_lines()
    {
        const int Seed = 20271;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        string[] pieces = ["{}", "\n", "\r", "\r\n", "ü", " ", "\"a\":1", "\uFEFF", "\0"];
        for (var round = 0; round < 2_000; round++)
        {
            var text = Enumerable.Range(0, random.Next(20)).Select(_ => pieces[random.Next(pieces.Length)]);
            var bytes = Encoding.UTF8.GetBytes(string.Concat(text));
            var segments = new List<int>();
            for (var left = bytes.Length; left > 0; left -= segments[^1])
            {
                segments.Add(random.Next(1, left + 1));
            }

            Assert.Equal(Parse(bytes, [bytes.Length]), Parse(bytes, segments));
        }
    }

    [Fact]
    public void No_byte_of_a_long_line_is_looked_at_twice_while_it_arrives()
    {
        var bytes = Encoding.UTF8.GetBytes(new string('x', 20_000) + "\n");
        using var parser = new LineParser();
        for (var length = 1; length < bytes.Length; length++)
        {
            // Line ends where the parser has been already: whoever looks there again finds one.
            var unread = bytes.ToArray();
            unread.AsSpan(0, length - 1).Fill((byte)'\n');

            Assert.False(parser.TryRead(unread.AsSpan(0, length), atEnd: false, out _, out _));
        }

        Assert.True(parser.TryRead(bytes, atEnd: false, out var line, out var consumed));
        Assert.Equal((20_000, bytes.Length), (line.Data.Length, consumed));
    }

    private static List<Found> Parse(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Parse(bytes, [bytes.Length]);
    }

    private static List<Found> Parse(byte[] bytes, IReadOnlyList<int> segments)
    {
        using var parser = new LineParser();
        var found = new List<Found>();
        int start = 0, end = 0;
        foreach (var segment in segments)
        {
            end += segment;
            Drain(atEnd: false);
        }

        Drain(atEnd: true);
        Assert.Equal(bytes.Length, start);
        return found;

        void Drain(bool atEnd)
        {
            while (parser.TryRead(bytes.AsSpan(start, end - start), atEnd, out var line, out var consumed))
            {
                start += consumed;
                found.Add(new Found(Encoding.UTF8.GetString(line.Data), line.HasData, line.IsComplete));
            }
        }
    }

    private sealed record Found(string Data, bool HasData, bool IsComplete);
}
