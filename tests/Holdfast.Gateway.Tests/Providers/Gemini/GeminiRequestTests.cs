using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiWire;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

public class GeminiRequestTests
{
    [Fact]
    public void Sampling_options_take_Geminis_names() => Assert.Equal(
        """
        "maxOutputTokens":5,"temperature":1.5,"topP":1e-1,"topK":3,"stopSequences":["a","\n"],"seed":-7,
        "candidateCount":2,"presencePenalty":0.5,"frequencyPenalty":-0.5
        """.Joined(),
        Generation("""
            "max_tokens":5,"max_completion_tokens":5,"temperature":1.5,"top_p":1e-1,"top_k":3,"stop":["a","\n"],
            "seed":-7,"n":2,"presence_penalty":0.5,"frequency_penalty":-0.5,"user":"u","safety_identifier":"s",
            "metadata":{},"store":true
            """.Joined()));

    [Fact]
    public void The_older_name_of_the_limit_serves_too() =>
        Assert.Equal("\"maxOutputTokens\":4", Generation("\"max_tokens\":4"));

    [Fact]
    public void Log_probabilities_are_asked_for_by_Geminis_names() => Assert.Equal(
        "\"responseLogprobs\":true,\"logprobs\":3", Generation("\"logprobs\":true,\"top_logprobs\":3"));

    [Fact]
    public void Structured_output_is_a_type_and_a_schema()
    {
        Assert.Equal(
            """
            "responseMimeType":"application/json","responseJsonSchema":{"type":"object","$ref":"#/$defs/a"}
            """,
            Generation("""
                "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,
                "schema":{"type":"object","$ref":"#/$defs/a"}}}
                """.Joined()));
        Assert.Equal(
            "\"responseMimeType\":\"application/json\"", Generation("\"response_format\":{\"type\":\"json_object\"}"));
        Assert.Equal("", Generation("\"response_format\":{\"type\":\"text\"}"));
    }

    [Fact]
    public void Tools_are_one_list_of_declarations_with_their_whole_schemas() => Assert.Equal(
        """
        "tools":[{"functionDeclarations":[{"name":"f","description":"d",
        "parametersJsonSchema":{"type":"object","additionalProperties":false}},{"name":"g"}]}],
        "generationConfig":{}
        """.Joined(),
        Options("""
            "tools":[{"type":"function","function":{"name":"f","description":"d",
            "parameters":{"type":"object","additionalProperties":false}}},
            {"type":"function","function":{"name":"g","parameters":{}}}]
            """.Joined()));

    [Theory]
    [InlineData("\"none\"", """{"mode":"NONE"}""")]
    [InlineData("\"auto\"", """{"mode":"AUTO"}""")]
    [InlineData("\"required\"", """{"mode":"ANY"}""")]
    [InlineData(
        """{"type":"function","function":{"name":"f"}}""", """{"mode":"ANY","allowedFunctionNames":["f"]}""")]
    public void A_tool_choice_is_a_mode(string choice, string expected) => Assert.Equal(
        $$$"""
        "tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{{{expected}}}},
        "generationConfig":{}
        """.Joined(),
        Options($$"""{{Tool}},"tool_choice":{{choice}}"""));

    [Fact]
    public void One_strict_tool_is_enough() => Assert.Contains(
        "\"mode\":\"VALIDATED\"",
        Options("""
            "tools":[{"type":"function","function":{"name":"f","strict":true}},{"type":"function",
            "function":{"name":"g"}}]
            """.Joined()));

    [Fact]
    public void Where_nothing_may_be_called_nothing_is_called_at_once() => Assert.Contains(
        "\"mode\":\"NONE\"", Options($$"""{{Tool}},"tool_choice":"none","parallel_tool_calls":false"""));

    [Fact]
    public void A_strict_tool_is_called_by_its_schema_or_not_at_all() => Assert.Contains(
        """{"mode":"VALIDATED"}""",
        Options("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}]"));

    [Fact]
    public void A_choice_without_tools_says_nothing() =>
        Assert.Equal("\"generationConfig\":{}", Options("\"tool_choice\":\"auto\",\"parallel_tool_calls\":false"));

    [Fact]
    public void Safety_settings_go_through_as_they_are() => Assert.Equal(
        """
        "safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"OFF"}],"generationConfig":{}
        """,
        Options("""
            "safety_settings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"OFF"}]
            """));

    [Theory]
    [InlineData("\"logit_bias\":{\"1\":2}", "logit_bias")]
    [InlineData("\"seed\":3000000000", "seed")]
    [InlineData("\"service_tier\":\"flex\"", "service_tier")]
    [InlineData("\"what_is_this\":1", "what_is_this")]
    [InlineData("\"reasoning_effort\":\"much\"", "reasoning_effort")]
    public void An_option_without_a_counterpart_is_refused_by_name_or_left_out(string option, string field)
    {
        var body = $$"""{"messages":[{"role":"user","content":"Hi"}],{{option}}}""";

        Assert.Equal(field, Wire.Refused(body).Field);
        Assert.Equal("", Generation(option, drop: true));
    }

    [Fact]
    public void Calls_at_once_cannot_be_forbidden()
    {
        Assert.Equal(
            "parallel_tool_calls",
            Wire.Refused($$"""{"messages":[],{{Tool}},"parallel_tool_calls":false}""").Field);
        Assert.DoesNotContain("arallel", Options($$"""{{Tool}},"parallel_tool_calls":false""", drop: true));
    }

    [Theory]
    [InlineData("\"temperature\":\"1\"", "temperature")]
    [InlineData("\"n\":\"2\"", "n")]
    [InlineData("\"seed\":\"2\"", "seed")]
    [InlineData("\"logprobs\":1", "logprobs")]
    [InlineData("\"safety_settings\":{}", "safety_settings")]
    [InlineData("\"tools\":{}", "tools")]
    public void What_is_not_shaped_as_OpenAI_says_is_always_refused(string option, string field) =>
        Assert.Equal(
            field, Wire.Refused($$"""{"messages":[{"role":"user","content":"Hi"}],{{option}}}""", drop: true).Field);

    [Theory]
    [InlineData("gemini", "gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro:generateContent")]
    [InlineData("gemini", "models/gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro:generateContent")]
    [InlineData("gemini", "tunedModels/mine", "/v1beta/tunedModels/mine:generateContent")]
    [InlineData("gemini", "../../v1/x?y#z", "/v1beta/models/..%2F..%2Fv1%2Fx%3Fy%23z:generateContent")]
    [InlineData("gemini", "tunedModels/../../x", "/v1beta/tunedModels/..%2F..%2Fx:generateContent")]
    [InlineData("vertex", "gemini-2.5-pro",
        "/v1beta1/projects/team/locations/europe-west1/publishers/google/models/gemini-2.5-pro:generateContent")]
    [InlineData("vertex", "google/gemini-2.5-pro",
        "/v1beta1/projects/team/locations/europe-west1/publishers/google/models/gemini-2.5-pro:generateContent")]
    [InlineData("vertex", "endpoints/12",
        "/v1beta1/projects/team/locations/europe-west1/endpoints/12:generateContent")]
    public void The_model_is_one_segment_of_the_path(string type, string model, string path) =>
        Assert.Equal(path, Provider(type: type).UrlFor(DialectWire.Call([]), model).AbsolutePath);

    [Fact]
    public void A_stream_has_an_address_of_its_own()
    {
        var url = Provider().UrlFor(DialectWire.Call([], stream: true), "m");

        Assert.Equal("/v1beta/models/m:streamGenerateContent?alt=sse", url.PathAndQuery);
    }

    [Fact]
    public void Models_are_listed_at_Google_and_not_at_Vertex()
    {
        Assert.Equal(
            "https://generativelanguage.googleapis.com/v1beta/models", Provider().ModelsUrl!.AbsoluteUri);
        Assert.Null(Provider(type: "vertex").ModelsUrl);
    }

    private const string Tool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
}
