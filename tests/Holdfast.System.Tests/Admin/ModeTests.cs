using System.Text.Json;

namespace Holdfast.System.Tests.Admin;

/// <summary>The operation mode over HTTP: by components, by hand.</summary>
public sealed class ModeTests : AdminFixture
{
    private const string Known =
        """{"status":"ok","phase":"serving","findings":["mode EMERGENCY: set by hand: test"]}""";

    [Fact]
    public async Task The_mode_is_normal_until_something_says_otherwise()
    {
        var mode = await AskAsync("/admin/mode");

        Assert.Equal(("NORMAL", false, 0), (Mode(mode), mode.GetProperty("setByHand").GetBoolean(),
            mode.GetProperty("changes").GetInt32()));
        Assert.Equal(0, await Gateway.MetricAsync("holdfast_operation_mode "));
    }

    [Fact]
    public async Task A_mode_that_is_set_by_hand_holds_until_the_hand_lets_go()
    {
        var set = await PutAsync("/admin/mode", """{"mode":"emergency","reason":"the region is down"}""");
        Assert.Equal(("EMERGENCY", "set by hand: the region is down"),
            (Mode(set), set.GetProperty("reasons")[0].GetString()));
        Assert.Contains("holdfast_operation_mode 2\n", await Gateway.MetricsAsync(), StringComparison.Ordinal);

        var released = await DeleteAsync("/admin/mode");

        Assert.Equal(("NORMAL", 2), (Mode(released), released.GetProperty("changes").GetInt32()));
        Assert.Equal(["NORMAL EMERGENCY", "EMERGENCY NORMAL"], released.GetProperty("history").EnumerateArray()
            .Select(one => $"{one.GetProperty("from").GetString()} {one.GetProperty("to").GetString()}"));
        Assert.True(released.GetProperty("secondsIn").GetProperty("emergency").GetDouble() > 0);
    }

    [Fact]
    public async Task Components_are_marked_and_cleared_by_others()
    {
        var marked = await PutAsync(
            "/admin/mode/components/vector/store", """{"severity":"high","reason":"no answer for 30 s"}""");
        Assert.Equal("DEGRADED", Mode(marked));
        var component = Assert.Single(marked.GetProperty("components").EnumerateArray());
        Assert.Equal(("vector/store", "high", "no answer for 30 s"), (component.GetProperty("name").GetString(),
            component.GetProperty("severity").GetString(), component.GetProperty("reason").GetString()));

        var cleared = await DeleteAsync("/admin/mode/components/vector/store");

        Assert.Equal("NORMAL", Mode(cleared));
        Assert.Equal(2, cleared.GetProperty("componentHistory").GetArrayLength());
    }

    [Fact]
    public async Task A_provider_that_is_down_degrades_the_whole_until_it_is_back()
    {
        Gateway.Fail("openai", "\"status500\": 1");
        await CallAsync("smart", key: "alice");
        await CallAsync("smart", key: "bob");
        Assert.Equal("DEGRADED", Mode(await AskAsync("/admin/mode")));
        var status = (await AskAsync("/admin/status")).GetProperty("mode");
        Assert.Equal("provider:openai: none of its models is available (medium)",
            status.GetProperty("reasons")[0].GetString());
        Gateway.Simulator.Set("openai", new Holdfast.Simulator.Behaviour());

        await AskAsync("/admin/circuits/reset", """{"provider":"openai"}""");

        Assert.Equal("NORMAL", Mode(await AskAsync("/admin/mode")));
    }

    [Fact]
    public async Task One_callers_calls_that_fail_everywhere_degrade_nothing_for_the_others()
    {
        Gateway.Fail("openai", "\"status500\": 1");
        Gateway.Fail("groq", "\"status500\": 1");
        for (var i = 0; i < 10; i++)
        {
            await CallAsync("smart", key: "alice");
        }

        var mode = await AskAsync("/admin/mode");

        Assert.Equal("NORMAL", Mode(mode));
        Assert.All(mode.GetProperty("components").EnumerateArray(), component =>
            Assert.Equal("low", component.GetProperty("severity").GetString()));
    }

    [Fact]
    public async Task In_an_emergency_only_urgent_calls_are_taken_until_it_is_over()
    {
        await PutAsync("/admin/mode", """{"mode":"EMERGENCY","reason":"test"}""");

        var normal = await CallAsync("smart");
        var high = await CallAsync("smart", priority: "high");
        await DeleteAsync("/admin/mode");
        var after = await CallAsync("smart", priority: "low");

        Assert.Equal((503, "emergency"), (normal.Status, normal.Code));
        Assert.Equal((200, 200), (high.Status, after.Status));
    }

    [Fact]
    public async Task Readiness_says_the_mode_to_the_administrator_and_nothing_to_others()
    {
        await PutAsync("/admin/mode", """{"mode":"EMERGENCY","reason":"test"}""");

        var (status, known, _) = await SendAsync(HttpMethod.Get, "/health/ready");
        var (_, unknown, _) = await SendAsync(HttpMethod.Get, "/health/ready", key: null);

        Assert.Equal((200, Known), (status, known));
        Assert.Equal("""{"status":"ok"}""", unknown);
    }

    [Theory]
    [InlineData("/admin/mode", """{"mode":"EMERGENCY"}""", "reason: is missing")]
    [InlineData("/admin/mode", """{"reason":"x"}""", "mode: is missing")]
    [InlineData("/admin/mode", """{"mode":"panic","reason":"x"}""", "mode: must be NORMAL, DEGRADED or EMERGENCY")]
    [InlineData("/admin/mode", """{"mode":"NORMAL","reason":"a\nb"}""", "reason: must be one line of text")]
    [InlineData("/admin/mode", """{"mode":"NORMAL","reason":"x","until":1}""", "body: must be an object as")]
    [InlineData("/admin/mode/components/db", """{"severity":"bad","reason":"x"}""", "severity: must be low, medium")]
    [InlineData("/admin/mode/components/db", """{"reason":"x"}""", "severity: is missing")]
    [InlineData("/admin/mode/components/db", """{"severity":"low"}""", "reason: is missing")]
    [InlineData("/admin/mode/components/", """{"severity":"low","reason":"x"}""", "component: its name must be")]
    [InlineData("/admin/mode/components/provider:openai", """{"severity":"low","reason":"x"}""",
        "follows from the health of targets")]
    public async Task What_is_wrong_is_named(string path, string body, string says)
    {
        var (status, text, _) = await SendAsync(HttpMethod.Put, path, body);

        Assert.Equal(400, status);
        using var problem = JsonDocument.Parse(text);
        Assert.Contains(says, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_component_that_nobody_marked_is_not_found() =>
        Assert.Equal(404, (await SendAsync(HttpMethod.Delete, "/admin/mode/components/db")).Status);

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task The_mode_is_for_the_administrator(string method) =>
        Assert.Equal(401, (await SendAsync(new HttpMethod(method), "/admin/mode", "{}", key: null)).Status);

    private static string Mode(JsonElement answer) => answer.GetProperty("mode").GetString()!;

    private async Task<JsonElement> PutAsync(string path, string body) =>
        Parsed(await SendAsync(HttpMethod.Put, path, body));

    private async Task<JsonElement> DeleteAsync(string path) => Parsed(await SendAsync(HttpMethod.Delete, path));

    private static JsonElement Parsed((int Status, string Body, HttpResponseMessage Response) answer)
    {
        Assert.True(answer.Status == 200, answer.Body);
        using var document = JsonDocument.Parse(answer.Body);
        return document.RootElement.Clone();
    }
}
