using System.Globalization;
using System.Text.Json;
using Holdfast.System.Tests.Cli;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.SignIn;

/// <summary>
/// The real executable with an environment of its own, in which nothing but what the test says leads to a cloud's
/// account: clouds' libraries read variables, and keep what they find for as long as the process lives.
/// </summary>
public abstract class SignInFixture : CliFixture
{
    /// <summary>
    /// The cloud's provider first, within its limits, and one with a key that calls may fall back to.
    /// </summary>
    internal string Route(string provider, string model, string timeouts = "firstToken: 20s") => $$"""
        server: { urls: "http://127.0.0.1:0", dataDirectory: {{Root}}, adminKey: hf-admin-of-these-tests }
        defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }
        providers:
          cloud: {{provider}}
          openai: { type: openai, baseUrl: "{{Simulator.BaseUrl}}openai/v1", apiKey: sk-a-key-of-the-tests }
        models:
          smart: { targets: [ { provider: cloud, model: "{{model}}", timeouts: { {{timeouts}} } }, openai/gpt-4o ] }
          alone: { targets: [ "cloud/{{model}}" ] }
        """;

    internal async Task<SignedInGateway> StartAsync(string yaml, params (string Name, string Value)[] environment)
    {
        Configure(yaml);
        var nowhere = Path.Combine(Root, "nowhere");
        var variables = new Dictionary<string, string>
        {
            ["HOME"] = Root, ["AWS_ACCESS_KEY_ID"] = "", ["AWS_SECRET_ACCESS_KEY"] = "", ["AWS_SESSION_TOKEN"] = "",
            ["AWS_REGION"] = "eu-west-1", ["AWS_EC2_METADATA_DISABLED"] = "true", ["AWS_CONFIG_FILE"] = nowhere,
            ["AWS_SHARED_CREDENTIALS_FILE"] = nowhere, ["GOOGLE_APPLICATION_CREDENTIALS"] = "",
        };
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        var process = CliProcess.Start(Root, variables, "serve");
        return new SignedInGateway(process, await process.ListeningAsync(), Client);
    }

    /// <summary>A file with a text, and its path.</summary>
    internal string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A header of the last request that a simulated provider got; null without one.</summary>
    internal string? LastHeader(string provider, string name)
    {
        var headers = Simulator.LastRequest(provider) is { } last
            ? JsonElement.Parse(last).GetProperty("headers") : default;
        return headers.ValueKind == JsonValueKind.Object
            && headers.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    /// <summary>The moment so far from now, as clouds write it.</summary>
    internal static string At(TimeSpan fromNow) =>
        (TimeProvider.System.GetUtcNow() + fromNow).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>The path of a request, with its query.</summary>
    internal static string PathOf(ScriptedRequest request) => request.Head.Split(' ')[1];

    internal static string? HeaderOf(ScriptedRequest request, string name) => request.Head.Split("\r\n").Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim()).SingleOrDefault();

    /// <summary>An answer that comes when it is allowed to.</summary>
    internal static ScriptedAnswer Held(ScriptedAnswer answer, Task gate) =>
        new([], Close: false) { Gate = gate, Later = answer.Bytes };
}

/// <summary>A running gateway of these tests.</summary>
internal sealed class SignedInGateway(CliProcess process, Uri url, HttpClient client) : IAsyncDisposable
{
    /// <summary>What it has logged.</summary>
    public string Log => string.Join('\n', process.Errors);

    /// <summary>What came of a call: the targets that were tried, and the answer.</summary>
    public async Task<(int Status, string Attempted, string Body)> CallAsync(
        string model = "smart", CancellationToken leaving = default)
    {
        using var request = GatewayFixture.Request(GatewayFixture.Chat(model));
        request.RequestUri = new Uri(url, request.RequestUri!);
        using var response = await client.SendAsync(request, leaving);
        var attempted = response.Headers.TryGetValues("x-holdfast-attempted", out var values) ? values.Single() : "";
        return ((int)response.StatusCode, attempted, await response.Content.ReadAsStringAsync(leaving));
    }

    /// <summary>A call that the cloud's provider must answer.</summary>
    public async Task SucceedAsync()
    {
        var (status, attempted, body) = await CallAsync();
        Assert.True(
            status == 200 && attempted.StartsWith("cloud/", StringComparison.Ordinal)
            && attempted.EndsWith(":ok", StringComparison.Ordinal) && !attempted.Contains(','),
            $"{status} {attempted} {body}\n{Log}");
    }

    /// <summary>Waits for a line of the log, which is written in the background.</summary>
    public Task UntilLoggedAsync(string text) => Waiting.UntilAsync(
        () => Log.Contains(text, StringComparison.Ordinal), $"'{text}' in the log");

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
