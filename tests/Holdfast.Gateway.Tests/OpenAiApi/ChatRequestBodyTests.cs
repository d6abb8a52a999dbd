using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.OpenAiApi;

public sealed class ChatRequestBodyTests(ITestOutputHelper output)
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";

    [Theory]
    [InlineData("", null)]
    [InlineData(",\"max_tokens\":100", 100)]
    [InlineData(",\"max_completion_tokens\":200", 200)]
    [InlineData(",\"max_tokens\":100,\"max_completion_tokens\":200", 200)]
    [InlineData(",\"max_tokens\":\"many\"", null)]
    [InlineData(",\"max_tokens\":null", null)]
    [InlineData(",\"max_tokens\":-5", null)]
    [InlineData(",\"max_tokens\":1e3", null)]
    [InlineData(",\"max_tokens\":[1]", null)]
    public void The_tokens_that_a_caller_allows_are_found_and_not_judged(string field, int? most)
    {
        var body = $$"""{"model":"m","messages":[{}]{{field}}}""";

        Assert.Null(ChatRequestBody.TryRead(Encoding.UTF8.GetBytes(body), out var read));

        Assert.Equal(most, read.MaxOutputTokens);
    }

    [Fact]
    public void The_fields_that_matter_are_found()
    {
        var body = Good($$"""
             { {{Messages}}, "stream" : true, "stream_options":{"include_usage":true,"x":[1]}, "model" : "gpt-4o" }
            """);

        Assert.Equal(("gpt-4o", true, true, true),
            (body.Model, body.Stream, body.HasStreamOptions, body.IncludeUsage));
    }

    [Fact]
    public void What_is_not_said_is_off()
    {
        var body = Good($$"""{"model":"m",{{Messages}}}""");

        Assert.Equal((false, false, false), (body.Stream, body.HasStreamOptions, body.IncludeUsage));
    }

    [Theory]
    [InlineData("null", false)]
    [InlineData("{}", false)]
    [InlineData("{\"include_usage\":false}", false)]
    [InlineData("{\"include_usage\":null}", false)]
    [InlineData("{\"x\":{\"include_usage\":true}}", false)]
    [InlineData("{\"include_usage\":true}", true)]
    public void Stream_options_count_as_set_whatever_they_hold(string options, bool includeUsage)
    {
        var body = Good($$"""{"model":"m","stream_options":{{options}},{{Messages}}}""");

        Assert.Equal((true, includeUsage), (body.HasStreamOptions, body.IncludeUsage));
    }

    [Theory]
    [InlineData("\"\\u006d\\/x\\ud83d\\ude00\"", "m/x😀")]
    [InlineData("\"größe\"", "größe")]
    public void An_escaped_model_is_read_unescaped(string json, string model)
    {
        var body = Good($$"""{"\u006dodel":{{json}},{{Messages}}}""");

        Assert.Equal(model, body.Model);
    }

    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("   ", "invalid_json", null)]
    [InlineData("{", "invalid_json", null)]
    [InlineData("{}x", "invalid_json", null)]
    [InlineData("{\"model\":\"m\",}", "invalid_json", null)]
    [InlineData("{'model':'m'}", "invalid_json", null)]
    [InlineData("{\"model\":\"m\",\"messages\":[{}]} {}", "invalid_json", null)]
    [InlineData("// hello\n{\"model\":\"m\",\"messages\":[{}]}", "invalid_json", null)]
    [InlineData("\uFEFF{\"model\":\"m\",\"messages\":[{}]}", "invalid_json", null)]
    [InlineData("{\"\\ud800\":1,\"model\":\"m\",\"messages\":[{}]}", "invalid_json", null)]
    [InlineData("{\"mode\\udfaa\":1,\"model\":\"m\",\"messages\":[{}]}", "invalid_json", null)]
    [InlineData("[]", "invalid_value", null)]
    [InlineData("null", "invalid_value", null)]
    [InlineData("\"model\"", "invalid_value", null)]
    [InlineData("7", "invalid_value", null)]
    [InlineData("{}", "missing_field", "model")]
    [InlineData("{\"messages\":[{}]}", "missing_field", "model")]
    [InlineData("{\"Model\":\"m\",\"messages\":[{}]}", "missing_field", "model")]
    [InlineData("{\"model\":\"m\"}", "missing_field", "messages")]
    [InlineData("{\"model\":null,\"messages\":[{}]}", "invalid_value", "model")]
    [InlineData("{\"model\":7,\"messages\":[{}]}", "invalid_value", "model")]
    [InlineData("{\"model\":{},\"messages\":[{}]}", "invalid_value", "model")]
    [InlineData("{\"model\":\"\",\"messages\":[{}]}", "invalid_value", "model")]
    [InlineData("{\"model\":\"a\\nb\",\"messages\":[{}]}", "invalid_value", "model")]
    [InlineData("{\"model\":\"a\\u0000\",\"messages\":[{}]}", "invalid_value", "model")]
    [InlineData("{\"model\":\"\\ud800\",\"messages\":[{}]}", "invalid_value", "model")]
    [InlineData("{\"model\":\"m\",\"model\":\"n\",\"messages\":[{}]}", "invalid_value", "model")]
    [InlineData("{\"model\":\"m\",\"messages\":[{}],\"mod\\u0065l\":\"n\"}", "invalid_value", "model")]
    [InlineData("{\"model\":\"m\",\"messages\":null}", "invalid_value", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":{}}", "invalid_value", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":\"hi\"}", "invalid_value", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":[]}", "invalid_value", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":[{},\"x\"]}", "invalid_value", "messages[1]")]
    [InlineData("{\"model\":\"m\",\"messages\":[[]]}", "invalid_value", "messages[0]")]
    [InlineData("{\"model\":\"m\",\"messages\":[{}],\"messages\":[{}]}", "invalid_value", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":[{}],\"stream\":\"true\"}", "invalid_value", "stream")]
    [InlineData("{\"model\":\"m\",\"messages\":[{}],\"stream\":1}", "invalid_value", "stream")]
    [InlineData("{\"model\":\"m\",\"stream\":true,\"stream\":false,\"messages\":[{}]}", "invalid_value", "stream")]
    [InlineData("{\"model\":\"m\",\"messages\":[{}],\"stream_options\":[]}", "invalid_value", "stream_options")]
    [InlineData("{\"model\":\"m\",\"messages\":[{}],\"stream_options\":true}", "invalid_value", "stream_options")]
    [InlineData("{\"stream_options\":{},\"stream_options\":null,\"model\":\"m\"}", "invalid_value", "stream_options")]
    public void What_is_wrong_is_a_400_that_says_where(string text, string code, string? param)
    {
        var error = Read(Encoding.UTF8.GetBytes(text), out _)!;

        Assert.Equal((400, "invalid_request_error", code, param), (error.Status, error.Type, error.Code, error.Param));
        Assert.StartsWith(param ?? "body", error.Message);
    }

    [Fact]
    public void A_stream_that_is_null_is_off() =>
        Assert.False(Good($$"""{"model":"m","stream":null,{{Messages}}}""").Stream);

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void A_models_name_has_a_longest_length(int length, bool isGood)
    {
        var error = Read(Encoding.UTF8.GetBytes($$"""{"model":"{{new string('m', length)}}",{{Messages}}}"""), out _);

        Assert.Equal(isGood, error is null);
    }

    [Theory]
    [InlineData(120, true)]
    [InlineData(128, false)]
    [InlineData(200_000, false)]
    public void Nesting_has_a_limit(int depth, bool isGood)
    {
        var nested = new string('[', depth) + new string(']', depth);

        var error = Read(Encoding.UTF8.GetBytes($$"""{"model":"m","x":{{nested}},{{Messages}}}"""), out _);

        Assert.Equal(isGood ? null : "invalid_json", error?.Code);
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0xC3)]
    [InlineData(0xED)]
    public void Bytes_that_are_no_UTF_8_are_refused(byte bad)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes($$"""{"model":"m",{{Messages}},"x":""" + "\""), bad, .. "\"}"u8];

        var error = Read(bytes, out _)!;

        Assert.Equal(("invalid_json", "body: is not valid UTF-8"), (error.Code, error.Message));
    }

    [Fact]
    public void Mutated_at_random_no_body_throws_and_every_good_one_knows_its_models_place()
    {
        const int Seed = 90210;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var original = Encoding.UTF8.GetBytes(
            $$"""{"model":"gp\u0074","stream":true,"stream_options":{"include_usage":true},{{Messages}},"ü":[1,{}]}""");
        var good = 0;
        for (var round = 0; round < 30_000; round++)
        {
            var bytes = Mutate(original, random);
            if (Read(bytes, out var body) is not null)
            {
                continue;
            }

            good++;
            var value = Encoding.UTF8.GetString(bytes[body.ModelValue]);
            Assert.Equal(body.Model, JsonSerializer.Deserialize<string>(value));
            Assert.Equal((byte)'{', bytes[body.ObjectStart - 1]);
            Assert.Equal(body.Model, JsonDocument.Parse(bytes).RootElement.GetProperty("model").GetString());
        }

        Assert.InRange(good, 1_000, 29_000);
    }

    [Fact]
    public void No_document_of_the_JSON_test_suite_throws_and_none_is_a_request()
    {
        if (SharedData.Archive("JSONTestSuite.tgz", output.WriteLine) is not { } suite)
        {
            return;
        }

        var documents = suite.Where(file => file.Key.StartsWith("test_parsing/", StringComparison.Ordinal)
            && file.Key.EndsWith(".json", StringComparison.Ordinal)).ToList();
        foreach (var (name, bytes) in documents)
        {
            Assert.True(Read(bytes, out _) is not null, $"{name} is no request");
        }

        Assert.Equal(318, documents.Count);
    }

    [Fact]
    public void Every_good_document_of_the_JSON_test_suite_may_stand_in_a_field()
    {
        var suite = SharedData.Archive("JSONTestSuite.tgz", output.WriteLine);
        foreach (var (name, bytes) in suite?.Where(file => file.Key.Contains("/y_")) ?? [])
        {
            var start = Encoding.UTF8.GetBytes($"{{\"model\":\"m\",{Messages},\"x\":");

            Assert.True(Read([.. start, .. bytes, (byte)'}'], out _) is null, $"{name} is valid JSON");
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var left = random.Next(1, 4); left > 0 && bytes.Count > 0; left--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, "{}[]\",:\\ u\n"u8[random.Next(11)]);
                    break;
                case 3:
                    var length = Math.Min(random.Next(1, 30), bytes.Count - at);
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                default:
                    bytes[at] = (byte)random.Next('a', 'z');
                    break;
            }
        }

        return [.. bytes];
    }

    private static CallFields Good(string text)
    {
        Assert.Null(Read(Encoding.UTF8.GetBytes(text), out var body));
        return body;
    }

    private static CallError? Read(byte[] bytes, out CallFields body) => ChatRequestBody.TryRead(bytes, out body);
}
