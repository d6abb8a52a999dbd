using Holdfast.Simulator;

namespace Holdfast.System.Tests.Simulator;

public sealed class ScenarioTests
{
    [Fact]
    public void Reads_every_key_and_writes_it_so_that_it_reads_the_same()
    {
        const string Json = """
            {"seed": 3, "firstTokenMs": {"p50": 200, "p99": 900}, "tokensPerSecond": 50, "outputTokens": [5, 9],
             "splitUtf8": true, "comments": true,
             "failures": {"status500": 0.1, "status429": {"share": 0.05, "retryAfter": 2}, "html502": 0.01,
               "cutAfter": {"share": 0.1, "chunks": [2, 5], "how": "rst"}, "slow": {"share": 0.1, "firstTokenMs": 50},
               "pingsOnly": {"share": 0.1, "intervalMs": 20}, "errorMidStream": {"share": 0.1, "status": 500}},
             "outages": [{"from": "10s", "to": "40s", "mode": "refuse"}]}
            """;

        var behaviour = Behaviour.Parse(Json);

        Assert.Equal(new Outage(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40), OutageMode.Refuse),
            Assert.Single(behaviour.Outages));
        Assert.Equal(TimeSpan.FromSeconds(2), behaviour.Failures[1].RetryAfter);
        Assert.Equal(new CountRange(2, 5), behaviour.Failures[3].Chunks);
        Assert.Equal(behaviour.ToJson(), Behaviour.Parse(behaviour.ToJson()).ToJson());
    }

    [Fact]
    public void Lets_a_provider_replace_what_holds_for_everybody()
    {
        var scenario = Scenario.Parse("""
            {"*": {"tokensPerSecond": 10, "failures": {"silent": 0.1}}, "groq": {"tokensPerSecond": 500}}
            """);

        Assert.Equal(10, scenario.For("openai").TokensPerSecond);
        Assert.Equal(500, scenario.For("groq").TokensPerSecond);
        Assert.Equal("silent", Assert.Single(scenario.For("groq").Failures).Name);
    }

    [Theory]
    [InlineData("""{"openai": {"failures": {"status500": 1.5}}}""",
        "scenario.json: openai.failures.status500: 1.5: allowed is 0 to 1")]
    [InlineData("""{"opnai": {}}""", "scenario.json: unknown provider 'opnai': did you mean 'openai'?")]
    [InlineData("""{"openai": {"failure": {}}}""",
        "scenario.json: openai: unknown key 'failure': did you mean 'failures'?")]
    [InlineData("""{"openai": {"failures": {"cutAfter": {"chunk": 1}}}}""",
        "scenario.json: openai.failures.cutAfter: unknown key 'chunk': did you mean 'chunks'?")]
    [InlineData("""{"openai": {"failures": {"silent": 0.6, "refuse": 0.6}}}""",
        "scenario.json: openai.failures: the shares add up to 1.2")]
    [InlineData("""{"openai": {"outages": [{"from": "10x"}]}}""",
        "scenario.json: openai.outages[0].from: \"10x\": allowed is milliseconds")]
    [InlineData("""{"openai": {"firstTokenMs": {"p50": 9, "p99": 3}}}""", "scenario.json: openai.firstTokenMs: p99")]
    [InlineData("{\n  \"openai\": }", "scenario.json: line 2, column 13: not valid JSON")]
    [InlineData("[]", "scenario.json: []: allowed is an object")]
    public void Says_where_a_scenario_is_wrong_and_what_is_allowed(string text, string expected)
    {
        var error = Assert.Throws<ScenarioException>(() => Scenario.Parse(text, "scenario.json"));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_all_errors_at_once()
    {
        var error = Assert.Throws<ScenarioException>(() => Scenario.Parse(
            """{"openai": {"seed": "x", "tokensPerSecond": -1}, "groq": {"splitUtf8": 1}}"""));

        Assert.Equal(3, error.Errors.Count);
    }
}
