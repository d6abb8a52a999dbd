using System.Text;
using Holdfast.Gateway.Providers;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class SseParserTests(ITestOutputHelper output)
{
    private const string Mixed =
        "\uFEFFdata: eins\n\n: a comment\n\nevent: delta\r\ndata: zwei\r\ndata: drei\r\n\r\ndata:vier\r\r"
        + "id: 7\nretry: 3\ndata\ndata: fünf 😀\n\n\n\r\ndata: {\"a\":\"b: c\"}\n\ndata: rest";

    [Theory]
    [InlineData("data: a\n\ndata: b\n\n")]
    [InlineData("data: a\r\n\r\ndata: b\r\n\r\n")]
    [InlineData("data: a\r\rdata: b\r\r")]
    [InlineData("data: a\n\r\ndata: b\r\n\n")]
    public void Lines_end_in_LF_CRLF_or_CR(string text)
    {
        var events = Parse(text);

        Assert.Equal(["a", "b"], events.Select(found => found.Data));
        Assert.All(events, found => Assert.True(found.IsComplete));
    }

    [Theory]
    [InlineData("data: a\n\n", "a")]
    [InlineData("data:a\n\n", "a")]
    [InlineData("data:  a \n\n", " a ")]
    [InlineData("data: a: b\n\n", "a: b")]
    [InlineData("data\n\n", "")]
    [InlineData("data:\n\n", "")]
    [InlineData("data: a\ndata: b\n\n", "a\nb")]
    [InlineData("data: a\ndata\ndata: c\n\n", "a\n\nc")]
    [InlineData("data: a\nid: 1\ndata: b\nretry: 5\n\n", "a\nb")]
    public void The_data_is_the_value_of_the_data_lines(string text, string expected)
    {
        var found = Assert.Single(Parse(text));

        Assert.True(found.HasData);
        Assert.Equal(expected, found.Data);
    }

    [Theory]
    [InlineData(": OPENROUTER PROCESSING\n\n")]
    [InlineData(":\n\n")]
    [InlineData("event: ping\n\n")]
    [InlineData("datum: x\n\n")]
    [InlineData("\n")]
    public void An_event_without_data_has_none(string text)
    {
        var found = Assert.Single(Parse(text));

        Assert.False(found.HasData);
        Assert.Empty(found.Data);
    }

    [Fact]
    public void The_name_is_the_event_lines()
    {
        var found = Assert.Single(Parse("event: error\ndata: x\n\n"));

        Assert.Equal("error", found.Name);
    }

    [Fact]
    public void Raw_is_everything_that_was_received()
    {
        const string Text = ": c\r\nevent: e\r\ndata: x\r\n\r\n";

        var found = Assert.Single(Parse(Text));

        Assert.Equal(Text, found.Raw);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_event()
    {
        var found = Assert.Single(Parse("\uFEFFdata: a\n\n"));

        Assert.Equal(("a", "data: a\n\n"), (found.Data, found.Raw));
    }

    [Fact]
    public void A_byte_order_mark_later_on_is_a_part_of_a_field()
    {
        var events = Parse("data: a\n\n\uFEFFdata: b\n\n");

        Assert.False(events[1].HasData);
    }

    [Theory]
    [InlineData("\uFEFF\uFEFFdata: a\n\n", "\n", null)]
    [InlineData("\uFEFF\uFEFFdata: a\ndata: b\n\n", "data: b\n\n", "b")]
    [InlineData("\uFEFF\uFEFFdata: a\r\n\uFEFFdata: b\r\nid: 1\r\n\r\n", "id: 1\r\n\r\n", null)]
    [InlineData("\uFEFF\uFEFFdata: a", "", null)]
    public void What_whoever_reads_an_events_bytes_first_would_take_for_a_field_is_none_of_them(
        string text, string raw, string? data)
    {
        var found = Assert.Single(Parse(text));

        Assert.Equal((raw, data is not null, data ?? ""), (found.Raw, found.HasData, found.Data));
    }

    [Theory]
    [InlineData("data: a\n\ndata: b")]
    [InlineData("data: a\n\ndata: b\n")]
    [InlineData("data: a\n\ndata: b\r")]
    public void What_is_left_at_the_end_is_an_incomplete_event(string text)
    {
        var events = Parse(text);

        Assert.Equal(2, events.Count);
        Assert.Equal(("b", false), (events[1].Data, events[1].IsComplete));
    }

    [Fact]
    public void Nothing_at_the_end_is_no_event() => Assert.Empty(Parse(""));

    [Fact]
    public void Cut_at_any_byte_the_events_are_the_same()
    {
        var bytes = Encoding.UTF8.GetBytes(Mixed);
        var whole = Parse(bytes, [bytes.Length]);

        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(whole, Parse(bytes, [cut, bytes.Length - cut]));
        }
    }

    [Fact]
    public void Byte_by_byte_the_events_are_the_same()
    {
        var bytes = Encoding.UTF8.GetBytes(Mixed);

        Assert.Equal(Parse(bytes, [bytes.Length]), Parse(bytes, [.. Enumerable.Repeat(1, bytes.Length)]));
    }

    [Fact]
    public void Segmented_at_random_any_text_gives_the_same_events()
    {
        const int Seed = 20261;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        string[] pieces =
            ["data: x", "data", ":", "event: e", "\n", "\r", "\r\n", "\n\n", "ü", " ", "data:{}", "\uFEFF"];
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
    public void No_byte_of_a_large_event_is_looked_at_twice_while_it_arrives()
    {
        var bytes = Encoding.UTF8.GetBytes("data: " + new string('x', 20_000) + "\n\n");
        using var parser = new SseParser();
        for (var length = 1; length < bytes.Length; length++)
        {
            // Blank lines where the parser has been already: whoever looks there again finds an event.
            var unread = bytes.ToArray();
            unread.AsSpan(0, length - 1).Fill((byte)'\n');

            Assert.False(parser.TryRead(unread.AsSpan(0, length), atEnd: false, out _, out _));
        }

        Assert.True(parser.TryRead(bytes, atEnd: false, out var sse, out var consumed));
        Assert.Equal((20_000, bytes.Length), (sse.Data.Length, consumed));
    }

    [Fact]
    public void An_event_ends_as_soon_as_its_blank_line_is_there()
    {
        using var parser = new SseParser();

        Assert.False(parser.TryRead("data: a\n"u8, atEnd: false, out _, out _));
        Assert.True(parser.TryRead("data: a\n\ndata"u8, atEnd: false, out var sse, out var consumed));
        Assert.Equal(("a", 9), (Encoding.UTF8.GetString(sse.Data), consumed));
    }

    private static List<Found> Parse(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Parse(bytes, [bytes.Length]);
    }

    private static List<Found> Parse(byte[] bytes, IReadOnlyList<int> segments)
    {
        using var parser = new SseParser();
        var found = new List<Found>();
        var start = 0;
        var end = 0;
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
            while (parser.TryRead(bytes.AsSpan(start, end - start), atEnd, out var sse, out var consumed))
            {
                found.Add(new Found(Encoding.UTF8.GetString(sse.Data), Encoding.UTF8.GetString(sse.Name),
                    Encoding.UTF8.GetString(sse.Raw), sse.HasData, sse.IsComplete));
                start += consumed;
            }
        }
    }

    private sealed record Found(string Data, string Name, string Raw, bool HasData, bool IsComplete);
}
