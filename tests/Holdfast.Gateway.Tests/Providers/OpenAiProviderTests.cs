using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class OpenAiProviderTests
{
    private const string GoodChoice = """{"index":0,"message":{"role":"assistant","content":"Hi"}}""";

    [Theory]
    [InlineData("""{"model":"smart","messages":[{}],"temperature":0.70}""",
        """{"model":"gpt-4o","messages":[{}],"temperature":0.70}""")]
    [InlineData("""  { "messages" : [{"model":"x"}] , "model"  :  "smart" ,"z":1e0}  """,
        """  { "messages" : [{"model":"x"}] , "model"  :  "gpt-4o" ,"z":1e0}  """)]
    [InlineData("""{"\u006dodel":"sm\u0061rt","messages":[{}],"ü":"\ud83d\ude00"}""",
        """{"\u006dodel":"gpt-4o","messages":[{}],"ü":"\ud83d\ude00"}""")]
    [InlineData("""{"model":"😀","messages":[{}]}""", """{"model":"gpt-4o","messages":[{}]}""")]
    public void The_model_is_patched_in_place_and_every_other_byte_kept(string body, string expected) =>
        Assert.Equal(expected, Body("openai", body, "gpt-4o"));

    [Theory]
    [InlineData("with \"quotes\" and \\")]
    [InlineData("größe-😀")]
    [InlineData("a/b:free@1")]
    public void Any_models_name_is_written_as_JSON(string model)
    {
        var body = Body("openai", ChatCall.Plain, model);

        Assert.Equal(model, JsonDocument.Parse(body).RootElement.GetProperty("model").GetString());
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("perplexity")]
    [InlineData("openai-compatible")]
    public void A_stream_asks_for_its_usage(string type)
    {
        var body = Body(type, ChatCall.Streamed, "g");

        const string Expected = """
            {"stream_options":{"include_usage":true},"model":"g","stream":true,"messages":[{"role":"user","content":"hi"}]}
            """;
        Assert.Equal(Expected, body);
    }

    [Theory]
    [InlineData("openai", """{"model":"m","messages":[{}]}""")]
    [InlineData("openai", """{"model":"m","stream":false,"messages":[{}]}""")]
    [InlineData("openai", """{"model":"m","stream":true,"stream_options":{},"messages":[{}]}""")]
    [InlineData("openai", """{"model":"m","stream":true,"stream_options":{"include_usage":false},"messages":[{}]}""")]
    [InlineData("openai", """{"model":"m","stream":true,"stream_options":null,"messages":[{}]}""")]
    [InlineData("mistral", """{"model":"m","stream":true,"messages":[{}]}""")]
    public void Nothing_is_added_where_it_is_not_due(string type, string body) =>
        Assert.Equal(body, Body(type, body, "m"));

    [Fact]
    public void The_address_is_the_base_and_the_operation()
    {
        var provider = Provider("openai", options => options with { BaseUrl = new Uri("http://x.test:81/a/v1/") });

        Assert.Equal("http://x.test:81/a/v1/chat/completions", Url(provider, "ignored"));
    }

    [Theory]
    [InlineData("gpt-4o", "my-deployment")]
    [InlineData("gpt-4", "gpt-4")]
    [InlineData("a/b?c#d e", "a%2Fb%3Fc%23d%20e")]
    [InlineData("..", "..")]
    public void A_deployment_stands_escaped_in_the_address(string model, string deployment)
    {
        var provider = Provider("azure-openai", options => options with
        {
            BaseUrl = new Uri("https://x.openai.azure.com"),
            Deployments = new Dictionary<string, string> { ["gpt-4o"] = "my-deployment" },
        });

        var url = Url(provider, model);

        var expected = $"https://x.openai.azure.com/openai/deployments/{deployment}/chat/completions"
            + "?api-version=2024-10-21";
        Assert.Equal(new Uri(expected).AbsoluteUri, url);
    }

    [Fact]
    public void The_configured_version_stands_escaped_in_the_address()
    {
        var provider = Provider("azure-openai",
            options => options with { BaseUrl = new Uri("https://x.test"), ApiVersion = "2025&x=1" });

        Assert.EndsWith("?api-version=2025%26x%3D1", Url(provider, "m"));
    }

    [Fact]
    public void The_beta_header_goes_on()
    {
        using var request = new HttpRequestMessage();
        var call = ChatCall.Of(headers: PassedHeaders.None with { OpenAiBeta = "assistants=v2" });

        Provider("openai").WriteHeaders(call, null, request.Headers);

        Assert.Equal("assistants=v2", Assert.Single(request.Headers.GetValues("openai-beta")));
    }

    [Fact]
    public void A_good_answer_goes_through_byte_by_byte()
    {
        const string Usage = """{"prompt_tokens":5,"completion_tokens":2}""";
        var text = $$$"""  {"choices":[ {{{GoodChoice}}} ],"x":1.0,"usage":{{{Usage}}} } """;

        var answer = Read(text);

        Assert.Null(answer.Fault);
        Assert.Equal(text, Encoding.UTF8.GetString(answer.Body.Span));
        Assert.Equal(new Usage(5, 2), answer.Usage);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("<html><body>502 Bad Gateway</body></html>", "not JSON")]
    [InlineData("upstream timed out", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("null", "not a JSON object")]
    [InlineData("\"choices\"", "not a JSON object")]
    [InlineData("{}", "no choices")]
    [InlineData("""{"choices":[]}""", "no choices")]
    [InlineData("""{"choices":null}""", "no choices")]
    [InlineData("""{"choices":{}}""", "no choices")]
    [InlineData("""{"choices":[1,null,[]]}""", "no choices")]
    [InlineData("""{"choices":[{"index":0}]}""", "no choices")]
    [InlineData("""{"choices":[{"message":null}]}""", "no choices")]
    [InlineData("""{"choices":[{"message":"text"}]}""", "no choices")]
    public void What_is_no_answer_is_a_bad_one(string body, string message)
    {
        var answer = Read(body);

        Assert.Equal(Outcome.BadAnswer, answer.Fault!.Outcome);
        Assert.Contains(message, answer.Fault.Message);
    }

    [Fact]
    public void Bytes_after_the_answer_make_it_bad() => Assert.Equal(
        Outcome.BadAnswer, Read($$"""{"choices":[{{GoodChoice}}]}{"more":1}""").Fault!.Outcome);

    [Fact]
    public void An_answer_cut_short_is_bad() => Assert.Equal(
        Outcome.BadAnswer, Read($$"""{"choices":[{{GoodChoice}}],"id":"x""").Fault!.Outcome);

    [Fact]
    public void Bytes_that_are_no_UTF_8_make_an_answer_bad()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes($$"""{"choices":[{{GoodChoice}}],"x":""" + "\""), 0xFF, .. "\"}"u8];

        Assert.Contains("UTF-8", Read(body).Fault!.Message);
    }

    [Fact]
    public void Nesting_is_read_to_a_limit_and_not_beyond()
    {
        Assert.Null(Read(Nested(100)).Fault);
        Assert.Equal(Outcome.BadAnswer, Read(Nested(100_000)).Fault!.Outcome);
    }

    [Theory]
    [InlineData("""{"error":{"message":"overloaded","type":"server_error","code":"x"}}""", "overloaded")]
    [InlineData("""{"error":"overloaded"}""", "overloaded")]
    [InlineData("""{"error":{"code":503}}""", "the provider sent an error inside a 200")]
    public void An_error_inside_a_200_is_a_bad_answer(string body, string message)
    {
        var fault = Read(body).Fault!;

        Assert.Equal((Outcome.BadAnswer, message), (fault.Outcome, fault.Message));
    }

    [Fact]
    public void An_error_beside_choices_is_a_bad_answer() => Assert.Equal(
        "oops", Read($$$"""{"choices":[{{{GoodChoice}}}],"error":{"message":"oops"} }""").Fault!.Message);

    [Fact]
    public void An_error_that_is_null_is_none() =>
        Assert.Null(Read($$"""{"error":null,"choices":[{{GoodChoice}}]}""").Fault);

    [Theory]
    [InlineData("\"\\ud800\":1,")]
    [InlineData("\"choice\\ud800\":1,")]
    [InlineData("\"usage\":{\"prompt_token\\udfaa\":1},")]
    public void A_name_with_half_a_surrogate_pair_throws_nothing(string field) =>
        Read($$$"""{{{{field}}}"choices":[{{{GoodChoice}}}]}""");

    private static string Nested(int depth) => $$"""{"choices":[{{GoodChoice}}],"x":"""
        + new string('[', depth) + new string(']', depth) + "}";

    private static string Body(string type, string body, string model)
    {
        using var output = new PooledBuffer();
        Provider(type).Dialect.WriteBody(ChatCall.Of(body), model, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Url(Provider provider, string model) =>
        provider.Dialect.UrlFor(ChatCall.Of(), model).AbsoluteUri;

    private static PlainAnswer Read(string body) => Read(Encoding.UTF8.GetBytes(body));

    private static PlainAnswer Read(byte[] body)
    {
        using var output = new PooledBuffer();
        return Provider("openai").Dialect.ReadAnswer(new AnswerContext(ChatCall.Of(), "m", 0), body, output);
    }

    private static Provider Provider(string type, Func<ProviderOptions, ProviderOptions>? change = null)
    {
        var options = new ProviderOptions { Name = "p", Type = type };
        options = options with
        {
            BaseUrl = ProviderTypes.Find(type)!.BaseUrl.Length == 0 ? new Uri("http://x.test") : null,
        };
        return new Provider(change?.Invoke(options) ?? options, new KeyRing([]));
    }
}
