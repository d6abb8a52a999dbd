using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers.Translation;

/// <summary>What becomes of a chat's fields wherever a chat is written anew.</summary>
public sealed class ChatFieldsTests
{
    private static readonly string[] Types = ["anthropic", "gemini", "vertex", "bedrock", "cohere", "ollama"];

    public static TheoryData<string> Translated => [.. Types];

    [Theory]
    [InlineData("gemini")]
    [InlineData("vertex")]
    [InlineData("bedrock")]
    [InlineData("cohere")]
    [InlineData("ollama")]
    public void For_whom_an_answer_is_stays_behind_where_there_is_no_place_for_it(string type) =>
        Assert.Equal(Request(type), Request(type, "\"user\":\"u\",\"safety_identifier\":\"s\""));

    [Theory]
    [MemberData(nameof(Translated))]
    public void What_asks_for_nothing_stays_behind(string type) => Assert.Equal(Request(type), Request(type, """
        "store":true,"metadata":{"a":"b"},"stream_options":{},"prompt_cache_key":"k","n":null,"logit_bias":{},
        "logprobs":false,"top_logprobs":0,"tools":[],"modalities":["text"],"seed":null,"functions":[],
        "function_call":"auto","verbosity":"medium"
        """));

    [Theory]
    [InlineData("gemini")]
    [InlineData("ollama")]
    public void Top_logprobs_without_logprobs_are_refused_or_left_out(string type)
    {
        var refused = Assert.Throws<UnsupportedFieldException>(() => Request(type, "\"top_logprobs\":2"));

        Assert.Equal("top_logprobs: it needs logprobs to be true.", refused.Message);
        Assert.Equal(Request(type), Request(type, "\"top_logprobs\":2", drop: true));
    }

    [Theory]
    [InlineData("\"max_tokens\":-1", "max_tokens")]
    [InlineData("\"max_completion_tokens\":0", "max_completion_tokens")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice")]
    public void Limits_that_are_none_and_choices_among_nothing_are_refused_everywhere(string field, string name) =>
        Assert.All(Types, type => Assert.Equal(
            name, Assert.Throws<UnsupportedFieldException>(() => Request(type, field)).Field));

    [Fact]
    public void Both_names_of_the_limit_may_say_the_same_and_nothing_else() => Assert.All(Types, type =>
    {
        var refused = Assert.Throws<UnsupportedFieldException>(
            () => Request(type, "\"max_tokens\":5,\"max_completion_tokens\":6", drop: true));

        Assert.Equal("max_completion_tokens: max_tokens says otherwise, and only one of them can hold.",
            refused.Message);
        Assert.Equal("invalid_value", refused.Code);
        Assert.Equal(Request(type, "\"max_tokens\":5"),
            Request(type, "\"max_tokens\":5,\"max_completion_tokens\":5"));
    });

    [Theory]
    [InlineData("\"temperature\":\"1\"")]
    [InlineData("\"stop\":[1]")]
    [InlineData("\"tools\":{}")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":1}}]")]
    [InlineData("\"parallel_tool_calls\":\"no\"")]
    [InlineData("\"response_format\":[]")]
    [InlineData("\"max_tokens\":-1")]
    [InlineData("\"tool_choice\":\"required\"")]
    [InlineData("\"messages\":[{\"role\":\"user\"}]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]")]
    public void A_wrong_type_is_told_from_what_cannot_be_done(string field) => Assert.All(
        Types, type => Assert.Equal("invalid_value", Code(type, field)));

    [Theory]
    [InlineData("\"audio\":{}")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video_url\"}]}]")]
    public void What_cannot_be_done_is_told_from_a_wrong_type(string field) => Assert.All(
        Types, type => Assert.Equal("unsupported_value", Code(type, field)));

    private static string Code(string type, string field) => ProviderFault.Unsupported(
        Assert.Throws<UnsupportedFieldException>(() => Request(type, field))).Code!;

    internal static string Request(string type, string? fields = null, bool drop = false)
    {
        var options = new ProviderOptions
        {
            Name = type, Type = type, Region = "europe-west1", Project = "team", DropUnsupported = drop,
        };
        using var output = new PooledBuffer();
        var body = """{"model":"m","messages":[{"role":"user","content":"hi"}]"""
            + (fields is null ? "}" : $",{fields}}}");
        new Provider(options, new KeyRing([])).Dialect.WriteBody(
            DialectWire.Call(Encoding.UTF8.GetBytes(body)), "m", output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
