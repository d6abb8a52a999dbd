using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Simulator;

/// <summary>Limits that the simulator keeps and announces.</summary>
public sealed class LimitTests : SimulatorFixture
{
    [Theory]
    [InlineData("openai", "x-ratelimit-remaining-requests", "x-ratelimit-limit-requests")]
    [InlineData("azure", "x-ratelimit-remaining-requests", "x-ratelimit-limit-requests")]
    [InlineData("xai", "x-ratelimit-remaining-requests", "x-ratelimit-limit-requests")]
    [InlineData("mistral", "x-ratelimit-remaining-req-minute", "x-ratelimit-limit-req-minute")]
    [InlineData("together", "x-ratelimit-remaining", "x-ratelimit-limit")]
    public async Task Calls_are_counted_down_and_refused_in_the_providers_words(string provider, string left, string of)
    {
        Limit(provider, """{"requests": 2, "fill": "window"}""");

        Assert.Equal((200, "1", "2"), await AskAsync(provider, left, of));
        Assert.Equal((200, "0", "2"), await AskAsync(provider, left, of));
        Assert.Equal((429, "0", "2"), await AskAsync(provider, left, of));
        Assert.Equal(1, Simulator.Counters(provider).Failures["limits"]);
    }

    [Fact]
    public async Task Anthropic_counts_in_its_own_headers()
    {
        Limit("anthropic", """{"requests": 1, "period": "30s", "fill": "window"}""");

        using var first = await PostAsync("anthropic", Message);
        using var second = await PostAsync("anthropic", Message);

        Assert.Equal("0", Header(first, "anthropic-ratelimit-requests-remaining"));
        Assert.Equal((429, "1"), ((int)second.StatusCode, Header(second, "anthropic-ratelimit-requests-limit")));
        Assert.InRange(int.Parse(Header(second, "retry-after"), CultureInfo.InvariantCulture), 1, 30);
    }

    [Fact]
    public async Task Tokens_are_a_limit_of_their_own()
    {
        Limit("openai", """{"tokens": 60, "fill": "window"}""");

        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            using var response = await PostAsync("openai", Chat);
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal(200, statuses[0]);
        Assert.Equal(429, statuses[3]);
    }

    [Fact]
    public async Task Each_key_has_its_own()
    {
        Limit("openai", """{"requests": 1}""");

        using var one = await PostAsync("openai", Chat, "key-one");
        using var other = await PostAsync("openai", Chat, "key-two");
        using var again = await PostAsync("openai", Chat, "key-one");

        Assert.Equal((200, 200, 429), ((int)one.StatusCode, (int)other.StatusCode, (int)again.StatusCode));
    }

    [Fact]
    public async Task Control_shows_limits_as_they_were_set()
    {
        using var set = await Client.PutAsJsonAsync(new Uri(Simulator.BaseUrl, "/control/openai"),
            JsonDocument.Parse("""{"limits": {"requests": 5, "tokens": 700, "period": "2s", "fill": "window"}}"""));

        Assert.Equal(200, (int)set.StatusCode);
        Assert.Equal(new RateLimits
        {
            Requests = 5, Tokens = 700, Period = TimeSpan.FromSeconds(2), Fill = RateFill.Window,
        }, Simulator.Get("openai").Limits);
        Assert.Equal(Simulator.Get("openai").Limits, Behaviour.Parse(Simulator.Get("openai").ToJson()).Limits);
    }

    [Theory]
    [InlineData("""{"requests": 0}""", "limits.requests")]
    [InlineData("""{"period": "1ms"}""", "limits")]
    [InlineData("""{"fill": "sometimes"}""", "limits.fill")]
    [InlineData("""{"calls": 3}""", "limits")]
    public void Wrong_limits_are_refused_with_their_place(string limits, string place)
    {
        var error = Assert.Throws<ScenarioException>(() => Behaviour.Parse("{\"limits\": " + limits + "}"));

        Assert.Contains($"{place}: ", Assert.Single(error.Errors), StringComparison.Ordinal);
    }

    private void Limit(string provider, string limits) =>
        Simulator.Set(provider, Behaviour.Parse("{\"limits\": " + limits + "}"));

    private async Task<(int Status, string Left, string Of)> AskAsync(string provider, string left, string of)
    {
        using var response = await PostAsync(provider, Chat);
        return ((int)response.StatusCode, Header(response, left), Header(response, of));
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Concat(values) : "";
}
