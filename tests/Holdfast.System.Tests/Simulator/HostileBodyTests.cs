using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Simulator;

/// <summary>
/// A 5xx is what a simulated provider is told to answer; whatever else comes in is the caller's mistake or an answer.
/// </summary>
public sealed class HostileBodyTests : SimulatorFixture
{
    private const string Schema = """
        {"type":"object","required":["a","b"],"properties":{"a":{"type":["integer","null"],"minimum":1,"maximum":9,
        "multipleOf":2},"b":{"type":"array","minItems":1,"items":{"type":"string","minLength":1,"maxLength":5}}}}
        """;

    private const string Function = $$$$"""{"name":"find","description":"d","parameters":{{{{Schema}}}} }""";

    private const string Tools = $$$$"""[{"type":"function","function":{{{{Function}}}} }]""";

    private const string UserText = """[{"role":"user","content":[{"type":"text","text":"Say."}]}]""";

    /// <summary>What somebody may write in the place of any value.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "\"\"", "\"use find\"", "-1", "0", "1.5", "99999999999999999999", "1e400", "-1e400", "[]", "{}",
        "[null]", "[[1]]", """{"a":null}""", "\"\\ud800\"", """{"\udfff":"\udc00"}""", "[1,\"a\",null,{}]",
    ];

    /// <summary>Where each format is asked, and a request that has much of what its reader looks at.</summary>
    public static TheoryData<string, string> Requests => new()
    {
        {
            "openai/v1/chat/completions", $$$$"""
            {"model":"gpt-4o","max_tokens":9,"max_completion_tokens":9,"n":1,"stop":["x"],"tool_choice":"auto",
            "stream_options":{"include_usage":true},"tools":{{{{Tools}}}},"response_format":{"type":"json_schema",
            "json_schema":{"name":"n","schema":{{{{Schema}}}} }},"messages":{{{{UserText}}}} }
            """
        },
        {
            "openai/v1/embeddings",
            """{"model":"m","input":["a",[1,2],{"text":"b"}],"dimensions":8,"encoding_format":"float"}"""
        },
        {
            "openai/v1/moderations",
            """{"model":"m","input":[{"type":"text","text":"b"},{"type":"image_url","image_url":{"url":"u"}}]}"""
        },
        {
            "openai/v1/responses", $$$$"""
            {"model":"gpt-4o","max_output_tokens":16,"instructions":"i","tool_choice":{"type":"function","name":"f"},
            "tools":[{"type":"function","name":"f","parameters":{{{{Schema}}}} }],
            "text":{"format":{"type":"json_schema","schema":{{{{Schema}}}} }},
            "input":[{"role":"user","content":[{"type":"input_text","text":"Say."}]},
            {"type":"function_call_output","call_id":"c","output":"o"}]}
            """
        },
        {
            "anthropic/v1/messages", $$$$"""
            {"model":"claude-sonnet-4-5","max_tokens":9,"system":[{"type":"text","text":"s"}],"stop_sequences":["x"],
            "tool_choice":{"type":"auto","disable_parallel_tool_use":true},
            "tools":[{"name":"f","input_schema":{{{{Schema}}}} }],"output_config":{"format":{"schema":{{{{Schema}}}} }},
            "messages":{{{{UserText}}}} }
            """
        },
        {
            "anthropic/v1/messages/count_tokens",
            $$$$"""{"model":"m","system":[{"type":"text","text":"s"}],"messages":{{{{UserText}}}} }"""
        },
        {
            "gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent", $$$$"""
            {"systemInstruction":{"parts":[{"text":"s"}]},"tools":[{"functionDeclarations":[{{{{Function}}}}]}],
            "toolConfig":{"functionCallingConfig":{"mode":"AUTO","allowedFunctionNames":["f"]}},
            "generationConfig":{"maxOutputTokens":9,"candidateCount":2,"stopSequences":["x"],
            "responseMimeType":"application/json","responseJsonSchema":{{{{Schema}}}} },"contents":[{"role":"user",
            "parts":[{"text":"Say."},{"functionResponse":{"name":"f","response":{"a":1}}}]}]}
            """
        },
        {
            "gemini/v1beta/models/embed:batchEmbedContents",
            """{"requests":[{"model":"models/embed","content":{"parts":[{"text":"a"}]},"outputDimensionality":8}]}"""
        },
        {
            "gemini/v1/models/embed:predict",
            """{"instances":[{"content":"a"}],"parameters":{"outputDimensionality":8}}"""
        },
        {
            "bedrock/model/amazon.nova-lite-v1:0/converse-stream", $$$$"""
            {"system":[{"text":"s"}],"inferenceConfig":{"maxTokens":9,"temperature":0.5,"stopSequences":["x"]},
            "toolConfig":{"toolChoice":{"auto":{}},"tools":[{"toolSpec":{"name":"find",
            "inputSchema":{"json":{{{{Schema}}}} }}}]},
            "outputConfig":{"textFormat":{"structure":{"jsonSchema":{"schema":"{}"} }}},"messages":[{"role":"user",
            "content":[{"text":"Say."},{"image":{"format":"png","source":{"bytes":"AA=="}}},
            {"toolResult":{"toolUseId":"t"}}]}]}
            """
        },
        {
            "cohere/v2/chat", $$$$"""
            {"model":"command-a-03-2025","max_tokens":9,"stop_sequences":["x"],"tool_choice":"NONE",
            "tools":{{{{Tools}}}},
            "response_format":{"type":"json_object","json_schema":{{{{Schema}}}} },"messages":{{{{UserText}}}} }
            """
        },
        {
            "ollama/api/chat", $$$$"""
            {"model":"gpt-oss:20b","think":"low","options":{"num_predict":9,"stop":["x"]},"format":{{{{Schema}}}},
            "tools":{{{{Tools}}}},"messages":[{"role":"assistant","content":"a","images":["AA=="],
            "tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]}]}
            """
        },
    };

    [Theory, MemberData(nameof(Requests))]
    public async Task Answers_no_value_of_the_wrong_kind_with_a_500(string path, string request)
    {
        var root = JsonNode.Parse(request)!;
        foreach (var place in Places(root, ""))
        {
            foreach (var value in Values)
            {
                await HoldsAsync(path, With(request, place, value));
            }
        }
    }

    [Theory, MemberData(nameof(Requests))]
    public async Task Answers_nothing_that_is_no_object_with_a_500(string path, string request)
    {
        string[] bodies =
        [
            "", " ", "nonsense", "[]", "null", "1", "\"a\"", request[..^1], request + "}", request + request,
            string.Concat(Enumerable.Repeat("{\"a\":", 100)),
            "{\"a\":" + new string('[', 70) + new string(']', 70) + "}",
            "\uFEFF" + request, request.Replace("\"", "'", StringComparison.Ordinal),
        ];
        foreach (var body in bodies)
        {
            await HoldsAsync(path, body);
        }

        var open = Encoding.UTF8.GetBytes(request.TrimEnd()[..^1]);
        await HoldsAsync(path, [.. open, .. ",\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
    }

    [Theory]
    [InlineData("openai/v1/chat/completions", "max_tokens", """{"model":"m","max_tokens":?,"messages":[$]}""")]
    [InlineData(
        "openai/v1/chat/completions", "max_completion_tokens",
        """{"model":"m","max_completion_tokens":?,"messages":[$]}""")]
    [InlineData("openai/v1/responses", "max_output_tokens", """{"model":"m","max_output_tokens":?,"input":"a"}""")]
    [InlineData("anthropic/v1/messages", "max_tokens", """{"model":"m","max_tokens":?,"messages":[$]}""")]
    [InlineData("cohere/v2/chat", "max_tokens", """{"model":"m","max_tokens":?,"messages":[$]}""")]
    [InlineData(
        "bedrock/model/m/converse", "inferenceConfig.maxTokens",
        """{"inferenceConfig":{"maxTokens":?},"messages":[{"role":"user","content":[{"text":"a"}]}]}""")]
    [InlineData(
        "gemini/v1beta/models/m:generateContent", "maxOutputTokens",
        """{"generationConfig":{"maxOutputTokens":?},"contents":[{"role":"user","parts":[{"text":"a"}]}]}""")]
    public async Task Refuses_a_token_limit_that_is_no_whole_number_above_nothing(
        string path, string field, string request)
    {
        foreach (var limit in (string[])["-1", "-2147483648", "1.5", "\"9\"", "true", "99999999999999999999", "[]"])
        {
            var body = request.Replace("?", limit, StringComparison.Ordinal)
                .Replace("$", "{\"role\":\"user\",\"content\":\"a\"}", StringComparison.Ordinal);

            using var response = await PostAsync(new Uri(Simulator.BaseUrl, path), body);

            var text = await response.Content.ReadAsStringAsync();
            Assert.True(
                response.StatusCode == HttpStatusCode.BadRequest, $"{limit}: {(int)response.StatusCode} {text}");
            Assert.Contains(field, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Answers_a_schema_that_contains_itself_many_times()
    {
        const string Nested = """{"type":"array","minItems":100,"items":{"$ref":"#"}}""";

        var answer = await AskAsync("openai", Chat[..^1]
            + ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":" + Nested + "}}}");

        Assert.StartsWith(
            "[[[",
            answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Credential=a, Credential=b")]
    [InlineData("Credential=AKIASIMULATOR/20260101/eu-west-1/bedrock/aws4_request, SignedHeaders=, Signature=")]
    [InlineData("=,=,,")]
    public async Task Refuses_a_signature_that_is_none(string parts)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(Simulator.BaseUrl, "bedrock/model/m/converse"));
        request.Content = new StringContent("{}");
        request.Headers.TryAddWithoutValidation("authorization", "AWS4-HMAC-SHA256 " + parts);

        using var response = await Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Answers_a_form_with_an_endless_boundary()
    {
        using var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(
            "multipart/form-data; boundary=" + new string('b', 9_000));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Simulator.BaseUrl, "openai/v1/files"));
        request.Content = content;
        request.Headers.TryAddWithoutValidation("authorization", "Bearer k");

        using var response = await Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private Task HoldsAsync(string path, string body) => HoldsAsync(path, Encoding.UTF8.GetBytes(body));

    private async Task HoldsAsync(string path, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Simulator.BaseUrl, path));
        request.Content = new ByteArrayContent(body);
        request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        request.Headers.TryAddWithoutValidation("authorization", "Bearer a-key");

        using var response = await Client.SendAsync(request);

        // Read to its end by now: an answer that breaks off midway throws.
        Assert.True(
            (int)response.StatusCode is 200 or >= 400 and < 500,
            $"{(int)response.StatusCode} to {Encoding.UTF8.GetString(body)}");
        if ((int)response.StatusCode >= 400)
        {
            Assert.Equal(
                JsonValueKind.Object, JsonElement.Parse(await response.Content.ReadAsStringAsync()).ValueKind);
        }
    }

    /// <summary>The path of each value below a node.</summary>
    private static IEnumerable<string> Places(JsonNode node, string at)
    {
        var inner = node switch
        {
            JsonObject members => members.Select(member => (Value: member.Value!, Place: $"{at}/{member.Key}")),
            JsonArray items => items.Select((item, i) => (Value: item!, Place: $"{at}/{i}")),
            _ => [],
        };
        return inner.SelectMany(one => Places(one.Value, one.Place).Prepend(one.Place));
    }

    /// <summary>The request with a value in the place of another; text, since no node holds half a surrogate.</summary>
    private static string With(string request, string place, string value)
    {
        const string Mark = "the value under test";
        var root = JsonNode.Parse(request)!;
        var steps = place[1..].Split('/');
        var parent = steps[..^1].Aggregate(
            root, (node, step) => node is JsonArray list ? list[Index(step)]! : node[step]!);
        if (parent is JsonArray items)
        {
            items[Index(steps[^1])] = Mark;
        }
        else
        {
            parent[steps[^1]] = Mark;
        }

        return root.ToJsonString().Replace($"\"{Mark}\"", value, StringComparison.Ordinal);
    }

    private static int Index(string step) => int.Parse(step, CultureInfo.InvariantCulture);
}
