using System.Text.Json;
using System.Text.Json.Nodes;
using Anthropic;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;
using Holdfast.System.Tests.Clients;
using Holdfast.System.Tests.Gateway;
using Microsoft.Extensions.AI;

namespace Holdfast.System.Tests.Faults;

/// <summary>
/// The official clients as they come, with the retries that they make by default, while everything behind the gateway
/// is down: what the providers get of it. B4: attempts never multiply.
/// </summary>
[Trait("Category", "Faults")]
public sealed class ClientRetryTests
{
    private const string NpmOpenAi = "npm openai";
    private const string NpmAnthropic = "npm @anthropic-ai/sdk";
    private const string DotnetOpenAi = "nuget OpenAI";
    private const string DotnetAnthropic = "nuget Anthropic";

    /// <summary>
    /// One call of the gateway's: each target, and three repeats. The clients of npm and Anthropic's of .NET do as
    /// <c>x-should-retry: false</c> says.
    /// </summary>
    [Theory]
    [InlineData(NpmOpenAi, 500)]
    [InlineData(NpmOpenAi, 429)]
    [InlineData(NpmAnthropic, 500)]
    [InlineData(NpmAnthropic, 429)]
    [InlineData(DotnetAnthropic, 500)]
    [InlineData(DotnetAnthropic, 429)]
    public async Task B4_what_the_gateway_has_repeated_is_not_repeated_by_its_callers_client(string client, int status)
    {
        await using var down = await EverythingDown.StartAsync(status, maxRetries: 3);

        var told = await AskAsync(client, down);

        Assert.Equal((status == 429 ? 429 : IsOpenAis(client) ? 502 : 529, 5), (told, down.Requests));
    }

    /// <summary>
    /// OpenAI's client for .NET knows no <c>x-should-retry</c> and makes three more calls. What the gateway can do is
    /// to send less: five failures open a circuit, and from then on a call is two probes at most.
    /// </summary>
    [Fact]
    public async Task B4_a_client_that_retries_all_the_same_finds_the_circuits_open()
    {
        await using var down = await EverythingDown.StartAsync(500, maxRetries: 3);

        var told = await AskAsync(DotnetOpenAi, down);

        Assert.InRange(told, 502, 503);
        Assert.InRange(down.Requests, 5, (2 * 5) + (2 * 2));
    }

    /// <summary>A client that the gateway has not repeated for may do so itself, when the provider said.</summary>
    [Theory]
    [InlineData(NpmOpenAi, 3)]
    [InlineData(NpmAnthropic, 3)]
    [InlineData(DotnetOpenAi, 4)]
    [InlineData(DotnetAnthropic, 3)]
    public async Task A_429_that_the_gateway_has_not_repeated_is_the_clients_to_repeat(string client, int calls)
    {
        await using var down = await EverythingDown.StartAsync(429, maxRetries: 0);

        var told = await AskAsync(client, down);

        Assert.Equal((429, 2 * calls), (told, down.Requests));
    }

    private static bool IsOpenAis(string client) => client is NpmOpenAi or DotnetOpenAi;

    /// <returns>The status that the caller's code gets to see.</returns>
    private static Task<int> AskAsync(string client, EverythingDown down) => client switch
    {
        DotnetOpenAi => AskOpenAiAsync(down.Gateway),
        DotnetAnthropic => AskAnthropicAsync(down.Gateway),
        _ => AskNpmAsync(client == NpmOpenAi ? FaultFace.OpenAi : FaultFace.Anthropic, down.Gateway),
    };

    private static async Task<int> AskNpmAsync(FaultFace face, Uri gateway)
    {
        await using var session = NodeSession.Start("faults.mjs");
        using var limit = Waiting.Limit(60);
        var told = await session.AskAsync(new JsonObject
        {
            ["face"] = face.Name,
            ["url"] = gateway.ToString().TrimEnd('/'),
            ["key"] = "a-key",
            ["body"] = face.Body("all", streamed: false, "Hello."),
            ["hasRetries"] = true,
        }, _ => { }, limit.Token);
        return told.GetProperty("error").GetProperty("status").GetInt32();
    }

    private static async Task<int> AskOpenAiAsync(Uri gateway)
    {
        var settings = new ClientSettings(gateway) { MaxRetries = null, Timeout = TimeSpan.FromSeconds(60) };
        var outcome = await OfficialClients.AskAsync(OfficialClients.Dotnet, settings, new ChatCall("all", "Hello."));
        return outcome.Error!.Status;
    }

    private static async Task<int> AskAnthropicAsync(Uri gateway)
    {
        using var client = new AnthropicClient
        {
            ApiKey = "a-key", BaseUrl = gateway.ToString(), Timeout = TimeSpan.FromSeconds(60),
        };
        using var chat = client.AsIChatClient("all", 100);
        var raised = await Assert.ThrowsAnyAsync<Exception>(() => chat.GetResponseAsync("Hello."));
        var status = raised.GetType().GetProperty("StatusCode")?.GetValue(raised);
        return status is null ? throw new InvalidOperationException($"{raised}") : (int)status;
    }

    /// <summary>A gateway with two targets, both of which answer every request with the same error.</summary>
    private sealed class EverythingDown : IAsyncDisposable
    {
        private readonly ScriptedServer _one;
        private readonly ScriptedServer _other;
        private GatewayApp _app = null!;

        private EverythingDown(int status)
        {
            var body = JsonSerializer.Serialize(new { error = new { message = "No.", type = "server_error" } });
            var answer = ScriptedAnswer.Json(status, body, "retry-after-ms: 100");
            _one = new ScriptedServer(_ => answer);
            _other = new ScriptedServer(_ => answer);
        }

        public Uri Gateway => new(_app.Urls[0]);

        /// <summary>Calls that the providers got.</summary>
        public int Requests => _one.Requests.Count + _other.Requests.Count;

        public static async Task<EverythingDown> StartAsync(int status, int maxRetries)
        {
            var down = new EverythingDown(status);
            var configuration = ConfigurationFile.Parse($$"""
                server: { urls: "http://127.0.0.1:0" }
                logging: { level: none }
                defaults:
                  retry: { maxRetries: {{maxRetries}}, baseDelay: 10ms }
                  # The client waits as long as it is told to.
                  circuitBreaker: { recoveryTimeout: 1s, maxRecoveryTime: 1s }
                providers:
                  one: { type: openai-compatible, baseUrl: "{{down._one.Url}}", apiKey: a-key }
                  other: { type: openai-compatible, baseUrl: "{{down._other.Url}}", apiKey: a-key }
                models:
                  all: { targets: [ one/m, other/m ] }
                """, "down.yaml", _ => null);
            Assert.Empty(configuration.Errors);
            down._app = await GatewayApp.StartAsync(
                new GatewaySettings { Options = configuration.Options!.WithoutChecks(), AdminKey = "admin", Seed = 7 },
                CancellationToken.None);
            return down;
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            await _one.DisposeAsync();
            await _other.DisposeAsync();
        }
    }
}
