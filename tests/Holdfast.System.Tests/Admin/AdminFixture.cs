using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Admin;

/// <summary>A gateway, and an administrator and a caller who ask it.</summary>
public abstract class AdminFixture : IAsyncLifetime
{
    protected const string Secret = "sk-a-secret-of-openai";

    private const string Configuration = """
        defaults:
          retry: { maxRetries: 0, baseDelay: 1ms }
          circuitBreaker: { failureThreshold: 2, recoveryTimeout: 30s }
        models:
          smart: { targets: [ openai/gpt-4o, groq/llama-3, mistral/large ] }
          weighted:
            strategy: weighted
            targets: [ { provider: openai, model: gpt-4o, weight: 0 }, { provider: groq, model: llama-3, weight: 1 } ]
        """;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private protected RunningGateway Gateway { get; private set; } = null!;

    public async Task InitializeAsync() => Gateway = await RunningGateway.StartAsync(
        Configuration, $"openai: {{ type: openai, baseUrl: URL(openai), apiKeys: [{Secret}, {Secret}-too] }}");

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await Gateway.DisposeAsync();
    }

    protected async Task<(int Status, string Body, HttpResponseMessage Response)> SendAsync(
        HttpMethod method, string path, string? body = null, string? key = RunningGateway.AdminKey,
        string type = "application/json", string? origin = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Gateway.Url, path));
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (origin is not null)
        {
            request.Headers.Add("origin", origin);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type);
        }

        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    protected async Task<JsonElement> AskAsync(string path, string? body = null)
    {
        var (status, text, _) = await SendAsync(body is null ? HttpMethod.Get : HttpMethod.Post, path, body);
        Assert.True(status == 200, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>
    /// Makes a call and waits until it is booked; gives the status, the error's code, and the trail of what was tried.
    /// </summary>
    protected async Task<(int Status, string? Code, string Tried)> CallAsync(
        string model, string? strategy = null, string? priority = null, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Gateway.Url, "/v1/chat/completions"));
        request.Content = new StringContent(GatewayFixture.Chat(model), Encoding.UTF8, "application/json");
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (strategy is not null)
        {
            request.Headers.Add("x-holdfast-strategy", strategy);
        }

        if (priority is not null)
        {
            request.Headers.Add("x-holdfast-priority", priority);
        }

        using var response = await _http.SendAsync(request);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var code = body.RootElement.TryGetProperty("error", out var error)
            ? error.GetProperty("code").GetString()
            : null;
        var tried = response.Headers.TryGetValues("x-holdfast-attempted", out var trail) ? trail.Single() : "";
        await Gateway.BookedAsync();
        return ((int)response.StatusCode, code, tried);
    }
}
