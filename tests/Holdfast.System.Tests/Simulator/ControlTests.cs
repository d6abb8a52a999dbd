using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Simulator;

public sealed class ControlTests : SimulatorFixture
{
    private const string Half = """{"seed": 7, "failures": {"status500": 0.3, "refuse": 0, "status429": 0.2}}""";

    [Fact]
    public async Task Gives_the_same_outcomes_for_the_same_seed()
    {
        var first = await OutcomesAsync(7);
        var again = await OutcomesAsync(7);
        var other = await OutcomesAsync(8);

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.InRange(first.Count(status => status == 500), 10, 60);
    }

    [Fact]
    public async Task Changes_behaviour_while_running_and_counts_what_was_served()
    {
        using var changed = await Client.PutAsync(Control("/openai"),
            new StringContent("""{"failures": {"status503": 1}}"""));
        using var failed = await PostAsync("openai", Chat);
        using var restored = await Client.PutAsync(Control("/openai"), new StringContent("{}"));
        await StreamAsync("openai", ChatStream);

        var state = await Client.GetFromJsonAsync<JsonElement>(Control("/openai"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        var counters = state.GetProperty("counters");
        Assert.Equal(2, counters.GetProperty("requests").GetInt32());
        Assert.Equal(1, counters.GetProperty("succeeded").GetInt32());
        Assert.Equal(1, counters.GetProperty("streams").GetInt32());
        Assert.Equal(1, counters.GetProperty("completedStreams").GetInt32());
        Assert.True(counters.GetProperty("tokensOut").GetInt32() > 0);
        Assert.Equal(1, counters.GetProperty("failures").GetProperty("status503").GetInt32());
    }

    [Fact]
    public async Task Zeroes_counters()
    {
        using var answered = await PostAsync("openai", Chat);

        using var reset = await Client.PostAsync(Control("/openai/reset"), null);

        Assert.Equal(HttpStatusCode.OK, reset.StatusCode);
        Assert.Equal(0, Simulator.Counters("openai").Requests);
    }

    [Fact]
    public async Task Lists_every_provider_once()
    {
        var list = await Client.GetFromJsonAsync<JsonElement>(Control(""));

        Assert.Equal(Simulator.Providers.Select(provider => provider.Name),
            list.GetProperty("providers").EnumerateArray().Select(one => one.GetProperty("name").GetString()!));
        Assert.Distinct(Simulator.Providers.Select(provider => provider.Name));
    }

    [Fact]
    public async Task Shows_the_last_request_with_fields_it_does_not_know()
    {
        var request = Chat[..^1] + ""","unheard_of":"äöü"}""";
        using var answered = await PostAsync("openai", request);

        var last = await Client.GetFromJsonAsync<JsonElement>(Control("/openai/last"));

        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        Assert.Equal(request, last.GetProperty("body").GetString());
        Assert.Equal("Bearer a-key", last.GetProperty("headers").GetProperty("authorization").GetString());
    }

    [Theory]
    [InlineData("""{"failures": {"status5000": 1}}""", "unknown failure 'status5000': did you mean 'status500'?")]
    [InlineData("""{"tokensPerSeconds": 1}""", "unknown key 'tokensPerSeconds': did you mean 'tokensPerSecond'?")]
    [InlineData("{", "line 1")]
    public async Task Refuses_a_behaviour_it_does_not_understand_and_keeps_the_old(string body, string says)
    {
        using var response = await Client.PutAsync(Control("/openai"), new StringContent(body));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains(says, error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(Simulator.Get("openai").Failures);
    }

    [Theory]
    [InlineData("openai", "openai")]
    [InlineData("mistral", "openai")]
    [InlineData("anthropic", "anthropic")]
    [InlineData("gemini", "gemini")]
    [InlineData("bedrock", "bedrock")]
    [InlineData("cohere", "cohere")]
    [InlineData("ollama", "ollama")]
    public async Task Lists_each_provider_with_the_format_that_is_its_own(string provider, string dialect)
    {
        var state = await Client.GetFromJsonAsync<JsonElement>(Control("/" + provider));

        Assert.Equal(dialect, state.GetProperty("dialect").GetString());
        Assert.Equal(dialect, Simulator.Providers.Single(one => one.Name == provider).Dialect);
    }

    [Fact]
    public async Task Refuses_control_under_another_name_than_the_loopback()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Control(""));
        request.Headers.Host = "evil.example";

        using var response = await Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Says_that_a_port_is_taken()
    {
        var options = new SimulatorOptions { Port = Simulator.BaseUrl.Port };

        var error = await Assert.ThrowsAsync<IOException>(
            () => ProviderSimulator.StartAsync(options, TimeProvider.System, CancellationToken.None));

        Assert.Contains($"port {options.Port} is taken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_each_provider_a_port_of_its_own()
    {
        await using var simulator = await ProviderSimulator.StartAsync(
            new SimulatorOptions { Port = 0, PortPerProvider = true }, TimeProvider.System, CancellationToken.None);

        Assert.Distinct(simulator.Providers.Select(provider => provider.BaseUrl.Port));
        foreach (var provider in simulator.Providers)
        {
            var path = provider.Dialect == "anthropic" ? "/messages" : "/chat/completions";
            using var response = await PostAsync(new Uri(provider.BaseUrl + path), Message);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(1, simulator.Counters(provider.Name).Succeeded);
        }
    }

    [Fact]
    public async Task Stops_with_calls_still_open()
    {
        Fail("openai", "\"silent\": 1");
        var open = PostAsync("openai", Chat);
        await UntilAsync(() => Simulator.Counters("openai").InFlight == 1);

        await Simulator.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

        await Assert.ThrowsAsync<HttpRequestException>(() => open);
    }

    private Uri Control(string path) => new(Simulator.BaseUrl, "/control" + path);

    private async Task<List<int>> OutcomesAsync(int seed)
    {
        Simulator.Set("openai", Behaviour.Parse(Half) with { Seed = seed });
        var outcomes = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            using var response = await PostAsync("openai", Chat);
            outcomes.Add((int)response.StatusCode);
        }

        return outcomes;
    }
}
