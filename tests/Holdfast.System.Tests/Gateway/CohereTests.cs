namespace Holdfast.System.Tests.Gateway;

/// <summary>Callers of OpenAI's format, and Cohere's own format behind the gateway.</summary>
public sealed class CohereTests() : NativeDialectTests(Yaml, "cohere/command-a")
{
    private const string Yaml = """
        providers:
          cohere: { type: cohere, baseUrl: "${SIM}/cohere/v2", apiKey: a-key }
          compatible: { type: cohere, baseUrl: "${SIM}/cohere/compatibility/v1", apiKey: a-key }
          badKey: { type: cohere, baseUrl: "${SIM}/cohere/v2", apiKey: bad-key }
        models:
          guarded: { targets: [ badKey/command-a, compatible/command-a ] }

        """;

    [Theory]
    [InlineData("cohere/command-a", "/v2/chat\"")]
    [InlineData("compatible/command-a", "/compatibility/v1/chat/completions\"")]
    public Task A_plain_answer_comes_from_each_of_Coheres_addresses(string model, string path) =>
        AnswersAsync(model, "cohere", path);

    [Fact]
    public Task A_call_and_its_result_make_the_round() => MakesTheRoundAsync(
        """
            {"model":"cohere/command-a","tools":[{"type":"function","function":{"name":"find_book","strict":true,
            "parameters":{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}}}],
            "temperature":0.5,"top_p":0.9,"seed":7,"max_tokens":50,
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Use find_book."}
            """);

    [Fact]
    public async Task A_bad_key_goes_on_to_the_next_target()
    {
        using var response = await Gateway.CallAsync("guarded");

        Assert.Equal(
            "badKey/command-a:auth,compatible/command-a:ok",
            Assert.Single(response.Headers.GetValues("x-holdfast-attempted")));
    }
}
