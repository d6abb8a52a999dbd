using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Tidy;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class RequestFieldsTests
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"n\":2}]";

    [Theory]
    [InlineData("groq", "n", "2")]
    [InlineData("groq", "logprobs", "true")]
    [InlineData("groq", "top_logprobs", "3")]
    [InlineData("groq", "logit_bias", "{\"5\":-100}")]
    [InlineData("mistral", "logit_bias", "{\"5\":-100}")]
    [InlineData("mistral", "service_tier", "\"flex\"")]
    [InlineData("mistral", "top_k", "3")]
    [InlineData("perplexity", "tools", "[{}]")]
    [InlineData("perplexity", "tool_choice", "\"required\"")]
    [InlineData("perplexity", "stop", "\"a\"")]
    [InlineData("ollama", "tool_choice", "\"required\"", "http://x.test/v1")]
    [InlineData("cohere", "prediction", "{}", "https://x.test/compatibility/v1")]
    public void A_field_that_a_type_does_not_take_is_refused_by_name(
        string type, string field, string value, string? url = null)
    {
        var refused = Refused(type, $$"""{"model":"m",{{Messages}},"{{field}}":{{value}}}""", url);

        Assert.Equal(field, refused.Field);
        Assert.Equal($"{field}: p does not take it.", refused.Message);
    }

    [Theory]
    [InlineData("""{"model":"m",MESSAGES,"n":2}""", """{"model":"x",MESSAGES}""")]
    [InlineData("""{"n":2,"model":"m",MESSAGES}""", """{"model":"x",MESSAGES}""")]
    [InlineData("""{"model":"m","n":2,MESSAGES}""", """{"model":"x",MESSAGES}""")]
    [InlineData("""{ "n" : 2 , "logprobs":true, "model" : "m" ,  MESSAGES , "n":3 }""",
        """{ "model" : "x" ,  MESSAGES }""")]
    [InlineData("""  {"model":"m",MESSAGES , "logit_bias":{"a":[1]}, "seed" : 1e0 , "n":3  } """,
        """  {"model":"x",MESSAGES, "seed" : 1e0  } """)]
    [InlineData("""{"model":"m",MESSAGES,"\u006e":2,"ü":"\ud83d"}""", """{"model":"x",MESSAGES,"ü":"\ud83d"}""")]
    public void It_is_cut_out_where_it_may_be_and_every_other_byte_kept(string body, string expected) =>
        Assert.Equal(
            expected.Replace("MESSAGES", Messages, StringComparison.Ordinal),
            Write("groq", body.Replace("MESSAGES", Messages, StringComparison.Ordinal), drop: true));

    [Theory]
    [InlineData("groq", "\"n\":1")]
    [InlineData("groq", "\"n\":null")]
    [InlineData("groq", "\"logprobs\":false,\"top_logprobs\":0,\"logit_bias\":{}")]
    [InlineData("mistral", "\"user\":\"u\",\"safety_identifier\":\"s\",\"store\":true")]
    [InlineData("mistral", "\"service_tier\":\"auto\",\"modalities\":[\"text\"]")]
    [InlineData("mistral", "\"stream_options\":{\"include_usage\":true}")]
    [InlineData("mistral", "\"prompt_cache_retention\":\"24h\",\"prompt_cache_options\":{}")]
    [InlineData("perplexity", "\"tools\":[],\"tool_choice\":\"auto\",\"parallel_tool_calls\":true")]
    [InlineData("perplexity", "\"tool_choice\":\"none\",\"parallel_tool_calls\":false,\"tools\":[ ]")]
    [InlineData("perplexity", "\"function_call\":\"none\"")]
    [InlineData("perplexity", "\"functions\":[],\"function_call\":\"auto\",\"stop\":[],\"seed\":null")]
    [InlineData("mistral", "\"verbosity\":\"medium\",\"store\":false,\"logit_bias\":{}")]
    public void What_asks_for_nothing_stays_behind_and_is_not_refused(string type, string fields) => Assert.Equal(
        $$"""{"model":"x",{{Messages}}}""", Write(type, $$"""{"model":"m",{{fields}},{{Messages}}}"""));

    [Theory]
    [InlineData("mistral", "\"max_completion_tokens\" : 5", "\"max_tokens\" : 5")]
    [InlineData("mistral", "\"max\\u005fcompletion_tokens\":5", "\"max_tokens\":5")]
    [InlineData("mistral", "\"seed\":7", "\"random_seed\":7")]
    [InlineData("deepseek", "\"max_completion_tokens\":5", "\"max_tokens\":5")]
    [InlineData("perplexity", "\"max_completion_tokens\":5,\"max_tokens\":null", "\"max_tokens\":5")]
    [InlineData("perplexity", "\"max_tokens\":4,\"max_completion_tokens\":null", "\"max_tokens\":4")]
    [InlineData("groq", "\"max_completion_tokens\":5", "\"max_completion_tokens\":5")]
    [InlineData("xai", "\"max_completion_tokens\":5,\"n\":2", "\"max_completion_tokens\":5,\"n\":2")]
    public void A_field_has_the_name_that_its_provider_knows(string type, string field, string expected) =>
        Assert.Equal($$"""{"model":"x",{{Messages}},{{expected}}}""",
            Write(type, $$"""{"model":"m",{{Messages}},{{field}}}"""));

    [Theory]
    [InlineData("\"max_completion_tokens\":5,\"max_tokens\":4")]
    [InlineData("\"max_tokens\":4,\"max_completion_tokens\":5")]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":5,\"max_tokens\":4")]
    public void Two_names_of_one_field_that_say_two_things_are_refused_and_never_dropped(string fields)
    {
        var refused = Assert.Throws<UnsupportedFieldException>(
            () => Write("mistral", $$"""{"model":"m",{{Messages}},{{fields}}}""", drop: true));

        Assert.Equal(("max_completion_tokens", "invalid_value"), (refused.Field, refused.Code));
        Assert.Equal("max_completion_tokens: max_tokens says otherwise, and only one of them can hold.",
            refused.Message);
    }

    [Theory]
    [InlineData("\"max_completion_tokens\":5,\"max_tokens\" : 5")]
    [InlineData("\"max_tokens\" : 5, \"max_completion_tokens\":5")]
    public void Two_names_of_one_field_that_say_the_same_go_as_the_providers_own(string fields) => Assert.Equal(
        $$"""{"model":"x",{{Messages}},"max_tokens" : 5}""",
        Write("mistral", $$"""{"model":"m",{{Messages}},{{fields}}}"""));

    [Theory]
    [InlineData("openai")]
    [InlineData("azure-openai")]
    public void They_hold_for_responses_of_the_providers_own_as_well(string type)
    {
        const string Body = """{"model":"m","input":"hi", "best_of":3,"store":false,"user":"u","top_p":1}""";
        string[] fields = ["best_of", "store", "user", "top_p"];

        Assert.Equal("best_of", Assert.Throws<UnsupportedFieldException>(
            () => Write(Provider(type, drop: false, null, fields), Responses.ResponsesWire.Call(Body))).Field);
        Assert.Equal("""{"model":"x","input":"hi"}""",
            Write(Provider(type, drop: true, null, fields), Responses.ResponsesWire.Call(Body)));
    }

    [Theory]
    [InlineData("\"store\":false", "store")]
    [InlineData("\"metadata\":{\"a\":\"b\"}", "metadata")]
    [InlineData("\"store\":true,\"metadata\":{}", null)]
    [InlineData("\"user\":\"u\",\"store\":null", null)]
    public void Whether_a_response_is_kept_is_no_hint(string field, string? refused)
    {
        string Sent() => Write(Provider("openai", drop: false, null, "store", "metadata", "user"),
            Responses.ResponsesWire.Call($$"""{"model":"m",{{field}},"input":"hi"}"""));

        Assert.Equal(refused, refused is null ? null : Assert.Throws<UnsupportedFieldException>(Sent).Field);
        Assert.Equal("""{"model":"x","input":"hi"}""", refused is null ? Sent() : """{"model":"x","input":"hi"}""");
    }

    [Theory]
    [InlineData("include", "[]", "[\"reasoning.encrypted_content\"]")]
    [InlineData("background", "false", "true")]
    [InlineData("truncation", "\"disabled\"", "\"auto\"")]
    [InlineData("reasoning", "{}", "{\"effort\":\"low\"}")]
    [InlineData("text", "{}", "{\"verbosity\":\"low\"}")]
    [InlineData("tools", "[]", "[{\"type\":\"web_search\"}]")]
    [InlineData("top_logprobs", "0", "2")]
    public void What_asks_a_response_for_nothing_is_not_refused_and_what_asks_for_something_is(
        string field, string nothing, string something)
    {
        string Sent(string value) => Write(Provider("openai", drop: false, null, field),
            Responses.ResponsesWire.Call($$"""{"model":"m","{{field}}":{{value}},"input":"hi"}"""));

        Assert.Equal("""{"model":"x","input":"hi"}""", Sent(nothing));
        Assert.Equal(field, Assert.Throws<UnsupportedFieldException>(() => Sent(something)).Field);
    }

    [Theory]
    [InlineData("\"tools\":[{}],\"tool_choice\":\"required\",\"parallel_tool_calls\":false", "tools", "")]
    [InlineData("\"tool_choice\":{\"type\":\"function\"},\"tools\":[{}]", "tools", "")]
    [InlineData("\"tools\":[],\"tool_choice\":\"auto\"", "tools", "")]
    [InlineData("\"functions\":[{}],\"function_call\":{\"name\":\"f\"}", "functions", "")]
    [InlineData("\"tools\":[],\"tool_choice\":\"required\"", "tools", "\"tool_choice\":\"required\",")]
    [InlineData("\"tools\":[{}],\"tool_choice\":\"none\"", "functions",
        "\"tools\":[{}],\"tool_choice\":\"none\",")]
    public void With_its_tools_the_choice_among_them_is_cut_out(string fields, string unsupported, string left) =>
        Assert.Equal($$"""{"model":"x",{{left}}"messages":[{}]}""", Write("openai-compatible",
            $$"""{"model":"m",{{fields}},"messages":[{}]}""", true, null, unsupported));

    [Theory]
    [InlineData("mistral", "logit_bias", "5")]
    [InlineData("mistral", "store", "\"no\"")]
    [InlineData("mistral", "user", "7")]
    [InlineData("groq", "logprobs", "3")]
    [InlineData("groq", "top_logprobs", "\"2\"")]
    [InlineData("perplexity", "tools", "{}")]
    [InlineData("perplexity", "stop", "{}")]
    public void A_wrong_type_of_a_field_that_is_not_taken_is_the_callers_mistake_and_never_dropped(
        string type, string field, string value) => Assert.All([true, false], drop =>
    {
        var refused = Assert.Throws<UnsupportedFieldException>(
            () => Write(type, $$"""{"model":"m",{{Messages}},"{{field}}":{{value}}}""", drop));

        Assert.Equal((field, "invalid_value"), (refused.Field, refused.Code));
    });

    [Fact]
    public void A_choice_of_a_wrong_type_is_not_dropped_with_its_tools() => Assert.Equal("tool_choice",
        Assert.Throws<UnsupportedFieldException>(() => Write("perplexity",
            """{"model":"m","tools":[{}],"tool_choice":5,"messages":[{}]}""", drop: true)).Field);

    [Fact]
    public void What_others_have_added_to_the_api_may_be_of_any_type() => Assert.Equal(
        """{"model":"x","messages":[{}]}""", Write("openai-compatible",
            """{"model":"m","thinking":true,"options":[1],"guided_json":5,"messages":[{}]}""", true, null,
            "thinking", "options", "guided_json"));

    [Fact]
    public void A_configured_field_that_says_what_holds_anyway_is_not_refused() => Assert.Equal(
        """{"model":"x","messages":[{}]}""", Write("openai-compatible",
            """{"model":"m","response_format":{"type":"text"},"messages":[{}]}""", false, null, "response_format"));

    [Fact]
    public void Thoughts_of_another_provider_stay_behind_where_fields_are_cut() => Assert.Equal(
        """{"model":"x","input":[{"role":"user","content":"hi"}]}""",
        Write(Provider("openai", drop: true, null, "top_p"), Responses.ResponsesWire.Call(
            """{"model":"m","top_p":1,"input":[{"type":"reasoning","id":"rs_holdfast_c1_0","summary":[]},"""
            + """{"role":"user","content":"hi"}]}""")));

    [Theory]
    [InlineData("groq", "logit_bia\\ud800")]
    [InlineData("groq", "\\\\u006e")]
    [InlineData("mistral", "random_see\\ud800")]
    public void A_name_that_is_almost_one_that_is_not_taken_goes_as_it_is(string type, string name) => Assert.Equal(
        $$"""{"model":"x",{{Messages}},"{{name}}":2}""", Write(type, $$"""{"model":"m",{{Messages}},"{{name}}":2}"""));

    [Fact]
    public Task A_field_that_stands_there_time_and_again_is_not_looked_for_each_time() => Task.Run(() =>
    {
        static string Many(string field) => string.Concat(Enumerable.Repeat($"\"{field}\":1,", 400_000));

        Assert.Equal($$"""{{{Many("max_tokens")}}"model":"x",{{Messages}}}""",
            Write("mistral", $$"""{{{Many("max_completion_tokens")}}"model":"m",{{Messages}}}"""));
    }).SoonAsync();

    [Theory]
    [InlineData("perplexity", true, true)]
    [InlineData("openai", true, false)]
    public void Who_is_not_told_of_several_choices_has_said_all_with_one(string type, bool drop, bool isWhole)
    {
        var call = ChatCall.Of($$"""{"model":"m","n":3,"stream":true,{{Messages}}}""");
        var reader = Provider(type, drop).DialectFor(call).OpenStream(new AnswerContext(call, "x", 7));
        using var parser = new SseParser();
        using var output = new PooledBuffer();
        Assert.True(parser.TryRead(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n"u8,
            atEnd: true, out var sse, out _));

        reader.Read(sse, output);

        Assert.Equal(isWhole, reader.IsWhole);
    }

    [Fact]
    public void A_configuration_names_more_fields()
    {
        const string Body = """{"model":"m","best_of":3,"messages":[{}],"top_p":1}""";

        Assert.Equal("best_of", Refused("openai-compatible", Body, null, "top_p", "best_of").Field);
        Assert.Equal("""{"model":"x","messages":[{}]}""",
            Write("openai-compatible", Body, drop: true, null, "top_p", "best_of"));
    }

    [Fact]
    public void No_stream_options_are_added_where_they_are_not_taken() => Assert.Equal(
        ChatCall.Streamed.Replace("\"m\"", "\"x\"", StringComparison.Ordinal),
        Write("openai", ChatCall.Streamed, drop: false, null, "stream_options"));

    [Fact]
    public void A_stream_asks_for_its_usage_where_fields_are_cut_too() => Assert.Equal(
        """{"stream_options":{"include_usage":true},"model":"x","stream":true,"messages":[{}]}""",
        Write("groq", """{"n":1,"model":"m","stream":true,"messages":[{}]}"""));

    [Fact]
    public void Vectors_have_fields_of_their_own()
    {
        var call = InputCall.Of("""{"user":"u","n":2,"input":"a","dimensions":5,"model":"m"}""");

        var refused = Assert.Throws<UnsupportedFieldException>(() => Write(Provider("cohere"), call));
        Assert.Equal("dimensions", refused.Field);
        Assert.Equal("""{"n":2,"input":"a","model":"x"}""", Write(Provider("cohere", drop: true), call));
    }

    [Fact]
    public void A_model_that_was_left_out_stands_before_what_remains() => Assert.Equal(
        """{"model":"x","input":"a"}""",
        Write(Provider("openai-compatible", true, null, "user"),
            InputCall.Of("""{"user":"u","input":"a"}""", Operation.Moderations)));

    [Fact]
    public void Callers_of_the_other_faces_read_their_own_names()
    {
        Assert.Equal("stop_sequences", Anthropic.CallerWire.Refused(
            """{"model":"m","max_tokens":5,"stop_sequences":["a"],"messages":[{"role":"user","content":"hi"}]}""",
            "perplexity"));
        Assert.Equal("top_logprobs", Responses.ResponsesWire.Refused(
            """{"model":"m","input":"hi","top_logprobs":2}""", "groq").Field);
    }

    [Fact]
    public void More_values_than_anybody_reads_are_refused_and_throw_nothing_else()
    {
        var many = "[" + string.Join(',', Enumerable.Repeat("0", 1_100_000)) + "]";

        Assert.Equal("logit_bias", Refused("groq", $$"""{"model":"m",{{Messages}},"logit_bias":{{many}}}""").Field);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_is_cut_the_rest_stays_what_it_was(int seed)
    {
        var random = new Random(seed);
        string[] names = ["n", "logprobs", "logit_bias", "seed", "user", "stop", "max_tokens", "x"];
        for (var round = 0; round < 2000; round++)
        {
            var members = names.Where(_ => random.Next(2) == 0).Append("model").Append("messages").ToArray();
            random.Shuffle(members);
            var body = "{" + Space() + string.Join(Space() + "," + Space(), members.Select(name =>
                $"\"{name}\"{Space()}:{Space()}{Value(name)}")) + Space() + "}";

            var written = JsonNode.Parse(Write("groq", body, drop: true))!.AsObject();

            Assert.Equal(members.Except(["n", "logprobs", "logit_bias"]), written.Select(member => member.Key));
        }

        static string Value(string name) => name switch
        {
            "model" => "\"m\"",
            "messages" => "[{}]",
            "n" => "2",
            "logprobs" => "true",
            _ => "{\"n\":[2]}",
        };

        string Space() => random.Next(4) == 0 ? " \n" : "";
    }

    [Fact]
    public void The_page_of_providers_says_what_each_type_does_not_take()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/features/Providers.md"));
        foreach (var type in ProviderTypes.Names.Select(name => ProviderTypes.Find(name)!))
        {
            var name = type.CompatiblePath.Length > 0 ? $"`…{type.CompatiblePath}` of `{type.Name}`" : $"`{type.Name}`";
            var expected = type.Unsupported.Count + type.Renamed.Count == 0 ? null : $"| {name} | "
                + string.Join(", ", type.Unsupported.Select(field => $"`{field}`")) + " | "
                + string.Join(", ", type.UnsupportedForVectors.Select(field => $"`{field}`")) + " | "
                + string.Join(", ", type.Renamed.Select(pair => $"`{pair.Name}` as `{pair.Own}`")) + " |\n";
            Assert.True(expected is null || page.Contains(expected, StringComparison.Ordinal), expected);
        }
    }

    private static UnsupportedFieldException Refused(
        string type, string body, string? url = null, params string[] fields) =>
        Assert.Throws<UnsupportedFieldException>(() => Write(type, body, drop: false, url, fields));

    private static string Write(
        string type, string body, bool drop = false, string? url = null, params string[] fields) =>
        Write(Provider(type, drop, url, fields), ChatCall.Of(body));

    private static string Write(Provider provider, CallRequest call)
    {
        using var output = new PooledBuffer();
        provider.DialectFor(call).WriteBody(call, "x", output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static Provider Provider(
        string type, bool drop = false, string? url = null, params string[] fields) => new(
        new ProviderOptions
        {
            Name = "p",
            Type = type,
            BaseUrl = new Uri(url ?? "http://x.test"),
            DropUnsupported = drop,
            UnsupportedFields = fields,
        },
        new KeyRing([]));
}
