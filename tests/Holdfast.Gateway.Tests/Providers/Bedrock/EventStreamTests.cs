using System.Text;
using Holdfast.Gateway.Providers.Bedrock;
using Xunit.Abstractions;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockWire;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

[Trait("Category", "Conformance")]
public class EventStreamTests(ITestOutputHelper log)
{
    private const string Vectors = "aws-eventstream-vectors.tgz";

    [Fact]
    public void The_checksum_is_the_one_that_everybody_means()
    {
        Assert.Equal(0xCBF43926, Crc32.Of("123456789"u8));
        Assert.Equal(0u, Crc32.Of([]));
    }

    [Fact]
    public void The_checksum_of_any_length_is_that_of_the_definition()
    {
        var bytes = new byte[300];
        new Random(1).NextBytes(bytes);

        for (var length = 0; length <= bytes.Length; length++)
        {
            Assert.Equal(Checksum(bytes.AsSpan(0, length)), Crc32.Of(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void The_three_good_frames_of_AWS_are_read()
    {
        if (Files("valid_") is not { } good)
        {
            return;
        }

        Assert.Equal(
        [
            "some-header=Int16:01F4 | ",
            " | another test payload",
            """
            true=True: false=False: byte=Byte:32 short=Int16:4E20 int=Int32:0007A120 long=Int64:0000000BA43B7400
            bytes=Bytes:some bytes str=Text:some str time=Timestamp:000000012A05F200
            uuid=Uuid:B79BC914DE214E13B8B2BC47E85B7F0B | some payload
            """.ReplaceLineEndings(" "),
        ], good.Select(file => Described(file.Value)));
    }

    [Fact]
    public void The_eight_bad_frames_of_AWS_are_refused()
    {
        if (Files("invalid_") is not { } bad)
        {
            return;
        }

        Assert.Equal(8, bad.Count);
        Assert.All(bad, file => Assert.False(EventStreamFrame.TryRead(file.Value, out _), file.Key));
    }

    [Fact]
    public void Frames_come_out_the_same_however_they_are_cut()
    {
        byte[][] frames =
            [Event("a", "{}"), Frame([]), Event("b", new string('x', 300)), Frame([1, 2, 3])];
        var bytes = frames.SelectMany(frame => frame).ToArray();

        for (var longest = 1; longest <= 40; longest++)
        {
            Assert.Equal(frames, Cut(bytes, longest, new Random(longest)));
        }
    }

    [Fact]
    public void A_byte_that_is_wrong_anywhere_makes_a_frame_a_bad_one()
    {
        var frame = Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"A"}}""");

        for (var at = 0; at < frame.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var damaged = frame.ToArray();
                damaged[at] ^= (byte)(1 << bit);

                Assert.False(EventStreamFrame.TryRead(damaged, out _), $"byte {at}, bit {bit}");
            }
        }
    }

    [Fact]
    public void A_frame_that_is_cut_is_a_bad_one()
    {
        var frame = Event("a", "{}");

        for (var length = 0; length < frame.Length; length++)
        {
            Assert.False(EventStreamFrame.TryRead(frame.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [InlineData("80000010 00000000")]
    [InlineData("01800001 00000000")]
    [InlineData("0000000F 00000000")]
    [InlineData("00000010 00000001")]
    [InlineData("00100000 00020001")]
    [InlineData("FFFFFFFF FFFFFFFF")]
    public void Lengths_that_no_frame_has_are_known_from_the_prelude(string lengths)
    {
        var prelude = Convert.FromHexString(lengths.Replace(" ", ""));
        byte[] bytes = [.. prelude, .. BitConverter.GetBytes(Checksum(prelude)).Reverse()];
        using var parser = new EventStreamParser();

        Assert.Equal(0, EventStreamFrame.LengthOf(bytes));
        Assert.True(parser.TryRead(bytes, atEnd: false, out var sse, out var consumed));

        Assert.True(sse.IsComplete);
        Assert.Equal(bytes.Length, consumed);
        Assert.False(EventStreamFrame.TryRead(sse.Data, out _));
    }

    [Fact]
    public void What_is_left_when_the_connection_ends_is_an_incomplete_event()
    {
        var frame = Event("a", "{}");
        using var parser = new EventStreamParser();

        Assert.False(parser.TryRead(frame.AsSpan(..^1), atEnd: false, out _, out _));
        Assert.True(parser.TryRead(frame.AsSpan(..^1), atEnd: true, out var sse, out var consumed));
        Assert.False(sse.IsComplete);
        Assert.Equal(frame.Length - 1, consumed);

        Assert.True(parser.TryRead(frame.AsSpan(..5), atEnd: true, out sse, out consumed));
        Assert.False(sse.IsComplete);
        Assert.Equal(5, consumed);
        Assert.False(parser.TryRead([], atEnd: true, out _, out _));
    }

    [Theory]
    [InlineData("00 00")]
    [InlineData("01 41")]
    [InlineData("01 41 0A")]
    [InlineData("01 41 02")]
    [InlineData("01 41 03 00")]
    [InlineData("01 41 04 00 00 00")]
    [InlineData("01 41 05 00 00 00 00 00 00 00")]
    [InlineData("01 41 06 00")]
    [InlineData("01 41 06 00 02 00")]
    [InlineData("01 41 07 00 01")]
    [InlineData("01 41 08 00 00 00 00 00 00 00")]
    [InlineData("01 41 09 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")]
    [InlineData("FF 41 00")]
    public void Headers_that_are_none_make_a_frame_a_bad_one(string headers)
    {
        var frame = Frame("{}"u8.ToArray(), Convert.FromHexString(headers.Replace(" ", "")));

        Assert.False(EventStreamFrame.TryRead(frame, out _));
    }

    private static List<byte[]> Cut(byte[] bytes, int longest, Random random)
    {
        using var parser = new EventStreamParser();
        var found = new List<byte[]>();
        var read = 0;
        for (var received = 0; received < bytes.Length;)
        {
            received = Math.Min(bytes.Length, received + random.Next(1, longest + 1));
            while (parser.TryRead(bytes.AsSpan(read, received - read), received == bytes.Length,
                out var sse, out var consumed))
            {
                Assert.True(sse.IsComplete);
                found.Add(sse.Data.ToArray());
                read += consumed;
            }
        }

        Assert.Equal(bytes.Length, read);
        return found;
    }

    private static string Described(byte[] file)
    {
        Assert.True(EventStreamFrame.TryRead(file, out var frame));
        var found = new List<string>();
        var headers = frame.Headers;
        while (headers.Next())
        {
            var value = headers.Kind is EventStreamValue.Text or EventStreamValue.Bytes
                ? Encoding.UTF8.GetString(headers.Value)
                : Convert.ToHexString(headers.Value);
            found.Add($"{Encoding.UTF8.GetString(headers.Name)}={headers.Kind}:{value}");
        }

        return $"{string.Join(' ', found)} | {Encoding.UTF8.GetString(frame.Payload)}";
    }

    private SortedDictionary<string, byte[]>? Files(string prefix)
    {
        var all = SharedData.Archive(Vectors, log.WriteLine);
        return all is null ? null : new SortedDictionary<string, byte[]>(all
            .Where(file => Path.GetFileName(file.Key).StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(), StringComparer.Ordinal);
    }
}
