using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Tests.Providers.Translation;

public class JsonOutputTests
{
    private static readonly string[] Pieces =
        ["a", "\"", "\\", "\n", "\u0001", "ä", "€", "\ud83d\ude00", new string('x', 70), "</", "\u2028"];

    [Fact]
    public void Commas_stand_between_members_and_between_items_and_nowhere_else()
    {
        var written = Written(output =>
        {
            output.BeginObject();
            output.Number("n"u8, -7);
            output.BeginArray("list"u8);
            output.BeginObject();
            output.EndObject();
            output.BeginArray();
            output.EndArray();
            output.Raw("1"u8);
            output.BeginString();
            output.Piece("a"u8);
            output.Piece("b"u8);
            output.EndString();
            output.EndArray();
            output.Null("nil"u8);
            output.True("yes"u8);
            output.Word("word"u8, "w"u8);
            output.EndObject();
        });

        Assert.Equal("""{"n":-7,"list":[{},[],1,"ab"],"nil":null,"yes":true,"word":"w"}""", written);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_text_comes_back_as_it_was(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 2000; i++)
        {
            var pieces = Enumerable.Range(0, random.Next(40)).Select(_ => Pieces[random.Next(Pieces.Length)]);
            var text = string.Concat(pieces);

            var written = Written(output =>
            {
                output.BeginObject();
                output.Text("t"u8, text);
                output.EndObject();
            });

            using var json = JsonDocument.Parse(written);
            Assert.Equal(text, json.RootElement.GetProperty("t").GetString());
        }
    }

    private static string Written(Action<JsonOutput> write)
    {
        using var buffer = new PooledBuffer(16);
        write(new JsonOutput(buffer));
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
