using System.Net.Http.Headers;
using System.Text.Json;
using Holdfast.Gateway.Configuration;
using Holdfast.System.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.System.Tests.Admin;

/// <summary>What happens, as a watcher over HTTP sees it.</summary>
public sealed class EventsTests : AdminFixture
{
    private readonly HttpClient _http = new();

    [Fact]
    public async Task Changes_of_circuits_health_and_mode_are_told_in_that_order_with_their_reasons()
    {
        using var watcher = await WatchAsync();

        Gateway.Fail("openai", "\"status500\": 1");
        await CallAsync("smart", key: "alice");
        await CallAsync("smart", key: "bob");

        var told = await watcher.UntilAsync("circuit", "health", "mode");
        Assert.Equal(["circuit", "health", "mode"], told.Keys);
        Assert.Equal(("openai", "gpt-4o", "closed", "open"), (Text(told["circuit"], "provider"),
            Text(told["circuit"], "model"), Text(told["circuit"], "from"), Text(told["circuit"], "to")));
        Assert.Equal(("unavailable", "the circuit is open"),
            (Text(told["health"], "to"), Text(told["health"], "reason")));
        Assert.Equal(("NORMAL", "DEGRADED"), (Text(told["mode"], "from"), Text(told["mode"], "to")));
    }

    [Fact]
    public async Task A_new_configuration_is_told()
    {
        using var watcher = await WatchAsync();

        var holder = Gateway.Services.GetRequiredService<ConfigurationHolder>();
        holder.Swap(holder.Current.Options);

        var told = await watcher.UntilAsync("configuration");
        Assert.Equal((2, true), (told["configuration"].GetProperty("version").GetInt32(),
            told["configuration"].GetProperty("succeeded").GetBoolean()));
    }

    [Fact]
    public async Task A_watcher_that_comes_back_gets_what_it_missed()
    {
        string id;
        using (var watcher = await WatchAsync())
        {
            await AskAsync("/admin/circuits/isolate", """{"provider":"openai","model":"gpt-4o"}""");
            await watcher.UntilAsync("circuit");
            id = watcher.LastId!;
        }

        await AskAsync("/admin/circuits/isolate", """{"provider":"groq","model":"llama-3"}""");
        using var again = await WatchAsync(id);

        Assert.Equal("groq", Text((await again.UntilAsync("circuit"))["circuit"], "provider"));
    }

    [Fact]
    public async Task Events_are_for_the_administrator()
    {
        var (status, _, _) = await SendAsync(HttpMethod.Get, "/admin/events", key: null);

        Assert.Equal(401, status);
    }

    [Fact]
    public async Task One_watcher_too_many_is_told_to_come_back_later()
    {
        var watchers = new List<Watcher>();
        for (var i = 0; i < 64; i++)
        {
            watchers.Add(await WatchAsync());
        }

        var (status, body, response) = await SendAsync(HttpMethod.Get, "/admin/events");

        Assert.Equal((429, "30"), (status, response.Headers.RetryAfter?.ToString()));
        Assert.Contains("too_many_watchers", body, StringComparison.Ordinal);
        watchers.ForEach(watcher => watcher.Dispose());
    }

    [Fact]
    public async Task The_end_of_the_gateway_ends_the_stream_in_order_and_is_not_held_up_by_it()
    {
        await using var gateway = await RunningGateway.StartAsync(
            "models: { smart: { targets: [ openai/gpt-4o ] } }", server: "shutdown: { timeout: 1h }");
        using var watcher = await Watcher.OpenAsync(_http, gateway.Url, null);

        var ending = gateway.StopAsync();

        Assert.EndsWith(": the gateway ends\n\n", await watcher.RestAsync(), StringComparison.Ordinal);
        await ending.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }

    private Task<Watcher> WatchAsync(string? lastId = null) => Watcher.OpenAsync(_http, Gateway.Url, lastId);

    private static string? Text(JsonElement data, string name) => data.GetProperty(name).GetString();

    private sealed class Watcher(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

        public string? LastId { get; private set; }

        public static async Task<Watcher> OpenAsync(HttpClient http, Uri gateway, string? lastId)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/admin/events"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RunningGateway.AdminKey);
            if (lastId is not null)
            {
                request.Headers.Add("last-event-id", lastId);
            }

            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
            var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.Equal("retry: 2000", await LineAsync(reader));
            return new Watcher(response, reader);
        }

        /// <summary>The first data of each of these events, in the order in which they came.</summary>
        public async Task<OrderedDictionary<string, JsonElement>> UntilAsync(params string[] names)
        {
            var told = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
            var name = "";
            while (names.Any(awaited => !told.ContainsKey(awaited)))
            {
                var line = await LineAsync(reader) ?? throw new EndOfStreamException();
                if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    LastId = line[4..];
                }
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    name = line[7..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    using var data = JsonDocument.Parse(line[6..]);
                    told.TryAdd(name, data.RootElement.Clone());
                }
            }

            return told;
        }

        /// <summary>Everything up to the orderly end of the stream.</summary>
        public Task<string> RestAsync() => reader.ReadToEndAsync().WaitAsync(Longest, TimeProvider.System);

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }

        private static Task<string?> LineAsync(StreamReader from) =>
            from.ReadLineAsync().WaitAsync(Longest, TimeProvider.System);
    }
}
