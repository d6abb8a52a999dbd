using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;
using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Translation;

public class JsonTapeTests
{
    private static readonly byte[] Document =
        """{ "a" : [ 1 , "x\n" , { "b" : null } , [ ] ] , "c" : { } , "a2" : -1.5e3 , "t" : true }"""u8.ToArray();

    [Fact]
    public void Every_value_is_what_was_written()
    {
        using var tape = new JsonTape();

        var root = tape.Read(Document);

        Assert.Equal(Encoding.UTF8.GetString(Document), Written(root));
        Assert.Equal("""[ 1 , "x\n" , { "b" : null } , [ ] ]""", Written(root.Member("a"u8)));
        Assert.Equal("{ }", Written(root.Member("c"u8)));
        Assert.Equal("-1.5e3", Written(root.Member("a2"u8)));
        Assert.Equal("true", Written(root.Member("t"u8)));
        Assert.True(root.Member("b"u8).IsMissing);
    }

    [Fact]
    public void Items_and_members_come_in_their_order_without_what_is_inside_of_them()
    {
        using var tape = new JsonTape();
        var root = tape.Read(Document);
        var seen = new List<string>();

        var members = root.Members();
        while (members.Next())
        {
            seen.Add(Encoding.UTF8.GetString(members.Name));
            Assert.Equal(Written(members.Value), Written(root.At(members.Place)));
        }

        var items = root.Member("a"u8).Items();
        while (items.Next())
        {
            seen.Add(Written(items.Value));
        }

        Assert.Equal(["a", "c", "a2", "t", "1", "\"x\\n\"", """{ "b" : null }""", "[ ]"], seen);
    }

    [Fact]
    public void The_last_member_of_a_name_holds()
    {
        using var tape = new JsonTape();

        Assert.Equal("2", Written(tape.Read("""{"a":1,"a":2}"""u8).Member("a"u8)));
    }

    [Theory]
    [InlineData("[]", true)]
    [InlineData("{}", true)]
    [InlineData("[0]", false)]
    [InlineData("{\"a\":0}", false)]
    [InlineData("\"\"", false)]
    [InlineData("0", false)]
    public void Only_containers_with_nothing_in_them_are_empty(string json, bool expected)
    {
        using var tape = new JsonTape();

        Assert.Equal(expected, tape.Read(Encoding.UTF8.GetBytes(json)).IsEmpty);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":}")]
    [InlineData("[1,]")]
    public void What_is_no_JSON_is_refused(string json) => Assert.False(CanRead(json));

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Depth_is_bounded(int depth, bool expected) =>
        Assert.Equal(expected, CanRead(new string('[', depth) + new string(']', depth)));

    [Theory]
    [InlineData(JsonTape.MaxEntries, true)]
    [InlineData(JsonTape.MaxEntries + 1, false)]
    public void The_number_of_values_is_bounded(int entries, bool expected) =>
        Assert.Equal(expected, CanRead("[0" + string.Concat(Enumerable.Repeat(",0", entries - 2)) + "]"));

    [Fact]
    public void One_tape_reads_small_documents_after_a_large_one()
    {
        using var tape = new JsonTape();
        var large = "[" + string.Join(',', Enumerable.Range(0, 20_000)) + "]";

        Assert.Equal(large, Written(tape.Read(Encoding.UTF8.GetBytes(large))));
        Assert.Equal("{\"a\":[1]}", Written(tape.Read("{\"a\":[1]}"u8)));
    }

    [Theory]
    [InlineData("""{ "a" : [ 1 , "x\n" , { "b" : null } , [ ] ] , "c" : { } , "a2" : -1.5e3 , "t" : true }""")]
    [InlineData("""["\\","\"","\\\"",",:]}","\\\\","","\ud800 ä😀",{"\"":"\\"},{"a,\\":{"b":["c"],"d":"e"}}]""")]
    [InlineData("[[],{},[{}],\r\n\t[[0,-1,2.5E-3],true,false,null]]")]
    [InlineData(" \"a\" ")]
    [InlineData("-0.0")]
    [InlineData("false")]
    public void What_is_known_to_be_JSON_is_read_as_the_same(string json) =>
        Assert.Equal(Described(Bytes(json), known: false), Described(Bytes(json), known: true));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_JSON_after_damage_is_read_as_the_same_once_it_is_known(int seed)
    {
        var random = new Random(seed);
        var golden = """
            {"a\\":[1,"x\n\"",{"b":null},[],"\\"],"c":{},"\u00e4\ud83d\ude00":-1.5e3,"t":[true,"{\"a\":[\"\\\\\"]}"]}
            """;
        for (var i = 0; i < 20_000; i++)
        {
            var json = WireDamage.Damage(random, golden);
            if (CanRead(json))
            {
                Assert.Equal(Described(json, known: false), Described(json, known: true));
            }
            else if (CanRead(json, known: true))
            {
                // It wasn't known in truth, and still every view lies in it.
                Assert.NotEmpty(Described(json, known: true));
            }
        }
    }

    [RecordingsFact("JSONTestSuite.tgz")]
    public void What_is_JSON_in_the_test_suite_is_read_as_the_same_once_it_is_known()
    {
        var documents = SharedData.Archive("JSONTestSuite.tgz", _ => { })!
            .Where(file => file.Key.EndsWith(".json", StringComparison.Ordinal) && CanRead(file.Value))
            .Select(file => file.Value).ToArray();

        Assert.True(documents.Length > 95, $"only {documents.Length} are JSON");
        Assert.All(documents, json => Assert.Equal(Described(json, known: false), Described(json, known: true)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("[[]")]
    [InlineData("]")]
    [InlineData("\"a\\\"")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1 2}")]
    [InlineData("{\"a\":\"b\":2}")]
    [InlineData("{\"a\" \"b\"}")]
    [InlineData("{1:2}")]
    [InlineData("[\"a\":1]")]
    [InlineData("[1 2]")]
    [InlineData("1 2")]
    [InlineData("1,2")]
    [InlineData("[]]")]
    public void What_is_said_to_be_known_and_is_out_of_order_is_refused(string json) =>
        Assert.False(CanRead(json, known: true));

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Depth_is_bounded_of_what_is_known_too(int depth, bool expected) =>
        Assert.Equal(expected, CanRead(new string('[', depth) + new string(']', depth), known: true));

    [Fact]
    public void The_number_of_values_is_bounded_of_what_is_known_too() => Assert.False(
        CanRead("[0" + string.Concat(Enumerable.Repeat(",0", JsonTape.MaxEntries - 1)) + "]", known: true));

    /// <summary>Every value in it, and what it is.</summary>
    private static string Described(byte[] json, bool known)
    {
        using var tape = new JsonTape();
        var text = new StringBuilder();
        Describe(text, known ? tape.ReadKnown(json) : tape.Read(json));
        return text.ToString();
    }

    private static void Describe(StringBuilder text, JsonView value)
    {
        text.Append(value.Kind).Append(' ').Append(Written(value)).Append('\n');
        var members = value.IsObject ? value.Members() : default;
        while (members.Next())
        {
            text.Append(Encoding.UTF8.GetString(members.Name)).Append('=');
            Describe(text, members.Value);
        }

        var items = value.IsArray ? value.Items() : default;
        while (items.Next())
        {
            Describe(text, items.Value);
        }
    }

    private static string Written(JsonView value) => Encoding.UTF8.GetString(value.Raw);

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);

    private static bool CanRead(string json, bool known = false) => CanRead(Bytes(json), known);

    private static bool CanRead(byte[] json, bool known = false)
    {
        using var tape = new JsonTape();
        try
        {
            _ = known ? tape.ReadKnown(json) : tape.Read(json);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
