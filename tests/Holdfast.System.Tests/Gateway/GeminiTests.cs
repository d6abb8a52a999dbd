using System.Text;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Callers of OpenAI's format, and Gemini's own format behind the gateway.</summary>
public sealed class GeminiTests() : NativeDialectTests(Yaml, "gemini/gemini-2.5-flash")
{
    private const string Yaml = """
        providers:
          gemini: { type: gemini, baseUrl: "${SIM}/gemini/v1beta", apiKey: a-key }
          vertex: { type: vertex, baseUrl: "${SIM}/gemini/v1beta1/projects/p/locations/r", apiKey: a-token }
          compatible: { type: gemini, baseUrl: "${SIM}/gemini/v1beta/openai", apiKey: a-key }
          badKey: { type: gemini, baseUrl: "${SIM}/gemini/v1beta", apiKey: bad-key }
          openai: { type: openai, baseUrl: "${SIM}/openai/v1", apiKey: a-key }
        models:
          guarded: { targets: [ badKey/gemini-2.5-flash, openai/gpt-4o ] }

        """;

    [Theory]
    [InlineData("gemini/gemini-2.5-flash", "/models/gemini-2.5-flash:generateContent")]
    [InlineData("vertex/gemini-2.5-flash", "/publishers/google/models/gemini-2.5-flash:generateContent")]
    [InlineData("compatible/gemini-2.5-flash", "/openai/chat/completions")]
    public Task A_plain_answer_comes_from_each_of_Googles_addresses(string model, string path) =>
        AnswersAsync(model, "gemini", path);

    [Theory]
    [InlineData("gemini-2.5-flash")]
    [InlineData("gemini-3-flash-preview")]
    public Task A_call_and_its_result_make_the_round(string model) => MakesTheRoundAsync(
        $$$$"""
            {"model":"gemini/{{{{model}}}}","tools":[{"type":"function","function":{"name":"find_book","strict":true,
            "parameters":{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}}}],
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Use find_book."}
            """);

    [Fact]
    public async Task Options_reach_Gemini_in_a_form_that_it_takes()
    {
        var answer = await AskAsync("""
            {"model":"gemini/gemini-2.5-flash","n":2,"temperature":0.5,"top_p":0.9,"max_tokens":50,"seed":7,
            "stop":["~"],
            "presence_penalty":0.1,"frequency_penalty":0.1,"logprobs":true,"top_logprobs":2,"reasoning_effort":"low",
            "safety_settings":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":
            {"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}}},
            "messages":[{"role":"user","content":"Hi"}]}
            """);

        Assert.Equal(2, answer.GetProperty("choices").GetArrayLength());
        var text = answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        Assert.Equal(JsonValueKind.Number, JsonElement.Parse(text).GetProperty("a").ValueKind);
    }

    [Fact]
    public async Task A_bad_key_goes_on_to_the_next_target()
    {
        using var response = await Gateway.CallAsync("guarded");

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(
            "badKey/gemini-2.5-flash:auth,openai/gpt-4o:ok",
            Assert.Single(response.Headers.GetValues("x-holdfast-attempted")));
    }

    [Theory]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 3, \"how\": \"rst\"}")]
    [InlineData("\"errorMidStream\": {\"share\": 1, \"chunks\": 3}")]
    [InlineData("\"badChunk\": {\"share\": 1, \"chunks\": 3}")]
    public async Task A_stream_that_breaks_ends_with_an_error(string failure)
    {
        Gateway.Simulator.Set("gemini", Behaviour.Parse("{\"failures\": {" + failure + "}}"));

        using var request = GatewayFixture.Request(GatewayFixture.Chat("gemini/gemini-2.5-flash", stream: true));
        using var response = await Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var text = new StringBuilder();
        await using var stream = await response.Content.ReadAsStreamAsync();
        var isCut = await ReadToEndAsync(stream, text);

        // What breaks before the first token has gone out is an answer of its own, and a whole one.
        Assert.Equal(response.IsSuccessStatusCode, isCut);
        Assert.Contains("{\"error\":{", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text.ToString(), StringComparison.Ordinal);
    }

    private static async Task<bool> ReadToEndAsync(Stream stream, StringBuilder text)
    {
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer) is var read and > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }

            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
